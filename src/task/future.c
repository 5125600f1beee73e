/* Submission, the run of a task, and what its end sets off. The states and who may change them are
 * in task/future.h. */
#include "task/future.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"
#include "os/clock.h"
#include "task/place.h"
#include "task/scope.h"

#include <string.h>

#define MAX_VALUE_ALIGN 4096

/* ---- life */

static void set_state(tine_future *future, int state)
{
    atomic_store_explicit(&future->state, state, memory_order_release);
}

/* For those who hold the mutex. */
static int get_state(const tine_future *future)
{
    return atomic_load_explicit(&future->state, memory_order_relaxed);
}

tine_future *tine_future_retain(tine_future *future)
{
    if (future)
        atomic_fetch_add_explicit(&future->refs, 1, memory_order_relaxed);
    return future;
}

static void destroy(tine_future *future)
{
    const tine_allocator allocator = future->allocator;
    if (future->value_free && future->error.status == TINE_OK)
        future->value_free(future->value);
    tine__mutex_destroy(&future->mutex);
    tine__free(&allocator, future, future->size, future->alignment);
}

void tine_future_release(tine_future *future)
{
    if (future && atomic_fetch_sub_explicit(&future->refs, 1, memory_order_acq_rel) == 1)
        destroy(future);
}

/* Where the parts of the block are. */
typedef struct layout {
    size_t value, arg, size, alignment;
} layout;

static bool lay_out(const tine_task_options *options, layout *out)
{
    size_t align = options->value_align ? options->value_align : _Alignof(max_align_t);
    out->alignment = tine__max(align, _Alignof(tine_future));
    return tine__size_round_up(sizeof(tine_future), align, &out->value) &&
           tine__size_add(out->value, options->value_size, &out->arg) &&
           tine__size_round_up(out->arg, _Alignof(max_align_t), &out->arg) &&
           tine__size_add(out->arg, options->arg_size, &out->size);
}

static void fill(tine_future *future, const tine_task_options *options, void *arg,
                 const layout *parts)
{
    unsigned char *block = (unsigned char *)future;
    future->arg = arg;
    if (options->arg_size)
        future->arg = memcpy(block + parts->arg, arg, options->arg_size);
    if (options->value_size)
        future->value = memset(block + parts->value, 0, options->value_size);
    future->arg_free = options->arg_free;
    future->value_free = options->value_free;
    future->timeout_ns = options->timeout_ns ? options->timeout_ns : TINE_FOREVER;
    future->scope = options->scope;
    future->size = parts->size;
    future->alignment = parts->alignment;
}

/* The block is not zeroed as a whole: the error record is large. */
static tine_status create(tine_pool *pool, const tine_task_options *options, void *arg,
                          tine_future **future_out, tine_error *error)
{
    layout parts;
    const tine_allocator *allocator = pool ? &pool->allocator : tine__heap();
    tine_future *future = NULL;
    if (lay_out(options, &parts))
        future = tine__alloc(allocator, parts.size, parts.alignment);
    if (!future)
        return tine__error_no_memory(error);
    memset(future, 0, offsetof(tine_future, error));
    tine_status status = tine__mutex_init(&future->mutex, error);
    if (status != TINE_OK) {
        tine__free(allocator, future, parts.size, parts.alignment);
        return status;
    }
    fill(future, options, arg, &parts);
    atomic_init(&future->refs, 2);
    future->dependents_end = &future->dependents;
    future->pool = pool;
    future->allocator = *allocator;
    *future_out = future;
    return TINE_OK;
}

/* ---- the end of a task */

bool tine__future_claim(tine_future *future)
{
    int state = get_state(future);
    if (state != TINE__WAITING && state != TINE__QUEUED)
        return false;
    set_state(future, TINE__RUNNING);
    if (state == TINE__WAITING && future->pool)
        tine__executor_withdraw_promised(future->pool);
    /* If a worker has the job in its hands, it will find it claimed and drop the reference. */
    else if (state == TINE__QUEUED && tine__executor_withdraw(future->pool, &future->job))
        atomic_fetch_sub_explicit(&future->refs, 1, memory_order_relaxed);
    return true;
}

static tine_status call(tine_future *future, tine__body *body)
{
    tine_status stop = tine__stop_status();
    if (stop != TINE_OK)
        return tine__stop_error(&future->error, stop);
    body->deadline_ns = tine__deadline_after(future->timeout_ns);
    tine_status status = future->then ? future->then(future->before, future->arg, future->value)
                                      : future->fn(future->arg, future->value);
    (void)tine__body_result(body, status, -1);
    if (status != TINE_OK && tine__now_ns() >= body->deadline_ns)
        return tine__error_set(&future->error, TINE_ETIMEDOUT,
                               "the task gave up after its timeout of %lld ns",
                               (long long)future->timeout_ns);
    return status;
}

