/* tine_dataset_aggregate: one row of aggregates over everything. */
#include "base/alloc.h"
#include "base/error.h"
#include "dataset/lane_states.h"
#include "dataset/settle.h"
#include "os/fp.h"
#include "table/table.h"

/* The terminal's ctx is the lane states. */
static tine_status begin(void *ctx, tine__call *call, tine_error *error)
{
    tine__lane_states *states = ctx;
    tine__lane_states_forget(states);
    tine__aggs_bind(&states->aggs, call);
    tine_status status = tine__aggs_check(&states->aggs, call, error);
    return status == TINE_OK ? tine__lane_states_make(states, call, error) : status;
}

static tine_status fill_row(const tine__aggs *aggs, const void *states, tine_batch *row,
                            tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < aggs->n; i++)
        status = tine__aggs_finish(aggs, i, states, &row->arrays[i], &row->allocator, error);
    if (status == TINE_OK)
        tine__batch_seal(row, 1);
    return status;
}

static tine_status make_row(const tine__aggs *aggs, const void *states, const tine_column *schema,
                            tine_table **table_out, tine_error *error)
{
    tine_batch *row;
    tine_status status = tine__batch_create(aggs->allocator, schema, aggs->n, &row, error);
    if (status != TINE_OK)
        return status;
    status = fill_row(aggs, states, row, error);
    if (status == TINE_OK)
        return tine__table_of(aggs->allocator, row, table_out, error);
    tine_batch_release(row);
    return status;
}

static tine_status finish(tine__lane_states *states, tine_table **table_out, tine_error *error)
{
    const tine__aggs *aggs = &states->aggs;
    tine_column *schema = TINE__NEW_ARRAY(aggs->allocator, tine_column, aggs->n);
    if (!schema)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < aggs->n; i++)
        schema[i] = (tine_column){.name = aggs->items[i].name, .type = aggs->items[i].how->result};
    void *merged;
    tine__fp fp;
    tine__fp_enter(&fp);
    tine_status status = tine__lane_states_merge(states, &merged, error);
    if (status == TINE_OK)
        status = make_row(aggs, merged, schema, table_out, error);
    tine__fp_leave(&fp);
    TINE__DELETE_ARRAY(aggs->allocator, schema, aggs->n);
    return status;
}

static tine_status run_aggregate(tine__call *call, const tine_agg *aggs, size_t n_aggs,
                                 size_t *columns, tine_table **table_out, tine_error *error)
{
    tine__lane_states states = {.block = NULL};
    tine__terminal terminal = {
        .ctx = &states,
        .batch_bytes = TINE__BATCH_BYTES,
        .columns = columns,
        .begin = begin,
        .batch = tine__lane_states_update,
    };
    tine_status status =
        tine__aggs_of(&states.aggs, call, aggs, n_aggs, 0, columns, &terminal.n_columns, error);
    if (status == TINE_OK)
        status = tine__run_settled(call, &terminal, error);
    if (status == TINE_OK)
        status = finish(&states, table_out, error);
    if (status == TINE_OK)
        tine__table_hand_over(*table_out, call->keeper);
    tine__lane_states_forget(&states);
    tine__aggs_free(&states.aggs);
    return status;
}

tine_status tine_dataset_aggregate(const tine_dataset *dataset, const tine_run *run,
                                   const tine_agg *aggs, size_t n_aggs, tine_table **table_out,
                                   tine_error *error)
{
    if (!table_out || !aggs || n_aggs == 0)
        return tine__error_set(
            error, TINE_EINVAL,
            "tine_dataset_aggregate needs at least one aggregate and a table_out");
    *table_out = NULL;
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    size_t *columns = TINE__NEW_ARRAY(call.allocator, size_t, n_aggs);
    if (columns)
        status = run_aggregate(&call, aggs, n_aggs, columns, table_out, error);
    else
        status = tine__error_no_memory(error);
    TINE__DELETE_ARRAY(call.allocator, columns, n_aggs);
    return tine__call_close(&call, status, error);
}
