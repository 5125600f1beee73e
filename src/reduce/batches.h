/* Arrays of doubles into an exact state, batch after batch, by the loops of exact_loops.h. What is
 * summed (values, values and their squares, products) is the state's matter. */
#ifndef TINE_REDUCE_BATCHES_H
#define TINE_REDUCE_BATCHES_H
#include "reduce/exact_loops.h"

typedef struct tine__batch {
    const tine__exact_loops *loops;
    void *to;            /* the state */
    const double *x, *y; /* n_groups groups of each; of one array alone: y is x */
    size_t n_groups;
    unsigned position; /* of the window: its unit is 2^(position - 1074) */
} tine__batch;

/* A bin beside another has its position 52 higher. */
#define TINE__BIN_BITS 52
/* The highest position of a bin, whose constant is still finite. */
#define TINE__MAX_POSITION 2045

/* The constant of a bin whose unit is 2^(position - 1074). */
double tine__bin_constant(unsigned position);

typedef struct tine__summation {
    /* A value fits whatever its mantissa if its biased exponent is 1 to `width` above the window's
     * position; those that the window is chosen by shall have `headroom` above them. */
    unsigned width, headroom;
    unsigned least, most; /* positions */
    /* Of what is summed, about; 0 for nothing. */
    unsigned (*exponent)(double x, double y);
    /* The loop for the batch's window. */
    uint32_t (*extract)(const tine__batch *batch, int64_t *sums);
    /* Adds what it has found. */
    void (*add_sums)(const tine__batch *batch, const int64_t *sums);
    void (*add_one)(void *to, double x, double y);
    /* Adds the groups that the loop has left. NULL: one value after the other. */
    void (*add_groups)(const tine__batch *batch, uint32_t groups);
} tine__summation;

/* Adds n values, or pairs, to the state. Needs the default floating-point environment. *position is
 * that of the window to begin with, or 0 to choose one; where it has ended is left there. */
void tine__add_arrays(const tine__summation *how, const tine__exact_loops *loops, void *to,
                      uint32_t *position, const double *x, const double *y, size_t n);

#endif
