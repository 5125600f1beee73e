#include "dataset/groups.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "os/pages.h"

#include <string.h>

/* Narrow slots start as a few cache lines and end at the share of a second cache that is worth
 * having; so few of them are taken until then, and so many at the end, when they cannot grow. */
#define FIRST_SLOTS 1024
#define MOST_NARROW_SLOTS ((size_t)1 << 16)
#define NARROW_SPARSENESS 32
#define MOST_NARROW_GROUPS ((size_t)1 << 14)
#define WIDE_SPARSENESS 4

/* From here on it pays to ask for memory before it is needed. */
#define CACHED_GROUPS ((size_t)1 << 15)

void tine__groups_init(tine__groups *groups, const tine__aggs *aggs, tine__seed seed)
{
    *groups = (tine__groups){.aggs = aggs, .allocator = aggs->allocator, .seed = seed};
    tine__arena_init(&groups->arena, aggs->allocator);
}

static size_t slot_size(bool is_wide)
{
    return is_wide ? sizeof(uint32_t) : sizeof(uint16_t);
}

static void free_slots(tine__groups *g)
{
    tine__pages_free(g->allocator, g->slots, g->n_slots * slot_size(g->wide));
}

void tine__groups_free(tine__groups *groups)
{
    for (size_t i = 1; i < groups->n; i++)
        tine__aggs_end(groups->aggs, tine__groups_states(groups, i));
    free_slots(groups);
    tine__growing_free(&groups->key_room, groups->allocator);
    tine__growing_free(&groups->state_room, groups->allocator);
    tine__growing_free(&groups->byte_room, groups->allocator);
    TINE__DELETE_ARRAY(groups->allocator, groups->runs, groups->runs_capacity);
    tine__arena_free(&groups->arena);
}

/* ---- slots ---- */

static inline uint32_t slot_at(const void *slots, bool is_wide, size_t i)
{
    return is_wide ? ((const uint32_t *)slots)[i] : ((const uint16_t *)slots)[i];
}

/* The group's key is in none. */
static void place(tine__groups *g, size_t number)
{
    size_t mask = g->n_slots - 1, at = tine__key_hash(g->keys[number], g->seed) & mask;
    while (slot_at(g->slots, g->wide, at))
        at = (at + 1) & mask;
    if (g->wide)
        ((uint32_t *)g->slots)[at] = (uint32_t)number;
    else
        ((uint16_t *)g->slots)[at] = (uint16_t)number;
}

static bool make_slots(tine__groups *g, size_t n_slots, bool is_wide)
{
    size_t size = n_slots * slot_size(is_wide);
    void *slots = tine__pages_alloc(g->allocator, size);
    if (!slots)
        return false;
    memset(slots, 0, size);
    free_slots(g);
    g->slots = slots;
    g->n_slots = n_slots;
    g->wide = is_wide;
    for (size_t i = 1; i < g->n; i++)
        place(g, i);
    return true;
}

/* Slots for one more group. */
static bool make_place(tine__groups *g)
{
    if (g->n_slots == 0)
        return make_slots(g, FIRST_SLOTS, false);
    if (g->wide)
        return WIDE_SPARSENESS * g->n < g->n_slots || make_slots(g, 2 * g->n_slots, true);
    if (g->n >= MOST_NARROW_GROUPS)
        return make_slots(g, 2 * WIDE_SPARSENESS * MOST_NARROW_GROUPS, true);
    return NARROW_SPARSENESS * g->n < g->n_slots || g->n_slots == MOST_NARROW_SLOTS ||
           make_slots(g, 4 * g->n_slots, false);
}

/* ---- groups ---- */

static bool grow_keys(tine__groups *g, size_t n)
{
    bool grown = tine__growing_reserve(&g->key_room, g->allocator, g->n * sizeof *g->keys,
                                       n * sizeof *g->keys);
    g->keys = g->key_room.data;
    return grown;
}

static bool grow_states(tine__groups *g, size_t n)
{
    size_t size = g->aggs->size;
    bool grown =
        size == 0 || tine__growing_reserve(&g->state_room, g->allocator, g->n * size, n * size);
    g->states = g->state_room.data;
    return grown;
}

static bool grow_bytes(tine__groups *g, size_t n)
{
    bool grown = tine__growing_reserve(&g->byte_room, g->allocator, g->n_bytes * sizeof *g->bytes,
                                       n * sizeof *g->bytes);
    g->bytes = g->byte_room.data;
    return grown;
}

static bool copy_bytes(tine__groups *g, tine__key key, const unsigned char *bytes)
{
    if (!tine__key_is_long(key))
        return true;
    if (!grow_bytes(g, g->n + 1))
        return false;
    g->bytes[g->n] = (const unsigned char *)tine__arena_copy(&g->arena, bytes, tine__key_size(key));
    g->n_bytes = g->n + 1;
    return g->bytes[g->n] != NULL;
}

/* Room for a run that begins with the group that is to come, if it is not there. */
static bool begin_run(tine__groups *g)
{
    void *runs = g->runs;
    bool grown = tine__grow(g->allocator, &runs, &g->runs_capacity, g->n_runs, g->n_runs + 1,
                            sizeof *g->runs, _Alignof(tine__groups_run));
    g->runs = runs;
    return grown;
}

/* Group 0. */
static bool make_none(tine__groups *g)
{
    if (!grow_keys(g, 1))
        return false;
    g->keys[0] = (tine__key)TINE__KEY_NONE;
    g->n = 1;
    return true;
}

