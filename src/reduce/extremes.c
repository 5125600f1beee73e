/* MIN and MAX. Values of a fixed size are mapped to integers in their order, and the two have one
 * state, the range of them all. Strings are compared bytewise, and the best so far is copied. */
#include "base/bits.h"
#include "base/size.h"
#include "reduce/column_loops.h"
#include "reduce/family.h"
#include "reduce/ieee.h"
#include "reduce/runs.h"
#include "reduce/text.h"

static void range_init(void *state)
{
    *(tine__range *)state = (tine__range)TINE__RANGE_INIT;
}

static inline void take_int(tine__range *range, int64_t key)
{
    if (key < range->least)
        range->least = key;
    if (key > range->greatest)
        range->greatest = key;
}

static inline void take_double(tine__range *range, double value)
{
    uint64_t bits = tine__double_bits(value);
    if (!tine__bits_are_nan(bits))
        take_int(range, tine__order_key(bits));
}

#define RANGE_UPDATE(name, take, value_of_row, alone)                                              \
    static tine_status range_##name(void *states, size_t stride, const uint32_t *groups,           \
                                    const tine_column *column, size_t n,                           \
                                    const tine_allocator *allocator)                               \
    {                                                                                              \
        (void)allocator;                                                                           \
        alone TINE__EACH_VALID (row, column, n)                                                    \
            take(tine__state_at(states, stride, groups, row), value_of_row);                       \
        return TINE_OK;                                                                            \
    }

/* Without groups, by the loops over columns. */
#define ALONE(name)                                                                                \
    if (!groups) {                                                                                 \
        tine__column_loops_at(0)->range_##name(column->values, column->validity, n, states);       \
        return TINE_OK;                                                                            \
    }

RANGE_UPDATE(bit, take_int, tine__bit_get(column->values, row), )
RANGE_UPDATE(int32, take_int, ((const int32_t *)column->values)[row], )
RANGE_UPDATE(int64, take_int, ((const int64_t *)column->values)[row], ALONE(int64))
RANGE_UPDATE(double, take_double, ((const double *)column->values)[row], ALONE(double))

static tine_status range_merge(void *state, const void *right, const tine_allocator *allocator)
{
    const tine__range *other = right;
    (void)allocator;
    if (other->least <= other->greatest) {
        take_int(state, other->least);
        take_int(state, other->greatest);
    }
    return TINE_OK;
}

static tine_status finish_key(const tine__range *range, int64_t key, tine__array *out,
                              const tine_allocator *allocator, tine_error *error)
{
    if (range->least > range->greatest)
        return tine__finish_null(out, allocator, error);
    if (out->type == TINE_DOUBLE)
        key = tine__order_key((uint64_t)key);
    return tine__finish_cell(key, out, allocator, error);
}

static tine_status range_finish_min(const void *state, tine__array *out,
                                    const tine_allocator *allocator, tine_error *error)
{
    const tine__range *range = state;
    return finish_key(range, range->least, out, allocator, error);
}

static tine_status range_finish_max(const void *state, tine__array *out,
                                    const tine_allocator *allocator, tine_error *error)
{
    const tine__range *range = state;
    return finish_key(range, range->greatest, out, allocator, error);
}

typedef struct text {
    int sign; /* of the comparison with the best so far that makes a value better: -1 MIN, 1 MAX */
    bool any;
    tine__text best;
} text;

static void text_init_min(void *state)
{
    *(text *)state = (text){.sign = -1};
}

static void text_init_max(void *state)
{
    *(text *)state = (text){.sign = 1};
}

static void text_destroy(void *state, const tine_allocator *allocator)
{
    tine__text_destroy(&((text *)state)->best, allocator);
}

/* Bytewise; a prefix comes first. Below, at or above 0. */
static int compare(tine_string a, tine_string b)
{
    size_t common = tine__min(a.size, b.size);
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static bool is_better(const text *state, tine_string value)
{
    if (!state->any)
        return true;
    int order = compare(value, tine__text_get(&state->best));
    return state->sign < 0 ? order < 0 : order > 0;
}

static tine_status take_text(text *state, tine_string value, const tine_allocator *allocator)
{
    if (!is_better(state, value))
        return TINE_OK;
    state->any = true;
    return tine__text_set(&state->best, value, allocator);
}

static tine_status text_update(void *states, size_t stride, const uint32_t *groups,
                               const tine_column *column, size_t n, const tine_allocator *allocator)
{
    TINE__EACH_VALID (row, column, n) {
        text *to = tine__state_at(states, stride, groups, row);
        tine_status status = take_text(to, tine_string_at(column, row), allocator);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

static tine_status text_merge(void *state, const void *right, const tine_allocator *allocator)
{
    const text *other = right;
    if (!other->any)
        return TINE_OK;
    return take_text(state, tine__text_get(&other->best), allocator);
}

static tine_status text_finish(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    const text *extreme = state;
    if (!extreme->any)
        return tine__finish_null(out, allocator, error);
    return tine__finish_text(tine__text_get(&extreme->best), out, allocator, error);
}

#define RANGE(which, name, value_type)                                                             \
    {                                                                                              \
        .size = sizeof(tine__range), .result = value_type, .needs_column = true,                   \
        .init = range_init, .update = range_##name, .merge = range_merge,                          \
        .finish = range_finish_##which                                                             \
    }
#define EXTREMES(which)                                                                            \
    {                                                                                              \
        [TINE_BOOL] = RANGE(which, bit, TINE_BOOL),                                                \
        [TINE_INT64] = RANGE(which, int64, TINE_INT64),                                            \
        [TINE_DOUBLE] = RANGE(which, double, TINE_DOUBLE),                                         \
        [TINE_DATE] = RANGE(which, int32, TINE_DATE),                                              \
        [TINE_TIMESTAMP] = RANGE(which, int64, TINE_TIMESTAMP),                                    \
        [TINE_STRING] = {.size = sizeof(text),                                                     \
                         .result = TINE_STRING,                                                    \
                         .needs_column = true,                                                     \
                         .init = text_init_##which,                                                \
                         .update = text_update,                                                    \
                         .merge = text_merge,                                                      \
                         .finish = text_finish,                                                    \
                         .destroy = text_destroy},                                                 \
    }

const tine__aggregate *tine__extremes_find(tine_op op, tine_type type)
{
    static const tine__aggregate min[TINE_STRING + 1] = EXTREMES(min);
    static const tine__aggregate max[TINE_STRING + 1] = EXTREMES(max);
    const tine__aggregate *found = op == TINE_MIN ? &min[type] : &max[type];
    return found->size ? found : NULL;
}
