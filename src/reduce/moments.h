/* The exact sums of doubles and of their squares: what mean, variance and standard deviation are
 * rounded from, once. */
#ifndef TINE_REDUCE_MOMENTS_H
#define TINE_REDUCE_MOMENTS_H
#include "reduce/exact.h"

typedef struct tine__moments { /* all zero: of nothing */
    tine__exact sum;
    /* Carried together with the sum; good for nothing once sum.special is set. */
    int64_t square[TINE__PRODUCT_CHUNKS];
} tine__moments;

/* As tine__exact_reserve does, for both numbers. */
void tine__moments_reserve(tine__moments *moments, uint32_t n);
void tine__moments_add(tine__moments *moments, double value);
/* The same for n values: see tine__exact_add_array. */
void tine__moments_add_array(tine__moments *moments, const double *x, size_t n);
/* By other loops than the best ones. */
void tine__moments_add_array_by(const tine__exact_loops *loops, tine__moments *moments,
                                const double *x, size_t n);
void tine__moments_merge(tine__moments *moments, const tine__moments *right);

/* The sample's variance and standard deviation, each correctly rounded from the exact sums. NaN
 * with a NaN or an infinity among the values: over the reals there is none. False below two values.
 */
bool tine__moments_var(const tine__moments *moments, double *out);
bool tine__moments_std(const tine__moments *moments, double *out);

#endif
