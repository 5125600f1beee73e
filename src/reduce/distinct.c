/* DISTINCT: how many different values there are, counted exactly, in a set of all of them. Values
 * are the same by the rule of keys: -0 is +0, and all NaNs are one. */
#include "base/bits.h"
#include "reduce/family.h"
#include "reduce/ieee.h"
#include "reduce/runs.h"
#include "reduce/texts.h"
#include "reduce/words.h"

/* Words that go into a set together. */
#define BATCH 512

static void words_init(void *state)
{
    *(tine__words *)state = (tine__words){.n = 0};
}

static inline uint64_t word_at(const tine_column *column, size_t row)
{
    switch (column->type) {
    case TINE_BOOL:
        return tine__bit_get(column->values, row);
    case TINE_DATE:
        return (uint64_t)((const int32_t *)column->values)[row];
    case TINE_DOUBLE:
        return tine__key_bits(((const double *)column->values)[row]);
    default:
        return (uint64_t)((const int64_t *)column->values)[row];
    }
}

static tine_status words_update_one(tine__words *set, const tine_column *column, size_t n,
                                    const tine_allocator *allocator)
{
    uint64_t batch[BATCH];
    size_t size = 0;
    tine_status status = TINE_OK;
    TINE__EACH_VALID (row, column, n) {
        batch[size++] = word_at(column, row);
        if (size == BATCH) {
            status = tine__words_add(set, TINE__SET, batch, size, allocator);
            size = 0;
        }
        if (status != TINE_OK)
            return status;
    }
    return tine__words_add(set, TINE__SET, batch, size, allocator);
}

static tine_status words_update(void *states, size_t stride, const uint32_t *groups,
                                const tine_column *column, size_t n,
                                const tine_allocator *allocator)
{
    if (!groups)
        return words_update_one(states, column, n, allocator);
    TINE__EACH_VALID (row, column, n) {
        tine_status status = tine__words_put(tine__state_at(states, stride, groups, row), TINE__SET,
                                             word_at(column, row), 1, allocator);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

static tine_status words_merge(void *state, const void *right, const tine_allocator *allocator)
{
    return tine__words_merge(state, TINE__SET, right, allocator);
}

static tine_status words_finish(const void *state, tine__array *out,
                                const tine_allocator *allocator, tine_error *error)
{
    return tine__finish_int64((int64_t)tine__words_distinct(state), out, allocator, error);
}

static void words_destroy(void *state, const tine_allocator *allocator)
{
    tine__words_destroy(state, TINE__SET, allocator);
}

static void texts_init(void *state)
{
    *(tine__texts *)state = (tine__texts){.n = 0};
}

static tine_status texts_update(void *states, size_t stride, const uint32_t *groups,
                                const tine_column *column, size_t n,
                                const tine_allocator *allocator)
{
    TINE__EACH_VALID (row, column, n) {
        tine_status status = tine__texts_put(tine__state_at(states, stride, groups, row),
                                             tine_string_at(column, row), allocator);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

static tine_status texts_merge(void *state, const void *right, const tine_allocator *allocator)
{
    return tine__texts_merge(state, right, allocator);
}

static tine_status texts_finish(const void *state, tine__array *out,
                                const tine_allocator *allocator, tine_error *error)
{
    const tine__texts *set = state;
    return tine__finish_int64((int64_t)set->n, out, allocator, error);
}

static void texts_destroy(void *state, const tine_allocator *allocator)
{
    tine__texts_destroy(state, allocator);
}

#define DISTINCT(kind)                                                                             \
    {                                                                                              \
        .size = sizeof(tine__##kind), .result = TINE_INT64, .needs_column = true,                  \
        .init = kind##_init, .update = kind##_update, .merge = kind##_merge,                       \
        .finish = kind##_finish, .destroy = kind##_destroy                                         \
    }

const tine__aggregate *tine__distinct_find(tine_type type)
{
    static const tine__aggregate of_words = DISTINCT(words), of_texts = DISTINCT(texts);
    switch (type) {
    case TINE_BOOL:
    case TINE_INT64:
    case TINE_DOUBLE:
    case TINE_DATE:
    case TINE_TIMESTAMP:
        return &of_words;
    case TINE_STRING:
        return &of_texts;
    case TINE_AUTO:
    case TINE_DECIMAL:
        break;
    }
    return NULL;
}
