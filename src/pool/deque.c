#include "pool/deque.h"
#include "base/alloc.h"
#include "base/size.h"

#include <assert.h>

/* ---- the word: version 24 bits, split 20, tail 20 */

enum { INDEX_BITS = 20 };
#define INDEX_MASK (((uint64_t)1 << INDEX_BITS) - 1)
#define ONE_VERSION ((uint64_t)1 << (2 * INDEX_BITS))
static_assert(TINE__DEQUE_MOST <= INDEX_MASK, "an index fits");

static size_t tail_of(uint64_t word)
{
    return (size_t)(word & INDEX_MASK);
}

static size_t split_of(uint64_t word)
{
    return (size_t)(word >> INDEX_BITS & INDEX_MASK);
}

/* The next version, with that tail and split; versions wrap around. */
static uint64_t next_word(uint64_t word, size_t tail, size_t split)
{
    return (word & ~(ONE_VERSION - 1)) + ONE_VERSION + ((uint64_t)split << INDEX_BITS) + tail;
}

static uint64_t load_word(const tine__deque *deque)
{
    return atomic_load_explicit(&deque->word, memory_order_acquire);
}

/* seq_cst: of the owner's changes each is followed by a look for sleepers (pool/worker.c). */
static bool swap_word(tine__deque *deque, uint64_t *word, uint64_t next)
{
    return atomic_compare_exchange_strong_explicit(&deque->word, word, next, memory_order_seq_cst,
                                                   memory_order_acquire);
}

/* ---- life */

static size_t array_size(unsigned n_doublings)
{
    /* A push stores before it knows that there is no room: one entry more. */
    return (((size_t)TINE__DEQUE_ROOM << n_doublings) + 1) * sizeof(tine__entry);
}

static size_t load_capacity(const tine__deque *deque)
{
    return atomic_load_explicit(&deque->capacity, memory_order_relaxed);
}

static bool add_array(tine__deque *deque, unsigned n_doublings)
{
    tine__entry *entries =
        tine__alloc(deque->allocator, array_size(n_doublings), _Alignof(tine__entry));
    if (!entries)
        return false;
    deque->arrays[n_doublings] = deque->entries = entries;
    deque->n_doublings = n_doublings;
    atomic_store_explicit(&deque->capacity, (size_t)TINE__DEQUE_ROOM << n_doublings,
                          memory_order_relaxed);
    return true;
}

bool tine__deque_init(tine__deque *deque, bool has_heavy_barrier, const tine_allocator *allocator)
{
    *deque = (tine__deque){.private = has_heavy_barrier, .allocator = allocator};
    if (!add_array(deque, 0))
        return false;
    atomic_init(&deque->public_entries, deque->entries);
    return true;
}

void tine__deque_free(tine__deque *deque)
{
    for (unsigned i = 0; i <= deque->n_doublings; i++)
        tine__free(deque->allocator, deque->arrays[i], array_size(i), _Alignof(tine__entry));
}

/* ---- the owner's side */

static bool grow(tine__deque *deque)
{
    tine__entry *old = deque->entries;
    size_t n = atomic_load_explicit(&deque->head, memory_order_relaxed);
    if (deque->n_doublings == TINE__DEQUE_DOUBLINGS || !add_array(deque, deque->n_doublings + 1))
        return false;
    for (size_t i = 0; i < n; i++)
        atomic_init(&deque->entries[i], atomic_load_explicit(&old[i], memory_order_relaxed));
    atomic_store_explicit(&deque->public_entries, deque->entries, memory_order_release);
    return true;
}

bool tine__deque_fits(tine__deque *deque)
{
    size_t n = atomic_load_explicit(&deque->head, memory_order_relaxed);
    if (n <= load_capacity(deque) || grow(deque))
        return true;
    atomic_store_explicit(&deque->head, n - 1, memory_order_relaxed);
    return false;
}

/* floor follows split and is never below it when the swap succeeds. Between its store and the swap
 * the owner pops nothing, and a raiser whose own store of floor this undoes has the old version. */
static bool move_split(tine__deque *deque, uint64_t *word, size_t split)
{
    atomic_store_explicit(&deque->floor, split, memory_order_relaxed);
    return swap_word(deque, word, next_word(*word, tail_of(*word), split));
}

static void expose_to(tine__deque *deque, size_t split)
{
    uint64_t word = load_word(deque);
    while (!move_split(deque, &word, tine__max(split, split_of(word))))
        ;
}

