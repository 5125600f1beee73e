/* Waiting for futures, and helping: a wait without an end runs what it waits for if nobody has
 * started it, and nothing else.
 *
 * A future that waits in the queue is claimed and run without more ado. For any other, what to help
 * with is the frontier: the first future up the chain of predecessors that has not started and can.
 * The waiter is woken when its future or the frontier changes, or, where it could help but all
 * slots are taken, when one becomes free.
 *
 * Climbing to the frontier leaves marks for the way back, so that a chain is not climbed again for
 * each of its links. A chain may be cut in the middle by a cancellation: then the marks lead on
 * with what the future used to depend on. So they are followed for half of the way at most before
 * the waiter climbs again (which makes n log n steps for n links), and a waiter that sleeps looks
 * again from time to time. */
#include "base/alloc.h"
#include "base/body.h"
#include "base/error.h"
#include "os/clock.h"
#include "pool/spin.h"
#include "task/future.h"

/* So many futures are waited for without an allocation. */
#define LOCAL_POSTS 4

/* For so long a waiter looks at a future that somebody is running before it sleeps. */
#define LOOK_ON_NS 10000

/* Whoever sleeps although a link far from the frontier may be cut looks again after this long, and
 * this much longer for each link that a look has to climb. */
#define LOOK_NS 10000000
#define LOOK_LINK_NS 2000

/* ---- helping */

/* A stay in a pool that lasts from one future to the next. */
typedef struct helper {
    tine__visit visit;
    tine_pool *pool; /* NULL: no stay */
} helper;

static void leave_pool(helper *h)
{
    if (h->pool)
        tine__visit_leave(&h->visit);
    h->pool = NULL;
}

static bool enter_pool(helper *h, tine_pool *pool)
{
    if (h->pool == pool)
        return true;
    leave_pool(h);
    if (!tine__visit_try(&h->visit, pool, false))
        return false;
    h->pool = pool;
    return true;
}

/* True: the future waited in the queue, and has been run. */
static bool help(helper *h, tine_future *future)
{
    if (!tine__job_claim(&future->job))
        return false;
    if (!enter_pool(h, tine__future_pool(future))) {
        tine__future_return(future);
        return false;
    }
    tine__future_conclude(future, h->visit.slot, TINE_OK);
    return true;
}

/* ---- posts */

/* A waiter's look-out at one future. */
typedef struct post {
    tine_future *future;
    tine_future *frontier; /* a reference, while the post is manned */
    tine_future *next;     /* the frontier's heir on the way to the future, a reference; or NULL */
    size_t n_marks;        /* that may be followed before the next climb */
    tine__watcher on_future, on_frontier, on_slots;
    bool needs_slot; /* on_slots is used */
} post;

typedef struct lookout {
    tine__parker parker;
    bool helps;
    bool changed;     /* while the posts were being manned: do not park */
    int64_t slice_ns; /* look again after that; TINE_FOREVER: no need */
} lookout;

/* The predecessor that has to end first, or NULL; a reference. */
static tine_future *obstacle(tine_future *future)
{
    if (!(tine__future_word(future) & TINE__WAITING))
        return NULL;
    tine__future_lock(future);
    tine_future *before = NULL;
    if (tine__future_word(future) & TINE__WAITING && !tine__future_is_done(future->details->before))
        before = tine_future_retain(future->details->before);
    tine__future_unlock(future);
    return before;
}

static void mark(tine_future *before, tine_future *heir, const tine_future *future)
{
    tine__details *details = tine__future_details(before);
    if (!details)
        return;
    tine__future_lock(before);
    details->heir = heir;
    details->heir_for = future;
    tine__future_unlock(before);
}

/* The frontier, a reference; counts the links up to it. */
static tine_future *climb(tine_future *future, size_t *n_links)
{
    tine_future *at = tine_future_retain(future);
    for (tine_future *before; (before = obstacle(at)); at = before) {
        mark(before, at, future);
        tine_future_release(at);
        ++*n_links;
    }
    return at;
}

/* Where to help, or the future itself. */
static tine_future *find_frontier(post *p, lookout *l)
{
    tine_future *next = p->next;
    p->next = NULL;
    if (next && p->n_marks && tine__future_word(p->future) & TINE__WAITING) {
        p->n_marks--;
        return next;
    }
    tine_future_release(next);
    size_t n_links = 0;
    tine_future *frontier = l->helps ? climb(p->future, &n_links) : tine_future_retain(p->future);
    p->n_marks = n_links / 2;
    return frontier;
}

/* With the frontier's lock. */
static tine_future *heir_of(const post *p)
{
    const tine__details *details = tine__future_details(p->frontier);
    if (!details || details->heir_for != p->future || tine__future_is_done(p->frontier))
        return NULL;
    return tine_future_retain(details->heir);
}

