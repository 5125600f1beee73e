/* What workers do: frames of others, jobs from the queue, parking.
 *
 * Places. If fewer workers are parked than there are guests, outside threads that take part in a
 * loop of their own, then whoever is between two bodies takes nothing and parks. So n workers and
 * their guests run n bodies at once, as soon as bodies that were under way have ended. A worker
 * checks this between the look at a frame and the take of it, so it never takes a frame of a guest
 * whose arrival it has not seen: the guest counts itself before it forks.
 *
 * Parking loses no wake-up. Whoever makes work public then loads `places`; a worker increments the
 * parked, then looks at everything there is: Dekker's pattern, whose accesses are all seq_cst, so
 * either the one sees the worker and wakes it, or the worker sees the work. A fork that makes
 * nothing public, the usual one, stores head and loads its deque's limit, without a fence. To that
 * the worker stores 0 in every limit, then has the heavy barrier, then looks at every head: either
 * the fork sees the limit and announces itself, or the worker sees the frame. An owner that has
 * answered puts its limit back and loads `places` after that, both seq_cst: it sees whoever has
 * stored the 0 that it has overwritten.
 *
 * Where a worker may not be woken because its place is a guest's, the debt is written down (owes),
 * and the guest pays it when it leaves: by the same look at everything.
 *
 * Leapfrogging. A joiner whose frame was stolen steals back from the thief alone (Wagner and
 * Calder, "Leapfrogging", 1993). All it can get there is part of what it waits for: others take the
 * oldest frame first, so whoever steals has no frame left in its deque (a worker at rest, or a
 * joiner whose own frame, and with it every older one, was stolen), and all that the thief has
 * pushed since belongs to the stolen frame. That the frame is still not done is checked between
 * look and take. */
#include "pool/executor.h"
#include "pool/spin.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/prefetch.h"

#include <limits.h>

/* For so long a thread without work looks on before it parks: about what waking it would cost. */
#define SPIN_NS 50000

/* So many batches of jobs a worker takes from one shard before it looks at the next. */
#define BATCHES_IN_ROW 4

/* A joiner that parks looks again for something to steal back after this long, and then after twice
 * as long each time. */
#define JOIN_PARK_MIN_NS 50000
#define JOIN_PARK_MAX_NS 10000000

/* ---- places */

static unsigned n_parked(uint64_t places)
{
    return (unsigned)places;
}

static unsigned n_guests(uint64_t places)
{
    return (unsigned)(places >> 32);
}

static uint64_t load_places(tine_pool *pool)
{
    return atomic_load_explicit(&pool->places, memory_order_seq_cst);
}

static bool may_run(tine_pool *pool)
{
    uint64_t places = load_places(pool);
    return n_parked(places) >= n_guests(places);
}

static bool may_wake(uint64_t places)
{
    return n_parked(places) > n_guests(places);
}

/* With the mutex held: guests that leave will look for whom they have kept from working. */
static void owe(tine_pool *pool)
{
    pool->owes = true;
    tine__mark_slots(pool);
}

/* ---- waking */

/* With the mutex held: takes the worker, which is the list's first, off list and count. */
static void rouse(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    pool->idle = worker->next;
    pool->n_idle--;
    worker->idle = false;
    atomic_fetch_sub_explicit(&pool->places, 1, memory_order_seq_cst);
}

/* One that may be woken, off list and count; NULL: there is none. If its place is a guest's, that
 * is written down; it may be too late, so look once more. */
static tine__slot *pick_sleeper(tine_pool *pool)
{
    tine__slot *worker = NULL;
    tine__mutex_lock(&pool->mutex);
    if (pool->idle && !may_wake(load_places(pool)))
        owe(pool);
    if (pool->idle && may_wake(load_places(pool))) {
        worker = pool->idle;
        rouse(worker);
    }
    tine__mutex_unlock(&pool->mutex);
    return worker;
}

/* The worker is off the list. */
static void wake(tine__slot *worker)
{
    atomic_store_explicit(&worker->asleep, false, memory_order_release);
    tine__unpark(&worker->parker);
}

