#include "reduce/words.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "os/clock.h"

#define FIRST_SLOTS 4
/* How many words ahead memory is asked for. */
#define AHEAD 16

void tine__words_destroy(tine__words *words, tine__words_kind kind, const tine_allocator *allocator)
{
    TINE__DELETE_ARRAY(allocator, words->slots, words->n_slots * kind);
    *words = (tine__words){.n = 0};
}

static inline uint64_t *slot_for(const tine__words *words, tine__words_kind kind, uint64_t word)
{
    return words->slots + (tine__hash_word(word, words->seed) & (words->n_slots - 1)) * kind;
}

/* The word's slot, or the free one where it belongs. There is always a free one. */
static inline uint64_t *find(const tine__words *words, tine__words_kind kind, uint64_t word)
{
    const uint64_t *end = words->slots + words->n_slots * kind;
    uint64_t *slot = slot_for(words, kind, word);
    while (*slot && *slot != word) {
        slot += kind;
        slot = slot == end ? words->slots : slot;
    }
    return slot;
}

static bool grow(tine__words *words, tine__words_kind kind, const tine_allocator *allocator)
{
    tine__words grown = *words;
    grown.n_slots = words->n_slots ? 2 * words->n_slots : FIRST_SLOTS;
    grown.slots = tine__alloc_zeroed(allocator, grown.n_slots * kind * sizeof *grown.slots,
                                     _Alignof(uint64_t));
    if (!grown.slots)
        return false;
    if (!words->slots)
        grown.seed = (uint64_t)tine__now_ns() ^ (uintptr_t)grown.slots;
    for (size_t i = 0; i < words->n_slots * kind; i += kind)
        if (words->slots[i]) {
            uint64_t *slot = find(&grown, kind, words->slots[i]);
            for (unsigned k = 0; k < kind; k++)
                slot[k] = words->slots[i + k];
        }
    TINE__DELETE_ARRAY(allocator, words->slots, words->n_slots * kind);
    *words = grown;
    return true;
}

static inline __attribute__((always_inline)) tine_status put(tine__words *words,
                                                             tine__words_kind kind, uint64_t word,
                                                             uint64_t count,
                                                             const tine_allocator *allocator)
{
    if (word == 0) {
        words->zeros += count;
        return TINE_OK;
    }
    if (2 * (words->n + 1) > words->n_slots && !grow(words, kind, allocator))
        return TINE_ENOMEM;
    uint64_t *slot = find(words, kind, word);
    words->n += *slot == 0;
    *slot = word;
    if (kind == TINE__BAG)
        slot[1] += count;
    return TINE_OK;
}

tine_status tine__words_put(tine__words *words, tine__words_kind kind, uint64_t word,
                            uint64_t count, const tine_allocator *allocator)
{
    return put(words, kind, word, count, allocator);
}

static inline void fetch_ahead(const tine__words *words, tine__words_kind kind, uint64_t word)
{
    if (words->slots)
        __builtin_prefetch(slot_for(words, kind, word), 1);
}

static inline __attribute__((always_inline)) tine_status add(tine__words *words,
                                                             tine__words_kind kind,
                                                             const uint64_t *x, size_t n,
                                                             const tine_allocator *allocator)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++) {
        if (n - i > AHEAD)
            fetch_ahead(words, kind, x[i + AHEAD]);
        status = put(words, kind, x[i], 1, allocator);
    }
    return status;
}

tine_status tine__words_add(tine__words *words, tine__words_kind kind, const uint64_t *x, size_t n,
                            const tine_allocator *allocator)
{
    return kind == TINE__SET ? add(words, TINE__SET, x, n, allocator)
                             : add(words, TINE__BAG, x, n, allocator);
}

tine_status tine__words_merge(tine__words *words, tine__words_kind kind, const tine__words *right,
                              const tine_allocator *allocator)
{
    const size_t n = right->n_slots * kind, ahead = (size_t)AHEAD * kind;
    tine_status status = TINE_OK;
    words->zeros += right->zeros;
    for (size_t i = 0; status == TINE_OK && i < n; i += kind) {
        if (n - i > ahead)
            fetch_ahead(words, kind, right->slots[i + ahead]);
        if (right->slots[i])
            status = put(words, kind, right->slots[i], kind == TINE__BAG ? right->slots[i + 1] : 1,
                         allocator);
    }
    return status;
}
