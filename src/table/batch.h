/* A batch: columns of equal length. An owned one has arrays of its own and is counted. A view shows
 * columns that belong to somebody else, who will use their memory again: keeping it means copying.
 */
#ifndef TINE_TABLE_BATCH_H
#define TINE_TABLE_BATCH_H
#include "table/array.h"
#include "table/slab.h"

#include <stdatomic.h>

struct tine_batch {
    _Atomic size_t
        references; /* 0: a view. Any thread that retains or releases; nobody else reads it */
    tine_allocator allocator; /* of an owned batch; of the copies that retain makes of a view */
    size_t n_rows, n_columns;
    tine_column *columns; /* what the accessors show; a view borrows the array too */
    tine__array *arrays;  /* owned: the memory behind the columns; NULL in a view */
    char *names;          /* owned: all names, each terminated, in one block */
    size_t names_size;
    tine__slab *slab; /* the batch and all that it has lie in it (see pack.h); NULL: they do not */
};

/* Shows the columns, all of n_rows rows. `keeper` is the allocator of copies that outlive the view.
 */
void tine__batch_view(tine_batch *view, const tine_allocator *keeper, tine_column *columns,
                      size_t n_columns, size_t n_rows);

/* An owned batch without rows, with columns of these names and types (the rest of `schema` plays no
 * part): to be filled through its arrays, whose types may change until then, and sealed. */
TINE_MUST_USE tine_status tine__batch_create(const tine_allocator *allocator,
                                             const tine_column *schema, size_t n_columns,
                                             tine_batch **batch_out, tine_error *error);
void tine__batch_seal(tine_batch *batch, size_t n_rows);

/* Appends the rows of `from`, whose columns are of the same types. */
TINE_MUST_USE tine_status tine__batch_append(tine_batch *batch, const tine_batch *from,
                                             tine_error *error);

/* An owned copy of any batch. */
TINE_MUST_USE tine_status tine__batch_copy(const tine_batch *batch, const tine_allocator *allocator,
                                           tine_batch **batch_out, tine_error *error);

#endif
