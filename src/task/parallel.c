/* Loops, maps and reductions: one engine. The range is cut into leaves of `grain` elements, and a
 * tree over the leaves is walked by splitting off the right part and forking it, so that an idle
 * worker steals the largest part that is left. Nodes live on the stack, O(log leaves) of them.
 *
 * A node of n leaves is split at the largest power of two below n. That makes the tree of a binary
 * counter: adding leaves one by one to a counter and merging two states whenever both hold 2^i
 * leaves leaves one full tree of 2^i leaves for each bit i of n, and merging what is left from the
 * right joins the lowest bits first. The highest bit's tree is therefore merged last, with
 * everything to its right; and inside a full tree of 2^i leaves the last merge is of its halves.
 * Both are the split above. A loop needs no particular tree, and gets the same.
 *
 * Failures. A failure has a position, the leaf that failed, or for a merge the first leaf on the
 * right. The lowest wins, and what lies beyond the lowest so far is not started. What lies before
 * it is, so the failure that a serial loop would have met first is always met. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"
#include "os/clock.h"
#include "proc/crew.h"
#include "task/place.h"
#include "task/process_loop.h"
#include "task/scope.h"

#include <string.h>

/* Leaves per worker where the grain adapts: enough to even out, few enough to cost nothing. */
#define LEAVES_PER_WORKER 128

/* Leaves of a reduction, at most, whatever the number of workers. */
#define REDUCE_LEAVES 256

/* A right state of up to this size lives in its node. */
#define LOCAL_STATE 128

#define PROGRESS_INTERVAL_NS 100000000

typedef struct loop loop;

/* Not zeroed as a whole, which would cost as much as a short loop: each verb sets what its leaf
 * reads. */
struct loop {
    /* Runs elements [begin, end) into the state; the first failure. */
    tine_status (*leaf)(const loop *l, tine__body *body, size_t begin, size_t end, void *state);
    size_t begin, end, grain;
    void *ctx;
    tine_range_fn range_fn; /* a loop's */
    tine_map_fn map_fn;     /* a map's, with the arrays */
    const unsigned char *in;
    unsigned char *out;
    size_t in_size, out_size;
    tine_fold_fn fold;           /* a reduction's */
    const tine_reducer *reducer; /* NULL: there is no state */
    tine_parallel_options options;
    const tine_allocator *allocator;
    tine__body whole; /* what the leaves are a part of */

    /* The lowest leaf that failed; SIZE_MAX: none. Lowered under the mutex; read by every leaf, for
     * which an old value costs time alone. */
    _Atomic size_t failed;
    tine__mutex mutex;  /* guards the record and the lowering */
    tine_error *record; /* of that failure */

    int64_t started_ns;
    _Atomic size_t n_done; /* elements; each leaf adds, reports read */
    /* When the next report may be made. Whoever exchanges it for INT64_MAX (acquire) reports, and
     * stores the next time (release): one thread at a time. */
    _Atomic int64_t report_ns;
};

/* ---- failures */

/* True if the status is TINE_OK. */
static bool settle(loop *l, size_t leaf, tine_status status, const tine_error *record)
{
    if (status == TINE_OK)
        return true;
    tine__mutex_lock(&l->mutex);
    if (leaf < atomic_load_explicit(&l->failed, memory_order_relaxed)) {
        atomic_store_explicit(&l->failed, leaf, memory_order_relaxed);
        *l->record = *record;
        l->record->status = status;
    }
    tine__mutex_unlock(&l->mutex);
    return false;
}

/* ---- progress */

static void report(loop *l, int64_t now_ns)
{
    tine_progress p = {.struct_size = sizeof p, .n_total = l->end - l->begin};
    p.n_done = atomic_load_explicit(&l->n_done, memory_order_relaxed);
    p.seconds = (double)(now_ns - l->started_ns) / 1e9;
    p.seconds_left = p.n_done ? p.seconds / (double)p.n_done * (double)(p.n_total - p.n_done) : -1;
    l->options.progress(&p, l->options.progress_ctx);
}

static void advance(loop *l, size_t n)
{
    if (!l->options.progress)
        return;
    atomic_fetch_add_explicit(&l->n_done, n, memory_order_relaxed);
    int64_t now_ns = tine__now_ns();
    int64_t due_ns = atomic_load_explicit(&l->report_ns, memory_order_relaxed);
    if (now_ns < due_ns ||
        !atomic_compare_exchange_strong_explicit(&l->report_ns, &due_ns, INT64_MAX,
                                                 memory_order_acquire, memory_order_relaxed))
        return;
    report(l, now_ns);
    atomic_store_explicit(&l->report_ns, now_ns + PROGRESS_INTERVAL_NS, memory_order_release);
}

