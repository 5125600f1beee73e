/* Loops over whole columns of numbers: a table of functions for one instruction set each. All give
 * the same results. Columns are padded as tine_column says, with zeros under nulls. */
#ifndef TINE_REDUCE_COLUMN_LOOPS_H
#define TINE_REDUCE_COLUMN_LOOPS_H
#include "reduce/integer.h"

/* Of int64, or of doubles by tine__order_key. */
typedef struct tine__range {
    int64_t least, greatest;
} tine__range;

/* Of nothing: an initialiser. */
#define TINE__RANGE_INIT                                                                           \
    {                                                                                              \
        INT64_MAX, INT64_MIN                                                                       \
    }

typedef struct tine__column_loops {
    const char *name; /* of the instruction set */
    /* Widen the range by n values but for nulls (validity NULL: there are none), and for NaN. */
    void (*range_int64)(const int64_t *x, const uint8_t *validity, size_t n, tine__range *range);
    void (*range_double)(const double *x, const uint8_t *validity, size_t n, tine__range *range);
    /* Add n values, and count them; n below 2^31. */
    void (*sum_int64)(const int64_t *x, size_t n, tine__int_sum *sum);
    void (*moments_int64)(const int64_t *x, size_t n, tine__int_moments *moments);
} tine__column_loops;

/* Those that this CPU runs, the best ones first, the portable ones last; NULL behind them. */
const tine__column_loops *tine__column_loops_at(size_t i);

extern const tine__column_loops tine__column_loops_plain;
/* On x86-64: compiled for its instruction set alone. */
extern const tine__column_loops tine__column_loops_avx2;

#endif
