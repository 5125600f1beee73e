/* Tasks in worker processes: futures out of the pool's queue become items of parcels, and what
 * their workers say becomes their end. */
#include "task/process_tasks.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "task/future.h"
#include "task/scope.h"

#include <string.h>

/* Parcels for each worker that the tasks which wait are divided into, if there are so many. */
#define PARCELS_PER_WORKER 4

typedef struct tasks {
    tine__source source;
    tine__crew crew;
    /* Guarded by the crew's mutex. */
    tine_future *settled, *last_settled;
    tine_future *late; /* to be tried again, each at a time of its own */
    unsigned shard;    /* where the last job was found, */
    tine__batch batch; /* and those that were won with it */
} tasks;

/* An item. What it points to lies behind it in the parcel, or in shared memory of its own. */
typedef struct order {
    tine_task_fn fn;
    void *arg, *value;
    int64_t deadline_ns;   /* of its scope */
    _Atomic uint32_t stop; /* 1: the task sees tine_stopping(). By the program, relaxed */
} order;

static tasks *tasks_of(tine__source *source)
{
    return (void *)((unsigned char *)source - offsetof(tasks, source));
}

static tine_pool *pool_of(const tasks *t)
{
    return t->crew.pool;
}

static tine_future *future_of(tine__job *job)
{
    return job ? (void *)((unsigned char *)job - offsetof(tine_future, job)) : NULL;
}

/* ---- in the worker */

static tine_status run_order(tine__work *work, order *o)
{
    tine__parcel *p = work->parcel;
    int64_t deadline_ns = tine__deadline_after(p->timeout_ns);
    tine__body body = {.deadline_ns = deadline_ns < o->deadline_ns ? deadline_ns : o->deadline_ns,
                       .stop = &o->stop,
                       .record = &p->record,
                       .worker = work->worker};
    if (!tine__work_knows(work, tine__address((void (*)(void))o->fn)))
        return TINE_EINVAL;
    tine__body_enter(&body);
    tine_status status = tine__body_result(&body, o->fn(o->arg, o->value), -1);
    tine__body_leave(&body);
    if (status != TINE_OK && p->timeout_ns != TINE_FOREVER && tine__now_ns() >= deadline_ns)
        return tine__error_set(&p->record, TINE_ETIMEDOUT,
                               "the task gave up after its timeout of %lld ns",
                               (long long)p->timeout_ns);
    return status;
}

static uint32_t run_orders(tine__work *work, uint32_t begin, uint32_t end)
{
    order *orders = (void *)work->parcel->payload;
    for (uint32_t i = begin; i < end; i++) {
        tine__item_begins(work, i);
        bool failed = run_order(work, &orders[i]) != TINE_OK;
        if (failed)
            tine__item_fails(work, i);
        tine__item_ends(work, i);
        if (failed)
            return i;
    }
    return end;
}

/* ---- ends */

static tine_future *next_of(tine_future *future)
{
    tine__details *details = tine__future_details(future);
    return details ? details->next_ready : future->arg;
}

/* A task without details has no use for its argument any more. */
static void set_next(tine_future *future, tine_future *next)
{
    tine__details *details = tine__future_details(future);
    if (details)
        details->next_ready = next;
    else
        future->arg = next;
}

static void settle(tasks *t, tine_future *future, tine_status status, tine_error *record)
{
    tine__future_settle(future, status, record);
    set_next(future, NULL);
    if (t->last_settled)
        set_next(t->last_settled, future);
    else
        t->settled = future;
    t->last_settled = future;
}

static void conclude(tine__crew *crew)
{
    tasks *t = (void *)((unsigned char *)crew - offsetof(tasks, crew));
    tine__mutex_lock(&crew->mutex);
    tine_future *future = t->settled;
    t->settled = t->last_settled = NULL;
    tine__mutex_unlock(&crew->mutex);
    for (tine_future *next; future; future = next) {
        next = next_of(future);
        tine__future_finish(future);
    }
}

static size_t value_size(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    if (!tine__future_room(future))
        return 0;
    return details ? details->value_size : sizeof future->value;
}

static void settle_items(tine__source *source, tine__trip *trip, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin; i < end; i++) {
        tine_future *future = trip->items[i];
        size_t n = value_size(future);
        if (n)
            memcpy(tine__future_room(future), trip->results[i], n);
        settle(tasks_of(source), future, TINE_OK, NULL);
    }
}

static void fail_item(tine__source *source, tine__trip *trip, uint32_t item)
{
    tine_error record;
    tine__trip_record(trip, &record);
    settle(tasks_of(source), trip->items[item], record.status, &record);
}

