/* SUM, MEAN, VAR and STD of doubles and of int64: four exact states behind the interface of an
 * aggregate. A state holds no more than its operation needs. */
#include "base/error.h"
#include "reduce/compact.h"
#include "reduce/family.h"
#include "reduce/integer.h"
#include "reduce/runs.h"

/* How functions of a state are called: those of one that may own memory, and the others. */
#define OWNING(function, ...) function(__VA_ARGS__, allocator)
#define PLAIN(function, ...) ((void)allocator, function(__VA_ARGS__), TINE_OK)

/* The state `kind`, at first `initial`, is fed with C type `value`. */
#define STATE(kind, initial, value, CALL)                                                          \
    static void kind##_init(void *state)                                                           \
    {                                                                                              \
        *(tine__##kind *)state = (tine__##kind)initial;                                            \
    }                                                                                              \
    static tine_status kind##_add_run(void *states, size_t stride, const uint32_t *groups,         \
                                      const value *values, size_t n,                               \
                                      const tine_allocator *allocator)                             \
    {                                                                                              \
        tine_status status = TINE_OK;                                                              \
        for (size_t i = 0; status == TINE_OK && i < n; i++)                                        \
            status =                                                                               \
                CALL(tine__##kind##_add, tine__state_at(states, stride, groups, i), values[i]);    \
        return status;                                                                             \
    }                                                                                              \
    static tine_status kind##_update(void *states, size_t stride, const uint32_t *groups,          \
                                     const tine_column *column, size_t n,                          \
                                     const tine_allocator *allocator)                              \
    {                                                                                              \
        const value *values = column->values;                                                      \
        tine__runs runs = tine__runs_of(column, n);                                                \
        tine_status status = TINE_OK;                                                              \
        if (!groups) { /* a null is a zero, which only must not count */                           \
            status = CALL(tine__##kind##_add_array, states, values, n);                            \
            tine__##kind##_uncount(states, column->null_count);                                    \
        }                                                                                          \
        while (groups && status == TINE_OK && tine__runs_next(&runs, 0))                           \
            status = kind##_add_run(states, stride, groups + runs.begin, values + runs.begin,      \
                                    runs.end - runs.begin, allocator);                             \
        return status;                                                                             \
    }                                                                                              \
    static tine_status kind##_merge(void *state, const void *right,                                \
                                    const tine_allocator *allocator)                               \
    {                                                                                              \
        return CALL(tine__##kind##_merge, state, right);                                           \
    }

STATE(compact, TINE__COMPACT_INIT, double, OWNING)
STATE(compact_moments, TINE__COMPACT_MOMENTS_INIT, double, OWNING)
STATE(int_sum, {0}, int64_t, PLAIN)
STATE(int_moments, {0}, int64_t, PLAIN)

static void compact_destroy(void *state, const tine_allocator *allocator)
{
    tine__compact_destroy(state, allocator);
}

static void compact_moments_destroy(void *state, const tine_allocator *allocator)
{
    tine__compact_moments_destroy(state, allocator);
}

/* What the state finishes into as a double, null where there is no such value. */
#define FINISH(kind, what)                                                                         \
    static tine_status kind##_##what(const void *state, tine__array *out,                          \
                                     const tine_allocator *allocator, tine_error *error)           \
    {                                                                                              \
        double value;                                                                              \
        return tine__##kind##_##what(state, &value)                                                \
                   ? tine__finish_double(value, out, allocator, error)                             \
                   : tine__finish_null(out, allocator, error);                                     \
    }

FINISH(compact, sum)
FINISH(compact, mean)
FINISH(compact_moments, var)
FINISH(compact_moments, std)
FINISH(int_sum, mean)
FINISH(int_moments, var)
FINISH(int_moments, std)

static tine_status int_sum_sum(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    int64_t sum;
    if (!tine__int_sum_fits(state, &sum))
        return tine__error_set(
            error, TINE_ELIMIT,
            "the sum of an int64 column is past the range of int64; take the mean "
            "and the count, or give the column the type double");
    return tine__finish_int64(sum, out, allocator, error);
}

tine_status tine__finish_sum(const void *state, tine__array *out, const tine_allocator *allocator,
                             tine_error *error)
{
    return compact_sum(state, out, allocator, error);
}

tine_status tine__finish_mean(const void *state, tine__array *out, const tine_allocator *allocator,
                              tine_error *error)
{
    return compact_mean(state, out, allocator, error);
}

#define AGGREGATE(kind, finishes, result_type, destroys)                                           \
    {                                                                                              \
        .size = sizeof(tine__##kind), .result = result_type, .needs_column = true,                 \
        .init = kind##_init, .update = kind##_update, .merge = kind##_merge, .finish = finishes,   \
        .destroy = destroys                                                                        \
    }

static const tine__aggregate of_double[] = {
    [TINE_SUM] = AGGREGATE(compact, compact_sum, TINE_DOUBLE, compact_destroy),
    [TINE_MEAN] = AGGREGATE(compact, compact_mean, TINE_DOUBLE, compact_destroy),
    [TINE_VAR] =
        AGGREGATE(compact_moments, compact_moments_var, TINE_DOUBLE, compact_moments_destroy),
    [TINE_STD] =
        AGGREGATE(compact_moments, compact_moments_std, TINE_DOUBLE, compact_moments_destroy),
};
static const tine__aggregate of_int64[] = {
    [TINE_SUM] = AGGREGATE(int_sum, int_sum_sum, TINE_INT64, NULL),
    [TINE_MEAN] = AGGREGATE(int_sum, int_sum_mean, TINE_DOUBLE, NULL),
    [TINE_VAR] = AGGREGATE(int_moments, int_moments_var, TINE_DOUBLE, NULL),
    [TINE_STD] = AGGREGATE(int_moments, int_moments_std, TINE_DOUBLE, NULL),
};

const tine__aggregate *tine__sums_find(tine_op op, tine_type type)
{
    if (type == TINE_DOUBLE)
        return &of_double[op];
    return type == TINE_INT64 ? &of_int64[op] : NULL;
}

/* A state of moments begins with one of the sum. */
const tine__aggregate *tine__aggregate_of_moments(tine_op op, tine_type type)
{
    static const tine__aggregate doubles[] = {
        [TINE_SUM] = AGGREGATE(compact_moments, compact_sum, TINE_DOUBLE, compact_moments_destroy),
        [TINE_MEAN] =
            AGGREGATE(compact_moments, compact_mean, TINE_DOUBLE, compact_moments_destroy),
    };
    static const tine__aggregate ints[] = {
        [TINE_SUM] = AGGREGATE(int_moments, int_sum_sum, TINE_INT64, NULL),
        [TINE_MEAN] = AGGREGATE(int_moments, int_sum_mean, TINE_DOUBLE, NULL),
    };
    if (op != TINE_SUM && op != TINE_MEAN)
        return NULL;
    if (type == TINE_DOUBLE)
        return &doubles[op];
    return type == TINE_INT64 ? &ints[op] : NULL;
}
