/* Built-in aggregates: a state per (group, aggregate), fed with columns, merged in any order to the
 * same bits, finished into one value. Every state is exact (or a sketch whose registers are exact),
 * so neither the order nor the cut of the input can show. After a failure a state is good for
 * nothing but destroy. */
#ifndef TINE_REDUCE_AGGREGATE_H
#define TINE_REDUCE_AGGREGATE_H
#include "table/array.h"

typedef struct tine__aggregate {
    size_t size;       /* of a state, multiple of its alignment, which is at most 64 */
    tine_type result;  /* type of the value it finishes into */
    bool needs_column; /* false: COUNT of rows, fed with no column */
    void (*init)(void *state);
    /* Feeds row i of the column (of n rows; column NULL for COUNT of rows) to the state at
     * states + groups[i] * stride; groups NULL: all to the state at `states`. TINE_ENOMEM or OK. */
    tine_status (*update)(void *states, size_t stride, const uint32_t *groups,
                          const tine_column *column, size_t n, const tine_allocator *allocator);
    /* FIRST and LAST have this one instead. `ordinal` is that of the rows' partition; those of one
     * partition all come to one state, batch after batch in their order. */
    tine_status (*update_ordered)(void *states, size_t stride, const uint32_t *groups,
                                  const tine_column *column, size_t n, uint64_t ordinal,
                                  const tine_allocator *allocator);
    tine_status (*merge)(void *state, const void *right, const tine_allocator *allocator);
    /* Appends one value to an array of the result's type. TINE_ELIMIT: an int64 sum out of range;
     * TINE_ENOMEM. */
    tine_status (*finish)(const void *state, tine__array *out, const tine_allocator *allocator,
                          tine_error *error);
    /* QUANTILE has this one instead: for a tine_agg's arg, from 0 to 1. */
    tine_status (*finish_at)(const void *state, double arg, tine__array *out,
                             const tine_allocator *allocator, tine_error *error);
    void (*destroy)(void *state, const tine_allocator *allocator); /* NULL: it owns nothing */
} tine__aggregate;

/* NULL if the operation does not apply to the type (sum of a string) or is not there. */
const tine__aggregate *tine__aggregate_find(tine_op op, tine_type type);
/* The same for one of several operations, a set of bits 1 << op, on a column: those that can share
 * a state are found with the same init and update. `grouped`: there are many states, and to fetch
 * one line for all is worth more than loops over whole columns. */
const tine__aggregate *tine__aggregate_find_among(tine_op op, tine_type type, unsigned ops,
                                                  bool grouped);
/* SUM and MEAN beside a VAR or STD of the same column: from a state like theirs. NULL for others.
 */
const tine__aggregate *tine__aggregate_of_moments(tine_op op, tine_type type);
const char *tine__op_name(tine_op op); /* "sum" */

#endif
