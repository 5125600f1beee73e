/* Where submitted jobs wait: a few shards, each a queue and the memory of its jobs under one short
 * lock. A submitting thread takes the shard that its identity hashes to, or the next that is not
 * locked; so threads that submit do not meet, and a future made by one thread is its neighbour in
 * memory to the next that it makes. No thread has state of its own.
 *
 * Jobs. A job is the beginning of a block of one cache line, which the task layer makes a future
 * of. A shard cuts blocks from slabs and uses them again. A block that is given back while the
 * shard is locked goes to a stack beside it, so nobody waits to give back.
 *
 * Queue. A ring of entries without bounds: segments of entries, used again when all of theirs are
 * taken. The submitter, under the lock, writes an entry and then raises `filled`. A worker wins a
 * few indices, its batch, by raising `taken`, and exchanges one entry after the other for NULL,
 * without the lock. Whoever gets the job out of its entry has claimed it: the winner that way, a
 * waiter, a canceller or a worker without work by exchanging it for NULL directly, at any time. A
 * winner may be slow: its segment may be in use again before it comes to the entry. If its job is
 * still there, the submitter leaves it alone and goes on to the next entry; if it is gone, the
 * winner takes whatever job is there now, and whoever wins that index finds NULL. Each entry that
 * holds a job thus has a winner to come. A job for which there is no memory in the ring waits in a
 * list instead, so pushing cannot fail.
 *
 * Batches. Won entries must not wait while their winner runs something long and others have
 * nothing to do. So the winner shows where its batch is before it wins it: whoever finds the ring
 * empty then looks at the batches, and sees each job that was in the ring before and that nobody
 * has claimed. What is shown is a whole group of entries, of which the batch is a part; to claim
 * one of the others is no mistake either.
 *
 * Limit. Where the pool has one, jobs that wait are counted: before they are pushed, and when they
 * are claimed. Submitters who find no room sleep until somebody has claimed a job; they count
 * themselves before they look once more, and claimers uncount the job before they look for them.
 *
 * Life. A future may outlive its pool, and a waiter may look at the entry of a future that has just
 * ended and let the pool go. So slabs and segments live until the pool is closed and the last block
 * is given back. Looking at an entry is always safe; whoever gets a job out of it has a future that
 * is not done, and with that an open pool. */
#ifndef TINE_POOL_QUEUE_H
#define TINE_POOL_QUEUE_H
#include <tine.h>
#include "base/body.h"
#include "os/barrier.h"
#include "pool/watch.h"
#include <stdatomic.h>

#define TINE__BLOCK_SIZE 64
#define TINE__SEGMENT_SIZE 1024
#define TINE__GROUP_SIZE 16 /* entries; divides a segment */

typedef struct tine__queue tine__queue;
typedef struct tine__shard tine__shard;
typedef struct tine__job tine__job;
typedef struct tine__segment tine__segment;
typedef _Atomic(tine__job *) tine__ring_entry;

/* Entries that a worker has won and not come to yet: a part of one group. */
typedef struct tine__batch {
    tine__ring_entry *next, *end; /* the winner's own */
    /* The first of the group, or NULL. Stored by the winner before it raises `taken` (release);
     * read by others after they have read that (acquire), or whenever they like. */
    _Atomic(tine__ring_entry *) shown;
} tine__batch;

struct tine__job {
    tine__shard *shard; /* whose block it is; NULL: it is from the heap, and of no pool */
    /* Where it waits: 0 nowhere yet; an entry of the ring, or one that it waited at; odd: in the
     * list of those without an entry, and then the rest is the next of these. Stored with the
     * shard locked; read by those who want to claim it. */
    _Atomic uintptr_t place;
};

/* A block that is free, or on its way back. */
typedef struct tine__block {
    struct tine__block *next;
} tine__block;

struct tine__shard {
    /* The takers' line. */
    _Alignas(64) _Atomic uint64_t taken; /* entries below are won; raised by compare-and-swap */
    _Atomic uint64_t seen; /* what a taker has last read of `filled`: a copy on the takers' line */
    /* Where `taken` is, or was. Stored by the submitter of the first job, then by whoever wins the
     * last index of a segment; read by takers, and by submitters who look for a segment to use
     * again. */
    _Atomic(tine__segment *) head;
    /* Those without an entry, the last first. Changed with the lock; read by takers, to see whether
     * there are any. */
    _Atomic(tine__job *) unplaced;

