/* Submission, the run of a task, and what its end sets off. The states and who may change them are
 * in task/future.h. */
#include "task/future.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"
#include "os/clock.h"
#include "os/relax.h"
#include "proc/crew.h"
#include "task/place.h"
#include "task/scope.h"

#include <string.h>

#define MAX_VALUE_ALIGN 4096

/* A lock is held for some instructions, or while watchers are woken: whoever has looked so often
 * yields. */
#define SPINS 100

/* ---- the word */

void tine__future_lock(tine_future *future)
{
    for (unsigned spins = 0;; spins++) {
        uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
        if (!(word & TINE__LOCKED) &&
            atomic_compare_exchange_weak_explicit(&future->word, &word, word | TINE__LOCKED,
                                                  memory_order_acquire, memory_order_relaxed))
            return;
        if (spins < SPINS)
            tine__relax();
        else
            tine__thread_yield();
    }
}

static void set(tine_future *future, uint32_t bits)
{
    atomic_fetch_or_explicit(&future->word, bits, memory_order_release);
}

static void clear(tine_future *future, uint32_t bits)
{
    atomic_fetch_and_explicit(&future->word, ~bits, memory_order_release);
}

void tine__future_unlock(tine_future *future)
{
    clear(future, TINE__LOCKED);
}

void tine__future_watch(tine_future *future, tine__watcher *watcher, tine__parker *parker)
{
    if (!future->watchers)
        set(future, TINE__WATCHED);
    tine__watch(&future->watchers, watcher, parker);
}

void tine__future_unwatch(tine_future *future, tine__watcher *watcher)
{
    bool watched = watcher->link != NULL;
    tine__unwatch(watcher);
    if (watched && !future->watchers)
        clear(future, TINE__WATCHED);
}

/* ---- life */

static const tine_allocator *allocator_of(const tine_future *future)
{
    return future->job.shard ? &future->job.shard->queue->allocator : tine__heap();
}

tine_future *tine_future_retain(tine_future *future)
{
    if (future)
        atomic_fetch_add_explicit(&future->word, TINE__ONE_REF, memory_order_relaxed);
    return future;
}

static void destroy_details(tine_future *future, const tine_allocator *allocator)
{
    tine__details *details = future->details;
    if (details->value_free && future->status == TINE_OK)
        details->value_free(details->value);
    tine__free(allocator, details, details->size, details->alignment);
}

static void give_block(tine_future *future)
{
    if (future->job.shard)
        tine__block_give(future->job.shard, future);
    else
        tine__free(tine__heap(), future, sizeof *future, TINE__BLOCK_SIZE);
}

static void destroy(tine_future *future)
{
    const tine_allocator *allocator = allocator_of(future);
    if (future->status != TINE_OK)
        TINE__DELETE(allocator, future->record);
    if (tine__future_details(future))
        destroy_details(future, allocator);
    give_block(future);
}

/* Who has the only reference need not say so to anybody. */
void tine_future_release(tine_future *future)
{
    if (!future)
        return;
    if (tine__future_word(future) / TINE__ONE_REF == 1 ||
        atomic_fetch_sub_explicit(&future->word, TINE__ONE_REF, memory_order_acq_rel) /
                TINE__ONE_REF ==
            1)
        destroy(future);
}

/* ---- the end of a task */

/* Futures that are ready to run in this thread, in that order. */
typedef struct ready {
    tine_future *first, **end;
} ready;

void *tine__future_room(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    if (!(tine__future_word(future) & TINE__VALUED))
        return NULL;
    return details ? details->value : (void *)future->value;
}

static tine_status call(tine_future *future, const tine__details *details, tine__body *body)
{
    int64_t timeout_ns = details ? details->timeout_ns : TINE_FOREVER;
    if (timeout_ns != TINE_FOREVER)
        body->deadline_ns = tine__deadline_after(timeout_ns);
    tine_status status = details && details->follows
                             ? future->then(details->before, future->arg, tine__future_room(future))
                             : future->fn(future->arg, tine__future_room(future));
    if (status == TINE_OK)
        return TINE_OK;
    (void)tine__body_result(body, status, -1);
    if (timeout_ns != TINE_FOREVER && tine__now_ns() >= body->deadline_ns)
        return tine__error_set(body->record, TINE_ETIMEDOUT,
                               "the task gave up after its timeout of %lld ns",
                               (long long)timeout_ns);
    return status;
}

