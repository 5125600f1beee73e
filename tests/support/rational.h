/* The reference for everything that promises a correctly rounded result: integers in base 2^32 and
 * a verdict, by comparing with the midpoints to the neighbouring doubles, on whether a double is
 * the nearest one to a quotient or to its root. Slow, simple, and sharing no code with the library.
 */
#ifndef TINE_TESTS_RATIONAL_H
#define TINE_TESTS_RATIONAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REF_DIGITS 320 /* 10,240 bits; asserted */

typedef struct ref_int {
    bool negative;
    size_t n; /* digits in use, the highest not 0 */
    uint32_t digit[REF_DIGITS];
} ref_int;

ref_int ref_of_int64(int64_t value);
ref_int ref_of_uint64(uint64_t value);
/* A finite double in units of 2^-1074. Needs the default floating-point environment. */
ref_int ref_of_double(double value);
ref_int ref_shift(const ref_int *x, size_t bits);
ref_int ref_add(const ref_int *a, const ref_int *b);
ref_int ref_sub(const ref_int *a, const ref_int *b);
ref_int ref_mul(const ref_int *a, const ref_int *b);

/* Whether `result` is the double nearest, ties to even, to numerator / denominator * 2^exponent,
 * for a denominator above 0; an exact zero must be +0. */
bool ref_is_nearest(double result, const ref_int *numerator, const ref_int *denominator,
                    int exponent);
/* The same for its square root. */
bool ref_is_nearest_root(double result, const ref_int *numerator, const ref_int *denominator,
                         int exponent);

#endif