/* ---- leaves */

static tine_status run_range(const loop *l, tine__body *body, size_t begin, size_t end, void *state)
{
    (void)state;
    return tine__body_result(body, l->range_fn(begin, end, l->ctx), -1);
}

static tine_status map_element(const loop *l, tine__body *body, size_t i)
{
    const void *in = l->in ? l->in + i * l->in_size : NULL;
    void *out = l->out ? l->out + i * l->out_size : NULL;
    return tine__body_result(body, l->map_fn(i, in, out, l->ctx), (int64_t)i);
}

static tine_status run_map(const loop *l, tine__body *body, size_t begin, size_t end, void *state)
{
    (void)state;
    tine_status *statuses = l->options.statuses;
    tine_status status = TINE_OK;
    for (size_t i = begin; i < end && status == TINE_OK; i++) {
        status = map_element(l, body, i);
        if (statuses) {
            statuses[i] = status;
            status = TINE_OK;
        }
    }
    return status;
}

static void destroy_state(const loop *l, void *state)
{
    if (l->reducer->destroy)
        l->reducer->destroy(state, l->reducer->ctx);
}

static tine_status init_state(const loop *l, tine__body *body, void *state)
{
    if (l->reducer->init)
        return tine__body_result(body, l->reducer->init(state, l->reducer->ctx), -1);
    memset(state, 0, l->reducer->size);
    return TINE_OK;
}

static tine_status run_fold(const loop *l, tine__body *body, size_t begin, size_t end, void *state)
{
    tine_status status = init_state(l, body, state);
    if (status != TINE_OK || begin == end)
        return status;
    status = tine__body_result(body, l->fold(state, begin, end, l->reducer->ctx), -1);
    if (status != TINE_OK)
        destroy_state(l, state);
    return status;
}

/* A map that says how each element went says it of those it did not run, too. */
static void skip_statuses(const loop *l, size_t begin, size_t end, tine_status status)
{
    for (size_t i = begin; l->options.statuses && i < end; i++)
        l->options.statuses[i] = status;
}

/* True: the state, if there is one, is made and holds the leaf. */
static bool run_leaf(loop *l, size_t leaf, void *state)
{
    size_t begin = l->begin + leaf * l->grain;
    size_t end = begin + tine__min(l->grain, l->end - begin);
    tine_error record;
    tine__body body = tine__body_part(&l->whole, tine__current->at, &record);
    /* With statuses, only the scope ends a loop, and each leaf says why it was not run. */
    if (!l->options.statuses && leaf > atomic_load_explicit(&l->failed, memory_order_relaxed))
        return false;
    tine__body_enter(&body);
    tine_status status = tine__stop_status();
    if (status == TINE_OK) {
        status = l->leaf(l, &body, begin, end, state);
    } else {
        tine__stop_error(&record, status);
        skip_statuses(l, begin, end, status);
    }
    tine__body_leave(&body);
    advance(l, end - begin);
    return settle(l, leaf, status, &record);
}

/* ---- the tree */

typedef struct node {
    tine__frame frame;
    loop *loop;
    size_t first, n; /* leaves */
    void *state;     /* room for the result */
    bool done;       /* it is made */
    _Alignas(max_align_t) unsigned char local[LOCAL_STATE];
} node;

static bool run_leaves(loop *l, size_t first, size_t n, void *state);

static void run_node(void *arg)
{
    node *right = arg;
    right->done = run_leaves(right->loop, right->first, right->n, right->state);
}

/* Room for the right state; false when memory is short. */
static bool make_room(node *right)
{
    const tine_reducer *r = right->loop->reducer;
    right->state = NULL;
    if (!r)
        return true;
    if (r->size <= LOCAL_STATE && r->align <= _Alignof(max_align_t))
        right->state = right->local;
    else
        right->state = tine__alloc(right->loop->allocator, r->size, r->align);
    return right->state != NULL;
}

static void free_room(node *right)
{
    const tine_reducer *r = right->loop->reducer;
    if (r && right->state != right->local)
        tine__free(right->loop->allocator, right->state, r->size, r->align);
}

/* Merges the right state into the left, or destroys whichever of the two was made. */
static bool merge(loop *l, node *right, void *left, bool left_done)
{
    tine_error record;
    tine__body body = tine__body_part(&l->whole, tine__current->at, &record);
    tine_status status = TINE_OK;
    bool both = left_done && right->done;
    tine__body_enter(&body);
    if (both)
        status =
            tine__body_result(&body, l->reducer->merge(left, right->state, l->reducer->ctx), -1);
    if (right->done)
        destroy_state(l, right->state);
    if (left_done && (!both || status != TINE_OK))
        destroy_state(l, left);
    tine__body_leave(&body);
    return settle(l, right->first, status, &record) && both;
}