/* A failure that names no element has its task's number in the scope. */
static void name_failure(const tine__details *details, tine_error *error)
{
    if (error && details && details->scope && error->index < 0)
        error->index = (int64_t)details->number;
}

/* What the body said about its failure; without memory the status has to do. */
static void fail(tine_future *future, tine_status status, tine_error *record)
{
    future->status = status;
    future->record = NULL;
    if (!record)
        return;
    name_failure(tine__future_details(future), record);
    future->record = tine__alloc(allocator_of(future), sizeof *record, _Alignof(tine_error));
    if (future->record)
        *future->record = *record;
}

static void run(tine_future *future, tine__slot *slot)
{
    const tine__details *details = tine__future_details(future);
    tine_error record; /* not cleared: it is large, and rarely used */
    tine__body body = tine__body_on(slot);
    if (future->job.shard)
        body.epoch = future->epoch;
    body.scope = details ? details->scope : NULL;
    body.task = future;
    body.record = &record;
    tine__body_enter(&body);
    tine_status stop = details && details->promised ? TINE_OK : tine__stop_status();
    tine_status status = stop == TINE_OK ? call(future, details, &body) : stop;
    tine__body_leave(&body);
    if (status == TINE_OK)
        future->status = TINE_OK;
    else
        fail(future, status, stop == TINE_OK ? &record : NULL);
}

tine_status tine__future_result(const tine_future *future, tine_error *error)
{
    tine_status status = future->status;
    if (status == TINE_OK)
        return TINE_OK;
    if (future->record)
        return tine__error_copy(error, future->record);
    if (status == TINE_ECANCELED || status == TINE_ETIMEDOUT)
        tine__stop_error(error, status);
    else
        tine__error_set(error, status,
                        "the task returned %d (%s), and there was no memory to keep its message",
                        status, tine_status_name(status));
    name_failure(tine__future_details(future), error);
    return status;
}

/* With the lock, which keeps the pool open: lets others claim the future, and tells them. */
static void offer(tine_future *future, void (*put)(tine__job *job))
{
    tine_pool *pool = tine__future_pool(future);
    put(&future->job);
    tine__announce(pool);
    tine__watchers_wake(future->watchers);
}

void tine__future_return(tine_future *future)
{
    tine__future_lock(future);
    offer(future, tine__job_return);
    tine__future_unlock(future);
}

/* Takes over the reference that the predecessor's list had. */
static void make_ready(tine_future *future, ready *here)
{
    tine__future_lock(future);
    bool waiting = tine__future_word(future) & TINE__WAITING;
    bool here_and_now = !future->job.shard;
    clear(future, TINE__WAITING);
    if (waiting && !here_and_now) {
        tine__queue_intrude(future->job.shard->queue);
        offer(future, tine__job_submit);
    }
    tine__future_unlock(future);
    if (!waiting) {
        tine_future_release(future); /* it was cancelled meanwhile */
    } else if (here_and_now) {
        future->details->next_ready = NULL;
        *here->end = future;
        here->end = &future->details->next_ready;
    }
}

/* DONE, with the claimer's reference dropped; false: somebody waits, or has the lock. */
static bool end_unwatched(tine_future *future)
{
    uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
    while (!(word & (TINE__LOCKED | TINE__WATCHED))) {
        if (!atomic_compare_exchange_weak_explicit(&future->word, &word,
                                                   word + TINE__DONE - TINE__ONE_REF,
                                                   memory_order_acq_rel, memory_order_relaxed))
            continue;
        if (word / TINE__ONE_REF == 1)
            destroy(future);
        return true;
    }
    return false;
}

/* Wakes those who wait; a list of what follows, in the order in which it was made to. */
static tine_future *dismiss(tine__watcher *watcher)
{
    tine_future *dependents = NULL;
    for (tine__watcher *next; watcher; watcher = next) {
        next = watcher->next;
        watcher->link = NULL;
        if (watcher->parker) {
            tine__parker *parker = watcher->parker;
            tine__watcher_is_over(watcher);
            tine__unpark(parker);
            continue;
        }
        tine__details *details =
            (void *)((unsigned char *)watcher - offsetof(tine__details, behind));
        details->next_ready = dependents;
        dependents = details->future;
    }
    return dependents;
}

