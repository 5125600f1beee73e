/* Means, variances and standard deviations from exact sums: the double nearest to a quotient of
 * integers, or to its square root, ties to even. */
#ifndef TINE_REDUCE_RATIO_H
#define TINE_REDUCE_RATIO_H
#include "base/bigint.h"

/* The nearest double to sum / n * 2^exponent. */
double tine__ratio_mean(const tine__bigint *sum, uint64_t n, int exponent);
/* The same for a sum of two limbs, in registers; the exponent is -1074 at least. */
double tine__ratio_mean_of_limbs(const uint64_t sum[2], uint64_t n, int exponent);

/* A moment of the sample of n >= 2 values whose sum is `sum` in magnitude, in units of 2^exponent,
 * and whose squares add up to `squares`, in units of 2^(2 exponent). */
typedef double tine__ratio_moment(const tine__bigint *sum, const tine__bigint *squares, uint64_t n,
                                  int exponent);

/* The nearest double to the variance. */
tine__ratio_moment tine__ratio_var;

/* The nearest double to the square root of the exact variance, not of the rounded one. */
tine__ratio_moment tine__ratio_std;

#endif
