#include "pool/deque.h"
#include "base/alloc.h"
#include "base/size.h"

struct tine__ring {
    tine__ring *older; /* what this one has outgrown */
    size_t capacity;   /* a power of two; frame i is at i modulo it */
    _Atomic(struct tine__frame *) frames[];
};

static size_t ring_size(size_t capacity)
{
    return sizeof(tine__ring) + capacity * sizeof(_Atomic(struct tine__frame *));
}

/* Relaxed: what publishes a frame is the store of bottom after it. */
static struct tine__frame *ring_get(tine__ring *ring, int64_t i)
{
    return atomic_load_explicit(&ring->frames[(size_t)i & (ring->capacity - 1)],
                                memory_order_relaxed);
}

static void ring_put(tine__ring *ring, int64_t i, struct tine__frame *frame)
{
    atomic_store_explicit(&ring->frames[(size_t)i & (ring->capacity - 1)], frame,
                          memory_order_relaxed);
}

/* NULL when memory is short. */
static tine__ring *create_ring(const tine_allocator *allocator, size_t capacity, tine__ring *older)
{
    tine__ring *ring = tine__alloc(allocator, ring_size(capacity), _Alignof(tine__ring));
    if (ring) {
        ring->older = older;
        ring->capacity = capacity;
    }
    return ring;
}

bool tine__deque_init(tine__deque *deque, const tine_allocator *allocator)
{
    tine__ring *ring = create_ring(allocator, TINE__DEQUE_ROOM, NULL);
    atomic_init(&deque->top, 0);
    atomic_init(&deque->bottom, 0);
    atomic_init(&deque->ring, ring);
    deque->allocator = allocator;
    return ring != NULL;
}

void tine__deque_free(tine__deque *deque)
{
    tine__ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    while (ring) {
        tine__ring *older = ring->older;
        tine__free(deque->allocator, ring, ring_size(ring->capacity), _Alignof(tine__ring));
        ring = older;
    }
}

/* A ring with room for one more than top ... bottom - 1; NULL when memory is short. */
static tine__ring *grow(tine__deque *deque, tine__ring *old, int64_t top, int64_t bottom)
{
    tine__ring *ring = create_ring(deque->allocator, 2 * old->capacity, old);
    if (!ring)
        return NULL;
    for (int64_t i = top; i < bottom; i++)
        ring_put(ring, i, ring_get(old, i));
    atomic_store_explicit(&deque->ring, ring, memory_order_release);
    return ring;
}

bool tine__deque_push(tine__deque *deque, struct tine__frame *frame)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    tine__ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    if (bottom - top >= (int64_t)ring->capacity)
        ring = grow(deque, ring, top, bottom);
    if (!ring)
        return false;
    ring_put(ring, bottom, frame);
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_seq_cst);
    return true;
}

struct tine__frame *tine__deque_pop(tine__deque *deque)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
    tine__ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    atomic_store_explicit(&deque->bottom, bottom, memory_order_seq_cst);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    if (top < bottom)
        return ring_get(ring, bottom);
    /* The last frame, or none: whoever moves top has it. */
    struct tine__frame *frame = NULL;
    if (top == bottom && tine__deque_take(deque, top))
        frame = ring_get(ring, bottom);
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_release);
    return frame;
}

struct tine__frame *tine__deque_look(tine__deque *deque, int64_t *at_out)
{
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_seq_cst);
    if (top >= bottom)
        return NULL;
    *at_out = top;
    return ring_get(atomic_load_explicit(&deque->ring, memory_order_acquire), top);
}

bool tine__deque_take(tine__deque *deque, int64_t at)
{
    return atomic_compare_exchange_strong_explicit(&deque->top, &at, at + 1, memory_order_seq_cst,
                                                   memory_order_relaxed);
}
