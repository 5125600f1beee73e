#include "model/memory.h"
#include "model/arena.h"
#include "model/names.h"

#include <string.h>

enum { WATCHED = 2 * MODEL_THREADS };

static object objects[MODEL_OBJECTS];
static object *by_address[MODEL_OBJECTS];
static unsigned n_objects;
static view fenced;
static view *watched[WATCHED];
static unsigned n_watched;

void memory_reset(void)
{
    n_objects = 0;
    n_watched = 0;
    fenced = (view){0};
}

void memory_watch(view *v)
{
    watched[n_watched++] = v;
}

static uint64_t from_memory(uintptr_t address, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, (const void *)address, size);
    return value;
}

static object *add(uintptr_t address, size_t size, unsigned place)
{
    if (n_objects == MODEL_OBJECTS)
        model_fail("more than %d objects", MODEL_OBJECTS);
    object *o = &objects[n_objects];
    memset(o, 0, offsetof(object, order));
    o->address = address;
    o->size = size;
    o->n = 1;
    o->owner = names_owner(address);
    o->exclusive = names_are_exclusive(address);
    o->freed = arena_is_freed(address);
    o->order[0] = (modification){.value = from_memory(address, size)};
    memmove(&by_address[place + 1], &by_address[place], (n_objects - place) * sizeof(object *));
    by_address[place] = o;
    n_objects++;
    return o;
}

object *memory_find(const volatile void *address, size_t size)
{
    unsigned low = 0, high = n_objects;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (by_address[middle]->address < (uintptr_t)address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n_objects || by_address[low]->address != (uintptr_t)address)
        return add((uintptr_t)address, size, low);
    if (by_address[low]->size != size)
        model_fail("an object is accessed with two sizes");
    return by_address[low];
}

unsigned memory_index(const object *o)
{
    return (unsigned)(o - objects);
}

unsigned memory_last(const object *o)
{
    return o->n - 1;
}

void memory_mark_freed(uintptr_t begin, uintptr_t end)
{
    for (unsigned i = 0; i < n_objects; i++)
        if (objects[i].address >= begin && objects[i].address < end)
            objects[i].freed = true;
}

void memory_join(view *into, const view *from)
{
    for (unsigned i = 0; i < n_objects; i++)
        if (into->at[i] < from->at[i])
            into->at[i] = from->at[i];
    for (unsigned t = 0; t < MODEL_THREADS; t++)
        if (into->clock[t] < from->clock[t])
            into->clock[t] = from->clock[t];
}

void memory_race(object *o, unsigned thread, view *now, bool write)
{
    for (unsigned t = 0; t < MODEL_THREADS; t++)
        if (t != thread && (now->clock[t] < o->written[t] || (write && now->clock[t] < o->read[t])))
            model_fail("a race with thread %u", t);
    now->clock[thread]++;
    (write ? o->written : o->read)[thread] = now->clock[thread];
}

uint64_t memory_read(object *o, unsigned i, view *now, bool acquire)
{
    uint8_t *at = &now->at[memory_index(o)];
    if (*at < i)
        *at = (uint8_t)i;
    if (acquire)
        memory_join(now, &o->order[i].released);
    return o->order[i].value;
}

static void shift(view *v, unsigned index, unsigned i)
{
    if (v->at[index] >= i)
        v->at[index]++;
}

/* Numbers i and above become one higher, in all views. */
static void make_room(object *o, unsigned i)
{
    unsigned index = memory_index(o);
    if (o->n == MODEL_MODIFICATIONS)
        model_fail("more than %d modifications of one object", MODEL_MODIFICATIONS);
    memmove(&o->order[i + 1], &o->order[i], (o->n - i) * sizeof *o->order);
    bool between = i < o->n++;
    if (!between)
        return;
    o->order[i].released = (view){0};
    for (unsigned k = 0; k < n_watched; k++)
        shift(watched[k], index, i);
    shift(&fenced, index, i);
    for (unsigned k = 0; k < n_objects; k++)
        for (unsigned m = 0; m < objects[k].n; m++)
            shift(&objects[k].order[m].released, index, i);
}

