/* The exact sum of products of doubles. */
#ifndef TINE_REDUCE_DOT_H
#define TINE_REDUCE_DOT_H
#include "reduce/exact.h"

typedef struct tine__dot { /* all zero: the sum of nothing */
    int64_t chunk[TINE__PRODUCT_CHUNKS];
    uint32_t pending, special; /* as in tine__exact */
} tine__dot;

/* Adds x * y. */
void tine__dot_add(tine__dot *dot, double x, double y);
/* The same for n pairs, at the speed of memory where the magnitudes of products are alike. Needs
 * the default floating-point environment. */
void tine__dot_add_arrays(tine__dot *dot, const double *x, const double *y, size_t n);
/* By other loops than the best ones. */
void tine__dot_add_arrays_by(const tine__exact_loops *loops, tine__dot *dot, const double *x,
                             const double *y, size_t n);
/* The nearest double; see tine__exact_sum. */
double tine__dot_sum(const tine__dot *dot);

#endif
