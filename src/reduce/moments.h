/* The exact sums of doubles and of their squares: what mean, variance and standard deviation are
 * rounded from, once. A square is an integer of 106 bits in units of 2^-2148, added to an
 * accumulator of twice the width of exact.h's. */
#ifndef TINE_REDUCE_MOMENTS_H
#define TINE_REDUCE_MOMENTS_H
#include "reduce/exact.h"

/* A square is below 2^4196 units, 2^63 of them below 2^4259; chunk 132 holds bits 4224 to 4287. */
#define TINE__SQUARE_CHUNKS 133

typedef struct tine__moments { /* all zero: of nothing */
    tine__exact sum;
    int64_t square[TINE__SQUARE_CHUNKS]; /* no longer kept once sum.special is set */
} tine__moments;

void tine__moments_add(tine__moments *moments, double value);
void tine__moments_add_array(tine__moments *moments, const double *x, size_t n);
void tine__moments_merge(tine__moments *moments, const tine__moments *right);

/* The sample's variance and standard deviation, each correctly rounded from the exact sums. NaN
 * with a NaN or an infinity among the values: over the reals there is none. False below two values.
 */
bool tine__moments_var(const tine__moments *moments, double *out);
bool tine__moments_std(const tine__moments *moments, double *out);

#endif
