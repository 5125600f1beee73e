/* The ring. Indices count from 0 and never wrap. */
#include "pool/queue.h"
#include "base/alloc.h"
#include "base/size.h"
#include "os/clock.h"
#include "os/prefetch.h"

#include <limits.h>

/* In a job's place. */
#define UNPLACED ((uintptr_t)1)

/* So many entries ahead of the one that is taken, its job's cache line is fetched. */
#define AHEAD 4

/* ---- with the lock */

static uint64_t base_of(const tine__segment *segment)
{
    return atomic_load_explicit(&segment->base, memory_order_acquire);
}

/* A segment that all have left, or a fresh one. */
static tine__segment *find_segment(tine__shard *shard)
{
    tine__segment *segment = shard->oldest;
    if (segment && segment != atomic_load_explicit(&shard->head, memory_order_acquire)) {
        shard->oldest = segment->next;
        return segment;
    }
    segment = TINE__NEW(&shard->queue->allocator, tine__segment);
    if (segment) {
        segment->older = shard->segments;
        shard->segments = segment;
    }
    return segment;
}

/* A segment whose entries begin at index `at`; NULL: no memory. */
static tine__segment *add_segment(tine__shard *shard, uint64_t at)
{
    tine__segment *segment = find_segment(shard);
    if (!segment)
        return NULL;
    segment->next = NULL;
    atomic_store_explicit(&segment->base, at, memory_order_release);
    return segment;
}

/* Makes the segment of index `at` the tail, and has the next one follow before its last entry can
 * be written. False: no memory. */
static bool reach(tine__shard *shard, uint64_t at)
{
    if (!shard->tail) {
        shard->tail = shard->oldest = add_segment(shard, at);
        atomic_store_explicit(&shard->head, shard->tail, memory_order_release);
    } else if (shard->tail->next && at >= base_of(shard->tail->next)) {
        shard->tail = shard->tail->next;
    }
    if (shard->tail && at % TINE__SEGMENT_SIZE == TINE__SEGMENT_SIZE - 1 && !shard->tail->next)
        shard->tail->next = add_segment(shard, at + 1);
    return shard->tail && (at % TINE__SEGMENT_SIZE < TINE__SEGMENT_SIZE - 1 || shard->tail->next);
}

/* The first entry from *at on that nobody is still to empty; NULL: no memory. */
static tine__ring_entry *next_entry(tine__shard *shard, uint64_t *at)
{
    for (; reach(shard, *at); ++*at) {
        tine__ring_entry *entry = &shard->tail->entries[*at % TINE__SEGMENT_SIZE];
        if (!atomic_load_explicit(entry, memory_order_relaxed))
            return entry;
    }
    return NULL;
}

static void push_unplaced(tine__shard *shard, tine__job *job)
{
    tine__job *next = atomic_load_explicit(&shard->unplaced, memory_order_relaxed);
    atomic_store_explicit(&job->place, (uintptr_t)next | UNPLACED, memory_order_release);
    atomic_store_explicit(&shard->unplaced, job, memory_order_seq_cst);
}

/* How far behind index `at` entries of the same group are empty, the segment's last one aside. */
static uint64_t clear_from(const tine__segment *tail, uint64_t at)
{
    uint64_t end = at - at % TINE__GROUP_SIZE + TINE__GROUP_SIZE;
    if (end % TINE__SEGMENT_SIZE == 0)
        end--;
    while (at < end &&
           !atomic_load_explicit(&tail->entries[at % TINE__SEGMENT_SIZE], memory_order_relaxed))
        at++;
    return at;
}

void tine__job_push_on(tine__shard *shard, tine__job *job)
{
    uint64_t at = shard->n_pushed;
    tine__ring_entry *entry = next_entry(shard, &at);
    if (!entry) {
        push_unplaced(shard, job);
        return;
    }
    shard->clear = clear_from(shard->tail, at);
    tine__job_place(shard, job, entry, at);
}

static tine__job *next_unplaced(const tine__job *job)
{
    uintptr_t place = atomic_load_explicit(&job->place, memory_order_relaxed);
    return (tine__job *)(place & ~UNPLACED);
}