/* DONE, and what waited for it ready. */
static void end_watched(tine_future *future, ready *here)
{
    tine__future_lock(future);
    tine__watcher *watchers = future->watchers;
    future->watchers = NULL;
    set(future, TINE__DONE);
    tine_future *dependent = dismiss(watchers);
    clear(future, TINE__WATCHED | TINE__LOCKED);
    for (tine_future *next; dependent; dependent = next) {
        next = dependent->details->next_ready;
        make_ready(dependent, here);
    }
}

/* The count comes last: the pool may close then. */
static void finish(tine_future *future, tine__slot *slot, ready *here)
{
    tine__details *details = tine__future_details(future);
    tine_pool *pool = tine__future_pool(future);
    if (details && details->arg_free)
        details->arg_free(future->arg);
    if (details && details->arg_is_shared)
        (void)tine__rooms_free(&pool->crew->rooms, future->arg);
    if (details || !end_unwatched(future)) {
        end_watched(future, here);
        if (details)
            tine_future_release(details->before);
        if (details && details->scope)
            tine__scope_leave(details->scope, future);
        tine_future_release(future);
    }
    if (pool)
        tine__executor_count_end(pool, slot);
}

/* A list, not a recursion: chains of continuations may be long. */
static void finish_all(tine_future *future, tine__slot *slot)
{
    ready here = {.end = &here.first};
    finish(future, slot, &here);
    while ((future = here.first)) {
        here.first = future->details->next_ready;
        if (!here.first)
            here.end = &here.first;
        run(future, slot);
        finish(future, slot, &here);
    }
}

void tine__future_conclude(tine_future *future, tine__slot *slot, tine_status verdict)
{
    if (verdict == TINE_OK)
        run(future, slot);
    else
        fail(future, verdict, NULL);
    finish_all(future, slot);
}

void tine__future_settle(tine_future *future, tine_status status, tine_error *record)
{
    if (status == TINE_OK)
        future->status = TINE_OK;
    else
        fail(future, status, record);
}

void tine__future_finish(tine_future *future)
{
    tine_pool *pool = tine__future_pool(future);
    if (!tine__future_details(future) && end_unwatched(future)) {
        tine__executor_count_end(pool, NULL);
        return;
    }
    tine__visit visit;
    (void)tine__visit_try(&visit, NULL, false); /* of no pool: has always room */
    finish_all(future, NULL);
    tine__visit_leave(&visit);
}

static void conclude_here(tine_future *future, tine_status verdict)
{
    tine__visit visit;
    (void)tine__visit_try(&visit, NULL, false); /* of no pool: has always room */
    tine__future_conclude(future, NULL, verdict);
    tine__visit_leave(&visit);
}

/* ---- the queue's calls: they take over its reference */

static tine_future *future_of(tine__job *job)
{
    return (void *)((unsigned char *)job - offsetof(tine_future, job));
}

static void run_job(tine__job *job, tine__slot *slot)
{
    tine__future_conclude(future_of(job), slot, TINE_OK);
}

/* One that was submitted since the pool was cancelled stays. */
static void drop_job(tine__job *job)
{
    tine_future *future = future_of(job);
    const tine_pool *pool = tine__future_pool(future);
    if (future->epoch == atomic_load_explicit(&pool->epoch, memory_order_relaxed))
        tine__future_return(future);
    else
        conclude_here(future, TINE_ECANCELED);
}

const tine__job_calls tine__future_calls = {run_job, drop_job};

/* ---- submission */

/* A task's function, one of two kinds, and the future that one of the second kind follows. */
typedef struct call_spec {
    bool follows;
    bool promised; /* of the first kind; `before` is the keeper's */
    void (*asked)(void *arg);
    tine_task_fn fn;
    tine_then_fn then;
    tine_future *before;
} call_spec;

/* What a task of another process cannot have. */
static tine_status check_remote(const tine_pool *pool, const tine_task_options *options,
                                const call_spec *spec, const void *arg, tine_error *error)
{
    if (spec->follows)
        return tine__error_set(error, TINE_EINVAL,
                               "a continuation gets its predecessor's future, which worker "
                               "processes do not have: give it a pool of threads, or NULL");
    if (arg && !options->arg_size && !tine__rooms_hold(&pool->crew->rooms, arg, 0))
        return tine__error_set(error, TINE_EINVAL,
                               "arg_size is 0, and arg is not in shared memory: worker processes "
                               "need the size to copy it, or memory of tine_shared_alloc");
    return TINE_OK;
}

