/* Natural numbers of bounded size, for the two places where rounding must be decided exactly: the
 * last bit of a parsed double and of a sum, mean, variance or standard deviation. Schoolbook
 * arithmetic: these are cold paths of a few dozen limbs. */
#ifndef TINE_BASE_BIGINT_H
#define TINE_BASE_BIGINT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 10,240 bits. The largest number met is the numerator of a variance, n * sum(x^2): 4,300 bits, which
 * is shifted left by at most as much again; a decimal of 800 digits times a power of ten needs 5,400.
 * Every operation asserts that its result fits. */
#define TINE__BIGINT_LIMBS 160

typedef struct tine__bigint {
    size_t n;                            /* limbs in use; the highest is not 0; 0 is the number 0 */
    uint64_t limb[TINE__BIGINT_LIMBS]; /* least significant first */
} tine__bigint;

void tine__bigint_set(tine__bigint *x, uint64_t value);
void tine__bigint_set_limbs(tine__bigint *x, const uint64_t *limbs, size_t n);
size_t tine__bigint_bits(const tine__bigint *x); /* position of the highest 1, from 1; 0 for 0 */
int tine__bigint_compare(const tine__bigint *a, const tine__bigint *b); /* < 0, 0, > 0 */

void tine__bigint_add_small(tine__bigint *x, uint64_t y);
void tine__bigint_mul_small(tine__bigint *x, uint64_t y);
uint64_t tine__bigint_div_small(tine__bigint *x, uint64_t y); /* the remainder; y not 0 */
void tine__bigint_mul_pow5(tine__bigint *x, unsigned exponent);
bool tine__bigint_div_pow5(tine__bigint *x, unsigned exponent); /* true: there was a remainder */

void tine__bigint_add(tine__bigint *x, const tine__bigint *y);
void tine__bigint_sub(tine__bigint *x, const tine__bigint *y); /* y not above x */
void tine__bigint_mul(tine__bigint *out, const tine__bigint *a, const tine__bigint *b); /* no alias */
void tine__bigint_shift_left(tine__bigint *x, size_t bits);
bool tine__bigint_shift_right(tine__bigint *x, size_t bits); /* true: a 1 was shifted out */

/* The double nearest to x * 2^exponent, ties to even; `sticky`: the true value is a little above x,
 * by less than one unit. That decides ties alone, so x must then reach below the result's last place:
 * 54 bits or more, or an exponent below -1074. Overflow gives infinity, underflow rounds into the subnormals. */
double tine__bigint_to_double(const tine__bigint *x, int exponent, bool sticky);

#endif
