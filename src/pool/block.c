/* The memory of jobs, and how long it lives. */
#include "pool/queue.h"
#include "base/alloc.h"
#include "base/body.h"
#include "base/size.h"
#include "os/relax.h"
#include "os/thread.h"

#define SLAB_SIZE ((size_t)64 << 10)
#define MIN_SHARDS 4u
#define MAX_SHARDS 64u

/* A lock is held for some nanoseconds: whoever has looked so often yields to a holder that the
 * system has put aside. */
#define SPINS 100

/* In `remote`. */
#define CLOSED ((tine__block *)(uintptr_t)1)

/* ---- locking */

void tine__shard_lock(tine__shard *shard)
{
    for (unsigned spins = 0; !tine__shard_try_lock(shard); spins++)
        if (spins < SPINS)
            tine__relax();
        else
            tine__thread_yield();
}

tine__shard *tine__queue_lock_from(tine__queue *queue, size_t first)
{
    for (size_t i = first;; i++) {
        tine__shard *shard = &queue->shards[i & (queue->n_shards - 1)];
        if (tine__shard_try_lock(shard))
            return shard;
        if ((i - first + 1) % queue->n_shards == 0)
            tine__thread_yield();
    }
}

/* ---- blocks */

static tine__block *pop(tine__block **stack)
{
    tine__block *block = *stack;
    *stack = block->next;
    return block;
}

static void push(tine__block **stack, tine__block *block)
{
    block->next = *stack;
    *stack = block;
}

/* The slab's first block is its link. */
static bool add_slab(tine__shard *shard)
{
    unsigned char *slab = tine__alloc(&shard->queue->allocator, SLAB_SIZE, TINE__BLOCK_SIZE);
    if (!slab)
        return false;
    push(&shard->slabs, (void *)slab);
    shard->fresh = slab + TINE__BLOCK_SIZE;
    shard->end = slab + SLAB_SIZE;
    return true;
}

/* Blocks in `returned` and `remote` still count as out: nobody knows how many they are. */
void *tine__block_find(tine__shard *shard)
{
    if (!shard->returned)
        shard->returned = atomic_exchange_explicit(&shard->remote, NULL, memory_order_acquire);
    if (shard->returned)
        return pop(&shard->returned);
    if (shard->fresh == shard->end && !add_slab(shard))
        return NULL;
    shard->n_out++;
    shard->fresh += TINE__BLOCK_SIZE;
    return shard->fresh - TINE__BLOCK_SIZE;
}

static void destroy(tine__queue *queue)
{
    const tine_allocator allocator = queue->allocator;
    for (unsigned i = 0; i < queue->n_shards; i++) {
        tine__shard *shard = &queue->shards[i];
        while (shard->slabs)
            tine__free(&allocator, pop(&shard->slabs), SLAB_SIZE, TINE__BLOCK_SIZE);
        for (tine__segment *segment = shard->segments, *older; segment; segment = older) {
            older = segment->older;
            TINE__DELETE(&allocator, segment);
        }
    }
    TINE__DELETE_ARRAY(&allocator, queue->shards, queue->n_shards);
    tine__mutex_destroy(&queue->mutex);
    TINE__DELETE(&allocator, queue);
}

static void give_orphan(tine__queue *queue)
{
    if (atomic_fetch_sub_explicit(&queue->n_orphans, 1, memory_order_acq_rel) == 1)
        destroy(queue);
}

/* False: the pool is closed, so nobody wants it back. */
static bool push_remote(tine__shard *shard, tine__block *block)
{
    tine__block *head = atomic_load_explicit(&shard->remote, memory_order_acquire);
    do {
        if (head == CLOSED)
            return false;
        block->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&shard->remote, &head, block,
                                                    memory_order_release, memory_order_acquire));
    return true;
}

/* A block that was not given back keeps its shard alive; one that was does not. */
void tine__block_give(tine__shard *shard, void *block)
{
    if (tine__shard_try_lock(shard)) {
        bool open = !shard->closed;
        if (open) {
            push(&shard->free, block);
            shard->n_out--;
        }
        tine__shard_unlock(shard);
        if (open)
            return;
    } else if (push_remote(shard, block)) {
        return;
    }
    give_orphan(shard->queue);
}

/* ---- life */

static unsigned n_shards(unsigned n_workers)
{
    unsigned n = MIN_SHARDS;
    while (n < MAX_SHARDS && n < 2 * n_workers)
        n *= 2;
    return n;
}

tine__queue *tine__queue_open(const tine_allocator *allocator, tine_pool *pool, unsigned n_workers,
                              size_t limit)
{
    tine__queue *queue = TINE__NEW(allocator, tine__queue);
    if (!queue)
        return NULL;
    queue->allocator = *allocator;
    queue->pool = pool;
    queue->limit = limit;
    queue->mutex = TINE__MUTEX_INIT;
    queue->has_heavy_barrier = tine__heavy_barrier_exists();
    queue->n_shards = n_shards(n_workers);
    queue->shards = tine__alloc_zeroed(allocator, queue->n_shards * sizeof *queue->shards,
                                       _Alignof(tine__shard));
    atomic_init(&queue->n_orphans, 1);
    if (!queue->shards) {
        tine__mutex_destroy(&queue->mutex);
        TINE__DELETE(allocator, queue);
        return NULL;
    }
    for (unsigned i = 0; i < queue->n_shards; i++)
        queue->shards[i].queue = queue;
    return queue;
}

static size_t length(const tine__block *block)
{
    size_t n = 0;
    for (; block; block = block->next)
        n++;
    return n;
}

/* Blocks count as orphans before anybody can know that they are. */
static void close_shard(tine__shard *shard)
{
    _Atomic size_t *n_orphans = &shard->queue->n_orphans;
    tine__shard_lock(shard);
    atomic_fetch_add_explicit(n_orphans, shard->n_out, memory_order_relaxed);
    shard->closed = true;
    tine__block *remote = atomic_exchange_explicit(&shard->remote, CLOSED, memory_order_acq_rel);
    size_t n_free = length(shard->returned) + length(remote);
    atomic_fetch_sub_explicit(n_orphans, n_free, memory_order_relaxed);
    tine__shard_unlock(shard);
}

void tine__queue_close(tine__queue *queue)
{
    if (!queue)
        return;
    for (unsigned i = 0; i < queue->n_shards; i++)
        close_shard(&queue->shards[i]);
    give_orphan(queue);
}