static tine_status check(const tine_pool *pool, const tine_task_options *options,
                         const call_spec *spec, const void *arg, tine_error *error)
{
    size_t align = options->value_align;
    if (spec->follows && !spec->before)
        return tine__error_set(error, TINE_EINVAL, "the future to follow is NULL");
    if (!spec->fn && !spec->then)
        return tine__error_set(error, TINE_EINVAL, "the task's function is NULL");
    if (align > MAX_VALUE_ALIGN || (align & (align - 1)))
        return tine__error_set(error, TINE_EINVAL,
                               "value_align is %zu: it is a power of two up to %d, or 0", align,
                               MAX_VALUE_ALIGN);
    if (options->arg_size && !arg)
        return tine__error_set(error, TINE_EINVAL, "arg is NULL, but arg_size is %zu",
                               options->arg_size);
    if (options->timeout_ns < 0)
        return tine__error_set(error, TINE_EINVAL, "timeout_ns is negative: 0 means no limit");
    if (options->submit_timeout_ns < TINE_NO_WAIT)
        return tine__error_set(error, TINE_EINVAL,
                               "submit_timeout_ns is %lld: 0 means no limit, TINE_NO_WAIT no wait",
                               (long long)options->submit_timeout_ns);
    return pool && pool->crew ? check_remote(pool, options, spec, arg, error) : TINE_OK;
}

/* Whether a task's future can do without details, but for its argument. */
static inline bool is_plain_but_for_arg(const tine_task_options *o)
{
    return !o->scope && o->value_size <= sizeof((tine_future *)0)->value &&
           o->value_align <= _Alignof(max_align_t) && !(o->value_align & (o->value_align - 1)) &&
           !o->timeout_ns && !o->arg_free && !o->value_free && !o->n_retries;
}

static inline bool is_plain(const tine_task_options *o)
{
    return !o->arg_size && is_plain_but_for_arg(o);
}

/* Where the parts of the details' block are. */
typedef struct layout {
    size_t value, arg, size, alignment;
} layout;

static bool lay_out(const tine_task_options *options, bool with_arg, layout *out)
{
    size_t align = options->value_align ? options->value_align : _Alignof(max_align_t);
    out->alignment = tine__max(align, _Alignof(tine__details));
    return tine__size_round_up(sizeof(tine__details), align, &out->value) &&
           tine__size_add(out->value, options->value_size, &out->arg) &&
           tine__size_round_up(out->arg, _Alignof(max_align_t), &out->arg) &&
           tine__size_add(out->arg, with_arg ? options->arg_size : 0, &out->size);
}

/* From this size on, an argument for another process is copied to where that can read it. */
#define LARGE_ARG 4096

/* Room in the block, or in shared memory; NULL: no memory. */
static void *copy_arg(tine_pool *pool, unsigned char *in_block, const void *arg, size_t size)
{
    void *copy = in_block ? in_block : tine__rooms_alloc(&pool->crew->rooms, size);
    return copy ? memcpy(copy, arg, size) : NULL;
}

/* *arg becomes the copy, if it is copied. */
static tine__details *make_details(tine_pool *pool, const tine_allocator *allocator,
                                   const tine_task_options *options, const call_spec *spec,
                                   void **arg)
{
    layout parts;
    unsigned char *block = NULL;
    bool shared = pool && pool->crew && options->arg_size >= LARGE_ARG;
    if (lay_out(options, !shared, &parts))
        block = tine__alloc(allocator, parts.size, parts.alignment);
    if (!block)
        return NULL;
    tine__details *details = (void *)block;
    *details =
        (tine__details){.follows = spec->follows,
                        .promised = spec->promised,
                        .before = spec->before,
                        .timeout_ns = options->timeout_ns ? options->timeout_ns : TINE_FOREVER,
                        .asked = spec->asked,
                        .arg_free = options->arg_free,
                        .value_free = options->value_free,
                        .arg_size = options->arg_size,
                        .value_size = options->value_size,
                        .arg_is_shared = shared,
                        .n_retries = options->n_retries,
                        .scope = options->scope,
                        .size = parts.size,
                        .alignment = parts.alignment};
    void *copy = *arg;
    if (options->arg_size)
        copy = copy_arg(pool, shared ? NULL : block + parts.arg, *arg, options->arg_size);
    if (options->arg_size && !copy) {
        tine__free(allocator, block, parts.size, parts.alignment);
        return NULL;
    }
    *arg = copy;
    if (options->value_size)
        details->value = memset(block + parts.value, 0, options->value_size);
    return details;
}

