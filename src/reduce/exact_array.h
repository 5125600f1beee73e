/* Arrays of doubles into exact sums, at the speed of memory where their magnitudes are alike. The
 * sums come out the same as by adding one value after the other. */
#ifndef TINE_REDUCE_EXACT_ARRAY_H
#define TINE_REDUCE_EXACT_ARRAY_H
#include "reduce/exact.h"
#include "reduce/exact_loops.h"

/* Adds n values. Needs the default floating-point environment. */
void tine__exact_add_array(tine__exact *sum, const double *x, size_t n);
/* The same by the given loops. */
void tine__exact_add_array_by(const tine__exact_loops *loops, tine__exact *sum, const double *x,
                              size_t n);

#endif
