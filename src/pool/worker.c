/* What workers do: frames of others, jobs from the queue, parking.
 *
 * Places. `surplus` is the number of parked workers less the guests, outside threads that take part
 * in a loop of their own. Below 0, too few are parked: whoever is between two bodies takes nothing
 * and parks. So n workers and their guests run n bodies at once, as soon as bodies that were under
 * way have ended. A worker checks this between the look at a frame and the take of it, so it never
 * takes a frame of a guest whose arrival it has not seen: the guest counts itself before it forks.
 *
 * Parking loses no wake-up. This is Dekker's pattern. Whoever pushes a frame stores `bottom`,
 * whoever pushes a job stores `filled`; then both load `surplus`. The worker increments `surplus`,
 * then loads every `bottom` and every `filled`; all are seq_cst. In their one order either the
 * pusher's load comes after the increment, and it wakes a worker, or the worker's load comes after
 * the push, and it takes itself off the list again. Where surplus is not above 0 in spite of the
 * increment, the places belong to guests, and a guest that leaves increments surplus and looks at
 * the deques in the same way.
 *
 * Leapfrogging. A joiner whose frame was stolen steals back from the thief alone (Wagner and
 * Calder, "Leapfrogging", 1993). All it can get there is part of what it waits for: thieves take
 * the oldest frame first, so whoever steals has an empty deque (a worker at rest, or a joiner whose
 * own frame, and with it every older one, was stolen), and all that the thief has pushed since
 * belongs to the stolen frame. That the frame is still not done is checked between look and take.
 */
#include "pool/executor.h"
#include "base/body.h"
#include "base/error.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/relax.h"

#include <assert.h>

#define JOINING ((uintptr_t)1)
#define DONE ((uintptr_t)2)

/* Rounds without work before a thread parks: some microseconds, what a futex wake-up would cost. */
#define SPINS 100

/* So many jobs a worker takes from one shard before it looks at the next. */
#define JOBS_IN_ROW 64

/* A joiner that parks looks again for something to steal back after this long, and then after twice
 * as long each time. */
#define JOIN_PARK_MIN_NS 50000
#define JOIN_PARK_MAX_NS 10000000

/* ---- waking */

static void wake(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    worker->idle = false;
    pool->n_idle--;
    atomic_fetch_sub_explicit(&pool->surplus, 1, memory_order_seq_cst);
    tine__unpark(&worker->parker);
}

void tine__wake_one(tine_pool *pool)
{
    tine__slot *worker = pool->idle;
    if (!worker || atomic_load_explicit(&pool->surplus, memory_order_relaxed) <= 0)
        return;
    pool->idle = worker->next;
    wake(worker);
}

void tine__wake_all(tine_pool *pool)
{
    for (tine__slot *worker = pool->idle; worker; worker = worker->next)
        wake(worker);
    pool->idle = NULL;
}

/* Whether every job that was ever promised has ended. Ends are read first: if there were as many as
 * there were promises later on, then that was so in between, and nothing was left that could have
 * promised more. */
static bool is_quiet(const tine_pool *pool)
{
    uint64_t n_ended = atomic_load_explicit(&pool->queue->n_ended, memory_order_acquire);
    for (unsigned i = 0; i < pool->n_slots; i++)
        n_ended += atomic_load_explicit(&pool->slots[i].n_ended, memory_order_acquire);
    return n_ended == tine__queue_n_submitted(pool->queue);
}

void tine__notice_end(tine_pool *pool)
{
    if (!pool->closing || pool->n_staying || pool->n_idle < pool->n_workers || !is_quiet(pool))
        return;
    pool->finished = true;
    tine__wake_all(pool);
}

void tine__announce(tine_pool *pool)
{
    tine__light_barrier();
    if (atomic_load_explicit(&pool->surplus, memory_order_seq_cst) <= 0)
        return;
    tine__mutex_lock(&pool->mutex);
    tine__wake_one(pool);
    tine__mutex_unlock(&pool->mutex);
}

/* ---- frames */