/* What becomes a future. */
typedef struct seed {
    const call_spec *spec;
    void *arg;
    tine__details *details; /* NULL: none */
    uint32_t word;
    const void *packed; /* see TINE__PACKED; NULL: not that */
} seed;

/* In a fresh block, of no shard or of one that is locked. */
static void fill(tine_future *future, tine__shard *shard, const seed *s)
{
    future->job.shard = shard;
    atomic_init(&future->job.place, 0);
    atomic_init(&future->word, s->word);
    if (shard)
        future->epoch = atomic_load_explicit(&shard->queue->pool->epoch, memory_order_relaxed);
    if (s->spec->follows)
        future->then = s->spec->then;
    else
        future->fn = s->spec->fn;
    future->arg = s->arg;
    future->watchers = NULL;
    memset(future->value, 0, sizeof future->value);
    if (s->packed)
        memcpy(future->value, s->packed, (size_t)(uintptr_t)s->arg);
    if (s->details) {
        future->details = s->details;
        s->details->future = future;
    }
}

/* With the shard's lock: a promised future, submitted at once if it has no details; NULL: no
 * memory. */
static inline tine_future *make_in(tine__shard *shard, const seed *s)
{
    tine_future *future = tine__block_take(shard);
    if (!future)
        return NULL;
    fill(future, shard, s);
    tine__job_promise(shard);
    if (!s->details)
        tine__job_push(shard, &future->job);
    return future;
}

static inline tine_future *make_in_pool(tine_pool *pool, const seed *s)
{
    tine__shard *shard = tine__queue_lock(pool->queue);
    tine_future *future = make_in(shard, s);
    tine__shard_unlock(shard);
    return future;
}

static tine_future *make_without_pool(const seed *s)
{
    tine_future *future = tine__alloc(tine__heap(), sizeof *future, TINE__BLOCK_SIZE);
    if (future)
        fill(future, NULL, s);
    return future;
}

/* A reference for the claimer and, if it is wanted, one for the caller. */
static uint32_t first_word(bool wanted, bool has_value)
{
    return (wanted ? 2 * TINE__ONE_REF : TINE__ONE_REF) | (has_value ? TINE__VALUED : 0);
}

static tine_status make(tine_pool *pool, const call_spec *spec, void *arg,
                        const tine_task_options *o, bool plain, bool wanted,
                        tine_future **future_out, tine_error *error)
{
    const tine_allocator *allocator = pool ? &pool->allocator : tine__heap();
    seed s = {spec, arg, NULL, first_word(wanted, o->value_size > 0), NULL};
    if (!plain) {
        bool waits = spec->follows || spec->promised;
        s.word |= waits ? TINE__DETAILED | TINE__WAITING : TINE__DETAILED;
        s.details = make_details(pool, allocator, o, spec, &s.arg);
        if (!s.details)
            return tine__error_no_memory(error);
    }
    tine_future_retain(spec->before);
    *future_out = pool ? make_in_pool(pool, &s) : make_without_pool(&s);
    if (*future_out)
        return TINE_OK;
    tine_future_release(spec->before);
    if (s.details && s.details->arg_is_shared)
        (void)tine__rooms_free(&pool->crew->rooms, s.arg);
    if (s.details)
        tine__free(allocator, s.details, s.details->size, s.details->alignment);
    return tine__error_no_memory(error);
}

static tine_status stop_submitting(const void *scope)
{
    tine_status status = tine__stop_status();
    return status == TINE_OK ? tine__scope_status(scope) : status;
}

static tine_status await_room(tine_pool *pool, const tine_task_options *o, tine_error *error)
{
    int64_t deadline_ns =
        tine__deadline_after(o->submit_timeout_ns ? o->submit_timeout_ns : TINE_FOREVER);
    tine_status status = TINE_ETIMEDOUT;
    if (o->submit_timeout_ns != TINE_NO_WAIT)
        status = tine__queue_await_room(pool->queue, deadline_ns, stop_submitting, o->scope, error);
    tine_status stop = stop_submitting(o->scope);
    if (status != TINE_OK && status == stop)
        return tine__stop_error(error, stop);
    if (status == TINE_ETIMEDOUT)
        return tine__error_set(error, status,
                               "there was no room in the pool's queue: its limit is %zu",
                               pool->queue->limit);
    return status;
}