    /* Entries below are written. Stored with the lock; its load by takers (acquire) pairs with that
     * store, which follows the entry's. Before they park they load it once more, after a heavy
     * barrier; where there is none, all of that is seq_cst. On a line of its own, since takers
     * without work look at it all the time, and submitters need not. */
    _Alignas(64) _Atomic uint64_t filled;

    /* The submitters' line. */
    _Alignas(64) _Atomic bool locked; /* by exchange; guards what follows, unless atomic */
    bool closed;                      /* the pool is gone: blocks are counted by n_orphans */
    uint64_t n_pushed;                /* what `filled` is */
    uint64_t clear;      /* entries of the tail below are empty, and no more than that is to do */
    tine__segment *tail; /* where `filled` is, or was */
    tine__block *free;   /* blocks that were given back with the lock */
    size_t n_out;        /* blocks that are neither fresh nor free */
    /* Jobs that were submitted or promised. Stored with the lock; read by whoever closes. */
    _Atomic uint64_t n_submitted;

    /* What they need less often. */
    _Alignas(64) tine__segment *oldest; /* from here up to `head`, segments can be used again */
    tine__segment *segments;            /* all of them */
    tine__block *returned;              /* blocks from the stack `remote` */
    tine__block *slabs;                 /* all of them */
    unsigned char *fresh, *end;         /* of the newest slab: never used yet */

    _Alignas(64) tine__queue *queue; /* constant: read by whoever has a future */

    /* Blocks that were given back past the lock: pushed by anyone (release), taken as a whole with
     * the lock (acquire). CLOSED once `closed` is. */
    _Alignas(64) _Atomic(tine__block *) remote;
};

struct tine__segment {
    _Atomic uint64_t base; /* index of its first entry; stored with the lock, before it is linked */
    /* The one behind it in the ring. Stored with the lock, before its last entry is written; read
     * by whoever wins that entry. */
    tine__segment *next;
    tine__segment *older; /* in the list of all */
    tine__ring_entry entries[TINE__SEGMENT_SIZE];
};

struct tine__queue {
    tine_allocator allocator;
    tine_pool *pool;        /* while it is open */
    bool has_heavy_barrier; /* what waits is made public without a fence */
    unsigned n_shards;      /* a power of two */
    tine__shard *shards;
    size_t limit;           /* jobs that may wait; 0: no limit, and the four below are not used */
    tine__mutex mutex;      /* guards `blocked` */
    tine__watcher *blocked; /* submitters that wait for room */
    _Atomic unsigned n_blocked; /* in that list. Written with the mutex, read by claimers */
    _Atomic size_t n_waiting;   /* jobs. By submitters and claimers; both are seq_cst: see above */
    /* Jobs that have ended outside every slot. */
    _Atomic uint64_t n_ended;
    /* Once the pool is closed: blocks that are out. Before that, 1. Whoever makes it 0 frees all.
     */
    _Atomic size_t n_orphans;
};

/* ---- block.c: memory and life */

TINE_MUST_USE tine__queue *tine__queue_open(const tine_allocator *allocator, tine_pool *pool,
                                            unsigned n_workers, size_t limit);
/* The pool is gone. NULL is allowed. */
void tine__queue_close(tine__queue *queue);

static inline bool tine__shard_try_lock(tine__shard *shard)
{
    return !atomic_load_explicit(&shard->locked, memory_order_relaxed) &&
           !atomic_exchange_explicit(&shard->locked, true, memory_order_acquire);
}

static inline void tine__shard_unlock(tine__shard *shard)
{
    atomic_store_explicit(&shard->locked, false, memory_order_release);
}

void tine__shard_lock(tine__shard *shard);

/* A shard, locked: the first that is not locked, from the calling thread's own on. Threads differ
 * in where their thread-local data are, in bits that are not the lowest. */
tine__shard *tine__queue_lock_from(tine__queue *queue, size_t first);
static inline tine__shard *tine__queue_lock(tine__queue *queue)
{
    size_t i = (size_t)(((uint64_t)(uintptr_t)&tine__current * 0x9e3779b97f4a7c15u) >> 32);
    tine__shard *shard = &queue->shards[i & (queue->n_shards - 1)];
    return tine__shard_try_lock(shard) ? shard : tine__queue_lock_from(queue, i + 1);
}

