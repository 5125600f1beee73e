/* A table: owned batches of the same columns, in order.
 *
 * A terminal builds its table with the allocator of its budget, and hands it over when it is done:
 * the budget has added nothing to the blocks, they are its parent's, who frees them when the budget
 * is long gone. */
#ifndef TINE_TABLE_TABLE_H
#define TINE_TABLE_TABLE_H
#include "table/batch.h"

struct tine_table {
    tine_allocator allocator;
    tine_batch **batches; /* owned, one reference each */
    size_t n_batches, capacity;
    size_t n_rows;
};

TINE_MUST_USE tine_status tine__table_create(const tine_allocator *allocator,
                                             tine_table **table_out, tine_error *error);
/* Appends the batch and takes the caller's reference to it, on failure too. */
TINE_MUST_USE tine_status tine__table_push(tine_table *table, tine_batch *batch, tine_error *error);
/* A table of one batch, whose reference it takes, on failure too. */
TINE_MUST_USE tine_status tine__table_of(const tine_allocator *allocator, tine_batch *batch,
                                         tine_table **table_out, tine_error *error);
/* From now on the memory belongs to `parent`; nobody else may hold one of its batches yet. */
void tine__table_hand_over(tine_table *table, const tine_allocator *parent);

#endif