/* Counts a task that will wait in the pool's queue, once there is room. In a body of the pool it
 * does not wait: the body may keep the one worker that could make room. */
static tine_status admit(tine_pool *pool, const tine_task_options *o, tine_error *error)
{
    if (!pool || tine__queue_enter(pool->queue))
        return TINE_OK;
    if (!tine__slot_of_thread(pool))
        return await_room(pool, o, error);
    tine__queue_intrude(pool->queue);
    return TINE_OK;
}

/* A future that nobody else has heard of. */
static void discard(tine_future *future, tine_status status)
{
    if (future->details->arg_free)
        future->details->arg_free(future->arg);
    if (future->details->arg_is_shared)
        (void)tine__rooms_free(&tine__future_pool(future)->crew->rooms, future->arg);
    tine_future_release(future->details->before);
    if (future->job.shard)
        tine__executor_count_end(tine__future_pool(future), NULL);
    fail(future, status, NULL);
    destroy(future);
}

/* A future in its scope, if it has one, and promised to its pool; in the queue already if it is
 * plain. On failure nothing is left of it. */
static tine_status found(tine_pool *pool, const call_spec *spec, void *arg,
                         const tine_task_options *o, bool wanted, tine_future **future_out,
                         tine_error *error)
{
    bool plain = !spec->follows && !spec->promised && is_plain(o);
    tine_status status = make(pool, spec, arg, o, plain, wanted, future_out, error);
    if (status != TINE_OK) {
        if (o->arg_free)
            o->arg_free(arg);
        return status;
    }
    if (o->scope)
        status = tine__scope_join(o->scope, *future_out, error);
    if (status != TINE_OK)
        discard(*future_out, status);
    else if (pool && !plain && !spec->follows)
        tine__job_submit(&(*future_out)->job);
    return status;
}

/* What the caller has set, and what follows from where it is. */
static tine_status read_options(const tine_pool *pool, tine_task_options *o,
                                const tine_task_options *given, const call_spec *spec,
                                const void *arg, tine_error *error)
{
    const tine__body *body = tine__body_current();
    tine_status status = tine__options_read(o, sizeof *o, given, "tine_task_options", error);
    if (!o->scope && body)
        o->scope = body->scope;
    return status == TINE_OK ? check(pool, o, spec, arg, error) : status;
}

/* A future that waits for its predecessor, or in the queue, or for the caller to run it. On failure
 * arg_free has been called. */
static tine_status start(tine_pool *pool, const call_spec *spec, void *arg,
                         const tine_task_options *given, bool wanted, tine_future **future_out,
                         tine_error *error)
{
    tine_task_options o;
    tine_status status = read_options(pool, &o, given, spec, arg, error);
    if (status == TINE_OK && !spec->follows)
        status = admit(pool, &o, error);
    if (status != TINE_OK) {
        if (o.arg_free)
            o.arg_free(arg);
        return status;
    }
    status = found(pool, spec, arg, &o, wanted, future_out, error);
    if (status != TINE_OK && pool && !spec->follows)
        tine__queue_leave(pool->queue);
    return status;
}

/* Whether the task has nothing that start() would have to see to. */
static bool is_simple(const tine_pool *pool, tine_task_fn fn, const void *arg,
                      const tine_task_options *options)
{
    const tine__body *body = tine__body_current();
    return pool && fn && !(pool->crew && arg) && !pool->queue->limit && !(body && body->scope) &&
           (!options || (options->struct_size == sizeof *options && is_plain(options)));
}

/* Whether the task is simple but for an argument that its future can hold itself. */
static bool can_be_packed(const tine_pool *pool, tine_task_fn fn, const void *arg,
                          const tine_task_options *options)
{
    const tine__body *body = tine__body_current();
    return pool && pool->crew && fn && arg && options && !pool->queue->limit &&
           !(body && body->scope) && options->struct_size == sizeof *options && options->arg_size &&
           options->arg_size <= TINE__PACKED && is_plain_but_for_arg(options);
}

