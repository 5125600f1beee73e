#include "dataset/aggs.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

#include <stdio.h>
#include <string.h>

tine_status tine__aggs_init(tine__aggs *aggs, const tine_allocator *allocator, size_t n,
                            tine_error *error)
{
    *aggs = (tine__aggs){.allocator = allocator, .n = n, .align = 1};
    tine__arena_init(&aggs->names, allocator);
    aggs->items = TINE__NEW_ARRAY(allocator, tine__agg, n);
    aggs->chains = TINE__NEW_ARRAY(allocator, size_t, n);
    return (aggs->items && aggs->chains) || n == 0 ? TINE_OK : tine__error_no_memory(error);
}

void tine__aggs_free(tine__aggs *aggs)
{
    TINE__DELETE_ARRAY(aggs->allocator, aggs->items, aggs->n);
    TINE__DELETE_ARRAY(aggs->allocator, aggs->chains, aggs->n);
    tine__arena_free(&aggs->names);
}

/* ---- what the user asks for ---- */

static tine_status check_op(const tine_agg *asked, tine_error *error)
{
    if (asked->op < TINE_COUNT || asked->op > TINE_DISTINCT_APPROX)
        return tine__error_set(error, TINE_EINVAL, "%d is not a tine_op", (int)asked->op);
    if (asked->op == TINE_QUANTILE && !(asked->arg >= 0 && asked->arg <= 1))
        return tine__error_set(error, TINE_EINVAL,
                               "quantile needs an arg from 0 to 1, not %g: the median is 0.5",
                               asked->arg);
    return TINE_OK;
}

static tine_status find_column(const tine__call *call, const tine_agg *asked, size_t *column_out,
                               tine_error *error)
{
    *column_out = TINE__ALL_ROWS;
    if (asked->column)
        return tine__plan_find(call->plan, asked->column, column_out, error);
    if (asked->op == TINE_COUNT)
        return TINE_OK;
    return tine__error_set(error, TINE_EINVAL, "%s needs a column", tine__op_name(asked->op));
}

static const char *make_name(tine__arena *arena, const tine_agg *asked)
{
    if (asked->name)
        return tine__arena_copy(arena, asked->name, strlen(asked->name));
    const char *op = tine__op_name(asked->op), *column = asked->column ? asked->column : "*";
    size_t size = strlen(op) + strlen(column) + sizeof "()";
    char *name = tine__arena_alloc(arena, size, 1);
    if (name)
        snprintf(name, size, "%s(%s)", op, column);
    return name;
}

tine_status tine__aggs_of(tine__aggs *aggs, const tine__call *call, const tine_agg *asked, size_t n,
                          size_t position, size_t *columns, size_t *n_columns, tine_error *error)
{
    *n_columns = 0;
    tine_status status = tine__aggs_init(aggs, call->allocator, n, error);
    for (size_t i = 0; status == TINE_OK && i < n; i++) {
        tine__agg *item = &aggs->items[i];
        *item = (tine__agg){
            .op = asked[i].op, .name = make_name(&aggs->names, &asked[i]), .arg = asked[i].arg};
        status = check_op(&asked[i], error);
        if (status == TINE_OK)
            status = find_column(call, &asked[i], &item->column, error);
        if (status == TINE_OK && !item->name)
            status = tine__error_no_memory(error);
        if (status == TINE_OK && item->column != TINE__ALL_ROWS) {
            item->position = position + *n_columns;
            columns[(*n_columns)++] = item->column;
        }
    }
    return status;
}

/* ---- the types ---- */

static tine_type type_of(const tine__call *call, const tine__agg *item)
{
    return item->column == TINE__ALL_ROWS ? TINE_AUTO : call->types[item->column];
}

/* The largest power of two that divides the size: at least the state's alignment, which divides its
 * size and is at most that of a cache line. */
static size_t align_of(const tine__aggregate *how)
{
    return tine__min(how->size & (~how->size + 1), TINE__ALIGN);
}

static size_t *chain_of(const tine__aggs *aggs, size_t i)
{
    return &aggs->chains[aggs->items[i].column % aggs->n];
}

/* So that whoever looks for items of one column does not look at all. */
static void link_chains(tine__aggs *aggs)
{
    for (size_t i = 0; i < aggs->n; i++)
        aggs->chains[i] = TINE__NO_AGG;
    for (size_t i = 0; i < aggs->n; i++) {
        size_t *last = chain_of(aggs, i);
        aggs->items[i].before = *last;
        *last = i;
    }
}

/* One before item i whose state goes the same way; NULL: none. */
static const tine__agg *same_state(const tine__aggs *aggs, size_t i)
{
    const tine__agg *item = &aggs->items[i], *other;
    for (size_t k = item->before; k != TINE__NO_AGG; k = other->before) {
        other = &aggs->items[k];
        if (other->how && other->column == item->column && other->how->init == item->how->init &&
            other->how->update == item->how->update &&
            other->how->update_ordered == item->how->update_ordered)
            return other;
    }
    return NULL;
}

/* All operations on item i's column. */
static unsigned ops_on(const tine__aggs *aggs, size_t i)
{
    unsigned ops = 0;
    const tine__agg *other;
    for (size_t k = *chain_of(aggs, i); k != TINE__NO_AGG; k = other->before) {
        other = &aggs->items[k];
        ops |= other->column == aggs->items[i].column ? 1u << other->op : 0;
    }
    return ops;
}

