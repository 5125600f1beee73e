#include "dataset/join.h"
#include "base/alloc.h"
#include "base/error.h"
#include "dataset/bodies.h"

/* A part of so many groups has its slots in a second cache; with less there is nothing to split. */
#define GROUPS_PER_PART ((size_t)1 << 13)
#define MOST_PARTS ((size_t)1024)

typedef struct joining {
    const tine_allocator *allocator;
    tine__groups *tables;
    size_t n_tables;
    size_t n_parts;     /* a power of two */
    uint32_t **numbers; /* by table: its groups, part after part, ascending in each */
    size_t *starts;     /* of a table's parts: n_parts + 1 for each table */
} joining;

/* By other bits than those that slots go by. */
static size_t part_of(const joining *j, tine__key key, tine__seed seed)
{
    return (size_t)(tine__key_hash(key, seed) >> 54) & (j->n_parts - 1);
}

static size_t *starts_of(const joining *j, size_t table)
{
    return j->starts + table * (j->n_parts + 1);
}

/* ---- splitting a table ---- */

static tine_status split(void *ctx, size_t table, tine_error *error)
{
    joining *j = ctx;
    const tine__groups *g = &j->tables[table];
    size_t *starts = starts_of(j, table);
    if (tine__groups_count(g) == 0)
        return TINE_OK;
    uint32_t *numbers = TINE__NEW_ARRAY(j->allocator, uint32_t, tine__groups_count(g));
    if (!numbers)
        return tine__error_no_memory(error);
    j->numbers[table] = numbers;
    for (size_t i = 1; i < g->n; i++)
        starts[part_of(j, g->keys[i], g->seed)]++;
    size_t end = 0;
    for (size_t part = 0; part <= j->n_parts; part++) { /* from sizes to ends */
        end += starts[part];
        starts[part] = end;
    }
    for (size_t i = g->n; i-- > 1;) /* from ends to starts */
        numbers[--starts[part_of(j, g->keys[i], g->seed)]] = (uint32_t)i;
    return TINE_OK;
}

/* ---- joining a part ---- */

/* The groups of a table, run after run. */
typedef struct cursor {
    const uint32_t *numbers;
    size_t n;   /* numbers left */
    size_t run; /* of the first of them */
} cursor;

static cursor cursor_at(const joining *j, size_t table, size_t part)
{
    const size_t *starts = starts_of(j, table) + part;
    if (starts[0] == starts[1])
        return (cursor){.n = 0};
    return (cursor){j->numbers[table] + starts[0], starts[1] - starts[0], 0};
}

/* Behind the last group of the cursor's run. */
static size_t run_end(const tine__groups *g, const cursor *c)
{
    return c->run + 1 < g->n_runs ? g->runs[c->run + 1].first : g->n;
}

static void find_run(const tine__groups *g, cursor *c)
{
    while (c->n && c->numbers[0] >= run_end(g, c))
        c->run++;
}

/* The table whose first group left appeared before all others'; SIZE_MAX: none is left. */
static size_t earliest(const joining *j, const cursor *cursors)
{
    size_t first = SIZE_MAX;
    for (size_t t = 0; t < j->n_tables; t++)
        if (cursors[t].n &&
            (first == SIZE_MAX || j->tables[t].runs[cursors[t].run].ordinal <
                                      j->tables[first].runs[cursors[first].run].ordinal))
            first = t;
    return first;
}

typedef struct part_slot {
    uint64_t hash;
    tine__group_ref ref; /* number 0: free */
} part_slot;

typedef struct part_table {
    part_slot *slots;
    size_t n_slots; /* a power of two, at least twice the groups */
} part_table;

static bool is_same(const joining *j, tine__group_ref ref, const tine__groups *g, size_t number)
{
    return tine__groups_are(&j->tables[ref.table], ref.number, g->keys[number],
                            tine__groups_bytes(g, number));
}

/* The group of the same key that is in the table; if there is none, number 0, and the group is put
 * there. */