bool tine__future_help(tine_future *future)
{
    helper h = {.pool = NULL};
    size_t n_links = 0;
    tine_future *frontier = climb(future, &n_links);
    bool helped = help(&h, frontier);
    leave_pool(&h);
    tine_future_release(frontier);
    return helped;
}

static void watch(lookout *l, tine_future *future, tine__watcher *watcher)
{
    if (tine__future_is_done(future))
        l->changed = true;
    else
        tine__future_watch(future, watcher, &l->parker);
}

/* With the frontier's lock. True: it is claimed, and the visit to its pool has begun. */
static bool claim_frontier(post *p, lookout *l, tine__visit *visit)
{
    if (!l->helps || !tine__job_claim(&p->frontier->job))
        return false;
    tine_pool *pool = tine__future_pool(p->frontier);
    if (tine__visit_try(visit, pool, false))
        return true;
    tine__executor_watch(pool, &p->on_slots, &l->parker);
    if (tine__visit_try(visit, pool, false)) { /* one has become free just before */
        tine__executor_unwatch(pool, &p->on_slots);
        return true;
    }
    p->needs_slot = true;
    tine__job_return(&p->frontier->job);
    tine__announce(pool);
    return false;
}

/* Takes up the post. True: the frontier was claimed instead, to be run on the visit. */
static bool man(post *p, lookout *l, tine__visit *visit)
{
    p->needs_slot = false;
    p->frontier = find_frontier(p, l);
    tine__future_lock(p->frontier);
    p->next = heir_of(p);
    bool claimed = claim_frontier(p, l, visit);
    if (!claimed)
        watch(l, p->frontier, &p->on_frontier);
    tine__future_unlock(p->frontier);
    if (!claimed && p->frontier != p->future) {
        l->slice_ns = LOOK_NS + LOOK_LINK_NS * (int64_t)p->n_marks;
        tine__future_lock(p->future);
        watch(l, p->future, &p->on_future);
        tine__future_unlock(p->future);
    }
    return claimed;
}

static void unwatch(tine_future *future, tine__watcher *watcher)
{
    tine__future_lock(future);
    tine__future_unwatch(future, watcher);
    tine__future_unlock(future);
}

static void leave(post *p)
{
    if (p->needs_slot)
        tine__executor_unwatch(tine__future_pool(p->frontier), &p->on_slots);
    unwatch(p->frontier, &p->on_frontier);
    unwatch(p->future, &p->on_future);
    tine_future_release(p->frontier);
}

/* ---- waiting for the first of several */

static void forget_marks(post *posts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        posts[i].n_marks = 0;
}

/* One round: helps with one future, or sleeps until something changes. False: the time is over. */
static bool round_of(post *posts, size_t n, lookout *l, int64_t deadline_ns)
{
    tine__visit visit;
    size_t manned = 0;
    bool claimed = false, in_time = true;
    l->changed = false;
    l->slice_ns = TINE_FOREVER;
    while (manned < n && !claimed)
        claimed = man(&posts[manned++], l, &visit);
    if (claimed) {
        tine__future_conclude(posts[manned - 1].frontier, visit.slot, TINE_OK);
        tine__visit_leave(&visit);
    } else if (!l->changed && l->slice_ns != TINE_FOREVER) {
        if (!tine__park(&l->parker, tine__deadline_after(l->slice_ns)))
            forget_marks(posts, n);
    } else if (!l->changed) {
        in_time = tine__park(&l->parker, deadline_ns);
    }
    while (manned)
        leave(&posts[--manned]);
    return in_time;
}

/* The lowest index of those that are done; n: none is. */
static size_t first_done(tine_future *const *futures, size_t n)
{
    size_t i = 0;
    while (i < n && !tine__future_is_done(futures[i]))
        i++;
    return i;
}

static tine_status await_posts(tine_future *const *futures, post *posts, size_t n,
                               int64_t deadline_ns, size_t *index_out, tine_error *error)
{
    lookout l = {.helps = deadline_ns == INT64_MAX};
    tine_status status = tine__parker_init(&l.parker, error);
    if (status != TINE_OK)
        return status;
    bool in_time = true;
    while ((*index_out = first_done(futures, n)) == n && in_time)
        in_time = round_of(posts, n, &l, deadline_ns);
    for (size_t i = 0; i < n; i++)
        tine_future_release(posts[i].next);
    tine__parker_destroy(&l.parker);
    if (*index_out == n)
        return tine__error_set(error, TINE_ETIMEDOUT,
                               "the wait was over before the task; the task goes on");
    return TINE_OK;
}

static bool is_own_task(const tine_future *future)
{
    for (const tine__body *body = tine__body_current(); body; body = body->outer)
        if (body->task == future)
            return true;
    return false;
}