/* A simple task, without a copy of its options and without a scope. `packed`: see the seed. */
static tine_status submit_simple(tine_pool *pool, tine_task_fn fn, void *arg, const void *packed,
                                 bool has_value, tine_future **future_out, tine_error *error)
{
    const call_spec spec = {.fn = fn};
    const seed s = {&spec, arg, NULL, first_word(future_out != NULL, has_value), packed};
    tine_future *future = make_in_pool(pool, &s);
    if (!future)
        return tine__error_no_memory(error);
    if (future_out)
        *future_out = future;
    tine__announce(pool);
    return TINE_OK;
}

tine_status tine_submit(tine_pool *pool, tine_task_fn fn, void *arg,
                        const tine_task_options *options, tine_future **future_out,
                        tine_error *error)
{
    if (future_out)
        *future_out = NULL;
    pool = tine__pool_here(pool);
    if (is_simple(pool, fn, arg, options))
        return submit_simple(pool, fn, arg, NULL, options && options->value_size, future_out,
                             error);
    if (can_be_packed(pool, fn, arg, options))
        return submit_simple(pool, fn, (void *)(uintptr_t)options->arg_size, arg,
                             options->value_size, future_out, error);
    tine_future *future;
    const call_spec spec = {.fn = fn};
    tine_status status = start(pool, &spec, arg, options, future_out != NULL, &future, error);
    if (status != TINE_OK)
        return status;
    if (future_out)
        *future_out = future;
    if (pool)
        tine__announce(pool);
    else
        conclude_here(future, TINE_OK);
    return TINE_OK;
}

/* So many tasks are submitted under one lock. */
#define BATCH 256

static void *arg_at(void *args, size_t i, size_t stride)
{
    return args ? (unsigned char *)args + i * stride : NULL;
}

/* Simple tasks; returns how many there was memory for. */
static size_t submit_batch(tine_pool *pool, seed *s, void *args, size_t stride, size_t n,
                           tine_future **futures_out)
{
    size_t i = 0;
    tine__shard *shard = tine__queue_lock(pool->queue);
    for (; i < n; i++) {
        s->arg = arg_at(args, i, stride);
        tine_future *future = make_in(shard, s);
        if (!future)
            break;
        if (futures_out)
            futures_out[i] = future;
    }
    tine__shard_unlock(shard);
    for (size_t k = 0; k < tine__min(i, pool->n_workers); k++)
        tine__announce(pool);
    return i;
}

static tine_status submit_simple_many(tine_pool *pool, tine_task_fn fn, void *args, size_t stride,
                                      size_t n, bool has_value, tine_future **futures_out,
                                      size_t *n_out, tine_error *error)
{
    const call_spec spec = {.fn = fn};
    seed s = {&spec, NULL, NULL, first_word(futures_out != NULL, has_value), NULL};
    for (size_t i = 0; i < n; i += BATCH) {
        size_t size = tine__min(n - i, BATCH);
        size_t done = submit_batch(pool, &s, arg_at(args, i, stride), stride, size,
                                   futures_out ? futures_out + i : NULL);
        *n_out += done;
        if (done < size)
            return tine__error_no_memory(error);
    }
    return TINE_OK;
}

/* As many as there is memory for, one after the other. */
static tine_status submit_each(tine_pool *pool, tine_task_fn fn, void *args, size_t stride,
                               size_t n, const tine_task_options *options,
                               tine_future **futures_out, size_t *n_out, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; i < n && status == TINE_OK; i++) {
        status = tine_submit(pool, fn, arg_at(args, i, stride), options,
                             futures_out ? futures_out + i : NULL, error);
        *n_out += status == TINE_OK;
    }
    return status;
}

/* What becomes of the tasks behind the one that could not be submitted. */
static void drop_rest(void *args, size_t stride, size_t first, size_t n,
                      const tine_task_options *given)
{
    tine_task_options o;
    (void)!tine__options_read(&o, sizeof o, given, "tine_task_options", NULL);
    for (size_t i = first; i < n && o.arg_free; i++)
        o.arg_free(arg_at(args, i, stride));
}

