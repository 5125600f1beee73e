/* tine_dataset_describe: a row for each column of the dataset, with the columns
 *
 *     column    string  its name
 *     type      string  "int64"; for an inferred column that of the whole file
 *     count     int64   values that are not null
 *     nulls     int64
 *     min, max  string  the value as text: numbers in the shortest form that reads back to the same
 *                       bits, dates and timestamps in ISO 8601; null if there is no value
 *     mean, std double  null where the type has none, or below one value, or two
 *     distinct  int64   approximate number of different values
 *
 * It is an aggregation of seven aggregates a column, laid on its side. */
#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"
#include "dataset/lane_states.h"
#include "dataset/settle.h"
#include "os/fp.h"
#include "table/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const tine_op ops[] = {TINE_COUNT, TINE_NULLS,          TINE_MIN, TINE_MAX, TINE_MEAN,
                              TINE_STD,   TINE_DISTINCT_APPROX};
#define N_OPS (sizeof ops / sizeof *ops)

/* The result's columns: two of our own, and behind them one for each op. */
static const tine_column schema[] = {
    {.name = "column", .type = TINE_STRING},  {.name = "type", .type = TINE_STRING},
    {.name = "count", .type = TINE_INT64},    {.name = "nulls", .type = TINE_INT64},
    {.name = "min", .type = TINE_STRING},     {.name = "max", .type = TINE_STRING},
    {.name = "mean", .type = TINE_DOUBLE},    {.name = "std", .type = TINE_DOUBLE},
    {.name = "distinct", .type = TINE_INT64},
};
#define N_COLUMNS (sizeof schema / sizeof *schema)
#define FIRST_OP (N_COLUMNS - N_OPS)

static tine_status begin(void *ctx, tine__call *call, tine_error *error)
{
    tine__lane_states *states = ctx;
    tine__lane_states_forget(states);
    tine__aggs_bind(&states->aggs, call);
    return tine__lane_states_make(states, call, error);
}

/* ---- values as text ---- */

#define MAX_TEXT 64
_Static_assert(MAX_TEXT >= TINE__DOUBLE_TEXT && MAX_TEXT >= TINE__TIME_TEXT, "room for every type");

/* The first value of the column, which is not null. `room` has MAX_TEXT bytes. */
static tine_string text_of(const tine_column *value, char *room)
{
    size_t n = 0;
    switch (value->type) {
    case TINE_STRING:
        return tine_string_at(value, 0);
    case TINE_BOOL:
        n = (size_t)snprintf(room, MAX_TEXT, "%s",
                             tine__bit_get(value->values, 0) ? "true" : "false");
        break;
    case TINE_DOUBLE:
        n = tine__format_double(*(const double *)value->values, room);
        break;
    case TINE_DATE:
        n = tine__format_date(*(const int32_t *)value->values, room);
        break;
    case TINE_TIMESTAMP:
        n = tine__format_timestamp(*(const int64_t *)value->values, room);
        break;
    case TINE_INT64:
    case TINE_DECIMAL: /* never read, so there is none */
    case TINE_AUTO:
        n = (size_t)snprintf(room, MAX_TEXT, "%" PRId64, *(const int64_t *)value->values);
        break;
    }
    return (tine_string){room, n};
}

static tine_status push_text(tine__array *out, const tine_allocator *a, tine_string text,
                             tine_error *error)
{
    size_t before = out->offsets ? (size_t)out->offsets[out->length] : 0;
    tine_status status = tine__array_reserve(out, a, out->length + 1, before + text.size, error);
    if (status == TINE_OK)
        tine__array_push_string(out, text.data, text.size);
    return status;
}

static tine_status push_null(tine__array *out, const tine_allocator *a, tine_error *error)
{
    size_t text = out->offsets ? (size_t)out->offsets[out->length] : 0;
    tine_status status = tine__array_reserve(out, a, out->length + 1, text, error);
    if (status == TINE_OK)
        tine__array_push_null(out);
    return status;
}

