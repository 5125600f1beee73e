/* SUM, MEAN, VAR and STD of doubles and of int64: four exact states behind the interface of an
 * aggregate. A state holds no more than its operation needs. */
#include "base/error.h"
#include "reduce/family.h"
#include "reduce/integer.h"
#include "reduce/moments.h"
#include "reduce/runs.h"

/* The state `kind`, all zero at first, is fed with C type `value`. */
#define STATE(kind, value)                                                                         \
    static void kind##_init(void *state)                                                           \
    {                                                                                              \
        *(tine__##kind *)state = (tine__##kind){0};                                                \
    }                                                                                              \
    static tine_status kind##_update(void *states, size_t stride, const uint32_t *groups,          \
                                     const tine_column *column, size_t n,                          \
                                     const tine_allocator *allocator)                              \
    {                                                                                              \
        const value *values = column->values;                                                      \
        tine__runs runs = tine__runs_of(column, n);                                                \
        (void)allocator;                                                                           \
        while (!groups && tine__runs_next(&runs, 0))                                               \
            tine__##kind##_add_array(states, values + runs.begin, runs.end - runs.begin);          \
        if (!groups)                                                                               \
            return TINE_OK;                                                                        \
        TINE__EACH_VALID (row, column, n)                                                          \
            tine__##kind##_add(tine__state_at(states, stride, groups, row), values[row]);          \
        return TINE_OK;                                                                            \
    }                                                                                              \
    static tine_status kind##_merge(void *state, const void *right,                                \
                                    const tine_allocator *allocator)                               \
    {                                                                                              \
        (void)allocator;                                                                           \
        tine__##kind##_merge(state, right);                                                        \
        return TINE_OK;                                                                            \
    }

STATE(exact, double)
STATE(moments, double)
STATE(int_sum, int64_t)
STATE(int_moments, int64_t)

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

FINISH(exact, sum)
FINISH(exact, mean)
FINISH(moments, var)
FINISH(moments, std)
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

#define AGGREGATE(kind, what, result_type)                                                         \
    {                                                                                              \
        .size = sizeof(tine__##kind), .result = result_type, .needs_column = true,                 \
        .init = kind##_init, .update = kind##_update, .merge = kind##_merge,                       \
        .finish = kind##_##what                                                                    \
    }

static const tine__aggregate of_double[] = {
    [TINE_SUM] = AGGREGATE(exact, sum, TINE_DOUBLE),
    [TINE_MEAN] = AGGREGATE(exact, mean, TINE_DOUBLE),
    [TINE_VAR] = AGGREGATE(moments, var, TINE_DOUBLE),
    [TINE_STD] = AGGREGATE(moments, std, TINE_DOUBLE),
};
static const tine__aggregate of_int64[] = {
    [TINE_SUM] = AGGREGATE(int_sum, sum, TINE_INT64),
    [TINE_MEAN] = AGGREGATE(int_sum, mean, TINE_DOUBLE),
    [TINE_VAR] = AGGREGATE(int_moments, var, TINE_DOUBLE),
    [TINE_STD] = AGGREGATE(int_moments, std, TINE_DOUBLE),
};

const tine__aggregate *tine__sums_find(tine_op op, tine_type type)
{
    if (type == TINE_DOUBLE)
        return &of_double[op];
    return type == TINE_INT64 ? &of_int64[op] : NULL;
}