static tine__group_ref find_or_put(const joining *j, part_table *part, tine__group_ref ref,
                                   uint64_t hash)
{
    const tine__groups *g = &j->tables[ref.table];
    size_t at = hash & (part->n_slots - 1);
    for (; part->slots[at].ref.number; at = (at + 1) & (part->n_slots - 1))
        if (part->slots[at].hash == hash && is_same(j, part->slots[at].ref, g, ref.number))
            return part->slots[at].ref;
    part->slots[at] = (part_slot){hash, ref};
    return (tine__group_ref){0, 0};
}

static void *states_of(const joining *j, tine__group_ref ref)
{
    return tine__groups_states(&j->tables[ref.table], ref.number);
}

/* Groups are joined so many at a time, step by step: each asks for the memory that the next one
 * needs. */
enum { STRIDE = 32 };

static tine_status join_some(const joining *j, part_table *part, uint32_t table,
                             const uint32_t *numbers, size_t n, tine_error *error)
{
    const tine__groups *g = &j->tables[table];
    uint64_t hash[STRIDE];
    tine__group_ref found[STRIDE];
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&g->keys[numbers[i]], 1);
    for (size_t i = 0; i < n; i++) {
        hash[i] = tine__key_hash(g->keys[numbers[i]], g->seed);
        __builtin_prefetch(&part->slots[hash[i] & (part->n_slots - 1)], 1);
    }
    for (size_t i = 0; i < n; i++) {
        found[i] = find_or_put(j, part, (tine__group_ref){table, numbers[i]}, hash[i]);
        if (!found[i].number)
            continue;
        g->keys[numbers[i]] = (tine__key)TINE__KEY_NONE;
        __builtin_prefetch(tine__groups_states(g, numbers[i]));
        __builtin_prefetch(states_of(j, found[i]), 1);
    }
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++)
        if (found[i].number)
            status = tine__aggs_merge(g->aggs, states_of(j, found[i]),
                                      tine__groups_states(g, numbers[i]), error);
    return status;
}

/* The groups of the cursor's run. */
static tine_status join_run(const joining *j, part_table *part, uint32_t table, cursor *c,
                            tine_error *error)
{
    const size_t end = run_end(&j->tables[table], c);
    tine_status status = TINE_OK;
    while (status == TINE_OK && c->n && c->numbers[0] < end) {
        size_t n = 1;
        while (n < STRIDE && n < c->n && c->numbers[n] < end)
            n++;
        status = join_some(j, part, table, c->numbers, n, error);
        c->numbers += n;
        c->n -= n;
    }
    return status;
}

static tine_status join_in_order(const joining *j, part_table *part, cursor *cursors,
                                 tine_error *error)
{
    tine_status status = TINE_OK;
    size_t t, n_runs = 0;
    while (status == TINE_OK && (t = earliest(j, cursors)) != SIZE_MAX) {
        status = tine__body_pause(n_runs++, error);
        if (status == TINE_OK)
            status = join_run(j, part, (uint32_t)t, &cursors[t], error);
        find_run(&j->tables[t], &cursors[t]);
    }
    return status;
}

static tine_status join_part(void *ctx, size_t index, tine_error *error)
{
    const joining *j = ctx;
    cursor *cursors = TINE__NEW_ARRAY(j->allocator, cursor, j->n_tables);
    size_t n = 0;
    for (size_t t = 0; cursors && t < j->n_tables; t++) {
        cursors[t] = cursor_at(j, t, index);
        find_run(&j->tables[t], &cursors[t]);
        n += cursors[t].n;
    }
    part_table part = {.n_slots = 2};
    while (part.n_slots < 2 * n)
        part.n_slots *= 2;
    part.slots =
        tine__alloc_zeroed(j->allocator, part.n_slots * sizeof *part.slots, _Alignof(part_slot));
    tine_status status = cursors && part.slots ? join_in_order(j, &part, cursors, error)
                                               : tine__error_no_memory(error);
    TINE__DELETE_ARRAY(j->allocator, part.slots, part.n_slots);
    TINE__DELETE_ARRAY(j->allocator, cursors, j->n_tables);
    return status;
}

