/* Futures in the order in which they end. Each has a watcher that whoever ends it pushes on a
 * stack; the thread that waits takes the stack as a whole and turns it round. While it has nothing
 * to give it looks for a future to run itself, once through all of them, and again when it was
 * woken though none had ended: then one that could not be run before may be ready. */
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "task/future.h"

/* How long somebody sleeps before that. */
#define LOOK_NS 10000000

struct tine_completed {
    size_t n, n_given;
    size_t n_looked;  /* futures below could not be run when they were last looked at, */
    bool looks_again; /* but some of them may be later */
    tine__parker parker;
    _Atomic(tine__watcher *) over; /* see pool/watch.h */
    tine__watcher *ready;          /* to be given, the first to end first; by `next` */
    struct {
        tine_future *future; /* a reference */
        tine__watcher watcher;
    } items[];
};

/* ---- life */

static size_t size_of(size_t n)
{
    return sizeof(tine_completed) + n * sizeof(((tine_completed *)0)->items[0]);
}

/* One that has ended is at once where whoever ends it would put it. */
static void follow(tine_completed *c, size_t i)
{
    tine_future *future = c->items[i].future;
    tine__watcher *watcher = &c->items[i].watcher;
    tine__future_lock(future);
    bool done = tine__future_is_done(future);
    if (!done)
        tine__future_watch(future, watcher, &c->parker);
    watcher->over = &c->over;
    tine__future_unlock(future);
    if (done)
        tine__watcher_is_over(watcher);
}

static tine_status check(tine_future *const *futures, size_t n, tine_error *error)
{
    if (n && !futures)
        return tine__error_set(error, TINE_EINVAL, "the array of futures is NULL");
    for (size_t i = 0; i < n; i++) {
        if (!futures[i])
            return tine__error_set(error, TINE_EINVAL, "future %zu is NULL", i);
        if (tine__future_is_own(futures[i]))
            return tine__error_set(error, TINE_EINVAL,
                                   "future %zu is the task that asks, or follows it", i);
    }
    if (n > (SIZE_MAX - sizeof(tine_completed)) / size_of(1))
        return tine__error_no_memory(error);
    return TINE_OK;
}

tine_status tine_as_completed(tine_future *const *futures, size_t n, tine_completed **completed_out,
                              tine_error *error)
{
    if (!completed_out)
        return tine__error_set(error, TINE_EINVAL, "completed_out is NULL");
    *completed_out = NULL;
    tine_status status = check(futures, n, error);
    if (status != TINE_OK)
        return status;
    tine_completed *c = tine__alloc_zeroed(tine__heap(), size_of(n), _Alignof(tine_completed));
    if (!c)
        return tine__error_no_memory(error);
    status = tine__parker_init(&c->parker, error);
    if (status != TINE_OK) {
        tine__free(tine__heap(), c, size_of(n), _Alignof(tine_completed));
        return status;
    }
    c->n = n;
    for (size_t i = 0; i < n; i++) {
        c->items[i].future = tine_future_retain(futures[i]);
        follow(c, i);
    }
    *completed_out = c;
    return TINE_OK;
}

/* With each future's lock once, so that nobody is still in the middle of waking this. */
void tine_completed_close(tine_completed **completed)
{
    if (!completed || !*completed)
        return;
    tine_completed *c = *completed;
    *completed = NULL;
    for (size_t i = 0; i < c->n; i++) {
        tine__future_lock(c->items[i].future);
        tine__future_unwatch(c->items[i].future, &c->items[i].watcher);
        tine__future_unlock(c->items[i].future);
        tine_future_release(c->items[i].future);
    }
    tine__parker_destroy(&c->parker);
    tine__free(tine__heap(), c, size_of(c->n), _Alignof(tine_completed));
}

/* ---- the next */

/* Turns the stack round. */
static void collect(tine_completed *c)
{
    tine__watcher *watcher = atomic_exchange_explicit(&c->over, NULL, memory_order_acquire);
    for (tine__watcher *next; watcher; watcher = next) {
        next = watcher->next;
        watcher->next = c->ready;
        c->ready = watcher;
    }
}

/* False: none has ended. */
static bool give(tine_completed *c, size_t *index_out)
{
    if (!c->ready)
        collect(c);
    if (!c->ready)
        return false;
    unsigned char *first = (unsigned char *)&c->items[0].watcher;
    size_t offset = (size_t)((unsigned char *)c->ready - first);
    if (index_out)
        *index_out = offset / sizeof c->items[0];
    c->ready = c->ready->next;
    c->n_given++;
    return true;
}

/* Runs one that nobody has started. */
static bool help(tine_completed *c)
{
    for (; c->n_looked < c->n; c->n_looked++) {
        tine_future *future = c->items[c->n_looked].future;
        if (tine__future_help(future))
            return true;
        if (tine__future_may_start_later(future))
            c->looks_again = true;
    }
    return false;
}

/* False: the time is over. */
static bool sleep(tine_completed *c, int64_t deadline_ns)
{
    if (!c->looks_again)
        return tine__park(&c->parker, deadline_ns);
    (void)tine__park(&c->parker, tine__deadline_after(LOOK_NS));
    c->looks_again = false;
    c->n_looked = 0;
    return true;
}

tine_status tine_completed_next(tine_completed *completed, int64_t timeout_ns, size_t *index_out,
                                tine_error *error)
{
    int64_t deadline_ns = tine__deadline_after(timeout_ns);
    bool in_time = true;
    while (completed->n_given < completed->n) {
        if (give(completed, index_out))
            return TINE_OK;
        if (!in_time)
            return tine__error_set(error, TINE_ETIMEDOUT,
                                   "the wait was over before the task; the task goes on");
        if (timeout_ns != TINE_FOREVER)
            in_time = tine__park(&completed->parker, deadline_ns);
        else if (!help(completed))
            in_time = sleep(completed, deadline_ns);
    }
    return tine__error_set(error, TINE_END, "all of the futures have been given");
}
