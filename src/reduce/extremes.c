/* MIN and MAX. Values of a fixed size are mapped to integers in their order, and for MAX the order
 * is turned round by complementing every bit: then both look for the least integer, and differ in
 * how their state begins. Strings are compared bytewise, and the best so far is copied. */
#include "base/bits.h"
#include "base/size.h"
#include "reduce/family.h"
#include "reduce/ieee.h"
#include "reduce/runs.h"
#include "reduce/text.h"

typedef struct least {
    int64_t flip; /* 0 for MIN, -1 for MAX */
    int64_t key;  /* the least so far, flipped */
    bool any;
} least;

static void least_init_min(void *state)
{
    *(least *)state = (least){.flip = 0, .key = INT64_MAX};
}

static void least_init_max(void *state)
{
    *(least *)state = (least){.flip = -1, .key = INT64_MAX};
}

static inline void take_int(least *state, int64_t value)
{
    int64_t key = value ^ state->flip;
    if (key < state->key)
        state->key = key;
    state->any = true;
}

static inline void take_double(least *state, double value)
{
    uint64_t bits = tine__double_bits(value);
    if (!tine__bits_are_nan(bits))
        take_int(state, tine__order_key(bits));
}

#define LEAST_UPDATE(name, take, value_of_row)                                                     \
    static tine_status least_##name(void *states, size_t stride, const uint32_t *groups,           \
                                    const tine_column *column, size_t n,                           \
                                    const tine_allocator *allocator)                               \
    {                                                                                              \
        (void)allocator;                                                                           \
        TINE__EACH_VALID (row, column, n)                                                          \
            take(tine__state_at(states, stride, groups, row), value_of_row);                       \
        return TINE_OK;                                                                            \
    }

LEAST_UPDATE(bit, take_int, tine__bit_get(column->values, row))
LEAST_UPDATE(int32, take_int, ((const int32_t *)column->values)[row])
LEAST_UPDATE(int64, take_int, ((const int64_t *)column->values)[row])
LEAST_UPDATE(double, take_double, ((const double *)column->values)[row])

static tine_status least_merge(void *state, const void *right, const tine_allocator *allocator)
{
    const least *other = right;
    (void)allocator;
    if (other->any)
        take_int(state, other->key ^ other->flip);
    return TINE_OK;
}

static tine_status least_finish(const void *state, tine__array *out,
                                const tine_allocator *allocator, tine_error *error)
{
    const least *best = state;
    if (!best->any)
        return tine__finish_null(out, allocator, error);
    int64_t value = best->key ^ best->flip;
    if (out->type == TINE_DOUBLE)
        value = tine__order_key((uint64_t)value);
    return tine__finish_cell(value, out, allocator, error);
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

#define LEAST(which, name, value_type)                                                             \
    {                                                                                              \
        .size = sizeof(least), .result = value_type, .needs_column = true,                         \
        .init = least_init_##which, .update = least_##name, .merge = least_merge,                  \
        .finish = least_finish                                                                     \
    }
#define EXTREMES(which)                                                                            \
    {                                                                                              \
        [TINE_BOOL] = LEAST(which, bit, TINE_BOOL),                                                \
        [TINE_INT64] = LEAST(which, int64, TINE_INT64),                                            \
        [TINE_DOUBLE] = LEAST(which, double, TINE_DOUBLE),                                         \
        [TINE_DATE] = LEAST(which, int32, TINE_DATE),                                              \
        [TINE_TIMESTAMP] = LEAST(which, int64, TINE_TIMESTAMP),                                    \
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