void tine__deque_expose(tine__deque *deque)
{
    size_t head = atomic_load_explicit(&deque->head, memory_order_relaxed);
    size_t split = split_of(load_word(deque));
    expose_to(deque, split + (head - split + 1) / 2);
}

void tine__deque_expose_all(tine__deque *deque)
{
    expose_to(deque, atomic_load_explicit(&deque->head, memory_order_relaxed));
}

bool tine__deque_reclaim(tine__deque *deque)
{
    size_t i = atomic_load_explicit(&deque->head, memory_order_relaxed);
    uint64_t word = load_word(deque);
    do {
        if (tail_of(word) > i) {
            atomic_store_explicit(&deque->head, i + 1, memory_order_relaxed);
            return false;
        }
    } while (!move_split(deque, &word, tine__min(i, split_of(word))));
    return true;
}

void tine__deque_forget(tine__deque *deque)
{
    size_t i = atomic_load_explicit(&deque->head, memory_order_relaxed) - 1;
    uint64_t word = load_word(deque);
    assert(tail_of(word) == i + 1 && split_of(word) == i + 1);
    atomic_store_explicit(&deque->head, i, memory_order_relaxed);
    atomic_store_explicit(&deque->floor, i, memory_order_relaxed);
    while (!swap_word(deque, &word, next_word(word, i, i)))
        ;
}

void tine__deque_unlimit(tine__deque *deque)
{
    size_t capacity = load_capacity(deque);
    if (deque->private && atomic_load_explicit(&deque->limit, memory_order_relaxed) != capacity)
        atomic_exchange_explicit(&deque->limit, capacity, memory_order_seq_cst);
}

/* ---- others */

void tine__deque_ask(tine__deque *deque)
{
    if (atomic_load_explicit(&deque->limit, memory_order_seq_cst) != 0)
        atomic_store_explicit(&deque->limit, 0, memory_order_seq_cst);
}

bool tine__deque_look(tine__deque *deque, uint64_t *seen_out)
{
    *seen_out = atomic_load_explicit(&deque->word, memory_order_seq_cst);
    if (tail_of(*seen_out) >= split_of(*seen_out))
        return false;
    /* The entry may be read only by who has won it, but its line can be on its way until then. */
    tine__entry *entries = atomic_load_explicit(&deque->public_entries, memory_order_relaxed);
    __builtin_prefetch(&entries[tail_of(*seen_out)]);
    return true;
}

struct tine__frame *tine__deque_take(tine__deque *deque, uint64_t seen)
{
    size_t i = tail_of(seen);
    if (!swap_word(deque, &seen, seen + 1))
        return NULL;
    tine__entry *entries = atomic_load_explicit(&deque->public_entries, memory_order_acquire);
    return atomic_load_explicit(&entries[i], memory_order_relaxed);
}

bool tine__deque_is_empty(tine__deque *deque)
{
    uint64_t word = atomic_load_explicit(&deque->word, memory_order_seq_cst);
    return tail_of(word) >= split_of(word) &&
           atomic_load_explicit(&deque->head, memory_order_seq_cst) <= split_of(word);
}

static void raise_floor(tine__deque *deque, size_t floor)
{
    size_t now = atomic_load_explicit(&deque->floor, memory_order_relaxed);
    while (now < floor &&
           !atomic_compare_exchange_weak_explicit(&deque->floor, &now, floor, memory_order_acq_rel,
                                                  memory_order_relaxed))
        ;
}

/* The head, or less if the frame pushed last may not have fitted. */
static size_t head_to_raise(const tine__deque *deque)
{
    size_t head = atomic_load_explicit(&deque->head, memory_order_acquire);
    return tine__min(head, load_capacity(deque));
}

bool tine__deque_raise(tine__deque *deque)
{
    uint64_t word = load_word(deque);
    size_t split = split_of(word);
    size_t head = head_to_raise(deque);
    if (tail_of(word) < split || !deque->private || head <= split)
        return tail_of(word) < split;
    raise_floor(deque, head);
    tine__heavy_barrier();
    head = tine__min(head, head_to_raise(deque));
    if (atomic_load_explicit(&deque->floor, memory_order_relaxed) >= head && head > split)
        (void)swap_word(deque, &word, next_word(word, tail_of(word), head));
    return true;
}