/* The list keeps its order; a job that has left it waits nowhere. */
static bool unlink_unplaced(tine__shard *shard, tine__job *job)
{
    tine__job *before = NULL, *at = atomic_load_explicit(&shard->unplaced, memory_order_relaxed);
    while (at && at != job) {
        before = at;
        at = next_unplaced(at);
    }
    if (!at)
        return false;
    tine__job *next = next_unplaced(job);
    if (before)
        atomic_store_explicit(&before->place, (uintptr_t)next | UNPLACED, memory_order_relaxed);
    else
        atomic_store_explicit(&shard->unplaced, next, memory_order_relaxed);
    atomic_store_explicit(&job->place, 0, memory_order_relaxed);
    return true;
}

/* ---- the limit */

/* How often somebody who waits for room asks whether to stop. */
#define ROOM_SLICE_NS 10000000

bool tine__queue_enter(tine__queue *queue)
{
    size_t n = atomic_load_explicit(&queue->n_waiting, memory_order_seq_cst);
    while (n < queue->limit)
        if (atomic_compare_exchange_weak_explicit(&queue->n_waiting, &n, n + 1,
                                                  memory_order_seq_cst, memory_order_seq_cst))
            return true;
    return !queue->limit;
}

void tine__queue_intrude(tine__queue *queue)
{
    if (queue->limit)
        atomic_fetch_add_explicit(&queue->n_waiting, 1, memory_order_seq_cst);
}

void tine__queue_leave(tine__queue *queue)
{
    if (!queue->limit)
        return;
    atomic_fetch_sub_explicit(&queue->n_waiting, 1, memory_order_seq_cst);
    if (!atomic_load_explicit(&queue->n_blocked, memory_order_seq_cst))
        return;
    tine__mutex_lock(&queue->mutex);
    tine__watchers_wake(queue->blocked);
    tine__mutex_unlock(&queue->mutex);
}

static void block(tine__queue *queue, tine__watcher *watcher, tine__parker *parker)
{
    tine__mutex_lock(&queue->mutex);
    tine__watch(&queue->blocked, watcher, parker);
    atomic_fetch_add_explicit(&queue->n_blocked, 1, memory_order_seq_cst);
    tine__mutex_unlock(&queue->mutex);
}

static void unblock(tine__queue *queue, tine__watcher *watcher)
{
    tine__mutex_lock(&queue->mutex);
    tine__unwatch(watcher);
    atomic_fetch_sub_explicit(&queue->n_blocked, 1, memory_order_seq_cst);
    tine__mutex_unlock(&queue->mutex);
}

tine_status tine__queue_await_room(tine__queue *queue, int64_t deadline_ns,
                                   tine_status (*stop)(const void *ctx), const void *ctx,
                                   tine_error *error)
{
    tine__parker parker;
    tine__watcher watcher;
    tine_status status = tine__parker_init(&parker, error);
    if (status != TINE_OK)
        return status;
    block(queue, &watcher, &parker);
    while (status == TINE_OK && !tine__queue_enter(queue)) {
        int64_t slice_ns = tine__deadline_after(ROOM_SLICE_NS);
        bool last = deadline_ns <= slice_ns;
        status = stop(ctx);
        if (status == TINE_OK && !tine__park(&parker, last ? deadline_ns : slice_ns) && last)
            status = TINE_ETIMEDOUT;
    }
    unblock(queue, &watcher);
    tine__parker_destroy(&parker);
    return status;
}

/* ---- without the lock */

void tine__job_submit(tine__job *job)
{
    tine__shard *shard = job->shard; /* the job is somebody else's then */
    tine__shard_lock(shard);
    tine__job_push(shard, job);
    tine__shard_unlock(shard);
}

void tine__job_return(tine__job *job)
{
    tine__queue_intrude(job->shard->queue);
    tine__shard *shard = job->shard;
    tine__shard_lock(shard);
    push_unplaced(shard, job);
    tine__shard_unlock(shard);
}

static bool claim_unplaced(tine__job *job)
{
    tine__shard_lock(job->shard);
    bool ours = unlink_unplaced(job->shard, job);
    tine__shard_unlock(job->shard);
    return ours;
}