static void run_stolen(tine__frame *frame, tine__slot *thief)
{
    tine__slot *owner = frame->owner;
    atomic_fetch_or_explicit(&frame->state, (uintptr_t)thief, memory_order_release);
    frame->run(frame, thief);
    uintptr_t old = atomic_exchange_explicit(&frame->state, DONE, memory_order_acq_rel);
    if (old & JOINING)
        tine__unpark(&owner->parker); /* the frame is gone; the slot lives as long as the pool */
}

static bool is_done(const tine__frame *frame)
{
    return atomic_load_explicit(&frame->state, memory_order_acquire) & DONE;
}

static bool may_run(tine_pool *pool)
{
    return atomic_load_explicit(&pool->surplus, memory_order_seq_cst) >= 0;
}

/* Steals one frame from any other slot and runs it. */
static bool steal(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    unsigned n = atomic_load_explicit(&pool->n_seen, memory_order_acquire);
    for (unsigned i = 0; i < n; i++) {
        tine__slot *victim = &pool->slots[(worker->turn + i) % n];
        int64_t at;
        tine__frame *frame = victim == worker ? NULL : tine__deque_look(&victim->deque, &at);
        if (frame && may_run(pool) && tine__deque_take(&victim->deque, at)) {
            run_stolen(frame, worker);
            return true;
        }
    }
    return false;
}

static bool steal_back(tine__slot *joiner, const tine__frame *awaited)
{
    uintptr_t state = atomic_load_explicit(&awaited->state, memory_order_acquire);
    tine__slot *thief = (tine__slot *)(state & ~(JOINING | DONE));
    int64_t at;
    tine__frame *frame = thief ? tine__deque_look(&thief->deque, &at) : NULL;
    if (!frame || is_done(awaited) || !tine__deque_take(&thief->deque, at))
        return false;
    run_stolen(frame, joiner);
    return true;
}

/* A permit that comes too late is left to the slot; every park is in a loop. */
static void join_stolen(tine__slot *joiner, tine__frame *frame)
{
    int64_t park_ns = JOIN_PARK_MIN_NS;
    for (unsigned spins = 0; !is_done(frame);) {
        if (steal_back(joiner, frame)) {
            spins = 0;
            park_ns = JOIN_PARK_MIN_NS;
        } else if (spins < SPINS) {
            spins++;
        } else if (!(atomic_fetch_or_explicit(&frame->state, JOINING, memory_order_acquire) &
                     DONE)) {
            (void)tine__park(&joiner->parker, tine__deadline_after(park_ns));
            park_ns = park_ns < JOIN_PARK_MAX_NS ? 2 * park_ns : park_ns;
        }
    }
}

void tine__frame_fork(tine__frame *frame, tine__slot *slot)
{
    frame->owner = slot;
    atomic_init(&frame->state, 0);
    if (tine__deque_push(&slot->deque, frame)) {
        tine__announce(slot->pool);
        return;
    }
    frame->run(frame, slot);
    atomic_store_explicit(&frame->state, DONE, memory_order_relaxed);
}

void tine__frame_join(tine__frame *frame)
{
    tine__slot *slot = frame->owner;
    if (is_done(frame))
        return;
    tine__frame *popped = tine__deque_pop(&slot->deque);
    assert((!popped || popped == frame) && "frames are joined in reverse order of the forks");
    if (popped)
        popped->run(popped, slot);
    else
        join_stolen(slot, frame);
}

bool tine__work_waits(tine_pool *pool)
{
    tine__heavy_barrier();
    if (!tine__queue_is_empty(pool->queue))
        return true;
    unsigned n = atomic_load_explicit(&pool->n_seen, memory_order_acquire);
    int64_t at;
    for (unsigned i = 0; i < n; i++)
        if (tine__deque_look(&pool->slots[i].deque, &at))
            return true;
    return false;
}

/* ---- the worker */

/* Stays with a shard for some jobs, so that neither their neighbours in memory nor other shards
 * wait too long. */
