#include "dataset/groups.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "task/scope.h"

#include <string.h>

#define FIRST_SLOTS 64
/* Well below a millisecond's work. */
#define PAUSE_EVERY 1024

void tine__groups_init(tine__groups *groups, const tine__aggs *aggs, uint64_t seed)
{
    *groups = (tine__groups){.aggs = aggs, .allocator = aggs->allocator, .seed = seed};
    tine__arena_init(&groups->keys, aggs->allocator);
}

void *tine__groups_states(const tine__groups *groups, size_t number)
{
    return groups->states ? (char *)groups->states + number * groups->aggs->size : NULL;
}

void tine__groups_free(tine__groups *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        tine__aggs_end(groups->aggs, tine__groups_states(groups, i));
    if (groups->states)
        tine__free(groups->allocator, groups->states, groups->states_capacity * groups->aggs->size,
                   groups->aggs->align);
    TINE__DELETE_ARRAY(groups->allocator, groups->slots, groups->n_slots);
    TINE__DELETE_ARRAY(groups->allocator, groups->groups, groups->capacity);
    tine__arena_free(&groups->keys);
}

static void place_group(tine__groups *g, size_t number)
{
    uint64_t hash = g->groups[number].hash;
    size_t at = hash & (g->n_slots - 1);
    while (g->slots[at].number)
        at = (at + 1) & (g->n_slots - 1);
    g->slots[at] = (tine__group_slot){(uint32_t)(hash >> 32), (uint32_t)number + 1};
}

static bool grow_slots(tine__groups *g)
{
    size_t n = g->n_slots ? 2 * g->n_slots : FIRST_SLOTS;
    tine__group_slot *slots =
        tine__alloc_zeroed(g->allocator, n * sizeof *slots, _Alignof(tine__group_slot));
    if (!slots)
        return false;
    TINE__DELETE_ARRAY(g->allocator, g->slots, g->n_slots);
    g->slots = slots;
    g->n_slots = n;
    for (size_t i = 0; i < g->n; i++)
        place_group(g, i);
    return true;
}

/* Room for one more group; states may be moved as bytes. */
static bool make_room(tine__groups *g)
{
    if (2 * (g->n + 1) > g->n_slots && !grow_slots(g))
        return false;
    void *groups = g->groups;
    bool grown = tine__grow(g->allocator, &groups, &g->capacity, g->n, g->n + 1, sizeof *g->groups,
                            _Alignof(tine__group));
    g->groups = groups;
    return grown &&
           (g->aggs->size == 0 || tine__grow(g->allocator, &g->states, &g->states_capacity, g->n,
                                             g->n + 1, g->aggs->size, g->aggs->align));
}

static tine_status add_group(tine__groups *g, const unsigned char *key, size_t key_size,
                             uint64_t hash, tine__position position, tine_error *error)
{
    if (g->n == UINT32_MAX - 1)
        return tine__error_set(error, TINE_ELIMIT, "group_by found more than 4294967294 groups");
    if (!make_room(g))
        return tine__error_no_memory(error);
    const void *copy = tine__arena_copy(&g->keys, key, key_size);
    if (!copy)
        return tine__error_no_memory(error);
    tine__aggs_start(g->aggs, tine__groups_states(g, g->n));
    g->groups[g->n] = (tine__group){copy, key_size, hash, position};
    place_group(g, g->n++);
    return TINE_OK;
}

static bool is_before(tine__position a, tine__position b)
{
    return a.source < b.source || (a.source == b.source && a.offset < b.offset);
}

/* The group's number, from 1; 0: it is not there. */
static uint32_t look_up(const tine__groups *g, const unsigned char *key, size_t key_size,
                        uint64_t hash)
{
    if (g->n_slots == 0)
        return 0;
    for (size_t at = hash & (g->n_slots - 1);; at = (at + 1) & (g->n_slots - 1)) {
        tine__group_slot slot = g->slots[at];
        if (slot.number == 0)
            return 0;
        const tine__group *group = &g->groups[slot.number - 1];
        if (slot.tag == (uint32_t)(hash >> 32) && group->key_size == key_size &&
            !memcmp(group->key, key, key_size))
            return slot.number;
    }
}

tine_status tine__groups_find(tine__groups *groups, const unsigned char *key, size_t key_size,
                              tine__position position, uint32_t *number_out, tine_error *error)
{
    uint64_t hash = tine__hash64(key, key_size, groups->seed);
    uint32_t found = look_up(groups, key, key_size, hash);
    if (found) {
        *number_out = found - 1;
        tine__position *first = &groups->groups[found - 1].first;
        if (is_before(position, *first))
            *first = position;
        return TINE_OK;
    }
    *number_out = (uint32_t)groups->n;
    return add_group(groups, key, key_size, hash, position, error);
}

tine_status tine__groups_pause(size_t i, tine_error *error)
{
    tine_status stop = i % PAUSE_EVERY ? TINE_OK : tine__stop_status();
    return stop == TINE_OK ? TINE_OK : tine__stop_error(error, stop);
}

tine_status tine__groups_merge(tine__groups *groups, const tine__groups *other, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < other->n; i++) {
        const tine__group *from = &other->groups[i];
        uint32_t number;
        status = tine__groups_pause(i, error);
        if (status == TINE_OK)
            status =
                tine__groups_find(groups, from->key, from->key_size, from->first, &number, error);
        if (status == TINE_OK)
            status = tine__aggs_merge(groups->aggs, tine__groups_states(groups, number),
                                      tine__groups_states(other, i), error);
    }
    return status;
}

/* ---- order: heapsort, which needs no memory of its own ---- */

static bool comes_before(const tine__groups *g, uint32_t a, uint32_t b)
{
    return is_before(g->groups[a].first, g->groups[b].first);
}

/* Lets the root of a heap (the last in order on top) sink to where it belongs. */
static void sink(const tine__groups *g, uint32_t *heap, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && comes_before(g, heap[child], heap[child + 1]))
            child++;
        if (!comes_before(g, heap[root], heap[child]))
            return;
        uint32_t swapped = heap[root];
        heap[root] = heap[child];
        heap[child] = swapped;
    }
}

void tine__groups_order(const tine__groups *groups, uint32_t *order)
{
    for (size_t i = 0; i < groups->n; i++)
        order[i] = (uint32_t)i;
    for (size_t i = groups->n / 2; i-- > 0;)
        sink(groups, order, i, groups->n);
    for (size_t n = groups->n; n > 1;) {
        uint32_t last = order[0];
        order[0] = order[--n];
        order[n] = last;
        sink(groups, order, 0, n);
    }
}