static void run(tine_future *future, tine__slot *slot)
{
    tine__body body = tine__body_on(slot);
    if (future->pool)
        body.epoch = future->epoch;
    body.scope = future->scope;
    body.task = future;
    body.record = &future->error;
    tine__body_enter(&body);
    future->error.status = call(future, &body);
    tine__body_leave(&body);
}

/* A failure that names no element has its task's number in the scope. */
static void name_failure(tine_future *future)
{
    if (future->error.status != TINE_OK && future->scope && future->error.index < 0)
        future->error.index = (int64_t)future->number;
}

/* True: to be run by this thread, with the reference that the list of dependents had. Else that
 * reference goes to the inbox, or is dropped. */
static bool make_ready(tine_future *future)
{
    tine__mutex_lock(&future->mutex);
    bool waiting = get_state(future) == TINE__WAITING;
    bool here = waiting && !future->pool;
    if (here) {
        set_state(future, TINE__RUNNING);
    } else if (waiting) {
        set_state(future, TINE__QUEUED);
        tine__executor_submit_promised(future->pool, &future->job);
        tine__watchers_wake(future->watchers);
    }
    tine__mutex_unlock(&future->mutex);
    if (!waiting) /* it was cancelled meanwhile */
        tine_future_release(future);
    return here;
}

/* Makes the future DONE, and what waited for it ready; appends what is to be run here to the list
 * that ends at `end`, and returns its new end. */
static tine_future **publish(tine_future *future, tine_future **end)
{
    tine__mutex_lock(&future->mutex);
    tine_future *dependent = future->dependents, *before = future->before;
    future->dependents = future->before = NULL;
    set_state(future, TINE__DONE);
    tine__watchers_wake(future->watchers);
    tine__mutex_unlock(&future->mutex);
    tine_future_release(before);
    for (tine_future *next; dependent; dependent = next) {
        next = dependent->next_dependent;
        if (make_ready(dependent)) {
            *end = dependent;
            end = &dependent->next_ready;
        }
    }
    if (future->scope)
        tine__scope_leave(future->scope, future);
    return end;
}

/* A list, not a recursion: chains of continuations may be long. */
void tine__future_conclude(tine_future *future, tine__slot *slot, tine_status verdict)
{
    tine_future **end = &future->next_ready;
    tine_future_retain(future);
    for (tine_future *next; future; future = next) {
        if (verdict == TINE_OK)
            run(future, slot);
        else
            future->error.status = tine__stop_error(&future->error, verdict);
        verdict = TINE_OK; /* was for the first alone */
        name_failure(future);
        if (future->arg_free)
            future->arg_free(future->arg);
        end = publish(future, end);
        next = future->next_ready;
        tine_future_release(future);
    }
}

static void conclude_here(tine_future *future, tine_status verdict)
{
    tine__visit visit;
    (void)tine__visit_try(&visit, NULL, false); /* of no pool: has always room */
    tine__future_conclude(future, NULL, verdict);
    tine__visit_leave(&visit);
}

/* ---- the inbox's calls: they take over its reference */

static bool start(tine_future *future)
{
    tine__mutex_lock(&future->mutex);
    bool queued = get_state(future) == TINE__QUEUED;
    if (queued)
        set_state(future, TINE__RUNNING);
    tine__mutex_unlock(&future->mutex);
    return queued;
}

static tine_future *future_of(tine__job *job)
{
    return (void *)((unsigned char *)job - offsetof(tine_future, job));
}

static void run_job(tine__job *job, tine__slot *slot)
{
    tine_future *future = future_of(job);
    if (start(future))
        tine__future_conclude(future, slot, TINE_OK);
    tine_future_release(future);
}

static void drop_job(tine__job *job)
{
    tine_future *future = future_of(job);
    if (start(future))
        conclude_here(future, TINE_ECANCELED);
    tine_future_release(future);
}

/* ---- submission */

/* A task's function, one of two kinds, and the future that one of the second kind follows. */
typedef struct call_spec {
    bool follows;
    tine_task_fn fn;
    tine_then_fn then;
    tine_future *before;
} call_spec;