/* Before the worker wakes: keeps it off this CPU, if there is another for it beside those that the
 * awake workers are on, else on it; until it has done a piece of work. */
static void place(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    const tine__body *here = tine__current;
    bool is_worker = here && here->pool == pool && here->at->index < pool->n_workers;
    unsigned n_others = pool->n_workers - n_parked(load_places(pool)) - 1 - is_worker;
    worker->placed = n_others < pool->n_cpus;
    if (n_others + 1 < pool->n_cpus)
        tine__thread_keep_off(&worker->thread);
    else if (worker->placed)
        tine__thread_keep_on(&worker->thread);
    else
        tine__thread_roam(&worker->thread);
}

/* The worker itself. */
static void roam(tine__slot *worker)
{
    worker->was_placed |= worker->placed;
    if (worker->placed)
        tine__thread_roam(&worker->thread);
    worker->placed = false;
}

/* `own`: what was made public is in the deque of this thread, which is no worker, and will be gone
 * when it leaves. True: another worker could be woken. */
static bool announce(tine_pool *pool, bool own)
{
    uint64_t places = load_places(pool);
    if (n_parked(places) == 0 || (own && n_guests(places) == 1 && !may_wake(places)))
        return false;
    tine__slot *worker = pick_sleeper(pool);
    if (!worker)
        return false;
    place(worker);
    wake(worker);
    return may_wake(load_places(pool));
}

void tine__announce(tine_pool *pool)
{
    tine__light_barrier();
    (void)announce(pool, false);
}

void tine__wake_all(tine_pool *pool)
{
    while (pool->idle) {
        tine__slot *worker = pool->idle;
        rouse(worker);
        wake(worker);
    }
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
    if (!pool->closing)
        return;
    tine__mark_slots(pool);
    if (pool->n_marked || pool->n_staying || pool->n_idle < pool->n_workers || !is_quiet(pool))
        return;
    pool->finished = true;
    tine__wake_all(pool);
}

/* ---- frames */

/* What the call said is kept for the join. */
static void keep_word(tine__frame *frame, const tine__body *body)
{
    frame->spoke = body->failed;
    frame->said = NULL;
    if (!body->failed || !body->record)
        return;
    frame->said = TINE__NEW(&body->pool->allocator, tine_error);
    if (frame->said)
        *frame->said = *body->record;
}

/* As if the call had been made here and now. */
static void pass_word(tine__frame *frame, tine__body *body)
{
    if (!frame->spoke)
        return;
    body->failed = true;
    if (body->record && frame->said)
        *body->record = *frame->said;
    else if (body->record)
        (void)tine__error_no_memory(body->record);
    TINE__DELETE(&body->pool->allocator, frame->said);
}

/* What a frame's holder points to. */
static void *pointee(uintptr_t holder)
{
    return (void *)(holder & ~(uintptr_t)TINE__FRAME_BITS);
}

static void call(tine__frame *frame, uintptr_t forked)
{
    frame->fn(forked & TINE__FRAME_SELF ? frame : frame->arg);
}

/* The frame's line is fetched to be written from the start: once, not twice. */
static void run_stolen(tine__frame *frame, tine__slot *thief)
{
    tine_error record;
    tine__prefetch_write(frame);
    uintptr_t forked = atomic_load_explicit(&frame->holder, memory_order_relaxed) &
                       ~(uintptr_t)TINE__FRAME_JOINING;
    const tine__body *whole = pointee(forked);
    tine__slot *owner = whole->at;
    atomic_fetch_xor_explicit(&frame->holder, forked ^ ((uintptr_t)thief | TINE__FRAME_STOLEN),
                              memory_order_release);
    tine__body body = tine__body_part(whole, thief, whole->record ? &record : NULL);
    tine__body_enter(&body);
    call(frame, forked);
    tine__body_leave(&body);
    keep_word(frame, &body);
    uintptr_t old =
        atomic_exchange_explicit(&frame->holder, TINE__FRAME_DONE, memory_order_acq_rel);
    if (old & TINE__FRAME_JOINING)
        tine__unpark(&owner->parker); /* the frame is gone; the slot lives as long as the pool */
}