/* Where that is counted. */
static inline void uncount(const tine__job *job)
{
    if (job->shard->queue->limit)
        tine__queue_leave(job->shard->queue);
}

bool tine__job_claim(tine__job *job)
{
    uintptr_t place = atomic_load_explicit(&job->place, memory_order_acquire);
    tine__job *expected = job;
    bool ours = place & UNPLACED ? claim_unplaced(job)
                                 : place && atomic_compare_exchange_strong_explicit(
                                                (tine__ring_entry *)place, &expected, NULL,
                                                memory_order_acq_rel, memory_order_relaxed);
    if (ours)
        uncount(job);
    return ours;
}

static tine__job *take_unplaced(tine__shard *shard)
{
    tine__shard_lock(shard);
    tine__job *job = atomic_load_explicit(&shard->unplaced, memory_order_relaxed);
    if (job)
        (void)unlink_unplaced(shard, job);
    tine__shard_unlock(shard);
    return job;
}

/* Up to where entries are written; `filled` is read where its copy does not go past `taken`. */
static uint64_t written(tine__shard *shard, uint64_t taken)
{
    uint64_t seen = atomic_load_explicit(&shard->seen, memory_order_acquire);
    if (taken < seen)
        return seen;
    uint64_t filled = atomic_load_explicit(&shard->filled, memory_order_acquire);
    if (taken < filled)
        atomic_store_explicit(&shard->seen, filled, memory_order_release);
    return filled;
}

/* The first entry of the group. */
static tine__ring_entry *group_of(tine__segment *segment, size_t i)
{
    return &segment->entries[i - i % TINE__GROUP_SIZE];
}

/* How many of the entries from i on, of which `n_filled` are written, make a batch: those of the
 * group, but no more than the taker's part. */
static size_t batch_size(size_t i, uint64_t n_filled, unsigned n_takers)
{
    uint64_t part = n_filled / n_takers;
    return tine__min(TINE__GROUP_SIZE - i % TINE__GROUP_SIZE, (size_t)tine__max(part, 1));
}

/* The cache line of the job so many entries on. */
static void fetch(const tine__batch *batch, ptrdiff_t ahead)
{
    if (batch->end - batch->next > ahead)
        tine__prefetch_write(atomic_load_explicit(batch->next + ahead, memory_order_relaxed));
}

/* Indices below `limit` are won in the segment that was read before: a segment whose entries
 * include them cannot have been used again as long as `taken` is not past them. Whoever wins the
 * last index of a segment moves `head` on; until then there is nothing for others to take. False:
 * there is none. */
static bool win(tine__shard *shard, uint64_t limit, tine__batch *batch, unsigned n_takers)
{
    for (;;) {
        uint64_t at = atomic_load_explicit(&shard->taken, memory_order_acquire);
        uint64_t end = tine__min(written(shard, at), limit);
        if (at >= end)
            return false;
        tine__segment *head = atomic_load_explicit(&shard->head, memory_order_acquire);
        uint64_t i = at - base_of(head);
        if (i >= TINE__SEGMENT_SIZE)
            return false;
        size_t n = batch_size(i, end - at, n_takers);
        atomic_store_explicit(&batch->shown, group_of(head, i), memory_order_release);
        if (!atomic_compare_exchange_weak_explicit(&shard->taken, &at, at + n, memory_order_acq_rel,
                                                   memory_order_relaxed))
            continue;
        if (i + n == TINE__SEGMENT_SIZE)
            atomic_store_explicit(&shard->head, head->next, memory_order_release);
        batch->next = &head->entries[i];
        batch->end = batch->next + n;
        for (ptrdiff_t ahead = 0; ahead < AHEAD; ahead++)
            fetch(batch, ahead);
        return true;
    }
}

static tine__job *take_entry(tine__ring_entry *entry)
{
    return atomic_exchange_explicit(entry, NULL, memory_order_acq_rel);
}

/* While one runs, those behind it are on their way. */
static tine__job *next_of(tine__batch *batch)
{
    tine__job *job = NULL;
    while (!job && batch->next < batch->end) {
        fetch(batch, AHEAD);
        job = take_entry(batch->next++);
    }
    return job;
}