tine_status tine_submit_many(tine_pool *pool, tine_task_fn fn, void *args, size_t arg_stride,
                             size_t n, const tine_task_options *options, tine_future **futures_out,
                             tine_error *error)
{
    size_t n_done = 0;
    pool = tine__pool_here(pool);
    for (size_t i = 0; futures_out && i < n; i++)
        futures_out[i] = NULL;
    tine_status status =
        is_simple(pool, fn, args, options)
            ? submit_simple_many(pool, fn, args, arg_stride, n, options && options->value_size,
                                 futures_out, &n_done, error)
            : submit_each(pool, fn, args, arg_stride, n, options, futures_out, &n_done, error);
    if (status == TINE_OK)
        return TINE_OK;
    if (error)
        error->index = (int64_t)n_done;
    drop_rest(args, arg_stride, n_done + 1, n, options);
    return status;
}

/* False: the predecessor is done already. */
static bool depend(tine_future *future, tine_future *before)
{
    tine__future_lock(before);
    bool pending = !tine__future_is_done(before);
    if (pending)
        tine__future_watch(before, &future->details->behind, NULL);
    tine__future_unlock(before);
    return pending;
}

tine_status tine_future_then(tine_future *future, tine_pool *pool, tine_then_fn fn, void *arg,
                             const tine_task_options *options, tine_future **next_out,
                             tine_error *error)
{
    if (next_out)
        *next_out = NULL;
    pool = tine__pool_here(pool);
    tine_future *next;
    const call_spec spec = {.follows = true, .then = fn, .before = future};
    tine_status status = start(pool, &spec, arg, options, next_out != NULL, &next, error);
    if (status != TINE_OK)
        return status;
    if (next_out)
        *next_out = next;
    ready here = {.end = &here.first};
    if (!depend(next, future))
        make_ready(next, &here);
    if (here.first)
        conclude_here(next, TINE_OK);
    return TINE_OK;
}

/* ---- promises */

tine_status tine__promise_make(tine_future *keeper, tine_task_fn fn, void (*asked)(void *arg),
                               void *arg, const tine_task_options *options,
                               tine_future **promise_out, tine_error *error)
{
    const call_spec spec = {.promised = true, .asked = asked, .fn = fn, .before = keeper};
    return start(NULL, &spec, arg, options, true, promise_out, error);
}

bool tine__promise_take(tine_future *promise)
{
    tine__future_lock(promise);
    bool ours = tine__future_word(promise) & TINE__WAITING;
    clear(promise, TINE__WAITING);
    tine__future_unlock(promise);
    return ours;
}

bool tine__promise_put_back(tine_future *promise)
{
    tine__future_lock(promise);
    bool cancelled = tine__future_word(promise) & TINE__CANCELLED;
    if (!cancelled)
        set(promise, TINE__WAITING);
    tine__future_unlock(promise);
    return !cancelled;
}

/* ---- questions and requests */

bool tine_future_done(const tine_future *future)
{
    return future && tine__future_is_done(future);
}

tine_status tine_future_status(const tine_future *future)
{
    if (!future)
        return TINE_EINVAL;
    return tine__future_is_done(future) ? future->status : TINE_END;
}

const void *tine_future_value(const tine_future *future)
{
    return tine_future_status(future) == TINE_OK ? tine__future_room(future) : NULL;
}

/* With the lock of a future that is not done. One that waits stays in its predecessor's list, or
 * its keeper's, with the reference that it has there. */
static bool claim(tine_future *future)
{
    if (!(tine__future_word(future) & TINE__WAITING))
        return tine__job_claim(&future->job);
    clear(future, TINE__WAITING);
    tine_future_retain(future);
    return true;
}

/* With the lock of a future that somebody else has claimed and that is not done. */
static void ask_keeper(const tine_future *future)
{
    const tine__details *details = tine__future_details(future);
    if (details && details->asked)
        details->asked(future->arg);
}

bool tine_future_cancel(tine_future *future)
{
    if (!future)
        return false;
    tine__future_lock(future);
    bool ours = false;
    tine_pool *pool = NULL;
    if (!tine__future_is_done(future)) {
        set(future, TINE__CANCELLED);
        ours = claim(future);
        if (ours || tine__future_is_remote(future))
            pool = tine__future_pool(future);
        if (!ours)
            ask_keeper(future);
    }
    if (pool)
        tine__executor_stay(pool);
    tine__future_unlock(future);
    if (ours)
        conclude_here(future, TINE_ECANCELED);
    else if (pool)
        tine__crew_interrupt(pool->crew);
    if (pool)
        tine__executor_go(pool);
    return ours;
}