static size_t power_below(size_t n)
{
    size_t p = 1;
    while (p < n - p)
        p *= 2;
    return p;
}

static void no_room(loop *l, size_t leaf)
{
    tine_error record;
    settle(l, leaf, tine__error_no_memory(&record), &record);
}

/* Runs both parts: the right one by whoever takes it, with no pool after the left. */
static bool run_both(loop *l, node *right, size_t first, void *state)
{
    tine__body *body = tine__current;
    right->frame.fn = run_node;
    right->frame.arg = right;
    if (body->at)
        tine__frame_fork_public(&right->frame, body);
    else
        tine__frame_keep(&right->frame);
    bool left_done = run_leaves(l, first, right->first - first, state);
    tine__frame_join(&right->frame);
    return left_done;
}

/* True: the state, if there is one, is made and holds the leaves. */
static bool run_leaves(loop *l, size_t first, size_t n, void *state)
{
    if (n == 1)
        return run_leaf(l, first, state);
    node right;
    size_t n_left = power_below(n);
    right.loop = l;
    right.first = first + n_left;
    right.n = n - n_left;
    right.done = false;
    bool room = make_room(&right), left_done;
    if (room) {
        left_done = run_both(l, &right, first, state);
    } else {
        no_room(l, right.first);
        left_done = run_leaves(l, first, n_left, state);
    }
    bool done = l->reducer ? merge(l, &right, state, left_done) : left_done && right.done;
    free_room(&right);
    return done;
}

/* ---- the verbs */

/* n / size, rounded up. A division takes as long as a fork. */
static size_t n_pieces(size_t n, size_t size)
{
    return size == 1 ? n : n / size + (n % size != 0);
}

static void prepare(loop *l, tine_pool *pool, tine__slot *slot)
{
    const tine__body *here = tine__body_current();
    tine__body fresh = tine__body_on(slot);
    l->whole = here ? *here : fresh;
    if (fresh.pool != l->whole.pool) {
        l->whole.epoch = fresh.epoch;
        l->whole.caller = here;
    }
    l->whole.pool = fresh.pool;
    l->whole.at = fresh.at;
    l->whole.record = NULL;
    l->whole.failed = false;
    if (l->options.scope)
        l->whole.scope = l->options.scope;
    l->allocator = pool ? &pool->allocator : tine__heap();
    atomic_init(&l->failed, SIZE_MAX);
    atomic_init(&l->n_done, 0);
    l->started_ns = l->options.progress ? tine__now_ns() : 0;
    atomic_init(&l->report_ns, l->started_ns + PROGRESS_INTERVAL_NS);
}

static void run_tree(loop *l, void *state)
{
    size_t n = l->end - l->begin;
    size_t n_leaves = n_pieces(n, l->grain);
    if (n_leaves)
        (void)run_leaves(l, 0, n_leaves, state);
    else if (l->reducer)
        (void)run_leaf(l, 0, state);
    if (l->options.progress)
        report(l, tine__now_ns());
}

static tine_status run(loop *l, tine_pool *pool, void *state, tine_error *error)
{
    tine_error own;
    tine__visit visit;
    tine_status status = tine__visit_enter(&visit, pool, true, error);
    if (status != TINE_OK)
        return status;
    l->record = error ? error : &own;
    l->mutex = TINE__MUTEX_INIT;
    prepare(l, pool, visit.slot);
    tine__body_enter(&l->whole);
    run_tree(l, state);
    tine__body_leave(&l->whole);
    tine__visit_leave(&visit);
    tine__mutex_destroy(&l->mutex);
    return atomic_load_explicit(&l->failed, memory_order_relaxed) == SIZE_MAX ? TINE_OK
                                                                              : l->record->status;
}

/* Of a loop whose leaf and functions are set. */
static tine_status open(loop *l, size_t begin, size_t end, bool has_fn,
                        const tine_parallel_options *options, tine_error *error)
{
    if (!has_fn)
        return tine__error_set(error, TINE_EINVAL, "the function to run is NULL");
    if (begin > end)
        return tine__error_set(error, TINE_EINVAL, "the range begins at %zu, after its end %zu",
                               begin, end);
    l->begin = begin;
    l->end = end;
    tine_status status =
        tine__options_read(&l->options, sizeof l->options, options, "tine_parallel_options", error);
    l->grain = l->options.grain;
    return status;
}