static void find_due(tasks *t)
{
    t->source.due_ns = INT64_MAX;
    for (tine_future *f = t->late; f; f = next_of(f))
        if (f->details->due_ns < t->source.due_ns)
            t->source.due_ns = f->details->due_ns;
}

static void lose_item(tine__source *source, tine__trip *trip, uint32_t item, const tine__loss *loss)
{
    tasks *t = tasks_of(source);
    tine_future *future = trip->items[item];
    tine__details *details = tine__future_details(future);
    tine_error record;
    if (!details || !details->n_retries) {
        tine__loss_error(&record, loss, -1);
        settle(t, future, record.status, &record);
        return;
    }
    details->n_retries--;
    details->due_ns = tine__now_ns() + tine__back_off_ns(details->n_tries++);
    set_next(future, t->late);
    t->late = future;
    find_due(t);
}

/* The list of those without a place is a stack. */
static void give_back(tine__source *source, tine__trip *trip, uint32_t begin, uint32_t end)
{
    (void)source;
    while (end-- > begin)
        tine__job_return(&((tine_future *)trip->items[end])->job);
}

/* ---- loading */

static tine_status verdict_of(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    unsigned epoch = atomic_load_explicit(&tine__future_pool(future)->epoch, memory_order_relaxed);
    if (tine__future_word(future) & TINE__CANCELLED || future->epoch != epoch)
        return TINE_ECANCELED;
    return details ? tine__scope_status(details->scope) : TINE_OK;
}

static tine_future *take_late(tasks *t)
{
    int64_t now_ns = t->late ? tine__now_ns() : 0;
    for (tine_future *f = t->late, *before = NULL; f; before = f, f = next_of(f)) {
        if (f->details->due_ns > now_ns && verdict_of(f) == TINE_OK)
            continue;
        if (before)
            set_next(before, next_of(f));
        else
            t->late = next_of(f);
        find_due(t);
        return f;
    }
    return NULL;
}

/* Any that waits, or NULL. */
static tine_future *take(tasks *t)
{
    tine__queue *queue = pool_of(t)->queue;
    tine_future *future = take_late(t);
    if (!future)
        future = future_of(tine__batch_take(&t->batch));
    for (unsigned i = 0; i < queue->n_shards && !future; i++) {
        future = future_of(tine__shard_take(&queue->shards[t->shard], &t->batch, 1));
        if (!future)
            t->shard = (t->shard + 1) % queue->n_shards;
    }
    return future;
}

/* One that is to run. */
static tine_future *take_valid(tasks *t)
{
    tine_future *future;
    while ((future = take(t))) {
        tine_status verdict = verdict_of(future);
        if (verdict == TINE_OK)
            return future;
        settle(t, future, verdict, NULL);
    }
    return NULL;
}

static size_t n_waiting(const tasks *t)
{
    const tine__queue *queue = pool_of(t)->queue;
    uint64_t n = (uint64_t)(t->batch.end - t->batch.next);
    for (unsigned i = 0; i < queue->n_shards; i++) {
        uint64_t taken = atomic_load_explicit(&queue->shards[i].taken, memory_order_relaxed);
        uint64_t filled = atomic_load_explicit(&queue->shards[i].filled, memory_order_relaxed);
        n += filled > taken ? filled - taken : 0;
    }
    return (size_t)n;
}

static bool is_timed(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    return details && details->timeout_ns != TINE_FOREVER;
}

static size_t value_align(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    return details ? tine__max(details->alignment, _Alignof(max_align_t)) : _Alignof(max_align_t);
}

/* Of its argument, what is copied into the parcel. */
static size_t arg_size(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    if (!details)
        return tine__future_packed(future);
    return details->arg_is_shared ? 0 : details->arg_size;
}

static size_t room_for(const tine_future *future)
{
    return sizeof(order) + arg_size(future) + _Alignof(max_align_t) + value_size(future) +
           value_align(future);
}

/* As many as fit; one alone may be of any size, and one with a time limit is alone. */
static uint32_t gather(tasks *t, tine__trip *trip, uint32_t most, size_t *size_out)
{
    uint32_t n = 0;
    size_t size = 0;
    while (n < most) {
        tine_future *future = take_valid(t);
        if (!future)
            break;
        size_t more = room_for(future);
        if (n && (is_timed(future) || size + more > TINE__TRIP_ROOM)) {
            tine__job_return(&future->job);
            break;
        }
        trip->items[n++] = future;
        size += more;
        if (is_timed(future) || size > TINE__TRIP_ROOM)
            break;
    }
    *size_out = size;
    return n;
}

static unsigned char *align_up(unsigned char *p, size_t alignment)
{
    uintptr_t at = (uintptr_t)p;
    return p + ((alignment - at % alignment) % alignment);
}