/* ---- all of them ---- */

static size_t parts_for(size_t n)
{
    size_t parts = 1;
    while (parts < MOST_PARTS && parts * GROUPS_PER_PART < n)
        parts *= 2;
    return parts;
}

static void free_joining(joining *j)
{
    for (size_t t = 0; j->numbers && t < j->n_tables; t++)
        TINE__DELETE_ARRAY(j->allocator, j->numbers[t], tine__groups_count(&j->tables[t]));
    TINE__DELETE_ARRAY(j->allocator, j->numbers, j->n_tables);
    TINE__DELETE_ARRAY(j->allocator, j->starts, j->n_tables * (j->n_parts + 1));
}

static tine_status join_all(const tine__call *call, joining *j, tine_error *error)
{
    size_t n_starts = j->n_tables * (j->n_parts + 1);
    j->numbers =
        tine__alloc_zeroed(j->allocator, j->n_tables * sizeof *j->numbers, _Alignof(uint32_t *));
    j->starts = tine__alloc_zeroed(j->allocator, n_starts * sizeof *j->starts, _Alignof(size_t));
    if (!j->numbers || !j->starts)
        return tine__error_no_memory(error);
    tine_status status = tine__bodies_run(call, split, j, j->n_tables, error);
    if (status == TINE_OK)
        status = tine__bodies_run(call, join_part, j, j->n_parts, error);
    return status;
}

/* ---- what is left, in order ---- */

static void list_run(const tine__groups *g, size_t table, const cursor *c, tine__group_list *list)
{
    const tine__key none = TINE__KEY_NONE;
    for (size_t i = g->runs[c->run].first; i < run_end(g, c); i++) {
        list->refs[list->n] = (tine__group_ref){(uint32_t)table, (uint32_t)i};
        list->n += !tine__key_equal(g->keys[i], none);
    }
}

static tine_status list_all(const joining *j, tine__group_list *list, tine_error *error)
{
    cursor *cursors = TINE__NEW_ARRAY(j->allocator, cursor, j->n_tables);
    list->refs = TINE__NEW_ARRAY(j->allocator, tine__group_ref, list->capacity);
    tine_status status = cursors && list->refs ? TINE_OK : tine__error_no_memory(error);
    for (size_t t = 0; cursors && t < j->n_tables; t++)
        cursors[t] = (cursor){.n = j->tables[t].n_runs}; /* runs left, here */
    for (size_t t; status == TINE_OK && (t = earliest(j, cursors)) != SIZE_MAX;
         cursors[t].run++, cursors[t].n--)
        list_run(&j->tables[t], t, &cursors[t], list);
    TINE__DELETE_ARRAY(j->allocator, cursors, j->n_tables);
    return status;
}

tine_status tine__groups_join(const tine__call *call, tine__groups *tables, size_t n_tables,
                              tine__group_list *list_out, tine_error *error)
{
    *list_out = (tine__group_list){.allocator = call->allocator};
    size_t n_filled = 0;
    for (size_t t = 0; t < n_tables; t++) {
        list_out->capacity += tine__groups_count(&tables[t]);
        n_filled += tine__groups_count(&tables[t]) > 0;
    }
    if (n_filled == 0)
        return TINE_OK;
    joining j = {.allocator = call->allocator,
                 .tables = tables,
                 .n_tables = n_tables,
                 .n_parts = parts_for(list_out->capacity)};
    tine_status status = n_filled > 1 ? join_all(call, &j, error) : TINE_OK;
    free_joining(&j);
    return status == TINE_OK ? list_all(&j, list_out, error) : status;
}

void tine__group_list_free(tine__group_list *list)
{
    TINE__DELETE_ARRAY(list->allocator, list->refs, list->capacity);
}