/* So that there are at most `leaves` leaves. */
static size_t grain_for(size_t n, size_t leaves)
{
    return n <= leaves ? 1 : n_pieces(n, leaves);
}

/* The loop in worker processes. */
static tine_status run_remote(const loop *l, tine_pool *pool, tine_fold_fn fold, void *state,
                              tine_error *error)
{
    const tine__process_loop remote = {.pool = pool,
                                       .options = &l->options,
                                       .begin = l->begin,
                                       .end = l->end,
                                       .grain = l->grain,
                                       .ctx = fold ? l->reducer->ctx : l->ctx,
                                       .ctx_size =
                                           fold ? l->reducer->ctx_size : l->options.ctx_size,
                                       .range_fn = l->range_fn,
                                       .map_fn = l->map_fn,
                                       .in = l->in,
                                       .out = l->out,
                                       .in_size = l->in ? l->in_size : 0,
                                       .out_size = l->out ? l->out_size : 0,
                                       .fold = fold,
                                       .reducer = l->reducer};
    return tine__process_loop_run(&remote, state, error);
}

static size_t adaptive_grain(const tine_pool *pool, size_t n)
{
    return grain_for(n, (size_t)LEAVES_PER_WORKER * tine_pool_workers(pool));
}

tine_status tine_parallel_for(tine_pool *pool, size_t begin, size_t end, tine_range_fn fn,
                              void *ctx, const tine_parallel_options *options, tine_error *error)
{
    loop l;
    l.leaf = run_range;
    l.range_fn = fn;
    l.map_fn = NULL;
    l.in = NULL;
    l.out = NULL;
    l.reducer = NULL;
    l.ctx = ctx;
    pool = tine__pool_here(pool);
    tine_status status = open(&l, begin, end, fn != NULL, options, error);
    if (status != TINE_OK)
        return status;
    if (pool && pool->crew)
        return run_remote(&l, pool, NULL, NULL, error);
    if (!l.grain)
        l.grain = adaptive_grain(pool, end - begin);
    return run(&l, pool, NULL, error);
}

tine_status tine_parallel_map(tine_pool *pool, tine_map_fn fn, void *ctx, const void *in,
                              size_t in_size, void *out, size_t out_size, size_t n,
                              const tine_parallel_options *options, tine_error *error)
{
    loop l;
    l.leaf = run_map;
    l.range_fn = NULL;
    l.map_fn = fn;
    l.reducer = NULL;
    l.ctx = ctx;
    l.in = in;
    l.out = out;
    l.in_size = in_size;
    l.out_size = out_size;
    pool = tine__pool_here(pool);
    tine_status status = open(&l, 0, n, fn != NULL, options, error);
    if (status != TINE_OK)
        return status;
    if (pool && pool->crew)
        return run_remote(&l, pool, NULL, NULL, error);
    if (!l.grain)
        l.grain = adaptive_grain(pool, n);
    return run(&l, pool, NULL, error);
}

static tine_status check_reducer(tine_reducer *reducer, const void *state_out, tine_error *error)
{
    if (!reducer->align)
        reducer->align = _Alignof(max_align_t);
    if (!reducer->merge || !state_out)
        return tine__error_set(error, TINE_EINVAL, "%s is NULL",
                               reducer->merge ? "state_out" : "the reducer's merge");
    if (!reducer->size)
        return tine__error_set(error, TINE_EINVAL, "the reducer's size is 0");
    if (reducer->align & (reducer->align - 1))
        return tine__error_set(error, TINE_EINVAL,
                               "the reducer's align is %zu: it is a power of two, or 0",
                               reducer->align);
    return TINE_OK;
}

tine_status tine_parallel_reduce(tine_pool *pool, size_t begin, size_t end, tine_fold_fn fold,
                                 const tine_reducer *reducer, void *state_out,
                                 const tine_parallel_options *options, tine_error *error)
{
    tine_reducer r;
    loop l;
    l.leaf = run_fold;
    l.fold = fold;
    l.range_fn = NULL;
    l.map_fn = NULL;
    l.in = NULL;
    l.out = NULL;
    pool = tine__pool_here(pool);
    l.reducer = &r;
    l.ctx = NULL;
    tine_status status = open(&l, begin, end, fold && reducer, options, error);
    if (status == TINE_OK)
        status = tine__options_read(&r, sizeof r, reducer, "tine_reducer", error);
    if (status == TINE_OK)
        status = check_reducer(&r, state_out, error);
    if (status != TINE_OK)
        return status;
    if (!l.grain)
        l.grain = grain_for(end - begin, REDUCE_LEAVES);
    if (pool && pool->crew)
        return run_remote(&l, pool, fold, state_out, error);
    return run(&l, pool, state_out, error);
}