/* With the lock: a block of TINE__BLOCK_SIZE bytes, aligned to that; NULL: no memory. */
void *tine__block_find(tine__shard *shard);
static inline void *tine__block_take(tine__shard *shard)
{
    tine__block *block = shard->free;
    if (!block)
        return tine__block_find(shard);
    shard->free = block->next;
    shard->n_out++;
    return block;
}

/* Any thread, without the lock. The caller may not use the shard afterwards. */
void tine__block_give(tine__shard *shard, void *block);

/* ---- queue.c: the ring */

/* With the lock: counts a job that will be pushed, at once or later. */
static inline void tine__job_promise(tine__shard *shard)
{
    uint64_t n = atomic_load_explicit(&shard->n_submitted, memory_order_relaxed);
    atomic_store_explicit(&shard->n_submitted, n + 1, memory_order_release);
}

/* With the lock: the entry at index `at`, which is shown as filled. */
static inline void tine__job_place(tine__shard *shard, tine__job *job, tine__ring_entry *entry,
                                   uint64_t at)
{
    shard->n_pushed = at + 1;
    atomic_store_explicit(&job->place, (uintptr_t)entry, memory_order_relaxed);
    atomic_store_explicit(entry, job, memory_order_release);
    if (shard->queue->has_heavy_barrier)
        atomic_store_explicit(&shard->filled, at + 1, memory_order_release);
    else
        atomic_store_explicit(&shard->filled, at + 1, memory_order_seq_cst);
}

/* Lets others take the promised job; with the lock, or without. What needs a look at the ring is
 * not inline: the first entry of a group, the last of a segment, those that are not empty yet. */
void tine__job_push_on(tine__shard *shard, tine__job *job);
static inline void tine__job_push(tine__shard *shard, tine__job *job)
{
    uint64_t at = shard->n_pushed;
    if (at < shard->clear)
        tine__job_place(shard, job, &shard->tail->entries[at % TINE__SEGMENT_SIZE], at);
    else
        tine__job_push_on(shard, job);
}
void tine__job_submit(tine__job *job);

/* Before a job is pushed, or pushed again. Enter: false if there is no room for it. Intrude: passes
 * the limit. Await: until `deadline_ns` of tine__now_ns(), or until `stop`, asked every few
 * milliseconds, is not TINE_OK; returns that, or TINE_ETIMEDOUT. Leave: the job was claimed (the
 * calls below do that), or is not pushed after all. */
bool tine__queue_enter(tine__queue *queue);
void tine__queue_intrude(tine__queue *queue);
TINE_MUST_USE tine_status tine__queue_await_room(tine__queue *queue, int64_t deadline_ns,
                                                 tine_status (*stop)(const void *ctx),
                                                 const void *ctx, tine_error *error);
void tine__queue_leave(tine__queue *queue);

/* True: the job was waiting and is the caller's now. */
bool tine__job_claim(tine__job *job);

/* Whether it was returned and nobody has it. */
static inline bool tine__job_is_unplaced(const tine__job *job)
{
    return atomic_load_explicit(&job->place, memory_order_relaxed) & 1;
}

/* Lets others take a job that was claimed, after all. */
void tine__job_return(tine__job *job);

/* Takes the next job of the batch; NULL: it is empty. */
tine__job *tine__batch_take(tine__batch *batch);
/* Takes one that the batch's winner, another thread, has not come to. */
tine__job *tine__batch_rob(const tine__batch *batch);
/* Asked by another thread, which must have found the queue empty before. */
bool tine__batch_is_empty(const tine__batch *batch);
/* Takes a job of the shard, in order of submission, and wins the batch, which is empty, some more,
 * of which others want as many; NULL: none waits. */
tine__job *tine__shard_take(tine__shard *shard, tine__batch *batch, unsigned n_takers);
/* Takes all that wait now, and calls `drop` for each. It may get one that was pushed since, and
 * return it. */
void tine__shard_drop(tine__shard *shard, void (*drop)(tine__job *job));
void tine__batch_drop(const tine__batch *batch, void (*drop)(tine__job *job));
/* Whether the shard, or all of them, has no job that nobody has won; see batches. Every load is
 * seq_cst. */
bool tine__shard_is_empty(const tine__shard *shard);
bool tine__queue_is_empty(const tine__queue *queue);
/* How many jobs were promised. Those that have ended are to be counted first. */
uint64_t tine__queue_n_submitted(const tine__queue *queue);

#endif
