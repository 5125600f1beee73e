/* tine_dataset_group_by: a table of groups for each lane, merged at the end and put in order of
 * first appearance, which every group remembers. A batch goes through in three steps: its keys as
 * bytes, their groups' numbers, and one update for each aggregate. */
#include "base/alloc.h"
#include "base/error.h"
#include "dataset/groups.h"
#include "dataset/settle.h"
#include "os/clock.h"
#include "table/table.h"

typedef struct grouper { /* of one lane */
    tine__groups groups;
    tine__keys keys;
    uint32_t *numbers; /* of the groups of a batch's rows */
    size_t numbers_capacity;
} grouper;

typedef struct group_by {
    tine__aggs aggs;
    size_t n_keys;
    const size_t *keys; /* by index in the csv */
    size_t n_lanes;
    grouper *lanes;
} group_by;

static void forget(group_by *g)
{
    const tine_allocator *a = g->aggs.allocator;
    for (size_t i = 0; g->lanes && i < g->n_lanes; i++) {
        grouper *lane = &g->lanes[i];
        tine__groups_free(&lane->groups);
        tine__keys_free(&lane->keys);
        TINE__DELETE_ARRAY(a, lane->numbers, lane->numbers_capacity);
    }
    TINE__DELETE_ARRAY(a, g->lanes, g->n_lanes);
    g->lanes = NULL;
}

static tine_status begin(void *ctx, tine__call *call, tine_error *error)
{
    group_by *g = ctx;
    forget(g);
    tine__aggs_bind(&g->aggs, call);
    tine_status status = tine__aggs_check(&g->aggs, call, error);
    if (status != TINE_OK)
        return status;
    g->n_lanes = call->n_lanes;
    g->lanes = TINE__NEW_ARRAY(call->allocator, grouper, g->n_lanes);
    if (!g->lanes)
        return tine__error_no_memory(error);
    uint64_t seed = (uint64_t)tine__now_ns() ^ (uintptr_t)g->lanes;
    for (size_t i = 0; i < g->n_lanes; i++) {
        g->lanes[i] = (grouper){.keys.allocator = call->allocator};
        tine__groups_init(&g->lanes[i].groups, &g->aggs, seed + i);
    }
    return TINE_OK;
}

static tine__position position_of(const tine__piece *piece, size_t row)
{
    size_t lane_row = piece->selection ? piece->selection[row] : row;
    return (tine__position){piece->partition->source, tine__lane_row_offset(piece->lane, lane_row)};
}

static tine_status number_rows(grouper *lane, const tine__piece *piece, tine_error *error)
{
    size_t n = piece->batch->n_rows;
    void *numbers = lane->numbers;
    bool grown = tine__grow(lane->keys.allocator, &numbers, &lane->numbers_capacity, 0, n,
                            sizeof *lane->numbers, _Alignof(uint32_t));
    lane->numbers = numbers;
    if (!grown)
        return tine__error_no_memory(error);
    tine_status status = TINE_OK;
    for (size_t i = 0, at = 0; status == TINE_OK && i < n; at = lane->keys.ends[i++])
        status = tine__groups_find(&lane->groups, lane->keys.bytes + at, lane->keys.ends[i] - at,
                                   position_of(piece, i), &lane->numbers[i], error);
    return status;
}

static tine_status group_batch(void *ctx, size_t lane_index, const tine__piece *piece,
                               tine_error *error)
{
    group_by *g = ctx;
    grouper *lane = &g->lanes[lane_index];
    const tine_batch *batch = piece->batch;
    tine_status status =
        tine__keys_encode(&lane->keys, batch->columns, g->n_keys, batch->n_rows, error);
    if (status == TINE_OK)
        status = number_rows(lane, piece, error);
    if (status != TINE_OK)
        return status;
    return tine__aggs_update(&g->aggs, lane->groups.states, lane->numbers, batch,
                             piece->partition->ordinal, error);
}

/* ---- the result ---- */

/* Into the first lane's; each table is freed as soon as it has been merged. */
static tine_status merge_lanes(group_by *g, tine_error *error)
{
    for (size_t i = 1; i < g->n_lanes; i++) {
        tine__groups *from = &g->lanes[i].groups;
        tine_status status = tine__groups_merge(&g->lanes[0].groups, from, error);
        if (status != TINE_OK)
            return status;
        tine__groups_free(from);
        *from = (tine__groups){.n = 0};
    }
    return TINE_OK;
}

static tine_status push_group(const group_by *g, size_t number, tine_batch *out, tine_error *error)
{
    const tine__groups *groups = &g->lanes[0].groups;
    tine_status status = tine__keys_decode(groups->groups[number].key, out->arrays, g->n_keys,
                                           &out->allocator, error);
    for (size_t i = 0; status == TINE_OK && i < g->aggs.n; i++)
        status = tine__aggs_finish(&g->aggs, i, tine__groups_states(groups, number),
                                   &out->arrays[g->n_keys + i], &out->allocator, error);
    return status;
}