void memory_write(object *o, unsigned i, uint64_t value, view *now, bool release, const view *after)
{
    static view inherited;
    inherited = after ? *after : (view){0};
    if (after)
        o->order[i - 1].followed = true;
    make_room(o, i);
    now->at[memory_index(o)] = (uint8_t)i;
    modification *m = &o->order[i];
    m->value = value;
    m->followed = false;
    m->released = inherited;
    shift(&m->released, memory_index(o), i);
    if (release)
        memory_join(&m->released, now);
    memcpy((void *)o->address, &o->order[memory_last(o)].value, o->size);
}

view *memory_fenced(void)
{
    return &fenced;
}

bool memory_is_behind(const view *now)
{
    for (unsigned i = 0; i < n_objects; i++)
        if (now->at[i] < memory_last(&objects[i]))
            return true;
    return false;
}

void memory_see_all(view *now)
{
    for (unsigned i = 0; i < n_objects; i++)
        now->at[i] = (uint8_t)memory_last(&objects[i]);
}

void memory_fence(const view *seen, view *now)
{
    memory_join(&fenced, seen);
    memory_join(now, &fenced);
}

/* ---- hashing */

uint64_t model_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ (value + 0x5851f42d4c957f2du)) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return hash ^ hash >> 29;
}

uint64_t model_mix_bytes(uint64_t hash, const void *begin, size_t size)
{
    const char *p = begin;
    uint64_t word;
    for (; size >= sizeof word; size -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, p, size);
    return model_mix(hash, word);
}

/* Which of the latest accesses to that object are known. */
static uint64_t known_accesses(const view *v, const object *o)
{
    uint64_t known = 0;
    for (unsigned t = 0; t < MODEL_THREADS; t++)
        known = known << 2 | (uint64_t)(v->clock[t] >= o->written[t]) << 1 |
                (uint64_t)(v->clock[t] >= o->read[t]);
    return known;
}

static uint64_t mix_view(uint64_t hash, const view *v, const view *low)
{
    for (unsigned k = 0; k < n_objects; k++)
        if (by_address[k]->exclusive)
            hash = model_mix(hash, known_accesses(v, by_address[k]));
    for (unsigned k = 0; k < n_objects; k++) {
        const object *o = by_address[k];
        unsigned i = memory_index(o);
        if (v->at[i] > low->at[i])
            hash = model_mix(hash, o->address << 8 | (uint64_t)(v->at[i] - low->at[i]));
    }
    return hash;
}

static view lowest(view *const *views, size_t n)
{
    view low = {0};
    for (unsigned i = 0; i < n_objects; i++)
        low.at[i] = (uint8_t)memory_last(&objects[i]);
    for (size_t k = 0; k < n; k++)
        for (unsigned i = 0; i < n_objects; i++)
            if (low.at[i] > views[k]->at[i])
                low.at[i] = views[k]->at[i];
    return low;
}

static uint64_t mix_object(uint64_t hash, const object *o, const view *low)
{
    hash = model_mix(hash, o->address);
    for (unsigned i = low->at[memory_index(o)]; i < o->n; i++) {
        hash = model_mix(hash, o->order[i].value);
        hash = mix_view(hash + o->order[i].followed, &o->order[i].released, low);
    }
    return hash;
}

/* An object that nobody has written yet is left out, as if nobody had met it. What all have gone
 * past is left out too: so how a state was reached does not count. */
uint64_t memory_hash(view *const *views, size_t n_alive, size_t n)
{
    view low = lowest(views, n_alive);
    uint64_t hash = mix_view(1, &fenced, &low);
    for (unsigned k = 0; k < n_objects; k++)
        if (by_address[k]->n > 1 || by_address[k]->exclusive)
            hash = mix_object(hash, by_address[k], &low);
    for (size_t k = 0; k < n; k++)
        hash = mix_view(model_mix(hash, k), views[k], &low);
    return hash;
}