static tine_status check(const tine_task_options *options, const call_spec *spec, const void *arg,
                         tine_error *error)
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
    return TINE_OK;
}

/* A future that nobody else has heard of. */
static void discard(tine_future *future, tine_status status)
{
    if (future->before && future->pool)
        tine__executor_withdraw_promised(future->pool);
    tine_future_release(future->before);
    if (future->arg_free)
        future->arg_free(future->arg);
    future->error.status = status;
    destroy(future);
}

/* Into its first state and its scope, from where others may claim it. */
static tine_status enter(tine_future *future, const call_spec *spec, tine_error *error)
{
    future->fn = spec->fn;
    future->then = spec->then;
    future->before = tine_future_retain(spec->before);
    future->job.run = run_job;
    future->job.drop = drop_job;
    set_state(future, future->before ? TINE__WAITING : future->pool ? TINE__QUEUED : TINE__RUNNING);
    if (future->pool)
        future->epoch = atomic_load_explicit(&future->pool->epoch, memory_order_relaxed);
    if (future->before && future->pool)
        tine__executor_promise(future->pool);
    return future->scope ? tine__scope_join(future->scope, future, error) : TINE_OK;
}

/* A future with two references: the handle, and one for the inbox, the list of dependents or the
 * thread that runs it. On failure arg_free has been called. */
static tine_status make(tine_pool *pool, const call_spec *spec, void *arg,
                        const tine_task_options *given, tine_future **future_out, tine_error *error)
{
    const tine__body *body = tine__body_current();
    tine_task_options o;
    tine_status status = tine__options_read(&o, sizeof o, given, "tine_task_options", error);
    if (!o.scope && body)
        o.scope = body->scope;
    if (status == TINE_OK)
        status = check(&o, spec, arg, error);
    if (status == TINE_OK)
        status = create(pool, &o, arg, future_out, error);
    if (status != TINE_OK) {
        if (o.arg_free)
            o.arg_free(arg);
        return status;
    }
    status = enter(*future_out, spec, error);
    if (status != TINE_OK)
        discard(*future_out, status);
    return status;
}

/* Gives the handle to the caller, who may not want it. */
static tine_status hand_out(tine_future *future, tine_future **future_out)
{
    if (future_out)
        *future_out = future;
    else
        tine_future_release(future);
    return TINE_OK;
}

tine_status tine_submit(tine_pool *pool, tine_task_fn fn, void *arg,
                        const tine_task_options *options, tine_future **future_out,
                        tine_error *error)
{
    if (future_out)
        *future_out = NULL;
    tine_future *future;
    tine_status status = make(pool, &(call_spec){.fn = fn}, arg, options, &future, error);
    if (status != TINE_OK)
        return status;
    if (pool) {
        tine__executor_submit(pool, &future->job);
    } else {
        conclude_here(future, TINE_OK);
        tine_future_release(future);
    }
    return hand_out(future, future_out);
}

/* False: the predecessor is done already. */
static bool depend(tine_future *future, tine_future *before)
{
    tine__mutex_lock(&before->mutex);
    bool pending = get_state(before) != TINE__DONE;
    if (pending) {
        *before->dependents_end = future;
        before->dependents_end = &future->next_dependent;
    }
    tine__mutex_unlock(&before->mutex);
    return pending;
}

tine_status tine_future_then(tine_future *future, tine_pool *pool, tine_then_fn fn, void *arg,
                             const tine_task_options *options, tine_future **next_out,
                             tine_error *error)
{
    if (next_out)
        *next_out = NULL;
    tine_future *next;
    const call_spec spec = {.follows = true, .then = fn, .before = future};
    tine_status status = make(pool, &spec, arg, options, &next, error);
    if (status != TINE_OK)
        return status;
    if (!depend(next, future) && make_ready(next)) {
        conclude_here(next, TINE_OK);
        tine_future_release(next);
    }
    return hand_out(next, next_out);
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
    return tine__future_is_done(future) ? future->error.status : TINE_END;
}

const void *tine_future_value(const tine_future *future)
{
    return tine_future_status(future) == TINE_OK ? future->value : NULL;
}

bool tine_future_cancel(tine_future *future)
{
    if (!future)
        return false;
    tine__mutex_lock(&future->mutex);
    bool ours = tine__future_claim(future);
    if (get_state(future) != TINE__DONE)
        atomic_store_explicit(&future->cancelled, true, memory_order_relaxed);
    tine__mutex_unlock(&future->mutex);
    if (ours)
        conclude_here(future, TINE_ECANCELED);
    return ours;
}