static void hide(tine__batch *batch)
{
    if (atomic_load_explicit(&batch->shown, memory_order_relaxed))
        atomic_store_explicit(&batch->shown, NULL, memory_order_release);
}

static tine__job *take_placed(tine__shard *shard, uint64_t limit, tine__batch *batch,
                              unsigned n_takers)
{
    tine__job *job = NULL;
    while (!job && win(shard, limit, batch, n_takers))
        job = next_of(batch);
    if (batch->next == batch->end)
        hide(batch);
    return job;
}

tine__job *tine__shard_take(tine__shard *shard, tine__batch *batch, unsigned n_takers)
{
    tine__job *job = NULL;
    if (atomic_load_explicit(&shard->unplaced, memory_order_acquire))
        job = take_unplaced(shard);
    if (!job)
        job = take_placed(shard, UINT64_MAX, batch, n_takers);
    if (job)
        uncount(job);
    return job;
}

tine__job *tine__batch_take(tine__batch *batch)
{
    if (batch->next == batch->end)
        return NULL;
    tine__job *job = next_of(batch);
    if (batch->next == batch->end)
        hide(batch);
    if (job)
        uncount(job);
    return job;
}

/* The last of them: the winner is on its way from the first. */
tine__job *tine__batch_rob(const tine__batch *batch)
{
    tine__ring_entry *group = atomic_load_explicit(&batch->shown, memory_order_acquire);
    tine__job *job = NULL;
    for (size_t i = group ? TINE__GROUP_SIZE : 0; i > 0 && !job; i--)
        if (atomic_load_explicit(&group[i - 1], memory_order_relaxed))
            job = take_entry(&group[i - 1]);
    if (job)
        uncount(job);
    return job;
}

bool tine__batch_is_empty(const tine__batch *batch)
{
    const tine__ring_entry *group = atomic_load_explicit(&batch->shown, memory_order_acquire);
    for (size_t i = 0; group && i < TINE__GROUP_SIZE; i++)
        if (atomic_load_explicit(&group[i], memory_order_relaxed))
            return false;
    return true;
}

/* All of the list, as a list of their places. */
static tine__job *take_all_unplaced(tine__shard *shard)
{
    tine__shard_lock(shard);
    tine__job *first = atomic_load_explicit(&shard->unplaced, memory_order_relaxed);
    atomic_store_explicit(&shard->unplaced, NULL, memory_order_relaxed);
    tine__shard_unlock(shard);
    return first;
}

void tine__shard_drop(tine__shard *shard, void (*drop)(tine__job *job))
{
    uint64_t limit = atomic_load_explicit(&shard->filled, memory_order_acquire);
    for (tine__job *job = take_all_unplaced(shard), *next; job; job = next) {
        next = next_unplaced(job);
        uncount(job);
        drop(job);
    }
    tine__batch alone = {0}; /* of one: nobody could see the others */
    for (tine__job *job; (job = take_placed(shard, limit, &alone, UINT_MAX));) {
        uncount(job);
        drop(job);
    }
}

void tine__batch_drop(const tine__batch *batch, void (*drop)(tine__job *job))
{
    tine__ring_entry *group = atomic_load_explicit(&batch->shown, memory_order_acquire);
    for (size_t i = 0; group && i < TINE__GROUP_SIZE; i++) {
        tine__job *job = take_entry(&group[i]);
        if (!job)
            continue;
        uncount(job);
        drop(job);
    }
}

/* ---- questions */

bool tine__shard_is_empty(const tine__shard *shard)
{
    return !atomic_load_explicit(&shard->unplaced, memory_order_seq_cst) &&
           atomic_load_explicit(&shard->filled, memory_order_seq_cst) <=
               atomic_load_explicit(&shard->taken, memory_order_seq_cst);
}

bool tine__queue_is_empty(const tine__queue *queue)
{
    bool empty = true;
    for (unsigned i = 0; i < queue->n_shards && empty; i++)
        empty = tine__shard_is_empty(&queue->shards[i]);
    return empty;
}

uint64_t tine__queue_n_submitted(const tine__queue *queue)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < queue->n_shards; i++)
        n += atomic_load_explicit(&queue->shards[i].n_submitted, memory_order_acquire);
    return n;
}