static bool is_done(const tine__frame *frame)
{
    return atomic_load_explicit(&frame->holder, memory_order_acquire) & TINE__FRAME_DONE;
}

/* Steals the victim's oldest public frame and runs it; where there is none, asks for one. After a
 * frame it waits for a moment: an owner whose frames are so short that it has forked the next by
 * now is faster alone. */
static bool steal_from(tine__slot *victim, tine__slot *worker, bool ask)
{
    uint64_t seen;
    if (!tine__deque_look(&victim->deque, &seen)) {
        if (ask)
            tine__deque_ask(&victim->deque);
        return false;
    }
    tine__frame *frame = may_run(worker->pool) ? tine__deque_take(&victim->deque, seen) : NULL;
    if (!frame)
        return false;
    if (tine__deque_look(&victim->deque, &seen))
        tine__announce(worker->pool);
    run_stolen(frame, worker);
    tine__spin_pause();
    return true;
}

/* An outside thread is as near as any worker. */
static bool is_near(const tine__slot *worker, const tine__slot *victim)
{
    tine_pool *pool = worker->pool;
    return victim->index >= pool->n_workers ||
           atomic_load_explicit(&pool->neighbours[victim->index], memory_order_relaxed) ==
               atomic_load_explicit(&pool->neighbours[worker->index], memory_order_relaxed);
}

/* From those that are near, or from the others; *n_others counts those that were left out. */
static bool steal_from_some(tine__slot *worker, bool near, bool ask, unsigned *n_others)
{
    tine_pool *pool = worker->pool;
    unsigned n = atomic_load_explicit(&pool->n_seen, memory_order_acquire);
    for (unsigned i = 0; i < n; i++) {
        tine__slot *victim = &pool->slots[(worker->turn + i) % n];
        if (victim == worker)
            continue;
        if (is_near(worker, victim) != near)
            ++*n_others;
        else if (steal_from(victim, worker, ask))
            return true;
    }
    return false;
}

static bool steal(tine__slot *worker, bool ask)
{
    unsigned n_far = 0, n_near = 0;
    return steal_from_some(worker, true, ask, &n_far) ||
           (n_far && steal_from_some(worker, false, ask, &n_near));
}

static bool steal_back(tine__slot *joiner, const tine__frame *awaited, bool ask)
{
    uintptr_t holder = atomic_load_explicit(&awaited->holder, memory_order_acquire);
    tine__slot *thief = holder & TINE__FRAME_STOLEN ? pointee(holder) : NULL;
    uint64_t seen;
    if (!thief || !tine__deque_look(&thief->deque, &seen)) {
        if (thief && ask)
            tine__deque_ask(&thief->deque);
        return false;
    }
    tine__frame *frame = is_done(awaited) ? NULL : tine__deque_take(&thief->deque, seen);
    if (frame)
        run_stolen(frame, joiner);
    return frame != NULL;
}

/* True: it is done already. */
static bool announce_join(tine__frame *frame)
{
    uintptr_t old =
        atomic_fetch_or_explicit(&frame->holder, TINE__FRAME_JOINING, memory_order_acquire);
    return old & TINE__FRAME_DONE;
}

static bool is_over(const void *frame)
{
    return is_done(frame);
}

/* A permit that comes too late is left to the slot; every park is in a loop. */
static void await_stolen(tine__slot *joiner, tine__frame *frame)
{
    int64_t park_ns = JOIN_PARK_MIN_NS;
    tine__spin s = {0};
    while (!is_done(frame)) {
        if (steal_back(joiner, frame, tine__spin_is_thorough(&s))) {
            s = (tine__spin){0};
            park_ns = JOIN_PARK_MIN_NS;
        } else if (!tine__spin_on(&s, SPIN_NS, is_over, frame) && !announce_join(frame)) {
            (void)tine__park(&joiner->parker, tine__deadline_after(park_ns));
            park_ns = park_ns < JOIN_PARK_MAX_NS ? 2 * park_ns : park_ns;
        }
    }
}

