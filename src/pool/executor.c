/* A pool's life, what it does with its queue, and its slots. */
#include "pool/executor.h"
#include "base/alloc.h"
#include "base/body.h"
#include "base/error.h"
#include "base/size.h"
#include "os/cpu.h"

#include <stdio.h>

/* With the mutex held. */
static void set_heeds(tine_pool *pool)
{
    atomic_store_explicit(&pool->heeds, pool->closing || pool->watchers, memory_order_seq_cst);
}

/* ---- life */

static tine_status init_slots(tine_pool *pool, tine_error *error)
{
    pool->slots = tine__alloc_zeroed(&pool->allocator, pool->n_slots * sizeof *pool->slots,
                                     _Alignof(tine__slot));
    pool->neighbours = tine__alloc_zeroed(
        &pool->allocator, pool->n_workers * sizeof *pool->neighbours, _Alignof(_Atomic unsigned));
    if (!pool->slots || !pool->neighbours)
        return tine__error_no_memory(error);
    while (pool->n_parkers < pool->n_slots) {
        tine__slot *slot = &pool->slots[pool->n_parkers];
        slot->pool = pool;
        slot->index = pool->n_parkers;
        tine_status status = tine__parker_init(&slot->parker, error);
        if (status != TINE_OK)
            return status;
        pool->n_parkers++;
        if (!tine__deque_init(&slot->deque, pool->has_heavy_barrier, &pool->allocator))
            return tine__error_no_memory(error);
    }
    return TINE_OK;
}

/* Whatever of a pool there is, its threads ended. */
static void destroy(tine_pool *pool)
{
    const tine_allocator allocator = pool->allocator;
    for (unsigned i = 0; i < pool->n_parkers; i++) {
        tine__deque_free(&pool->slots[i].deque);
        tine__parker_destroy(&pool->slots[i].parker);
    }
    TINE__DELETE_ARRAY(&allocator, pool->slots, pool->n_slots);
    TINE__DELETE_ARRAY(&allocator, pool->neighbours, pool->n_workers);
    tine__queue_close(pool->queue);
    tine__mutex_destroy(&pool->mutex);
    TINE__DELETE(&allocator, pool);
}

/* A pool without slots and queue. */
static tine_status create(const tine_pool_options *options, tine_pool **pool_out, tine_error *error)
{
    const tine_allocator *allocator = tine__allocator_or_heap(options->allocator);
    tine_pool *pool = TINE__NEW(allocator, tine_pool);
    if (!pool)
        return tine__error_no_memory(error);
    tine_status status = tine__mutex_init(&pool->mutex, error);
    if (status != TINE_OK) {
        TINE__DELETE(allocator, pool);
        return status;
    }
    pool->allocator = *allocator;
    pool->n_workers = options->n_workers;
    pool->n_slots = options->n_workers + TINE__WAITER_SLOTS;
    pool->on_start = options->on_start;
    pool->on_stop = options->on_stop;
    pool->ctx = options->ctx;
    pool->n_cpus = tine__cpu_count();
    pool->has_heavy_barrier = tine__heavy_barrier_exists();
    pool->failed_worker = options->n_workers;
    atomic_init(&pool->n_seen, options->n_workers);
    *pool_out = pool;
    return TINE_OK;
}