static tine_status fill(const group_by *g, tine_batch *out, tine_error *error)
{
    const tine__groups *groups = &g->lanes[0].groups;
    uint32_t *order = TINE__NEW_ARRAY(g->aggs.allocator, uint32_t, groups->n);
    if (!order && groups->n)
        return tine__error_no_memory(error);
    tine__groups_order(groups, order);
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < groups->n; i++) {
        status = tine__groups_pause(i, error);
        if (status == TINE_OK)
            status = push_group(g, order[i], out, error);
    }
    TINE__DELETE_ARRAY(g->aggs.allocator, order, groups->n);
    if (status == TINE_OK)
        tine__batch_seal(out, groups->n);
    return status;
}

static tine_status make_table(const group_by *g, const tine_column *schema, tine_table **table_out,
                              tine_error *error)
{
    tine_batch *out;
    tine_status status =
        tine__batch_create(g->aggs.allocator, schema, g->n_keys + g->aggs.n, &out, error);
    if (status != TINE_OK)
        return status;
    status = fill(g, out, error);
    if (status == TINE_OK)
        return tine__table_of(g->aggs.allocator, out, table_out, error);
    tine_batch_release(out);
    return status;
}

static tine_status finish(const tine__call *call, group_by *g, tine_table **table_out,
                          tine_error *error)
{
    size_t n = g->n_keys + g->aggs.n;
    tine_column *schema = TINE__NEW_ARRAY(call->allocator, tine_column, n);
    if (!schema)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < g->n_keys; i++)
        schema[i] = (tine_column){.name = tine__plan_name(call->plan, g->keys[i]),
                                  .type = call->types[g->keys[i]]};
    for (size_t i = 0; i < g->aggs.n; i++)
        schema[g->n_keys + i] =
            (tine_column){.name = g->aggs.items[i].name, .type = g->aggs.items[i].how->result};
    tine_status status = merge_lanes(g, error);
    if (status == TINE_OK)
        status = make_table(g, schema, table_out, error);
    TINE__DELETE_ARRAY(call->allocator, schema, n);
    return status;
}

typedef struct ending {
    const tine__call *call;
    group_by *g;
    tine_table **table_out;
    bool begun;
    tine_status status;
    tine_error error;
} ending;

static tine_status end_body(size_t begin, size_t end, void *ctx)
{
    ending *e = ctx;
    (void)begin;
    (void)end;
    e->begun = true;
    e->status = finish(e->call, e->g, e->table_out, &e->error);
    return TINE_OK;
}

/* Many groups take long to merge, so this is done in a body of the scope, which can be stopped.
 * Once it has begun, what it says counts: the scope may be over a moment later. */
static tine_status end_in_scope(const tine__call *call, group_by *g, tine_table **table_out,
                                tine_error *error)
{
    ending e = {.call = call, .g = g, .table_out = table_out};
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.scope = call->run.scope;
    tine_error stopped = {0};
    if (tine_parallel_for(NULL, 0, 1, end_body, &e, &options, &stopped) != TINE_OK && !e.begun)
        return tine__error_copy(error, &stopped);
    return e.status == TINE_OK ? TINE_OK : tine__error_copy(error, &e.error);
}

/* ---- the call ---- */

/* `columns` has room for all keys and aggregates: keys come first in the batches. */
static tine_status run_group_by(tine__call *call, const char *const *keys, size_t n_keys,
                                const tine_agg *aggs, size_t n_aggs, size_t *columns,
                                tine_table **table_out, tine_error *error)
{
    group_by g = {.n_keys = n_keys, .keys = columns};
    size_t n_fed = 0;
    tine_status status =
        tine__aggs_of(&g.aggs, call, aggs, n_aggs, n_keys, columns + n_keys, &n_fed, error);
    for (size_t i = 0; status == TINE_OK && i < n_keys; i++)
        status = tine__plan_find(call->plan, keys[i], &columns[i], error);
    tine__terminal terminal = {
        .ctx = &g,
        .batch_bytes = TINE__BATCH_BYTES,
        .n_columns = n_keys + n_fed,
        .columns = columns,
        .begin = begin,
        .batch = group_batch,
    };
    if (status == TINE_OK)
        status = tine__run_settled(call, &terminal, error);
    if (status == TINE_OK)
        status = end_in_scope(call, &g, table_out, error);
    if (status == TINE_OK)
        tine__table_hand_over(*table_out, call->keeper);
    forget(&g);
    tine__aggs_free(&g.aggs);
    return status;
}

tine_status tine_dataset_group_by(const tine_dataset *dataset, const tine_run *run,
                                  const char *const *keys, size_t n_keys, const tine_agg *aggs,
                                  size_t n_aggs, tine_table **table_out, tine_error *error)
{
    if (!table_out || !keys || n_keys == 0 || (n_aggs && !aggs))
        return tine__error_set(error, TINE_EINVAL,
                               "tine_dataset_group_by needs at least one key and a table_out");
    *table_out = NULL;
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    size_t *columns = TINE__NEW_ARRAY(call.allocator, size_t, n_keys + n_aggs);
    if (columns)
        status = run_group_by(&call, keys, n_keys, aggs, n_aggs, columns, table_out, error);
    else
        status = tine__error_no_memory(error);
    TINE__DELETE_ARRAY(call.allocator, columns, n_keys + n_aggs);
    return tine__call_close(&call, status, error);
}