/* An aggregate's value as text, by way of an array of its own type. */
static tine_status finish_as_text(const tine__aggs *aggs, size_t i, const void *states,
                                  tine__array *out, const tine_allocator *a, tine_error *error)
{
    tine__array value;
    tine_column view;
    char room[MAX_TEXT];
    tine__array_init(&value, aggs->items[i].how->result);
    tine_status status = tine__aggs_finish(aggs, i, states, &value, a, error);
    tine__array_view(&value, "", &view);
    if (status == TINE_OK && tine_is_null(&view, 0))
        status = push_null(out, a, error);
    else if (status == TINE_OK)
        status = push_text(out, a, text_of(&view, room), error);
    tine__array_free(&value, a);
    return status;
}

/* ---- the result ---- */

static tine_status push_aggregate(const tine__aggs *aggs, size_t i, const void *states,
                                  tine__array *out, const tine_allocator *a, tine_error *error)
{
    if (!aggs->items[i].how)
        return push_null(out, a, error);
    if (out->type == TINE_STRING)
        return finish_as_text(aggs, i, states, out, a, error);
    return tine__aggs_finish(aggs, i, states, out, a, error);
}

static tine_status push_row(const tine__call *call, const tine__aggs *aggs, size_t row,
                            const void *states, tine_batch *out, tine_error *error)
{
    size_t column = call->plan->columns[row];
    const char *name = tine__plan_name(call->plan, column);
    const char *type = tine__type_name(call->types[column]);
    const tine_allocator *a = &out->allocator;
    tine_status status = push_text(&out->arrays[0], a, (tine_string){name, strlen(name)}, error);
    if (status == TINE_OK)
        status = push_text(&out->arrays[1], a, (tine_string){type, strlen(type)}, error);
    for (size_t k = 0; status == TINE_OK && k < N_OPS; k++)
        status =
            push_aggregate(aggs, row * N_OPS + k, states, &out->arrays[FIRST_OP + k], a, error);
    return status;
}

static tine_status fill(const tine__call *call, tine__lane_states *states, tine_batch *out,
                        tine_error *error)
{
    void *merged;
    tine__fp fp;
    tine__fp_enter(&fp);
    tine_status status = tine__lane_states_merge(states, &merged, error);
    for (size_t i = 0; status == TINE_OK && i < call->plan->n_columns; i++)
        status = push_row(call, &states->aggs, i, merged, out, error);
    tine__fp_leave(&fp);
    tine__batch_seal(out, call->plan->n_columns);
    return status;
}

static tine_status finish(const tine__call *call, tine__lane_states *states, tine_table **table_out,
                          tine_error *error)
{
    tine_batch *out;
    tine_status status = tine__batch_create(call->allocator, schema, N_COLUMNS, &out, error);
    if (status != TINE_OK)
        return status;
    status = fill(call, states, out, error);
    if (status == TINE_OK)
        return tine__table_of(call->allocator, out, table_out, error);
    tine_batch_release(out);
    return status;
}

static tine_status run_describe(tine__call *call, tine_table **table_out, tine_error *error)
{
    tine__lane_states states = {.block = NULL};
    const tine_dataset *plan = call->plan;
    tine__terminal terminal = {
        .ctx = &states,
        .batch_bytes = TINE__BATCH_BYTES,
        .n_columns = plan->n_columns,
        .columns = plan->columns,
        .begin = begin,
        .batch = tine__lane_states_update,
    };
    tine_status status =
        tine__aggs_init(&states.aggs, call->allocator, plan->n_columns * N_OPS, error);
    for (size_t i = 0; status == TINE_OK && i < states.aggs.n; i++)
        states.aggs.items[i] = (tine__agg){
            .op = ops[i % N_OPS], .column = plan->columns[i / N_OPS], .position = i / N_OPS};
    if (status == TINE_OK)
        status = tine__run_settled(call, &terminal, error);
    if (status == TINE_OK)
        status = finish(call, &states, table_out, error);
    if (status == TINE_OK)
        tine__table_hand_over(*table_out, call->keeper);
    tine__lane_states_forget(&states);
    tine__aggs_free(&states.aggs);
    return status;
}

tine_status tine_dataset_describe(const tine_dataset *dataset, const tine_run *run,
                                  tine_table **table_out, tine_error *error)
{
    if (!table_out)
        return tine__error_set(error, TINE_EINVAL, "tine_dataset_describe: table_out is NULL");
    *table_out = NULL;
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    status = run_describe(&call, table_out, error);
    return tine__call_close(&call, status, error);
}
