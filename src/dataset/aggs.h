/* A list of aggregates and their states: the states of one row of a result lie behind one another
 * in one block, "a row of states". */
#ifndef TINE_DATASET_AGGS_H
#define TINE_DATASET_AGGS_H
#include "base/arena.h"
#include "dataset/call.h"
#include "reduce/aggregate.h"
#include "table/batch.h"

#define TINE__ALL_ROWS SIZE_MAX
#define TINE__NO_AGG SIZE_MAX

typedef struct tine__agg {
    tine_op op;
    size_t column;              /* by index in the csv, or TINE__ALL_ROWS */
    size_t position;            /* of that column in the batches that it is fed */
    const char *name;           /* of the result's column */
    double arg;                 /* as in tine_agg */
    const tine__aggregate *how; /* by the column's type; NULL: its type has none */
    size_t offset;              /* of the state in a row of states */
    bool shares;                /* the state is that of an aggregate before it: the sum and the mean
                                   of a column differ in how they finish alone */
    size_t before;              /* the one before it in its chain, or TINE__NO_AGG */
} tine__agg;

typedef struct tine__aggs {
    const tine_allocator *allocator;
    tine__arena names;
    size_t n;
    bool grouped; /* the states are those of groups: whoever makes them sets it */
    tine__agg *items;
    size_t *chains;     /* n: the last of those whose column is this, modulo n, or TINE__NO_AGG */
    size_t size, align; /* of a row of states; align divides size; size is 0 if there is none */
} tine__aggs;

/* Room for n aggregates, for the caller to fill in: op, column, position. Free it on failure too.
 */
TINE_MUST_USE tine_status tine__aggs_init(tine__aggs *aggs, const tine_allocator *allocator,
                                          size_t n, tine_error *error);
/* What the user asks for. Writes the columns that are needed to *columns, which has room for n, and
 * their number to *n_columns; the first stands at `position` in the batches. Free it on failure
 * too. */
TINE_MUST_USE tine_status tine__aggs_of(tine__aggs *aggs, const tine__call *call,
                                        const tine_agg *asked, size_t n, size_t position,
                                        size_t *columns, size_t *n_columns, tine_error *error);
void tine__aggs_free(tine__aggs *aggs);

/* Finds the functions for the call's types, and lays out the states; an aggregate that its column's
 * type does not have takes no part. */
void tine__aggs_bind(tine__aggs *aggs, const tine__call *call);
/* Whether all have been found: TINE_EINVAL says what does not apply to what, TINE_END that it may
 * apply when the types have settled. */
TINE_MUST_USE tine_status tine__aggs_check(const tine__aggs *aggs, const tine__call *call,
                                           tine_error *error);

void tine__aggs_start(const tine__aggs *aggs, void *states);
/* `ordinal` is that of the batch's partition: see tine__aggregate. */
TINE_MUST_USE tine_status tine__aggs_update(const tine__aggs *aggs, void *states,
                                            const uint32_t *groups, const tine_batch *batch,
                                            uint64_t ordinal, tine_error *error);
TINE_MUST_USE tine_status tine__aggs_merge(const tine__aggs *aggs, void *states, const void *right,
                                           tine_error *error);
/* Appends the value of aggregate i to an array of its result type. */
TINE_MUST_USE tine_status tine__aggs_finish(const tine__aggs *aggs, size_t i, const void *states,
                                            tine__array *out, const tine_allocator *allocator,
                                            tine_error *error);
void tine__aggs_end(const tine__aggs *aggs, void *states);

#endif