void tine__fork_limited(tine__frame *frame, bool all)
{
    tine__slot *slot = tine__current->at;
    if (!tine__deque_fits(&slot->deque)) {
        tine__frame_keep(frame);
        return;
    }
    if (all || !slot->deque.private)
        tine__deque_expose_all(&slot->deque);
    else
        tine__deque_expose(&slot->deque);
    tine__deque_unlimit(&slot->deque);
    if (announce(slot->pool, slot->index >= slot->pool->n_workers))
        tine__deque_ask(&slot->deque);
}

void tine__join_limited(tine__frame *frame)
{
    tine__body *body = tine__current;
    if (tine__deque_reclaim(&body->at->deque)) {
        call(frame, atomic_load_explicit(&frame->holder, memory_order_relaxed));
        return;
    }
    await_stolen(body->at, frame);
    tine__deque_forget(&body->at->deque);
    pass_word(frame, body);
}

bool tine__work_waits(tine_pool *pool)
{
    unsigned n = atomic_load_explicit(&pool->n_seen, memory_order_acquire);
    for (unsigned i = 0; i < n; i++)
        tine__deque_ask(&pool->slots[i].deque);
    tine__heavy_barrier();
    if (!tine__queue_is_empty(pool->queue))
        return true;
    for (unsigned i = 0; i < pool->n_workers; i++)
        if (!tine__batch_is_empty(&pool->slots[i].batch))
            return true;
    for (unsigned i = 0; i < n; i++)
        if (!tine__deque_is_empty(&pool->slots[i].deque))
            return true;
    return false;
}

/* ---- the worker */

/* Stays with a shard for some batches, so that neither their neighbours in memory nor other shards
 * wait too long. */
static tine__job *take_from_shards(tine__slot *worker)
{
    const tine__queue *queue = worker->pool->queue;
    for (unsigned n = 0; n < queue->n_shards; n++) {
        tine__shard *shard = &queue->shards[worker->shard];
        tine__job *job = tine__shard_take(shard, &worker->batch, worker->pool->n_workers);
        if (job && ++worker->n_in_row < BATCHES_IN_ROW)
            return job;
        worker->n_in_row = 0;
        worker->shard = (worker->shard + 1) % queue->n_shards;
        if (job)
            return job;
    }
    return NULL;
}

/* What another worker has won and may be long in coming to. */
static tine__job *take_from_others(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    tine__job *job = NULL;
    for (unsigned i = 1; i < pool->n_workers && !job; i++)
        job = tine__batch_rob(&pool->slots[(worker->index + i) % pool->n_workers].batch);
    return job;
}

/* A look at what changes for jobs alone: `places` does with every guest. */
static bool jobs_may_wait(const tine__slot *worker)
{
    const tine__queue *queue = worker->pool->queue;
    bool found = worker->batch.next != worker->batch.end;
    for (unsigned i = 0; i < queue->n_shards && !found; i++)
        found = !tine__shard_is_empty(&queue->shards[i]);
    return found;
}

static bool run_job(tine__slot *worker, bool rob)
{
    tine__job *job = NULL;
    if (!(rob || jobs_may_wait(worker)) || !may_run(worker->pool))
        return false;
    if (!(job = tine__batch_take(&worker->batch)) && !(job = take_from_shards(worker)) && rob)
        job = take_from_others(worker);
    if (job)
        worker->pool->jobs->run(job, worker);
    return job != NULL;
}

/* Frames come first at one turn of 16, jobs at the others: neither starves, and a queue of short
 * jobs is not interrupted by a look at all deques for each. */
static bool work(tine__slot *worker, bool thorough)
{
    return worker->turn++ % 16 ? run_job(worker, thorough) || steal(worker, thorough)
                               : steal(worker, thorough) || run_job(worker, thorough);
}

