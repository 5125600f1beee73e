/* Scopes. A scope lists its members, the futures submitted in it that have not ended, eldest first.
 * A member has details.
 * A member leaves after it is DONE, so an empty list means that nothing of the scope is under way.
 * Cancelling is a flag for whoever runs, and an early end for direct members that have not started;
 * members of scopes further down learn of it when they are taken up. */
#include "task/scope.h"
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "task/future.h"

struct tine_scope {
    tine_scope *parent;  /* NULL: none */
    tine_future *opener; /* the task that opened it with no parent named, a reference; NULL: none */
    int64_t opener_deadline_ns;  /* of the body that did; INT64_MAX: none */
    _Atomic bool cancelled;      /* set by tine_scope_cancel, read by every body below */
    _Atomic int64_t deadline_ns; /* set by tine_scope_set_timeout, read by every body below */

    tine__mutex mutex; /* guards what follows */
    tine__cond left;   /* a member has left */
    tine__details *eldest, **youngest_link;
    uint64_t n_submitted;
    uint64_t failed; /* the lowest number that failed, with this record; UINT64_MAX: none */
    tine_error failure;
};

/* ---- stopping */

static bool is_cancelled(const tine_future *task)
{
    return task && atomic_load_explicit(&task->word, memory_order_relaxed) & TINE__CANCELLED;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t tine__scope_deadline(const tine_scope *scope)
{
    int64_t deadline_ns = INT64_MAX;
    for (; scope; scope = scope->parent) {
        int64_t t = atomic_load_explicit(&scope->deadline_ns, memory_order_relaxed);
        deadline_ns = earlier(deadline_ns, earlier(t, scope->opener_deadline_ns));
    }
    return deadline_ns;
}

/* Whether what runs in the scope until `deadline_ns` is over. */
static tine_status over(const tine_scope *scope, int64_t deadline_ns)
{
    for (; scope; scope = scope->parent) {
        if (atomic_load_explicit(&scope->cancelled, memory_order_relaxed) ||
            is_cancelled(scope->opener))
            return TINE_ECANCELED;
        int64_t t = atomic_load_explicit(&scope->deadline_ns, memory_order_relaxed);
        deadline_ns = earlier(deadline_ns, earlier(t, scope->opener_deadline_ns));
    }
    return deadline_ns != INT64_MAX && tine__now_ns() >= deadline_ns ? TINE_ETIMEDOUT : TINE_OK;
}

tine_status tine__scope_status(const tine_scope *scope)
{
    return over(scope, INT64_MAX);
}

/* Whether the body's pool was cancelled since it began, or that of a loop around it. */
static bool is_pool_cancelled(const tine__body *body)
{
    for (; body; body = body->caller)
        if (body->pool &&
            atomic_load_explicit(&body->pool->epoch, memory_order_relaxed) != body->epoch)
            return true;
    return false;
}

tine_status tine__stop_status(void)
{
    const tine__body *body = tine__body_current();
    if (!body)
        return TINE_OK;
    if (is_cancelled(body->task) || is_pool_cancelled(body) ||
        (body->stop && atomic_load_explicit(body->stop, memory_order_relaxed)))
        return TINE_ECANCELED;
    return over(body->scope, body->deadline_ns);
}

tine_status tine__stop_error(tine_error *error, tine_status stop)
{
    return tine__error_set(error, stop,
                           stop == TINE_ETIMEDOUT ? "the time allowed for this was over"
                                                  : "this was cancelled");
}

bool tine_stopping(void)
{
    return tine__stop_status() != TINE_OK;
}

/* ---- life */

static bool is_below(const tine_scope *scope, const tine_scope *ancestor)
{
    while (scope && scope != ancestor)
        scope = scope->parent;
    return scope != NULL;
}

static const tine_scope *scope_of(const tine_future *task)
{
    const tine__details *details = task ? tine__future_details(task) : NULL;
    return details ? details->scope : NULL;
}

/* Whether this thread is in a body of the scope or below it, and would wait for itself. */
static bool inside(const tine_scope *scope)
{
    for (const tine__body *body = tine__body_current(); body; body = body->outer)
        if (is_below(body->scope, scope) || is_below(scope_of(body->task), scope))
            return true;
    return false;
}

static tine_status init(tine_scope *scope, tine_error *error)
{
    tine_status status = tine__mutex_init(&scope->mutex, error);
    if (status != TINE_OK)
        return status;
    status = tine__cond_init(&scope->left, error);
    if (status != TINE_OK)
        tine__mutex_destroy(&scope->mutex);
    return status;
}

tine_status tine_scope_open(tine_scope *parent, tine_scope **scope_out, tine_error *error)
{
    if (!scope_out)
        return tine__error_set(error, TINE_EINVAL, "scope_out is NULL: the scope needs an owner");
    *scope_out = NULL;
    tine_scope *scope = TINE__NEW(tine__heap(), tine_scope);
    if (!scope)
        return tine__error_no_memory(error);
    tine_status status = init(scope, error);
    if (status != TINE_OK) {
        TINE__DELETE(tine__heap(), scope);
        return status;
    }
    const tine__body *body = parent ? NULL : tine__body_current();
    scope->parent = body ? body->scope : parent;
    scope->opener = body ? tine_future_retain(body->task) : NULL;
    scope->opener_deadline_ns = body ? body->deadline_ns : INT64_MAX;
    atomic_init(&scope->deadline_ns, INT64_MAX);
    scope->youngest_link = &scope->eldest;
    scope->failed = UINT64_MAX;
    *scope_out = scope;
    return TINE_OK;
}

void tine_scope_close(tine_scope **scope)
{
    if (!scope || !*scope || inside(*scope))
        return;
    tine_scope *s = *scope;
    *scope = NULL;
    tine_scope_cancel(s);
    (void)!tine_scope_wait(s, NULL);
    tine_future_release(s->opener);
    tine__cond_destroy(&s->left);
    tine__mutex_destroy(&s->mutex);
    TINE__DELETE(tine__heap(), s);
}

/* ---- cancelling */

/* With the mutex held: asks the members numbered `first` and up to stop. The list of those that
 * nobody had asked before, a reference to each. */
static tine__details *ask(tine__details *member, uint64_t first)
{
    tine__details *asked = NULL;
    for (; member; member = member->younger) {
        if (member->number < first ||
            atomic_fetch_or_explicit(&member->future->word, TINE__CANCELLED, memory_order_relaxed) &
                TINE__CANCELLED)
            continue;
        tine_future_retain(member->future);
        member->next_cancelled = asked;
        asked = member;
    }
    return asked;
}

/* Ends those that have not started. Without the mutex: it calls the program's functions. */
static void cancel_all(tine__details *asked)
{
    while (asked) {
        tine__details *next = asked->next_cancelled;
        tine_future *future = asked->future;
        tine_future_cancel(future);
        tine_future_release(future);
        asked = next;
    }
}

void tine_scope_cancel(tine_scope *scope)
{
    if (!scope)
        return;
    tine__mutex_lock(&scope->mutex);
    atomic_store_explicit(&scope->cancelled, true, memory_order_relaxed);
    tine__details *asked = ask(scope->eldest, 0);
    tine__mutex_unlock(&scope->mutex);
    cancel_all(asked);
}

void tine_scope_set_timeout(tine_scope *scope, int64_t timeout_ns)
{
    if (scope)
        atomic_store_explicit(&scope->deadline_ns, tine__deadline_after(timeout_ns),
                              memory_order_relaxed);
}

/* ---- members */

static tine_status enter(tine_scope *scope, tine__details *member)
{
    tine_status status = tine__scope_status(scope);
    if (status != TINE_OK || scope->failed != UINT64_MAX)
        return status != TINE_OK ? status : TINE_ECANCELED;
    member->number = scope->n_submitted++;
    member->younger = NULL;
    member->elder_link = scope->youngest_link;
    *scope->youngest_link = member;
    scope->youngest_link = &member->younger;
    return TINE_OK;
}

tine_status tine__scope_join(tine_scope *scope, tine_future *future, tine_error *error)
{
    tine__mutex_lock(&scope->mutex);
    tine_status status = enter(scope, future->details);
    tine__mutex_unlock(&scope->mutex);
    return status == TINE_OK ? TINE_OK : tine__stop_error(error, status);
}

static void unlink_member(tine_scope *scope, tine__details *member)
{
    *member->elder_link = member->younger;
    if (member->younger)
        member->younger->elder_link = member->elder_link;
    else
        scope->youngest_link = member->elder_link;
}

/* A task that was asked to stop and did is no failure: whoever asked has the reason. */
static bool is_failure(const tine_future *future)
{
    return future->status != TINE_OK && !(future->status == TINE_ECANCELED && is_cancelled(future));
}

void tine__scope_leave(tine_scope *scope, tine_future *future)
{
    tine__details *asked = NULL, *member = future->details;
    tine__mutex_lock(&scope->mutex);
    unlink_member(scope, member);
    if (is_failure(future) && member->number < scope->failed) {
        scope->failed = member->number;
        tine__future_result(future, &scope->failure);
        asked = ask(scope->eldest, member->number + 1);
    }
    tine__cond_broadcast(&scope->left);
    tine__mutex_unlock(&scope->mutex);
    cancel_all(asked);
}

/* ---- waiting */

/* With the mutex held, which is let go meanwhile: waits until the eldest member has left. */
static void await_eldest(tine_scope *scope)
{
    tine__details *eldest = scope->eldest;
    tine_future *future = tine_future_retain(eldest->future);
    tine__mutex_unlock(&scope->mutex);
    (void)!tine_future_wait(future, TINE_FOREVER, NULL);
    tine__mutex_lock(&scope->mutex);
    while (scope->eldest == eldest)
        (void)tine__cond_wait(&scope->left, &scope->mutex, INT64_MAX);
    tine_future_release(future);
}

tine_status tine_scope_wait(tine_scope *scope, tine_error *error)
{
    if (!scope)
        return tine__error_set(error, TINE_EINVAL, "the scope is NULL");
    if (inside(scope))
        return tine__error_set(error, TINE_EINVAL,
                               "a body cannot wait for the scope it runs in: open a scope of its "
                               "own for what it starts");
    tine__mutex_lock(&scope->mutex);
    while (scope->eldest)
        await_eldest(scope);
    tine_status status = TINE_OK;
    if (scope->failed != UINT64_MAX)
        status = tine__error_copy(error, &scope->failure);
    else if (atomic_load_explicit(&scope->cancelled, memory_order_relaxed))
        status = tine__error_set(error, TINE_ECANCELED, "the scope was cancelled");
    tine__mutex_unlock(&scope->mutex);
    return status;
}
