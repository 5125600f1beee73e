#include "reduce/texts.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "os/clock.h"

#include <string.h>

#define FIRST_SLOTS 4
#define PLACE_BITS 48

void tine__texts_destroy(tine__texts *texts, const tine_allocator *allocator)
{
    TINE__DELETE_ARRAY(allocator, texts->slots, texts->n_slots);
    tine__free(allocator, texts->bytes, texts->capacity, 1);
    *texts = (tine__texts){.n = 0};
}

static tine_string text_at(const tine__texts *texts, size_t place)
{
    const char *at = (const char *)texts->bytes + place;
    uint32_t size;
    memcpy(&size, at, sizeof size);
    return (tine_string){at + sizeof size, size};
}

static size_t place_behind(size_t place, tine_string text)
{
    return place + sizeof(uint32_t) + text.size;
}

static uint64_t slot_of(uint64_t hash, size_t place)
{
    return hash >> PLACE_BITS << PLACE_BITS | (place + 1);
}

static bool is_text(const tine__texts *texts, uint64_t slot, uint64_t hash, tine_string text)
{
    if ((slot ^ hash) >> PLACE_BITS)
        return false;
    tine_string other = text_at(texts, (slot & ((UINT64_C(1) << PLACE_BITS) - 1)) - 1);
    return other.size == text.size && !memcmp(other.data, text.data, text.size);
}

/* The text's slot, or the free one where it belongs. There is always a free one. */
static uint64_t *find(const tine__texts *texts, tine_string text, uint64_t hash)
{
    size_t at = hash & (texts->n_slots - 1);
    while (texts->slots[at] && !is_text(texts, texts->slots[at], hash, text))
        at = (at + 1) & (texts->n_slots - 1);
    return &texts->slots[at];
}

static uint64_t hash_of(const tine__texts *texts, tine_string text)
{
    return tine__hash64(text.data, text.size, texts->seed);
}

static bool grow(tine__texts *texts, const tine_allocator *allocator)
{
    size_t n_slots = texts->n_slots ? 2 * texts->n_slots : FIRST_SLOTS;
    uint64_t *slots = tine__alloc_zeroed(allocator, n_slots * sizeof *slots, _Alignof(uint64_t));
    if (!slots)
        return false;
    if (!texts->slots)
        texts->seed = (uint64_t)tine__now_ns() ^ (uintptr_t)slots;
    TINE__DELETE_ARRAY(allocator, texts->slots, texts->n_slots);
    texts->slots = slots;
    texts->n_slots = n_slots;
    for (size_t place = 0; place < texts->used;) {
        tine_string text = text_at(texts, place);
        uint64_t hash = hash_of(texts, text);
        *find(texts, text, hash) = slot_of(hash, place);
        place = place_behind(place, text);
    }
    return true;
}

static bool append(tine__texts *texts, tine_string text, const tine_allocator *allocator)
{
    size_t end = place_behind(texts->used, text);
    uint32_t size = (uint32_t)text.size;
    if (!tine__grow(allocator, &texts->bytes, &texts->capacity, texts->used, end, 1, 1))
        return false;
    char *to = (char *)texts->bytes + texts->used;
    memcpy(to, &size, sizeof size);
    memcpy(to + sizeof size, text.data, text.size);
    texts->used = end;
    return true;
}

tine_status tine__texts_put(tine__texts *texts, tine_string text, const tine_allocator *allocator)
{
    if (2 * (texts->n + 1) > texts->n_slots && !grow(texts, allocator))
        return TINE_ENOMEM;
    uint64_t hash = hash_of(texts, text), *slot = find(texts, text, hash);
    size_t place = texts->used;
    if (*slot)
        return TINE_OK;
    if (!append(texts, text, allocator))
        return TINE_ENOMEM;
    *slot = slot_of(hash, place);
    texts->n++;
    return TINE_OK;
}

tine_status tine__texts_merge(tine__texts *texts, const tine__texts *right,
                              const tine_allocator *allocator)
{
    tine_status status = TINE_OK;
    for (size_t place = 0; status == TINE_OK && place < right->used;) {
        tine_string text = text_at(right, place);
        status = tine__texts_put(texts, text, allocator);
        place = place_behind(place, text);
    }
    return status;
}
