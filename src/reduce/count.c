/* Counts: of rows, of values, of nulls, of trues. The state is the count. */
#include "base/bits.h"
#include "reduce/family.h"
#include "reduce/runs.h"

static void count_init(void *state)
{
    *(int64_t *)state = 0;
}

static void count_range(void *states, size_t stride, const uint32_t *groups, size_t begin,
                        size_t end)
{
    for (size_t i = begin; i < end; i++)
        ++*(int64_t *)tine__state_at(states, stride, groups, i);
}

static tine_status rows_update(void *states, size_t stride, const uint32_t *groups,
                               const tine_column *column, size_t n, const tine_allocator *allocator)
{
    (void)column;
    (void)allocator;
    if (groups)
        count_range(states, stride, groups, 0, n);
    else
        *(int64_t *)states += (int64_t)n;
    return TINE_OK;
}

static tine_status values_update(void *states, size_t stride, const uint32_t *groups,
                                 const tine_column *column, size_t n,
                                 const tine_allocator *allocator)
{
    tine__runs runs = tine__runs_of(column, n);
    (void)allocator;
    if (!groups)
        *(int64_t *)states += (int64_t)(n - column->null_count);
    while (groups && tine__runs_next(&runs, 0))
        count_range(states, stride, groups, runs.begin, runs.end);
    return TINE_OK;
}

static tine_status nulls_update(void *states, size_t stride, const uint32_t *groups,
                                const tine_column *column, size_t n,
                                const tine_allocator *allocator)
{
    tine__runs runs = tine__runs_of(column, n);
    (void)allocator;
    if (!groups)
        *(int64_t *)states += (int64_t)column->null_count;
    while (groups && tine__runs_next(&runs, UINT64_MAX))
        count_range(states, stride, groups, runs.begin, runs.end);
    return TINE_OK;
}

static tine_status trues_update(void *states, size_t stride, const uint32_t *groups,
                                const tine_column *column, size_t n,
                                const tine_allocator *allocator)
{
    (void)allocator;
    TINE__EACH_VALID (row, column, n) {
        int64_t *count = tine__state_at(states, stride, groups, row);
        *count += tine__bit_get(column->values, row);
    }
    return TINE_OK;
}

static tine_status count_merge(void *state, const void *right, const tine_allocator *allocator)
{
    (void)allocator;
    *(int64_t *)state += *(const int64_t *)right;
    return TINE_OK;
}

static tine_status count_finish(const void *state, tine__array *out,
                                const tine_allocator *allocator, tine_error *error)
{
    return tine__finish_int64(*(const int64_t *)state, out, allocator, error);
}

#define COUNT_OF(what, with_column)                                                                \
    {                                                                                              \
        .size = sizeof(int64_t), .result = TINE_INT64, .needs_column = with_column,                \
        .init = count_init, .update = what##_update, .merge = count_merge, .finish = count_finish  \
    }

const tine__aggregate *tine__count_find(tine_op op, tine_type type)
{
    static const tine__aggregate rows = COUNT_OF(rows, false), values = COUNT_OF(values, true),
                                 nulls = COUNT_OF(nulls, true), trues = COUNT_OF(trues, true);
    switch (op) {
    case TINE_COUNT:
        return type == TINE_AUTO ? &rows : &values;
    case TINE_NULLS:
        return type == TINE_AUTO ? NULL : &nulls;
    case TINE_SUM:
        return type == TINE_BOOL ? &trues : NULL;
    default:
        return NULL;
    }
}