static tine_status add_group(tine__groups *g, tine__key key, const unsigned char *bytes,
                             tine_error *error)
{
    if (g->n == UINT32_MAX)
        return tine__error_set(error, TINE_ELIMIT, "group_by found more than 4294967294 groups");
    if (!make_place(g) || !grow_keys(g, g->n + 1) || !grow_states(g, g->n + 1) || !begin_run(g) ||
        !copy_bytes(g, key, bytes))
        return tine__error_no_memory(error);
    if (g->n_runs == 0 || g->runs[g->n_runs - 1].ordinal != g->ordinal)
        g->runs[g->n_runs++] = (tine__groups_run){g->ordinal, (uint32_t)g->n};
    tine__aggs_start(g->aggs, tine__groups_states(g, g->n));
    g->keys[g->n] = key;
    place(g, g->n++);
    return TINE_OK;
}

/* ---- looking up ---- */

/* Which rows have not found their group in the first slot. */
typedef struct misses {
    uint64_t rows[TINE__KEYS_BLOCK / 64];
} misses;

static inline void look(const tine__groups *g, bool is_wide, const tine__keys *keys, size_t n,
                        uint32_t *numbers, misses *missed)
{
    const size_t mask = g->n_slots - 1;
    for (size_t begin = 0; begin < n; begin += 64) {
        uint64_t rows = 0;
        for (size_t i = begin; i < tine__min(begin + 64, n); i++) {
            uint32_t number = slot_at(g->slots, is_wide, keys->hash[i] & mask);
            bool found = tine__key_equal(g->keys[number], keys->key[i]);
            numbers[i] = number;
            rows |= (uint64_t)!found << (i - begin);
        }
        missed->rows[begin / 64] = rows;
    }
}

static void look_narrow(const tine__groups *g, const tine__keys *keys, size_t n, uint32_t *numbers,
                        misses *missed)
{
    look(g, false, keys, n, numbers, missed);
}

static void look_wide(const tine__groups *g, const tine__keys *keys, size_t n, uint32_t *numbers,
                      misses *missed)
{
    look(g, true, keys, n, numbers, missed);
}

/* Long keys that are equal in their 16 bytes may still differ. */
static void compare_longs(const tine__groups *g, const tine__keys *keys, const uint32_t *numbers,
                          misses *missed)
{
    for (size_t j = 0; j < keys->n_longs; j++) {
        size_t row = keys->longs[j];
        uint64_t bit = UINT64_C(1) << (row % 64);
        if (!(missed->rows[row / 64] & bit) &&
            !tine__groups_are(g, numbers[row], keys->key[row], tine__keys_long(keys, j)))
            missed->rows[row / 64] |= bit;
    }
}

/* The group's number, 0: it is not there. */
static uint32_t look_up(const tine__groups *g, tine__key key, uint64_t hash,
                        const unsigned char *bytes)
{
    for (size_t at = hash;; at++) {
        uint32_t number = slot_at(g->slots, g->wide, at & (g->n_slots - 1));
        if (number == 0 || tine__groups_are(g, number, key, bytes))
            return number;
    }
}

static tine_status find_or_add(tine__groups *g, const tine__keys *keys, size_t row,
                               const unsigned char *bytes, uint32_t *number_out, tine_error *error)
{
    uint32_t found = look_up(g, keys->key[row], keys->hash[row], bytes);
    *number_out = found ? found : (uint32_t)g->n;
    return found ? TINE_OK : add_group(g, keys->key[row], bytes, error);
}

static tine_status find_missed(tine__groups *g, const tine__keys *keys, size_t n,
                               const misses *missed, uint32_t *numbers, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t begin = 0, j = 0; begin < n; begin += 64)
        for (uint64_t rows = missed->rows[begin / 64]; status == TINE_OK && rows;
             rows &= rows - 1) {
            size_t row = begin + tine__ctz64(rows);
            const unsigned char *bytes = NULL;
            if (tine__key_is_long(keys->key[row])) {
                while (keys->longs[j] != row)
                    j++;
                bytes = tine__keys_long(keys, j);
            }
            status = find_or_add(g, keys, row, bytes, &numbers[row], error);
        }
    return status;
}

/* Slots first, then what they point to. */
static void prefetch(const tine__groups *g, const tine__keys *keys, size_t n)
{
    const size_t mask = g->n_slots - 1;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch((const uint32_t *)g->slots + (keys->hash[i] & mask));
    for (size_t i = 0; i < n; i++) {
        uint32_t number = slot_at(g->slots, true, keys->hash[i] & mask);
        __builtin_prefetch(&g->keys[number]);
        __builtin_prefetch(tine__groups_states(g, number), 1);
    }
}

tine_status tine__groups_number(tine__groups *groups, const tine__keys *keys, size_t n,
                                uint32_t *numbers, tine_error *error)
{
    misses missed;
    if (groups->n_slots == 0 && !(make_none(groups) && make_place(groups)))
        return tine__error_no_memory(error);
    if (groups->wide && groups->n > CACHED_GROUPS)
        prefetch(groups, keys, n);
    (groups->wide ? look_wide : look_narrow)(groups, keys, n, numbers, &missed);
    compare_longs(groups, keys, numbers, &missed);
    return find_missed(groups, keys, n, &missed, numbers, error);
}
