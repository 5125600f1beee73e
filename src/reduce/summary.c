/* The sum, least and greatest of doubles in one cache line, for columns that are asked for both: a
 * group's line is fetched once for all of them. It begins with the exact sum, which SUM and MEAN
 * finish from. Least and greatest are kept as integers in the order of the doubles, the greatest
 * complemented: no double has INT64_MAX, or its complement, as its own. */
#include "base/alloc.h"
#include "reduce/compact.h"
#include "reduce/family.h"
#include "reduce/runs.h"

typedef struct summary {
    _Alignas(TINE__ALIGN) tine__compact sum;
    int64_t least, most; /* INT64_MAX: there has been none */
} summary;

static void summary_init(void *state)
{
    *(summary *)state = (summary){.sum = TINE__COMPACT_INIT, .least = INT64_MAX, .most = INT64_MAX};
}

static inline void take(summary *s, int64_t least, int64_t most)
{
    if (least < s->least)
        s->least = least;
    if (most < s->most)
        s->most = most;
}

static inline void take_bits(summary *s, uint64_t bits)
{
    int64_t key = tine__order_key(bits);
    take(s, key, ~key);
}

/* What fits the sum is no NaN. */
static inline tine_status add(summary *s, double value, const tine_allocator *allocator)
{
    uint64_t bits = tine__double_bits(value);
    tine__scaled x = tine__scaled_of(bits);
    if (tine__compact_fits(&s->sum, x)) {
        tine__compact_put(&s->sum, x);
        take_bits(s, bits);
        return TINE_OK;
    }
    if (!tine__bits_are_nan(bits))
        take_bits(s, bits);
    return tine__compact_add_slowly(&s->sum, value, allocator);
}

static tine_status add_all(summary *s, const double *values, size_t n,
                           const tine_allocator *allocator)
{
    for (size_t i = 0; i < n; i++)
        if (!tine__bits_are_nan(tine__double_bits(values[i])))
            take_bits(s, tine__double_bits(values[i]));
    return tine__compact_add_array(&s->sum, values, n, allocator);
}

static tine_status add_each(void *states, size_t stride, const uint32_t *groups,
                            const double *values, size_t n, const tine_allocator *allocator)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++)
        status = add(tine__state_at(states, stride, groups, i), values[i], allocator);
    return status;
}

static tine_status summary_update(void *states, size_t stride, const uint32_t *groups,
                                  const tine_column *column, size_t n,
                                  const tine_allocator *allocator)
{
    tine__runs runs = tine__runs_of(column, n);
    tine_status status = TINE_OK;
    while (status == TINE_OK && tine__runs_next(&runs, 0)) {
        const double *values = (const double *)column->values + runs.begin;
        size_t n_values = runs.end - runs.begin;
        status = groups ? add_each(states, stride, groups + runs.begin, values, n_values, allocator)
                        : add_all(states, values, n_values, allocator);
    }
    return status;
}

static tine_status summary_merge(void *state, const void *right, const tine_allocator *allocator)
{
    summary *s = state;
    const summary *other = right;
    take(s, other->least, other->most);
    return tine__compact_merge(&s->sum, &other->sum, allocator);
}

static tine_status finish(bool any, int64_t key, tine__array *out, const tine_allocator *allocator,
                          tine_error *error)
{
    double value = tine__double_from_bits((uint64_t)tine__order_key((uint64_t)key));
    return any ? tine__finish_double(value, out, allocator, error)
               : tine__finish_null(out, allocator, error);
}

static tine_status summary_min(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    int64_t key = ((const summary *)state)->least;
    return finish(key != INT64_MAX, key, out, allocator, error);
}

static tine_status summary_max(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    int64_t key = ((const summary *)state)->most;
    return finish(key != INT64_MAX, ~key, out, allocator, error);
}

static void summary_destroy(void *state, const tine_allocator *allocator)
{
    tine__compact_destroy(state, allocator);
}

#define SUMMARY(finish_)                                                                           \
    {                                                                                              \
        .size = sizeof(summary), .result = TINE_DOUBLE, .needs_column = true,                      \
        .init = summary_init, .update = summary_update, .merge = summary_merge, .finish = finish_, \
        .destroy = summary_destroy                                                                 \
    }

const tine__aggregate *tine__summary_find(tine_op op)
{
    static const tine__aggregate summaries[] = {
        [TINE_SUM] = SUMMARY(tine__finish_sum),
        [TINE_MEAN] = SUMMARY(tine__finish_mean),
        [TINE_MIN] = SUMMARY(summary_min),
        [TINE_MAX] = SUMMARY(summary_max),
    };
    return &summaries[op];
}