/* Makes private frames of somebody who is busy public. */
static bool raise_any(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    unsigned n = atomic_load_explicit(&pool->n_seen, memory_order_acquire);
    for (unsigned i = 0; i < n; i++) {
        tine__slot *victim = &pool->slots[(worker->turn + i) % n];
        if (victim != worker && tine__deque_raise(&victim->deque))
            return true;
    }
    return false;
}

/* With the mutex held. */
static void lie_down(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    worker->idle = true;
    atomic_store_explicit(&worker->asleep, true, memory_order_relaxed);
    worker->next = pool->idle;
    pool->idle = worker;
    pool->n_idle++;
    atomic_fetch_add_explicit(&pool->places, 1, memory_order_seq_cst);
    if (!may_wake(load_places(pool)))
        owe(pool);
    tine__notice_end(pool);
}

/* Takes a worker that has found work off the idle list, unless somebody is waking it already. */
static void recall(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    tine__mutex_lock(&pool->mutex);
    if (worker->idle) {
        tine__slot **link = &pool->idle;
        while (*link != worker)
            link = &(*link)->next;
        *link = worker->next;
        worker->next = pool->idle;
        pool->idle = worker;
        rouse(worker);
        atomic_store_explicit(&worker->asleep, false, memory_order_relaxed);
    }
    tine__mutex_unlock(&pool->mutex);
}

/* False: the worker's life is over. */
static bool sleep(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    while (atomic_load_explicit(&worker->asleep, memory_order_acquire))
        (void)tine__park(&worker->parker, INT64_MAX);
    if (!worker->placed)
        tine__thread_roam(&worker->thread);
    tine__mutex_lock(&pool->mutex);
    bool alive = !pool->finished;
    tine__mutex_unlock(&pool->mutex);
    return alive;
}

/* Notes which CPUs are near. */
static void look_where(tine__slot *worker)
{
    unsigned cpu = tine__cpu_current();
    if (cpu == worker->cpu)
        return;
    worker->cpu = cpu;
    atomic_store_explicit(&worker->pool->neighbours[worker->index], tine__cpu_neighbours("", cpu),
                          memory_order_relaxed);
}

/* Parks until there may be work; false: the worker's life is over. */
static bool rest(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    if (may_run(pool) && raise_any(worker))
        return true;
    look_where(worker);
    roam(worker);
    if (worker->was_placed)
        tine__thread_stay_off(&worker->thread);
    worker->was_placed = false;
    tine__mutex_lock(&pool->mutex);
    if (!pool->finished)
        lie_down(worker);
    tine__mutex_unlock(&pool->mutex);
    if (may_wake(load_places(pool)) && tine__work_waits(pool))
        recall(worker);
    return sleep(worker);
}

/* Runs on_start and tells whoever opens the pool. */
static bool start(tine__slot *worker)
{
    tine_pool *pool = worker->pool;
    tine_error record;
    tine__body body = {.pool = pool, .at = worker, .deadline_ns = INT64_MAX, .record = &record};
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
    tine__body body = {.pool = pool, .at = worker, .deadline_ns = INT64_MAX};
    body.epoch = atomic_load_explicit(&pool->epoch, memory_order_relaxed);
    tine__body_enter(&body);
    pool->on_stop(worker->index, pool->ctx);
    tine__body_leave(&body);
}

/* Works until there has been nothing to do for a while, or until a guest needs the place. */
static void look_around(tine__slot *worker)
{
    tine__spin s = {0};
    while (!tine__spin_is_thorough(&s) || may_run(worker->pool)) {
        if (work(worker, tine__spin_is_thorough(&s))) {
            roam(worker);
            s = (tine__spin){0};
        } else if (!tine__spin_on(&s, SPIN_NS, NULL, NULL))
            return;
    }
}

void tine__worker_main(void *slot)
{
    tine__slot *worker = slot;
    tine__fp fp; /* never left: a thread begins with the environment of whoever started it */
    tine__fp_enter(&fp);
    if (!start(worker))
        return;
    worker->cpu = UINT_MAX;
    look_where(worker);
    do
        look_around(worker);
    while (rest(worker));
    stop(worker);
}
