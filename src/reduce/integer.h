/* The exact sums of int64 values and of their squares, in two's complement limbs, least significant
 * first. 2^63 values below 2^63 in magnitude add up to less than 2^126, their squares to less than
 * 2^190. Limbs, not a 128-bit type: a state then needs no more than the alignment of a pointer. */
#ifndef TINE_REDUCE_INTEGER_H
#define TINE_REDUCE_INTEGER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tine__int_sum { /* all zero: of nothing */
    uint64_t n;
    uint64_t limb[2];
} tine__int_sum;

typedef struct tine__int_moments {
    tine__int_sum sum;
    uint64_t square[3];
} tine__int_moments;

/* Adds y and the carry to *x; returns the carry out. */
static inline bool tine__limb_add(uint64_t *x, uint64_t y, bool carry)
{
    uint64_t partial;
    bool over = __builtin_add_overflow(*x, y, &partial);
    return over | __builtin_add_overflow(partial, (uint64_t)carry, x);
}

static inline void tine__limbs_add(uint64_t *x, const uint64_t *y, size_t n)
{
    bool carry = false;
    for (size_t i = 0; i < n; i++)
        carry = tine__limb_add(&x[i], y[i], carry);
}

/* Adds a number of two limbs to another: in registers, with one carry. */
static inline void tine__limbs_add_two(uint64_t *x, uint64_t low, uint64_t high)
{
    __extension__ typedef unsigned __int128 wide;
    wide sum = ((wide)x[1] << 64 | x[0]) + ((wide)high << 64 | low);
    x[0] = (uint64_t)sum;
    x[1] = (uint64_t)(sum >> 64);
}

/* The magnitude of a number of two limbs; true if it is negative. */
static inline bool tine__limbs_magnitude(uint64_t *out, const uint64_t *limb)
{
    uint64_t negative = limb[1] >> 63;
    out[0] = (limb[0] ^ (0 - negative)) + negative;
    out[1] = (limb[1] ^ (0 - negative)) + (negative && out[0] == 0);
    return negative;
}

static inline void tine__int_sum_add(tine__int_sum *sum, int64_t value)
{
    sum->n++;
    tine__limbs_add_two(sum->limb, (uint64_t)value, value < 0 ? UINT64_MAX : 0);
}

/* The same for n values, by the best loops of column_loops.h. */
void tine__int_sum_add_array(tine__int_sum *sum, const int64_t *x, size_t n);

/* Takes back the count of n of the zeros, which stood for no values. */
static inline void tine__int_sum_uncount(tine__int_sum *sum, size_t n)
{
    sum->n -= n;
}

static inline void tine__int_moments_uncount(tine__int_moments *moments, size_t n)
{
    tine__int_sum_uncount(&moments->sum, n);
}

void tine__int_sum_merge(tine__int_sum *sum, const tine__int_sum *right);
/* False: the sum is past the range of int64. */
bool tine__int_sum_fits(const tine__int_sum *sum, int64_t *out);
/* Correctly rounded; false for the mean of nothing. */
bool tine__int_sum_mean(const tine__int_sum *sum, double *out);

void tine__int_moments_add(tine__int_moments *moments, int64_t value);
void tine__int_moments_add_array(tine__int_moments *moments, const int64_t *x, size_t n);
void tine__int_moments_merge(tine__int_moments *moments, const tine__int_moments *right);
/* Correctly rounded; false below two values. */
bool tine__int_moments_var(const tine__int_moments *moments, double *out);
bool tine__int_moments_std(const tine__int_moments *moments, double *out);

#endif