static tine_status start_threads(tine_pool *pool, const tine_pool_options *options,
                                 tine_error *error)
{
    for (; pool->n_threads < pool->n_workers; pool->n_threads++) {
        char name[32];
        snprintf(name, sizeof name, "%.9s-%u", options->name ? options->name : "tine",
                 pool->n_threads);
        tine__slot *slot = &pool->slots[pool->n_threads];
        tine_status status = tine__thread_start(&slot->thread, tine__worker_main, slot,
                                                options->stack_size, name, error);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

/* Parks until every worker that was started has come through on_start. */
static void await_ready(tine_pool *pool, tine__parker *parker)
{
    tine__watcher watcher;
    tine__mutex_lock(&pool->mutex);
    tine__watch(&pool->watchers, &watcher, parker);
    while (pool->n_ready < pool->n_threads) {
        tine__mutex_unlock(&pool->mutex);
        (void)tine__park(parker, INT64_MAX);
        tine__mutex_lock(&pool->mutex);
    }
    tine__unwatch(&watcher);
    tine__mutex_unlock(&pool->mutex);
}

static void join_threads(tine_pool *pool)
{
    for (unsigned i = 0; i < pool->n_threads; i++)
        tine__thread_join(&pool->slots[i].thread);
}

/* Ends the workers of a pool that could not be opened. */
static void abandon(tine_pool *pool)
{
    tine__mutex_lock(&pool->mutex);
    pool->finished = true;
    tine__wake_all(pool);
    tine__mutex_unlock(&pool->mutex);
    join_threads(pool);
}

static tine_status start_workers(tine_pool *pool, const tine_pool_options *options,
                                 tine_error *error)
{
    tine__parker parker;
    tine_status status = tine__parker_init(&parker, error);
    if (status != TINE_OK)
        return status;
    status = start_threads(pool, options, error);
    await_ready(pool, &parker);
    tine__parker_destroy(&parker);
    if (status == TINE_OK && pool->failed_worker < pool->n_workers)
        status = tine__error_copy(error, &pool->start_error);
    if (status != TINE_OK)
        abandon(pool);
    return status;
}

tine_status tine__executor_open(const tine_pool_options *options, const tine__job_calls *jobs,
                                tine_pool **pool_out, tine_error *error)
{
    tine_pool *pool = NULL;
    tine_status status = create(options, &pool, error);
    if (status != TINE_OK)
        return status;
    pool->jobs = jobs;
    pool->queue = tine__queue_open(&pool->allocator, pool, pool->n_workers, options->queue_limit);
    status = pool->queue ? init_slots(pool, error) : tine__error_no_memory(error);
    if (status == TINE_OK)
        status = start_workers(pool, options, error);
    if (status != TINE_OK) {
        destroy(pool);
        return status;
    }
    *pool_out = pool;
    return TINE_OK;
}

void tine__executor_close(tine_pool *pool)
{
    tine__mutex_lock(&pool->mutex);
    pool->closing = true;
    set_heeds(pool);
    tine__notice_end(pool);
    tine__mutex_unlock(&pool->mutex);
    join_threads(pool);
    destroy(pool);
}

/* ---- the queue */

void tine__executor_count_end(tine_pool *pool, tine__slot *slot)
{
    if (!slot) {
        atomic_fetch_add_explicit(&pool->queue->n_ended, 1, memory_order_release);
        return;
    }
    uint64_t n = atomic_load_explicit(&slot->n_ended, memory_order_relaxed);
    atomic_store_explicit(&slot->n_ended, n + 1, memory_order_release);
}

void tine__executor_stay(tine_pool *pool)
{
    tine__mutex_lock(&pool->mutex);
    pool->n_staying++;
    tine__mutex_unlock(&pool->mutex);
}

void tine__executor_go(tine_pool *pool)
{
    tine__mutex_lock(&pool->mutex);
    pool->n_staying--;
    tine__notice_end(pool);
    tine__mutex_unlock(&pool->mutex);
}

void tine__executor_cancel(tine_pool *pool)
{
    atomic_fetch_add_explicit(&pool->epoch, 1, memory_order_relaxed);
    for (unsigned i = 0; i < pool->queue->n_shards; i++)
        tine__shard_drop(&pool->queue->shards[i], pool->jobs->drop);
    for (unsigned i = 0; i < pool->n_workers; i++)
        tine__batch_drop(&pool->slots[i].batch, pool->jobs->drop);
}

/* ---- slots */

tine__slot *tine__slot_of_thread(const tine_pool *pool)
{
    for (tine__body *body = tine__body_current(); body; body = body->outer)
        if (body->pool == pool)
            return body->at;
    return NULL;
}

/* Threads begin to look at different slots, but so close together that few slots are ever used. */
static unsigned first_slot(void)
{
    return (unsigned)((uintptr_t)&tine__current >> 6) % 4;
}

static tine__slot *take_slot(tine_pool *pool)
{
    unsigned first = first_slot();
    for (unsigned i = 0; i < TINE__WAITER_SLOTS; i++) {
        tine__slot *slot = &pool->slots[pool->n_workers + (first + i) % TINE__WAITER_SLOTS];
        int expected = TINE__FREE;
        if (atomic_load_explicit(&slot->taken, memory_order_relaxed) == TINE__FREE &&
            atomic_compare_exchange_strong_explicit(&slot->taken, &expected, TINE__TAKEN,
                                                    memory_order_seq_cst, memory_order_relaxed))
            return slot;
    }
    return NULL;
}

static void show_slot(const tine__slot *slot)
{
    _Atomic unsigned *n_seen = &slot->pool->n_seen;
    unsigned n = atomic_load_explicit(n_seen, memory_order_relaxed);
    while (n <= slot->index &&
           !atomic_compare_exchange_weak_explicit(n_seen, &n, slot->index + 1, memory_order_seq_cst,
                                                  memory_order_relaxed))
        ;
}

static void mark(tine__slot *slot)
{
    int expected = TINE__TAKEN;
    if (atomic_compare_exchange_strong_explicit(&slot->taken, &expected, TINE__MARKED,
                                                memory_order_seq_cst, memory_order_relaxed))
        slot->pool->n_marked++;
}

void tine__mark_slots(tine_pool *pool)
{
    for (unsigned i = pool->n_workers; i < pool->n_slots; i++)
        mark(&pool->slots[i]);
}

/* By the thread that has just taken it. */
static void settle(tine__slot *slot)
{
    tine_pool *pool = slot->pool;
    show_slot(slot);
    if (!atomic_load_explicit(&pool->heeds, memory_order_seq_cst))
        return;
    tine__mutex_lock(&pool->mutex);
    mark(slot);
    tine__mutex_unlock(&pool->mutex);
}

/* The slot was marked. */
static void leave_marked(tine_pool *pool)
{
    tine__mutex_lock(&pool->mutex);
    bool pays = pool->owes && pool->idle;
    pool->n_marked--;
    pool->n_staying += pays;
    pool->owes = pool->owes && !pays;
    tine__watchers_wake(pool->watchers);
    tine__notice_end(pool);
    tine__mutex_unlock(&pool->mutex);
    if (!pays)
        return;
    if (tine__work_waits(pool))
        tine__announce(pool);
    tine__mutex_lock(&pool->mutex);
    pool->n_staying--;
    tine__notice_end(pool);
    tine__mutex_unlock(&pool->mutex);
}

static void give_slot(tine_pool *pool, tine__slot *slot, bool guest)
{
    if (guest)
        atomic_fetch_sub_explicit(&pool->places, TINE__ONE_GUEST, memory_order_seq_cst);
    if (atomic_exchange_explicit(&slot->taken, TINE__FREE, memory_order_seq_cst) == TINE__MARKED)
        leave_marked(pool);
}

bool tine__visit_try(tine__visit *visit, tine_pool *pool, bool guest)
{
    tine__slot *slot = pool ? tine__slot_of_thread(pool) : NULL;
    bool outside = pool && !slot;
    if (outside && !(slot = take_slot(pool)))
        return false;
    if (outside)
        settle(slot);
    if (outside && guest)
        atomic_fetch_add_explicit(&pool->places, TINE__ONE_GUEST, memory_order_seq_cst);
    visit->slot = slot;
    visit->taken = outside;
    visit->guest = guest;
    visit->outermost = tine__body_current() == NULL;
    if (visit->outermost)
        tine__fp_enter(&visit->fp);
    return true;
}

tine_status tine__visit_enter(tine__visit *visit, tine_pool *pool, bool guest, tine_error *error)
{
    if (tine__visit_try(visit, pool, guest))
        return TINE_OK;
    tine__parker parker;
    tine_status status = tine__parker_init(&parker, error);
    if (status != TINE_OK)
        return status;
    tine__watcher watcher;
    tine__executor_watch(pool, &watcher, &parker);
    while (!tine__visit_try(visit, pool, guest))
        (void)tine__park(&parker, INT64_MAX);
    tine__executor_unwatch(pool, &watcher);
    tine__parker_destroy(&parker);
    return TINE_OK;
}

void tine__visit_leave(tine__visit *visit)
{
    if (visit->outermost)
        tine__fp_leave(&visit->fp);
    if (visit->taken)
        give_slot(visit->slot->pool, visit->slot, visit->guest);
}

void tine__executor_watch(tine_pool *pool, tine__watcher *watcher, tine__parker *parker)
{
    tine__mutex_lock(&pool->mutex);
    tine__watch(&pool->watchers, watcher, parker);
    pool->n_staying++;
    set_heeds(pool);
    tine__mark_slots(pool);
    tine__mutex_unlock(&pool->mutex);
}

void tine__executor_unwatch(tine_pool *pool, tine__watcher *watcher)
{
    tine__mutex_lock(&pool->mutex);
    tine__unwatch(watcher);
    set_heeds(pool);
    pool->n_staying--;
    tine__notice_end(pool);
    tine__mutex_unlock(&pool->mutex);
}
