/* DISTINCT_APPROX: a HyperLogLog sketch of the values' hashes. A value is hashed as what it is
 * equal by: numbers as 64 bits of their own type, strings as their bytes. */
#include "base/bits.h"
#include "reduce/family.h"
#include "reduce/ieee.h"
#include "base/hash.h"
#include "reduce/hll.h"
#include "reduce/runs.h"

#define SEED 0 /* the same for ever: an estimate is a function of the values */

static void hll_init(void *state)
{
    *(tine__hll *)state = (tine__hll){0};
}

#define HLL_UPDATE(name, hash_of_row)                                                              \
    static tine_status hll_##name(void *states, size_t stride, const uint32_t *groups,             \
                                  const tine_column *column, size_t n,                             \
                                  const tine_allocator *allocator)                                 \
    {                                                                                              \
        TINE__EACH_VALID (row, column, n) {                                                        \
            tine__hll *hll = tine__state_at(states, stride, groups, row);                          \
            tine_status status = tine__hll_add(hll, hash_of_row, allocator);                       \
            if (status != TINE_OK)                                                                 \
                return status;                                                                     \
        }                                                                                          \
        return TINE_OK;                                                                            \
    }

static uint64_t hash_text(tine_string text)
{
    return tine__hash64(text.data, text.size, SEED);
}

HLL_UPDATE(bit, tine__hash_word(tine__bit_get(column->values, row), SEED))
HLL_UPDATE(int32, tine__hash_word((uint64_t)((const int32_t *)column->values)[row], SEED))
HLL_UPDATE(int64, tine__hash_word((uint64_t)((const int64_t *)column->values)[row], SEED))
HLL_UPDATE(double, tine__hash_word(tine__key_bits(((const double *)column->values)[row]), SEED))
HLL_UPDATE(text, hash_text(tine_string_at(column, row)))

static tine_status hll_merge(void *state, const void *right, const tine_allocator *allocator)
{
    return tine__hll_merge(state, right, allocator);
}

static tine_status hll_finish(const void *state, tine__array *out, const tine_allocator *allocator,
                              tine_error *error)
{
    return tine__finish_int64(tine__hll_estimate(state), out, allocator, error);
}

static void hll_destroy(void *state, const tine_allocator *allocator)
{
    tine__hll_destroy(state, allocator);
}

#define SKETCH(name)                                                                               \
    {                                                                                              \
        .size = sizeof(tine__hll), .result = TINE_INT64, .needs_column = true, .init = hll_init,   \
        .update = hll_##name, .merge = hll_merge, .finish = hll_finish, .destroy = hll_destroy     \
    }

const tine__aggregate *tine__sketch_find(tine_type type)
{
    static const tine__aggregate sketches[TINE_STRING + 1] = {
        [TINE_BOOL] = SKETCH(bit),        [TINE_INT64] = SKETCH(int64),
        [TINE_DOUBLE] = SKETCH(double),   [TINE_DATE] = SKETCH(int32),
        [TINE_TIMESTAMP] = SKETCH(int64), [TINE_STRING] = SKETCH(text),
    };
    return sketches[type].size ? &sketches[type] : NULL;
}