static unsigned char *write_order(order *o, const tine_future *future, unsigned char *at)
{
    const tine__details *details = tine__future_details(future);
    size_t n_arg = arg_size(future), n_value = value_size(future);
    *o = (order){.fn = future->fn, .arg = future->arg};
    o->deadline_ns = details ? tine__scope_deadline(details->scope) : INT64_MAX;
    if (n_arg) {
        o->arg = align_up(at, _Alignof(max_align_t));
        memcpy(o->arg, details ? future->arg : future->value, n_arg);
        at = (unsigned char *)o->arg + n_arg;
    }
    if (n_value) {
        o->value = align_up(at, value_align(future));
        memset(o->value, 0, n_value);
        at = (unsigned char *)o->value + n_value;
    }
    return at;
}

static void write_orders(tine__trip *trip, uint32_t n)
{
    tine__parcel *p = trip->parcel;
    order *orders = (void *)p->payload;
    unsigned char *at = (unsigned char *)&orders[n];
    p->run = run_orders;
    p->rings = true;
    if (is_timed(trip->items[0]))
        p->timeout_ns = ((tine_future *)trip->items[0])->details->timeout_ns;
    for (uint32_t i = 0; i < n; i++) {
        at = write_order(&orders[i], trip->items[i], at);
        trip->results[i] = orders[i].value;
    }
}

static bool load(tine__source *source, tine__trip *trip, uint32_t most)
{
    tasks *t = tasks_of(source);
    size_t size;
    uint64_t share = n_waiting(t) / (PARCELS_PER_WORKER * t->crew.n_hands) + 1;
    most = (uint32_t)tine__min(most, tine__min((size_t)share, TINE__TRIP_ITEMS));
    uint32_t n = gather(t, trip, most, &size);
    if (!n)
        return false;
    if (!tine__trip_parcel(&t->crew, trip, size, n)) {
        tine_error record;
        tine__error_no_memory(&record);
        for (uint32_t i = 0; i < n; i++)
            settle(t, trip->items[i], TINE_ENOMEM, &record);
        return false;
    }
    write_orders(trip, n);
    return true;
}

static void abandon(tine__source *source, const tine_error *error)
{
    tasks *t = tasks_of(source);
    while (t->late) {
        tine_error record = *error;
        tine_future *future = t->late;
        t->late = next_of(future);
        settle(t, future, record.status, &record);
    }
    t->source.due_ns = INT64_MAX;
    for (tine_future *future; (future = take(t));) {
        tine_error record = *error;
        settle(t, future, record.status, &record);
    }
}

static bool stop(tine__source *source, tine__trip *trip)
{
    (void)source;
    bool any = false;
    order *orders = (void *)trip->parcel->payload;
    for (uint32_t i = trip->n_seen; i < trip->limit; i++) {
        if (verdict_of(trip->items[i]) == TINE_OK)
            continue;
        atomic_store_explicit(&orders[i].stop, 1, memory_order_relaxed);
        any = true;
    }
    return any;
}

static const tine__source_calls calls = {load,      settle_items, fail_item, lose_item,
                                         give_back, abandon,      stop};

/* ---- the pool */

tine_status tine__process_pool_open(const tine_pool_options *options, tine_pool **pool_out,
                                    tine_error *error)
{
    tine_pool *pool;
    tine_status status = tine__executor_open_bare(options, &tine__future_calls, &pool, error);
    if (status != TINE_OK)
        return status;
    tasks *t = TINE__NEW(&pool->allocator, tasks);
    if (!t) {
        tine__executor_free(pool);
        return tine__error_no_memory(error);
    }
    t->source = (tine__source){.calls = &calls, .due_ns = INT64_MAX};
    t->crew.pool = pool;
    t->crew.conclude = conclude;
    t->crew.sources = &t->source;
    pool->crew = &t->crew;
    pool->announce = tine__crew_announce;
    status = tine__crew_open(&t->crew, options, error);
    if (status == TINE_OK) {
        *pool_out = pool;
        return TINE_OK;
    }
    TINE__DELETE(&pool->allocator, t);
    tine__executor_free(pool);
    return status;
}

void tine__process_pool_cancel(tine_pool *pool)
{
    tasks *t = (void *)((unsigned char *)pool->crew - offsetof(tasks, crew));
    tine__executor_cancel(pool);
    tine__batch_drop(&t->batch, pool->jobs->drop);
    tine__crew_interrupt(pool->crew);
}

void tine__process_pool_close(tine_pool *pool)
{
    tasks *t = (void *)((unsigned char *)pool->crew - offsetof(tasks, crew));
    tine__crew_close(&t->crew);
    TINE__DELETE(&pool->allocator, t);
    tine__executor_free(pool);
}
