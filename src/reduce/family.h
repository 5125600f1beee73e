/* What the families of aggregates share, and how aggregate.c finds them. Each finds NULL for what
 * it does not have. */
#ifndef TINE_REDUCE_FAMILY_H
#define TINE_REDUCE_FAMILY_H
#include "reduce/aggregate.h"

const tine__aggregate *tine__count_find(tine_op op, tine_type type); /* COUNT, NULLS, SUM of bool */
const tine__aggregate *tine__sums_find(tine_op op, tine_type type);  /* SUM, MEAN, VAR, STD */
const tine__aggregate *tine__extremes_find(tine_op op, tine_type type); /* MIN, MAX */
const tine__aggregate *tine__distinct_find(tine_type type);
const tine__aggregate *tine__quantile_find(tine_type type);
const tine__aggregate *tine__sketch_find(tine_type type); /* DISTINCT_APPROX */

const tine__aggregate *tine__ends_find(tine_op op, tine_type type); /* FIRST, LAST */

/* SUM, MEAN, MIN and MAX of doubles from one state, for columns that are asked for both. */
const tine__aggregate *tine__summary_find(tine_op op);

/* Finish a state that begins with a tine__compact. */
tine_status tine__finish_sum(const void *state, tine__array *out, const tine_allocator *allocator,
                             tine_error *error);
tine_status tine__finish_mean(const void *state, tine__array *out, const tine_allocator *allocator,
                              tine_error *error);

/* The state that a row is fed to. */
static inline void *tine__state_at(void *states, size_t stride, const uint32_t *groups, size_t row)
{
    return groups ? (char *)states + groups[row] * stride : states;
}

tine_status tine__finish_null(tine__array *out, const tine_allocator *allocator, tine_error *error);
tine_status tine__finish_int64(int64_t value, tine__array *out, const tine_allocator *allocator,
                               tine_error *error);
tine_status tine__finish_double(double value, tine__array *out, const tine_allocator *allocator,
                                tine_error *error);
/* A value of a fixed size: its bits, a smaller one's as a number. */
tine_status tine__finish_cell(int64_t cell, tine__array *out, const tine_allocator *allocator,
                              tine_error *error);
tine_status tine__finish_text(tine_string text, tine__array *out, const tine_allocator *allocator,
                              tine_error *error);

#endif