static tine__job *take_job(tine__slot *worker)
{
    const tine__queue *queue = worker->pool->queue;
    for (unsigned n = 0; n < queue->n_shards; n++) {
        tine__job *job = tine__shard_take(&queue->shards[worker->shard]);
        if (job && worker->n_in_row++ < JOBS_IN_ROW)
            return job;
        worker->n_in_row = 0;
        worker->shard = (worker->shard + 1) % queue->n_shards;
        if (job)
            return job;
    }
    return NULL;
}

static bool run_job(tine__slot *worker)
{
    tine__job *job = may_run(worker->pool) ? take_job(worker) : NULL;
    if (job)
        worker->pool->jobs->run(job, worker);
    return job != NULL;
}

/* Jobs and frames come first by turns, so neither starves. */
static bool work(tine__slot *worker)
{
    return worker->turn++ % 2 ? run_job(worker) || steal(worker) : steal(worker) || run_job(worker);
}

/* Takes a worker that has found work off the idle list, unless somebody has woken it meanwhile. */
static void recall(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    tine__mutex_lock(&pool->mutex);
    if (worker->idle) {
        tine__slot **link = &pool->idle;
        while (*link != worker)
            link = &(*link)->next;
        *link = worker->next;
        wake(worker);
    }
    tine__mutex_unlock(&pool->mutex);
}

/* Enters the idle list. True: frames may be run, so it is worth looking for them once more. */
static bool lie_down(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    worker->idle = true;
    worker->next = pool->idle;
    pool->idle = worker;
    pool->n_idle++;
    return atomic_fetch_add_explicit(&pool->surplus, 1, memory_order_seq_cst) + 1 > 0;
}

/* Parks until there may be work; false: the worker's life is over. */
static bool rest(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    tine__mutex_lock(&pool->mutex);
    if (!pool->finished) {
        bool look = lie_down(worker);
        tine__notice_end(pool);
        tine__mutex_unlock(&pool->mutex);
        if (look && tine__work_waits(pool))
            recall(worker);
        tine__mutex_lock(&pool->mutex);
    }
    while (worker->idle) {
        tine__mutex_unlock(&pool->mutex);
        (void)tine__park(&worker->parker, INT64_MAX);
        tine__mutex_lock(&pool->mutex);
    }
    bool alive = !pool->finished;
    tine__mutex_unlock(&pool->mutex);
    return alive;
}

/* Runs on_start and tells whoever opens the pool. */
static bool start(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    tine_error record;
    tine__body body = {
        .pool = pool, .slot = worker->index, .deadline_ns = INT64_MAX, .record = &record};
    tine_status status = TINE_OK;
    if (pool->on_start) {
        tine__body_enter(&body);
        status = tine__body_result(&body, pool->on_start(worker->index, pool->ctx), -1);
        tine__body_leave(&body);
    }
    tine__mutex_lock(&pool->mutex);
    pool->n_ready++;
    if (status != TINE_OK && worker->index < pool->failed_worker) {
        pool->failed_worker = worker->index;
        pool->start_error = record;
    }
    tine__watchers_wake(pool->watchers);
    tine__mutex_unlock(&pool->mutex);
    return status == TINE_OK;
}

static void stop(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    if (!pool->on_stop)
        return;
    tine__body body = {.pool = pool, .slot = worker->index, .deadline_ns = INT64_MAX};
    body.epoch = atomic_load_explicit(&pool->epoch, memory_order_relaxed);
    tine__body_enter(&body);
    pool->on_stop(worker->index, pool->ctx);
    tine__body_leave(&body);
}

void tine__worker_main(void *slot)
{
    tine__slot *worker = slot;
    tine__fp fp; /* never left: a thread begins with the environment of whoever started it */
    tine__fp_enter(&fp);
    if (!start(worker))
        return;
    do {
        for (unsigned idle = 0; idle < SPINS; idle++)
            if (work(worker))
                idle = 0;
            else
                for (int i = 0; i < 16; i++)
                    tine__relax();
    } while (rest(worker));
    stop(worker);
}