void tine__aggs_bind(tine__aggs *aggs, const tine__call *call)
{
    size_t end = 0;
    link_chains(aggs);
    aggs->align = 1;
    for (size_t i = 0; i < aggs->n; i++) {
        tine__agg *item = &aggs->items[i];
        item->how = tine__aggregate_find_among(item->op, type_of(call, item), ops_on(aggs, i),
                                               aggs->grouped);
        if (!item->how)
            continue;
        const tine__agg *other = same_state(aggs, i);
        item->shares = other != NULL;
        if (other) {
            item->offset = other->offset;
            continue;
        }
        size_t align = align_of(item->how);
        item->offset = (end + align - 1) & ~(align - 1);
        end = item->offset + item->how->size;
        aggs->align = tine__max(aggs->align, align);
    }
    aggs->size = (end + aggs->align - 1) & ~(aggs->align - 1);
}

static tine_status does_not_apply(const tine__agg *item, const tine__call *call, tine_error *error)
{
    const tine__csv_column *column = tine__csv_column_at(call->plan->csv, item->column);
    const char *op = tine__op_name(item->op);
    const char *type = tine__type_name(call->types[item->column]);
    const tine__witness *witness = &call->witnesses[item->column];
    if (!column->inferred)
        return tine__error_set(error, TINE_EINVAL,
                               "%s does not apply to column \"%.64s\" of type %s", op, column->name,
                               type);
    if (witness->ordinal == UINT64_MAX)
        return tine__error_set(
            error, TINE_EINVAL,
            "%s does not apply to column \"%.64s\", whose values are of type %s; "
            "if it should be another one, give it in tine_csv_options",
            op, column->name, type);
    tine__error_set(error, TINE_EINVAL,
                    "%s does not apply to column \"%.64s\", whose values are of type %s: the first "
                    "that is not of type %s stands in line %llu; correct it, or give the type in "
                    "tine_csv_options",
                    op, column->name, type, tine__type_name(column->type),
                    (unsigned long long)witness->line);
    if (error)
        error->line = witness->line;
    return TINE_EINVAL;
}

tine_status tine__aggs_check(const tine__aggs *aggs, const tine__call *call, tine_error *error)
{
    bool perhaps = false;
    for (size_t i = 0; i < aggs->n; i++) {
        const tine__agg *item = &aggs->items[i];
        if (item->how)
            continue;
        if (!tine__call_may_change(call, item->column))
            return does_not_apply(item, call, error);
        perhaps = true;
    }
    return perhaps ? TINE_END : TINE_OK;
}

/* ---- states ---- */

/* Whether there is a state that is the item's own. */
static bool has_state(const tine__agg *item)
{
    return item->how && !item->shares;
}

static void *state_of(const tine__agg *item, const void *states)
{
    return (char *)(uintptr_t)states + item->offset;
}

void tine__aggs_start(const tine__aggs *aggs, void *states)
{
    for (size_t i = 0; i < aggs->n; i++)
        if (has_state(&aggs->items[i]))
            aggs->items[i].how->init(state_of(&aggs->items[i], states));
}

static tine_status update(const tine__aggs *aggs, const tine__agg *item, void *states,
                          const uint32_t *groups, const tine_batch *batch, uint64_t ordinal)
{
    const tine__aggregate *how = item->how;
    const tine_column *column = how->needs_column ? &batch->columns[item->position] : NULL;
    if (how->update_ordered)
        return how->update_ordered(state_of(item, states), aggs->size, groups, column,
                                   batch->n_rows, ordinal, aggs->allocator);
    return how->update(state_of(item, states), aggs->size, groups, column, batch->n_rows,
                       aggs->allocator);
}

tine_status tine__aggs_update(const tine__aggs *aggs, void *states, const uint32_t *groups,
                              const tine_batch *batch, uint64_t ordinal, tine_error *error)
{
    for (size_t i = 0; i < aggs->n; i++) {
        const tine__agg *item = &aggs->items[i];
        if (has_state(item) && update(aggs, item, states, groups, batch, ordinal) != TINE_OK)
            return tine__error_no_memory(error);
    }
    return TINE_OK;
}

tine_status tine__aggs_merge(const tine__aggs *aggs, void *states, const void *right,
                             tine_error *error)
{
    for (size_t i = 0; i < aggs->n; i++) {
        const tine__agg *item = &aggs->items[i];
        if (has_state(item) && item->how->merge(state_of(item, states), state_of(item, right),
                                                aggs->allocator) != TINE_OK)
            return tine__error_no_memory(error);
    }
    return TINE_OK;
}

tine_status tine__aggs_finish(const tine__aggs *aggs, size_t i, const void *states,
                              tine__array *out, const tine_allocator *allocator, tine_error *error)
{
    const tine__agg *item = &aggs->items[i];
    const void *state = state_of(item, states);
    if (item->how->finish_at)
        return item->how->finish_at(state, item->arg, out, allocator, error);
    return item->how->finish(state, out, allocator, error);
}

void tine__aggs_end(const tine__aggs *aggs, void *states)
{
    for (size_t i = 0; i < aggs->n; i++) {
        const tine__agg *item = &aggs->items[i];
        if (has_state(item) && item->how->destroy)
            item->how->destroy(state_of(item, states), aggs->allocator);
    }
}
