#include "table/table.h"
#include "base/alloc.h"
#include "base/error.h"

tine_status tine__table_create(const tine_allocator *allocator, tine_table **table_out,
                               tine_error *error)
{
    tine_table *table = TINE__NEW(allocator, tine_table);
    if (!table)
        return tine__error_no_memory(error);
    table->allocator = *allocator;
    *table_out = table;
    return TINE_OK;
}

tine_status tine__table_push(tine_table *table, tine_batch *batch, tine_error *error)
{
    void *batches = table->batches;
    bool grown = tine__grow(&table->allocator, &batches, &table->capacity, table->n_batches,
                            table->n_batches + 1, sizeof *table->batches, _Alignof(tine_batch *));
    table->batches = batches;
    if (!grown) {
        tine_batch_release(batch);
        return tine__error_no_memory(error);
    }
    table->batches[table->n_batches++] = batch;
    table->n_rows += batch->n_rows;
    return TINE_OK;
}

tine_status tine__table_of(const tine_allocator *allocator, tine_batch *batch,
                           tine_table **table_out, tine_error *error)
{
    tine_table *table = NULL;
    tine_status status = tine__table_create(allocator, &table, error);
    if (status != TINE_OK) {
        tine_batch_release(batch);
        return status;
    }
    status = tine__table_push(table, batch, error);
    if (status != TINE_OK)
        tine_table_release(table);
    else
        *table_out = table;
    return status;
}

void tine__table_hand_over(tine_table *table, const tine_allocator *parent)
{
    table->allocator = *parent;
    for (size_t i = 0; i < table->n_batches; i++) {
        table->batches[i]->allocator = *parent;
        if (table->batches[i]->slab)
            table->batches[i]->slab->allocator = *parent;
    }
}

size_t tine_table_rows(const tine_table *table)
{
    return table->n_rows;
}

size_t tine_table_batches(const tine_table *table)
{
    return table->n_batches;
}

const tine_batch *tine_table_batch(const tine_table *table, size_t i)
{
    return i < table->n_batches ? table->batches[i] : NULL;
}

/* All batches in one new one. */
static tine_status join(const tine_table *table, tine_batch **batch_out, tine_error *error)
{
    const tine_batch *first = table->batches[0];
    tine_batch *joined;
    tine_status status =
        tine__batch_create(&table->allocator, first->columns, first->n_columns, &joined, error);
    if (status != TINE_OK)
        return status;
    for (size_t i = 0; status == TINE_OK && i < table->n_batches; i++)
        status = tine__batch_append(joined, table->batches[i], error);
    if (status == TINE_OK)
        *batch_out = joined;
    else
        tine_batch_release(joined);
    return status;
}

tine_status tine_table_combine(const tine_table *table, tine_table **table_out, tine_error *error)
{
    if (!table || !table_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_table_combine: no table, or no room for the result");
    *table_out = NULL;
    if (table->n_batches == 0)
        return tine__table_create(&table->allocator, table_out, error);
    tine_batch *batch;
    tine_status status = table->n_batches == 1 ? tine_batch_retain(table->batches[0], &batch, error)
                                               : join(table, &batch, error);
    return status == TINE_OK ? tine__table_of(&table->allocator, batch, table_out, error) : status;
}

void tine_table_release(tine_table *table)
{
    if (!table)
        return;
    tine_allocator a = table->allocator;
    for (size_t i = 0; i < table->n_batches; i++)
        tine_batch_release(table->batches[i]);
    TINE__DELETE_ARRAY(&a, table->batches, table->capacity);
    TINE__DELETE(&a, table);
}
