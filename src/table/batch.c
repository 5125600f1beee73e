#include "table/batch.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

void tine__batch_view(tine_batch *view, const tine_allocator *keeper, tine_column *columns,
                      size_t n_columns, size_t n_rows)
{
    *view = (tine_batch){
        .allocator = *keeper, .n_rows = n_rows, .n_columns = n_columns, .columns = columns};
}

/* Nobody but its owner holds a view, so the count cannot change meanwhile. */
static bool is_view(const tine_batch *batch)
{
    return atomic_load_explicit(&batch->references, memory_order_relaxed) == 0;
}

/* Takes what tine__batch_create has left half done. */
static void destroy(tine_batch *batch)
{
    tine_allocator a = batch->allocator;
    if (batch->slab) {
        tine__slab_release(batch->slab);
        return;
    }
    for (size_t i = 0; batch->arrays && i < batch->n_columns; i++)
        tine__array_free(&batch->arrays[i], &a);
    TINE__DELETE_ARRAY(&a, batch->arrays, batch->n_columns);
    TINE__DELETE_ARRAY(&a, batch->columns, batch->n_columns);
    tine__free(&a, batch->names, batch->names_size, 1);
    TINE__DELETE(&a, batch);
}

static bool copy_names(tine_batch *batch, const tine_column *schema)
{
    for (size_t i = 0; i < batch->n_columns; i++)
        batch->names_size += strlen(schema[i].name) + 1;
    batch->names = tine__alloc(&batch->allocator, batch->names_size, 1);
    char *to = batch->names;
    for (size_t i = 0; to && i < batch->n_columns; i++) {
        size_t size = strlen(schema[i].name) + 1;
        memcpy(to, schema[i].name, size);
        batch->columns[i].name = to;
        to += size;
    }
    return batch->names;
}

static bool create_columns(tine_batch *batch, const tine_column *schema)
{
    size_t n = batch->n_columns;
    batch->arrays = TINE__NEW_ARRAY(&batch->allocator, tine__array, n);
    for (size_t i = 0; batch->arrays && i < n; i++) {
        tine__array_init(&batch->arrays[i], schema[i].type);
        batch->arrays[i].precision = schema[i].precision;
        batch->arrays[i].scale = schema[i].scale;
    }
    batch->columns = TINE__NEW_ARRAY(&batch->allocator, tine_column, n);
    return batch->arrays && batch->columns && copy_names(batch, schema);
}

tine_status tine__batch_create(const tine_allocator *allocator, const tine_column *schema,
                               size_t n_columns, tine_batch **batch_out, tine_error *error)
{
    tine_batch *batch = TINE__NEW(allocator, tine_batch);
    if (!batch)
        return tine__error_no_memory(error);
    atomic_init(&batch->references, 1);
    batch->allocator = *allocator;
    batch->n_columns = n_columns;
    if (n_columns && !create_columns(batch, schema)) {
        destroy(batch);
        return tine__error_no_memory(error);
    }
    *batch_out = batch;
    return TINE_OK;
}

void tine__batch_seal(tine_batch *batch, size_t n_rows)
{
    batch->n_rows = n_rows;
    for (size_t i = 0; i < batch->n_columns; i++)
        tine__array_view(&batch->arrays[i], batch->columns[i].name, &batch->columns[i]);
}

tine_status tine__batch_append(tine_batch *batch, const tine_batch *from, tine_error *error)
{
    for (size_t i = 0; i < from->n_columns; i++) {
        tine_status status =
            tine__array_append(&batch->arrays[i], &batch->allocator, &from->columns[i], error);
        if (status != TINE_OK)
            return status;
    }
    tine__batch_seal(batch, batch->n_rows + from->n_rows);
    return TINE_OK;
}

tine_status tine__batch_copy(const tine_batch *batch, const tine_allocator *allocator,
                             tine_batch **batch_out, tine_error *error)
{
    tine_batch *copy;
    tine_status status =
        tine__batch_create(allocator, batch->columns, batch->n_columns, &copy, error);
    if (status != TINE_OK)
        return status;
    status = tine__batch_append(copy, batch, error);
    if (status != TINE_OK)
        destroy(copy);
    else
        *batch_out = copy;
    return status;
}

size_t tine_batch_rows(const tine_batch *batch)
{
    return batch->n_rows;
}

size_t tine_batch_columns(const tine_batch *batch)
{
    return batch->n_columns;
}

tine_status tine_batch_column(const tine_batch *batch, size_t i, tine_column *column_out)
{
    if (!batch || !column_out || i >= batch->n_columns)
        return TINE_EINVAL;
    *column_out = batch->columns[i];
    return TINE_OK;
}

tine_status tine_batch_find(const tine_batch *batch, const char *name, tine_column *column_out)
{
    for (size_t i = 0; batch && name && i < batch->n_columns; i++)
        if (!strcmp(batch->columns[i].name, name))
            return tine_batch_column(batch, i, column_out);
    return TINE_EINVAL;
}

tine_status tine_batch_retain(const tine_batch *batch, tine_batch **batch_out, tine_error *error)
{
    if (!batch || !batch_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_batch_retain: no batch, or no room for it");
    if (is_view(batch))
        return tine__batch_copy(batch, &batch->allocator, batch_out, error);
    tine_batch *owned = (tine_batch *)batch; /* the count is the one thing that changes */
    atomic_fetch_add_explicit(&owned->references, 1, memory_order_relaxed);
    *batch_out = owned;
    return TINE_OK;
}

/* The last one out must see what every other holder did to the batch: acquire pairs with their
 * release. */
void tine_batch_release(tine_batch *batch)
{
    if (batch && !is_view(batch) &&
        atomic_fetch_sub_explicit(&batch->references, 1, memory_order_acq_rel) == 1)
        destroy(batch);
}