/* Whether the future waits for a task that this thread is in the middle of. */
static bool follows_own_task(tine_future *future)
{
    if (!tine__body_current())
        return false;
    bool follows = false;
    tine_future *at = tine_future_retain(future);
    for (tine_future *before; !follows && (before = obstacle(at)); at = before) {
        follows = is_own_task(before);
        tine_future_release(at);
    }
    tine_future_release(at);
    return follows;
}

bool tine__future_is_own(tine_future *future)
{
    return is_own_task(future) || follows_own_task(future);
}

static tine_status check(tine_future *const *futures, size_t n, int64_t timeout_ns,
                         tine_error *error)
{
    if (n && !futures)
        return tine__error_set(error, TINE_EINVAL, "the array of futures is NULL");
    for (size_t i = 0; i < n; i++) {
        if (!futures[i])
            return tine__error_set(error, TINE_EINVAL, "future %zu is NULL", i);
        if (is_own_task(futures[i]))
            return tine__error_set(error, TINE_EINVAL,
                                   "future %zu is the task that waits: it would wait for ever", i);
        if (timeout_ns == TINE_FOREVER && follows_own_task(futures[i]))
            return tine__error_set(error, TINE_EINVAL,
                                   "future %zu follows the task that waits: it would wait for ever",
                                   i);
    }
    return TINE_OK;
}

static tine_status await_any(tine_future *const *futures, size_t n, int64_t deadline_ns,
                             size_t *index_out, tine_error *error)
{
    post local[LOCAL_POSTS] = {{0}}, *posts = local;
    if ((*index_out = first_done(futures, n)) < n)
        return TINE_OK;
    if (n > LOCAL_POSTS)
        posts = tine__alloc_array(tine__heap(), n, sizeof *posts, _Alignof(post));
    if (!posts)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        posts[i] = (post){.future = futures[i]};
    tine_status status = await_posts(futures, posts, n, deadline_ns, index_out, error);
    if (posts != local)
        TINE__DELETE_ARRAY(tine__heap(), posts, n);
    return status;
}

/* ---- the verbs */

static bool is_over(const void *future)
{
    return tine__future_is_done(future);
}

/* Somebody runs the future: most are done before one would have gone to sleep. */
static bool look_on(const tine_future *future)
{
    tine__spin spin = {0};
    while (!tine__future_is_done(future))
        if (!tine__spin_on(&spin, LOOK_ON_NS, is_over, future))
            return false;
    return true;
}

/* Waits until the future is done; TINE_OK: it is. */
static tine_status await(helper *h, tine_future *future, int64_t deadline_ns, tine_error *error)
{
    size_t index;
    if (tine__future_is_done(future) || (deadline_ns == INT64_MAX && help(h, future)))
        return TINE_OK;
    leave_pool(h);
    if (deadline_ns == INT64_MAX && !tine__future_may_start_later(future) && look_on(future))
        return TINE_OK;
    return await_any(&future, 1, deadline_ns, &index, error);
}

tine_status tine_future_wait(tine_future *future, int64_t timeout_ns, tine_error *error)
{
    if (future && tine__future_is_done(future))
        return tine__future_result(future, error);
    helper h = {.pool = NULL};
    tine_status status = check(&future, 1, timeout_ns, error);
    if (status == TINE_OK)
        status = await(&h, future, tine__deadline_after(timeout_ns), error);
    leave_pool(&h);
    return status == TINE_OK ? tine__future_result(future, error) : status;
}

tine_status tine_wait_all(tine_future *const *futures, size_t n, int64_t timeout_ns,
                          tine_error *error)
{
    helper h = {.pool = NULL};
    int64_t deadline_ns = tine__deadline_after(timeout_ns);
    tine_status status = check(futures, n, timeout_ns, error);
    for (size_t i = 0; i < n && status == TINE_OK; i++)
        status = await(&h, futures[i], deadline_ns, error);
    leave_pool(&h);
    for (size_t i = 0; i < n && status == TINE_OK; i++) {
        status = tine__future_result(futures[i], error);
        if (status != TINE_OK && error)
            error->index = (int64_t)i;
    }
    return status;
}

tine_status tine_wait_any(tine_future *const *futures, size_t n, int64_t timeout_ns,
                          size_t *index_out, tine_error *error)
{
    size_t index;
    if (!n)
        return tine__error_set(error, TINE_EINVAL, "there is no future to wait for");
    tine_status status = check(futures, n, n == 1 ? timeout_ns : 0, error);
    if (status == TINE_OK)
        status = await_any(futures, n, tine__deadline_after(timeout_ns), &index, error);
    if (status == TINE_OK && index_out)
        *index_out = index;
    return status;
}
