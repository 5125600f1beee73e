/* tine_dataset_group_by: a table of groups for each lane, joined at the end in order of first
 * appearance. A batch goes through block by block, so that what is known of a block stays in the
 * first cache: its keys, their groups' numbers, and one update for each aggregate. */
#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"
#include "base/size.h"
#include "dataset/group_table.h"
#include "dataset/settle.h"
#include "os/clock.h"
#include "table/table.h"

typedef struct scratch { /* of a lane */
    tine__keys keys;
    uint32_t numbers[TINE__KEYS_BLOCK];
    tine_column *columns; /* of a block */
} scratch;

typedef struct group_by {
    tine__aggs aggs;
    size_t n_keys, n_columns; /* of the batches: keys, then what the aggregates are fed */
    const size_t *keys;       /* by index in the csv */
    size_t n_lanes;
    tine__groups *tables; /* by lane */
    scratch *scratches;   /* by lane */
} group_by;

static void forget(group_by *g)
{
    const tine_allocator *a = g->aggs.allocator;
    for (size_t i = 0; g->tables && i < g->n_lanes; i++)
        tine__groups_free(&g->tables[i]);
    for (size_t i = 0; g->scratches && i < g->n_lanes; i++) {
        tine__keys_free(&g->scratches[i].keys);
        TINE__DELETE_ARRAY(a, g->scratches[i].columns, g->n_columns);
    }
    TINE__DELETE_ARRAY(a, g->tables, g->n_lanes);
    TINE__DELETE_ARRAY(a, g->scratches, g->n_lanes);
    g->tables = NULL;
    g->scratches = NULL;
}

/* One seed for all tables: their groups are compared by their hashes in the end. */
static tine_status make_lanes(group_by *g, const tine__call *call, const tine_type *types,
                              tine_error *error)
{
    g->n_lanes = call->n_lanes;
    g->tables = TINE__NEW_ARRAY(call->allocator, tine__groups, g->n_lanes);
    g->scratches = TINE__NEW_ARRAY(call->allocator, scratch, g->n_lanes);
    tine__seed seed = tine__seed_of((uint64_t)tine__now_ns() ^ (uintptr_t)g->tables);
    bool made = g->tables && g->scratches;
    for (size_t i = 0; g->tables && i < g->n_lanes; i++)
        tine__groups_init(&g->tables[i], &g->aggs, seed);
    for (size_t i = 0; g->scratches && i < g->n_lanes; i++) {
        scratch *s = &g->scratches[i];
        tine__keys_init(&s->keys, call->allocator, types, g->n_keys, seed);
        s->columns = TINE__NEW_ARRAY(call->allocator, tine_column, g->n_columns);
        made = made && s->columns;
    }
    return made ? TINE_OK : tine__error_no_memory(error);
}

static tine_status begin(void *ctx, tine__call *call, tine_error *error)
{
    group_by *g = ctx;
    forget(g);
    tine__aggs_bind(&g->aggs, call);
    tine_status status = tine__aggs_check(&g->aggs, call, error);
    if (status != TINE_OK)
        return status;
    tine_type *types = TINE__NEW_ARRAY(call->allocator, tine_type, g->n_keys);
    if (!types)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < g->n_keys; i++)
        types[i] = call->types[g->keys[i]];
    status = make_lanes(g, call, types, error);
    TINE__DELETE_ARRAY(call->allocator, types, g->n_keys);
    return status;
}

static size_t count_nulls(const uint8_t *validity, size_t n)
{
    size_t n_valid = 0;
    for (size_t i = 0; i < n; i += 64) {
        uint64_t bits = tine__load64(validity + i / 8);
        n_valid += tine__popcount64(n - i < 64 ? bits & ((UINT64_C(1) << (n - i)) - 1) : bits);
    }
    return n - n_valid;
}

/* Rows [begin, begin + n) of a column, `begin` a multiple of 64. */
static tine_column slice(const tine_column *column, size_t begin, size_t n)
{
    tine_column rows = *column;
    rows.length = n;
    if (rows.validity) {
        rows.validity += begin / 8;
        rows.null_count = count_nulls(rows.validity, n);
    }
    if (rows.values)
        rows.values = (const char *)rows.values + begin / 8 * tine__type_bits(rows.type);
    if (rows.offsets)
        rows.offsets += begin;
    return rows;
}

static tine_status group_block(const group_by *g, size_t lane, size_t n, tine_error *error)
{
    tine__groups *table = &g->tables[lane];
    scratch *s = &g->scratches[lane];
    tine_batch block;
    tine__batch_view(&block, g->aggs.allocator, s->columns, g->n_columns, n);
    tine_status status = tine__keys_encode(&s->keys, s->columns, n, error);
    if (status == TINE_OK)
        status = tine__groups_number(table, &s->keys, n, s->numbers, error);
    if (status == TINE_OK)
        status =
            tine__aggs_update(&g->aggs, table->states, s->numbers, &block, table->ordinal, error);
    return status;
}

static tine_status group_batch(void *ctx, size_t lane, const tine__piece *piece, tine_error *error)
{
    group_by *g = ctx;
    const tine_batch *batch = piece->batch;
    tine_status status = TINE_OK;
    g->tables[lane].ordinal = piece->partition->ordinal;
    for (size_t at = 0; status == TINE_OK && at < batch->n_rows; at += TINE__KEYS_BLOCK) {
        size_t n = tine__min(batch->n_rows - at, TINE__KEYS_BLOCK);
        for (size_t c = 0; c < g->n_columns; c++)
            g->scratches[lane].columns[c] = slice(&batch->columns[c], at, n);
        status = group_block(g, lane, n, error);
    }
    return status;
}

/* ---- the result ---- */

static tine_status make_table(const tine__call *call, const group_by *g,
                              const tine__group_list *list, tine_table **table_out,
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
    tine_status status = tine__group_table_make(call, &g->scratches->keys.layout, g->tables, list,
                                                schema, table_out, error);
    TINE__DELETE_ARRAY(call->allocator, schema, n);
    return status;
}

static tine_status finish(const tine__call *call, group_by *g, tine_table **table_out,
                          tine_error *error)
{
    tine__group_list list;
    tine_status status = tine__groups_join(call, g->tables, g->n_lanes, &list, error);
    if (status == TINE_OK)
        status = make_table(call, g, &list, table_out, error);
    tine__group_list_free(&list);
    return status;
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
    g.aggs.grouped = true;
    g.n_columns = n_keys + n_fed;
    tine__terminal terminal = {
        .ctx = &g,
        .batch_bytes = TINE__BATCH_BYTES,
        .n_columns = g.n_columns,
        .columns = columns,
        .begin = begin,
        .batch = group_batch,
    };
    if (status == TINE_OK)
        status = tine__run_settled(call, &terminal, error);
    if (status == TINE_OK)
        status = finish(call, &g, table_out, error);
    if (status == TINE_OK)
        tine__table_hand_over(*table_out, call->keeper);
    for (size_t i = 0; status != TINE_OK && g.tables && i < g.n_lanes; i++)
        call->n_groups += tine__groups_count(&g.tables[i]);
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
