/* Loops in worker processes: one engine. What is to be done is cut into units: elements of a map,
 * leaves of a loop, blocks of 2^k leaves of a reduction. A parcel carries some units that follow
 * one another, with their inputs, there, and their outputs back. Units that come back undone go out
 * again, before others.
 *
 * A block of 2^k leaves that begins at a multiple of 2^k, and whatever remains behind the last of
 * them, is a subtree of the binary counter's tree (task/parallel.c). So a worker merges the leaves
 * of a block, the program merges the blocks in the same tree, and the bits are those of threads. */
#include "task/process_loop.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "proc/crew.h"
#include "task/place.h"
#include "task/scope.h"

#include <string.h>

/* Leaves of a loop per worker where the grain adapts. */
#define LEAVES_PER_WORKER 128
/* Parcels for each worker, if units are small enough and many enough. */
#define PARCELS_PER_WORKER 8
/* How many times a worker claims from a parcel. */
#define CLAIMS_PER_PARCEL 16
/* Blocks of a reduction, at most: each is a state. */
#define REDUCE_BLOCKS 256

/* How often the caller looks whether it is to stop. */
#define SLICE_NS 10000000
#define PROGRESS_INTERVAL_NS 100000000

typedef struct range {
    size_t begin, end;
} range;

typedef struct retry {
    size_t unit;
    unsigned n_tries;
    int64_t due_ns;
} retry;

typedef struct haul {
    tine__source source;
    const tine__process_loop *loop;
    tine__crew *crew;
    size_t n_units, chunk; /* units of a parcel, at most */
    size_t per_unit;       /* elements */
    void *ctx;             /* as workers see it */
    bool in_is_shared, out_is_shared;
    unsigned char *out; /* a map's own, or the states of a reduction */
    size_t out_size;
    tine__parker parker; /* the caller's */
    unsigned epoch;

    /* Guarded by the crew's mutex. */
    size_t next;   /* units from here on have never been out */
    size_t cut;    /* units from here on are not wanted any more */
    size_t n_away; /* units that are in parcels */
    size_t n_done;
    range *undone; /* those that came back, the latest last */
    size_t n_undone, undone_capacity;
    retry *retries;
    size_t n_retries, retries_capacity;
    size_t failed; /* the lowest unit that has; SIZE_MAX: none */
    tine_error record;
    tine_status stopped;
} haul;

/* At the beginning of a parcel; behind it statuses, inputs, outputs. */
typedef struct chunk {
    tine__process_loop loop; /* with ctx, in, out and grain as they are here */
    tine_reducer reducer;
    size_t first, per_unit;
    tine_status *statuses; /* NULL: a failure ends the parcel */
} chunk;

/* What a trip's results are. Its first item is the number of tries that its unit has had, which is
 * alone in the parcel then; 0: none. */
enum { TRIP_OUT, TRIP_STATUSES };

static unsigned n_tries_of(const tine__trip *trip)
{
    return (unsigned)(uintptr_t)trip->items[0];
}

static haul *haul_of(tine__source *source)
{
    return (void *)((unsigned char *)source - offsetof(haul, source));
}

/* ---- in the worker */

static range elements_of(const chunk *c, uint32_t item)
{
    size_t begin = c->loop.begin + (c->first + item) * c->per_unit;
    return (range){begin, begin + tine__min(c->per_unit, c->loop.end - begin)};
}

static void *at(const void *array, size_t i, size_t size)
{
    return array ? (unsigned char *)array + i * size : NULL;
}

static tine_status fold_unit(const chunk *c, tine__body *body, range r, void *state)
{
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = c->loop.grain;
    body->failed = false;
    return tine_parallel_reduce(NULL, r.begin, r.end, c->loop.fold, &c->reducer, state, &options,
                                body->record);
}

static tine_status run_unit(const chunk *c, tine__body *body, uint32_t item)
{
    const tine__process_loop *l = &c->loop;
    void *out = at(l->out, item, l->out_size);
    if (l->map_fn) {
        size_t i = c->first + item;
        return tine__body_result(body, l->map_fn(i, at(l->in, item, l->in_size), out, l->ctx),
                                 (int64_t)i);
    }
    range r = elements_of(c, item);
    if (l->fold)
        return fold_unit(c, body, r, out);
    return tine__body_result(body, l->range_fn(r.begin, r.end, l->ctx), -1);
}

static const void *function_of(const tine__process_loop *l)
{
    return l->map_fn ? tine__address((void (*)(void))l->map_fn)
           : l->fold ? tine__address((void (*)(void))l->fold)
                     : tine__address((void (*)(void))l->range_fn);
}

/* `status`: of a body that gave up because of its timeout. */
static tine_status late(const tine__parcel *p, tine__body *body, tine_status status)
{
    if (p->timeout_ns == TINE_FOREVER || tine__now_ns() < body->deadline_ns)
        return status;
    return tine__error_set(body->record, TINE_ETIMEDOUT,
                           "the body gave up after its timeout of %lld ns",
                           (long long)p->timeout_ns);
}

/* A map without statuses and limits, whose elements may take a nanosecond: the same as below, with
 * as little as possible for each. */
static uint32_t run_elements(tine__work *work, tine__body *body, uint32_t begin, uint32_t end)
{
    tine__parcel *p = work->parcel;
    const chunk *c = (void *)p->payload;
    const tine_map_fn fn = c->loop.map_fn;
    void *const ctx = c->loop.ctx;
    const size_t first = c->first, in_size = c->loop.in_size, out_size = c->loop.out_size;
    const unsigned char *in = c->loop.in ? c->loop.in + begin * in_size : NULL;
    unsigned char *out = c->loop.out ? c->loop.out + begin * out_size : NULL;
    uint32_t i = begin;
    for (; i < end && !atomic_load_explicit(&p->stop, memory_order_relaxed); i++) {
        tine__item_begins(work, i);
        tine_status status = fn(first + i, in, out, ctx);
        if (status != TINE_OK) {
            (void)tine__body_result(body, status, (int64_t)(first + i));
            tine__item_fails(work, i);
            tine__item_ends(work, i);
            return i;
        }
        body->failed = false;
        tine__work_goes_on(work);
        in += in_size;
        out += out_size;
    }
    if (i > begin)
        tine__item_ends(work, i - 1);
    return i;
}

/* True if it has failed and the parcel ends. */
static bool run_item(tine__work *work, chunk *c, tine__body *body, uint32_t i, bool known)
{
    tine__parcel *p = work->parcel;
    tine__item_begins(work, i);
    if (p->timeout_ns != TINE_FOREVER)
        body->deadline_ns = tine__deadline_after(p->timeout_ns);
    tine_status status = known ? run_unit(c, body, i) : TINE_EINVAL;
    if (status != TINE_OK)
        status = late(p, body, status);
    bool ends = status != TINE_OK && !c->statuses;
    if (c->statuses)
        c->statuses[i] = status;
    if (ends)
        tine__item_fails(work, i);
    tine__item_ends(work, i);
    return ends;
}

/* Units below `end`, one after the other, until one fails or all are to stop. */
static uint32_t run_units(tine__work *work, uint32_t begin, uint32_t end)
{
    tine__parcel *p = work->parcel;
    chunk *c = (void *)p->payload;
    uint32_t i = begin;
    tine__body body = {
        .deadline_ns = INT64_MAX, .stop = &p->stop, .record = &p->record, .worker = work->worker};
    bool known = tine__work_knows(work, function_of(&c->loop));
    tine__body_enter(&body);
    if (known && c->loop.map_fn && !c->statuses && p->timeout_ns == TINE_FOREVER)
        i = run_elements(work, &body, begin, end);
    else
        while (i < end && !atomic_load_explicit(&p->stop, memory_order_relaxed) &&
               !run_item(work, c, &body, i, known))
            i++;
    tine__body_leave(&body);
    return i;
}

/* ---- the end of units */

static bool is_done(const haul *h)
{
    return !h->n_away && !h->n_undone && !h->n_retries && h->next >= h->cut;
}

static bool is_done_arg(const void *arg)
{
    const haul *h = arg;
    tine__mutex_lock(&h->crew->mutex);
    bool done = is_done(h);
    tine__mutex_unlock(&h->crew->mutex);
    return done;
}

static void notice_end(haul *h)
{
    if (is_done(h))
        tine__unpark(&h->parker);
}

static void find_due(haul *h)
{
    h->source.due_ns = INT64_MAX;
    for (size_t i = 0; i < h->n_retries; i++)
        if (h->retries[i].due_ns < h->source.due_ns)
            h->source.due_ns = h->retries[i].due_ns;
}

/* Units that will not run. */
static void forget(const haul *h, size_t begin, size_t end)
{
    tine_status *statuses = h->loop->options->statuses;
    for (size_t i = begin; statuses && i < end; i++)
        statuses[i] = h->stopped == TINE_OK ? h->record.status : h->stopped;
}

/* Units from `cut` on are forgotten, but for those that are away. */
static void cut_at(haul *h, size_t cut)
{
    size_t n = 0;
    if (cut >= h->cut)
        return;
    forget(h, tine__max(h->next, cut), h->cut);
    h->cut = cut;
    for (size_t i = 0; i < h->n_undone; i++) {
        range r = h->undone[i];
        forget(h, tine__max(r.begin, cut), r.end);
        r.end = tine__min(r.end, cut);
        if (r.begin < r.end)
            h->undone[n++] = r;
    }
    h->n_undone = n;
    n = 0;
    for (size_t i = 0; i < h->n_retries; i++)
        if (h->retries[i].unit < cut)
            h->retries[n++] = h->retries[i];
        else
            forget(h, h->retries[i].unit, h->retries[i].unit + 1);
    h->n_retries = n;
    find_due(h);
}

static void fail_unit(haul *h, size_t unit, const tine_error *record)
{
    if (unit >= h->failed)
        return;
    h->failed = unit;
    h->record = *record;
    cut_at(h, unit);
}

/* A failure for which there is no unit: the haul is over. */
static void fail_whole(haul *h, tine_status status)
{
    tine_error record;
    tine__error_set(&record, status, "out of memory");
    fail_unit(h, 0, &record);
}

static void settle(tine__source *source, tine__trip *trip, uint32_t begin, uint32_t end)
{
    haul *h = haul_of(source);
    tine_status *statuses = h->loop->options->statuses;
    size_t first = trip->first + begin, n = end - begin;
    if (h->out && !h->out_is_shared)
        memcpy(h->out + first * h->out_size, at(trip->results[TRIP_OUT], begin, h->out_size),
               n * h->out_size);
    if (statuses)
        memcpy(statuses + first, at(trip->results[TRIP_STATUSES], begin, sizeof *statuses),
               n * sizeof *statuses);
    h->n_away -= n;
    h->n_done += n;
    notice_end(h);
}

static void fail(tine__source *source, tine__trip *trip, uint32_t item)
{
    haul *h = haul_of(source);
    tine_error record;
    tine__trip_record(trip, &record);
    h->n_away--;
    fail_unit(h, trip->first + item, &record);
    notice_end(h);
}

static bool add_retry(haul *h, size_t unit, unsigned n_tries)
{
    void *retries = h->retries;
    if (!tine__grow(&h->crew->pool->allocator, &retries, &h->retries_capacity, h->n_retries,
                    h->n_retries + 1, sizeof *h->retries, _Alignof(retry)))
        return false;
    h->retries = retries;
    h->retries[h->n_retries++] =
        (retry){unit, n_tries + 1, tine__now_ns() + tine__back_off_ns(n_tries)};
    find_due(h);
    return true;
}

static void lose(tine__source *source, tine__trip *trip, uint32_t item, const tine__loss *loss)
{
    haul *h = haul_of(source);
    const tine__process_loop *l = h->loop;
    size_t unit = trip->first + item;
    unsigned n_tries = n_tries_of(trip);
    h->n_away--;
    if (n_tries < l->options->n_retries && unit < h->cut) {
        if (!add_retry(h, unit, n_tries))
            fail_whole(h, TINE_ENOMEM);
    } else {
        tine_error record;
        tine_status status = tine__loss_error(&record, loss, l->map_fn ? (int64_t)unit : -1);
        if (l->options->statuses)
            l->options->statuses[unit] = status;
        else
            fail_unit(h, unit, &record);
        h->n_done++;
    }
    notice_end(h);
}

static void give_back(tine__source *source, tine__trip *trip, uint32_t begin, uint32_t end)
{
    haul *h = haul_of(source);
    range r = {trip->first + begin, tine__min(trip->first + end, h->cut)};
    forget(h, tine__max(r.begin, h->cut), trip->first + end);
    h->n_away -= end - begin;
    if (r.begin < r.end && n_tries_of(trip)) {
        if (!add_retry(h, r.begin, n_tries_of(trip) - 1))
            fail_whole(h, TINE_ENOMEM);
    } else if (r.begin < r.end) {
        void *undone = h->undone;
        if (tine__grow(&h->crew->pool->allocator, &undone, &h->undone_capacity, h->n_undone,
                       h->n_undone + 1, sizeof *h->undone, _Alignof(range))) {
            h->undone = undone;
            h->undone[h->n_undone++] = r;
        } else {
            fail_whole(h, TINE_ENOMEM);
        }
    }
    notice_end(h);
}

static void abandon(tine__source *source, const tine_error *error)
{
    haul *h = haul_of(source);
    size_t unit = tine__min(h->next, h->cut);
    for (size_t i = 0; i < h->n_undone; i++)
        unit = tine__min(unit, h->undone[i].begin);
    for (size_t i = 0; i < h->n_retries; i++)
        unit = tine__min(unit, h->retries[i].unit);
    if (h->n_undone || h->n_retries || h->next < h->cut)
        fail_unit(h, unit, error);
    notice_end(h);
}

static bool stop(tine__source *source, tine__trip *trip)
{
    const haul *h = haul_of(source);
    const tine_pool *pool = h->crew->pool;
    bool stops = h->stopped != TINE_OK || trip->first >= h->cut ||
                 atomic_load_explicit(&pool->epoch, memory_order_relaxed) != h->epoch;
    if (stops)
        atomic_store_explicit(&trip->parcel->stop, 1, memory_order_relaxed);
    return stops;
}

/* ---- loading */

/* Up to `most` units that are to go out. */
static range take(haul *h, size_t most, unsigned *n_tries_out)
{
    int64_t now_ns = h->n_retries ? tine__now_ns() : 0;
    *n_tries_out = 0;
    for (size_t i = 0; i < h->n_retries; i++) {
        retry r = h->retries[i];
        if (r.due_ns > now_ns)
            continue;
        h->retries[i] = h->retries[--h->n_retries];
        find_due(h);
        *n_tries_out = r.n_tries;
        return (range){r.unit, r.unit + 1};
    }
    if (h->n_undone) {
        range *last = &h->undone[h->n_undone - 1];
        range r = {last->begin, last->begin + tine__min(most, last->end - last->begin)};
        last->begin = r.end;
        h->n_undone -= last->begin == last->end;
        return r;
    }
    range r = {h->next, h->next};
    if (h->next < h->cut)
        r.end += tine__min(most, h->cut - h->next);
    h->next = r.end;
    return r;
}

/* Where the parts of a parcel are, from its payload on. */
typedef struct layout {
    size_t statuses, in, out, size;
} layout;

static bool lay_out(const haul *h, size_t n, layout *l)
{
    size_t n_in = 0, n_out = 0, n_statuses = h->loop->options->statuses ? n : 0;
    l->statuses = sizeof(chunk);
    return (h->in_is_shared || tine__size_mul(n, h->loop->in_size, &n_in)) &&
           (h->out_is_shared || tine__size_mul(n, h->out_size, &n_out)) &&
           tine__size_round_up(l->statuses + n_statuses * sizeof(tine_status), TINE__ALIGN,
                               &l->in) &&
           tine__size_add(l->in, h->loop->in ? n_in : 0, &l->out) &&
           tine__size_round_up(l->out, TINE__ALIGN, &l->out) &&
           tine__size_add(l->out, h->out ? n_out : 0, &l->size) &&
           tine__size_add(l->size, h->loop->reducer ? h->loop->reducer->align : 0, &l->size);
}

static void write_chunk(const haul *h, tine__trip *trip, range r, const layout *l)
{
    const tine__process_loop *loop = h->loop;
    tine__parcel *p = trip->parcel;
    chunk *c = (void *)p->payload;
    size_t n = r.end - r.begin, align = loop->reducer ? loop->reducer->align : 1;
    c->loop = *loop;
    c->loop.ctx = h->ctx;
    c->first = r.begin;
    c->per_unit = h->per_unit;
    c->loop.out_size = h->out_size;
    if (loop->reducer) {
        c->reducer = *loop->reducer;
        c->reducer.ctx = h->ctx;
    }
    c->statuses = loop->options->statuses ? (void *)(p->payload + l->statuses) : NULL;
    if (h->in_is_shared)
        c->loop.in = at(loop->in, r.begin, loop->in_size);
    else if (loop->in)
        c->loop.in =
            memcpy(p->payload + l->in, loop->in + r.begin * loop->in_size, n * loop->in_size);
    if (h->out_is_shared)
        c->loop.out = at(h->out, r.begin, h->out_size);
    else if (h->out)
        c->loop.out = (void *)(((uintptr_t)(p->payload + l->out) + align - 1) / align * align);
    trip->results[TRIP_OUT] = c->loop.out;
    trip->results[TRIP_STATUSES] = c->statuses;
}

static bool load(tine__source *source, tine__trip *trip, uint32_t most)
{
    haul *h = haul_of(source);
    unsigned n_tries;
    layout l;
    range r = take(h, tine__min(most, h->chunk), &n_tries);
    uint32_t n = (uint32_t)(r.end - r.begin);
    if (!n)
        return false;
    if (!lay_out(h, n, &l) || !tine__trip_parcel(h->crew, trip, l.size, n)) {
        fail_whole(h, TINE_ENOMEM);
        notice_end(h);
        return false;
    }
    tine__parcel *p = trip->parcel;
    write_chunk(h, trip, r, &l);
    p->run = run_units;
    p->step = (uint32_t)tine__max(n / CLAIMS_PER_PARCEL, 1);
    if (h->loop->options->timeout_ns)
        p->timeout_ns = h->loop->options->timeout_ns;
    trip->first = r.begin;
    trip->items[0] = (void *)(uintptr_t)n_tries;
    h->n_away += n;
    return true;
}

static const tine__source_calls calls = {load, settle, fail, lose, give_back, abandon, stop};

/* ---- the caller */

static tine_status stop_status(const haul *h)
{
    tine_status status = tine__stop_status();
    if (status == TINE_OK)
        status = tine__scope_status(h->loop->options->scope);
    if (status == TINE_OK &&
        atomic_load_explicit(&h->crew->pool->epoch, memory_order_relaxed) != h->epoch)
        status = TINE_ECANCELED;
    return status;
}

static void stop_all(haul *h, tine_status status)
{
    tine__mutex_lock(&h->crew->mutex);
    h->stopped = status;
    cut_at(h, 0);
    tine__mutex_unlock(&h->crew->mutex);
    tine__crew_interrupt(h->crew);
}

static void report(const haul *h, int64_t started_ns)
{
    const tine_parallel_options *o = h->loop->options;
    tine_progress p = {.struct_size = sizeof p, .n_total = h->loop->end - h->loop->begin};
    tine__mutex_lock(&h->crew->mutex);
    p.n_done = tine__min(h->n_done * h->per_unit, (size_t)p.n_total);
    tine__mutex_unlock(&h->crew->mutex);
    p.seconds = (double)(tine__now_ns() - started_ns) / 1e9;
    p.seconds_left = p.n_done ? p.seconds / (double)p.n_done * (double)(p.n_total - p.n_done) : -1;
    o->progress(&p, o->progress_ctx);
}

static void await_end(haul *h)
{
    tine_progress_fn progress = h->loop->options->progress;
    int64_t started_ns = tine__now_ns(), due_ns = started_ns + PROGRESS_INTERVAL_NS;
    tine_status status = stop_status(h);
    if (status != TINE_OK)
        stop_all(h, status);
    while (!tine__crew_attend(h->crew, is_done_arg, h, INT64_MAX)) {
        (void)tine__park(&h->parker, tine__deadline_after(SLICE_NS));
        if (h->stopped == TINE_OK && (status = stop_status(h)) != TINE_OK)
            stop_all(h, status);
        if (progress && tine__now_ns() >= due_ns) {
            report(h, started_ns);
            due_ns = tine__now_ns() + PROGRESS_INTERVAL_NS;
        }
    }
    if (progress)
        report(h, started_ns);
}

static tine_status result(const haul *h, tine_error *error)
{
    if (h->failed != SIZE_MAX)
        return tine__error_copy(error, &h->record);
    return h->stopped == TINE_OK ? TINE_OK : tine__stop_error(error, h->stopped);
}

/* Nobody but the caller knows the haul afterwards. */
static tine_status run(haul *h, tine_error *error)
{
    tine_status status = tine__parker_init(&h->parker, error);
    if (status != TINE_OK)
        return status;
    tine__crew_add(h->crew, &h->source);
    await_end(h);
    tine__mutex_lock(&h->crew->mutex);
    tine__crew_remove(h->crew, &h->source);
    tine__mutex_unlock(&h->crew->mutex);
    TINE__DELETE_ARRAY(&h->crew->pool->allocator, h->undone, h->undone_capacity);
    TINE__DELETE_ARRAY(&h->crew->pool->allocator, h->retries, h->retries_capacity);
    tine__parker_destroy(&h->parker);
    return result(h, error);
}

/* ---- reductions */

static size_t power_below(size_t n)
{
    size_t p = 1;
    while (p < n - p)
        p *= 2;
    return p;
}

static void destroy_state(const tine_reducer *r, void *state)
{
    if (r->destroy)
        r->destroy(state, r->ctx);
}

/* Blocks [first, first + n) into the first. If a merge fails, none is left of them. */
static tine_status merge_blocks(const haul *h, size_t first, size_t n, tine_error *error)
{
    const tine_reducer *r = h->loop->reducer;
    if (n == 1)
        return TINE_OK;
    size_t n_left = power_below(n);
    void *left = h->out + first * h->out_size, *right = h->out + (first + n_left) * h->out_size;
    tine__callback callback;
    tine_status status = merge_blocks(h, first, n_left, error);
    tine_error later;
    tine_status right_status = merge_blocks(h, first + n_left, n - n_left, &later);
    if (status == TINE_OK && right_status == TINE_OK) {
        tine__callback_enter(&callback, error);
        status = tine__callback_leave(&callback, r->merge(left, right, r->ctx), -1);
        destroy_state(r, right);
        if (status != TINE_OK)
            destroy_state(r, left);
        return status;
    }
    if (status == TINE_OK)
        destroy_state(r, left);
    if (right_status == TINE_OK)
        destroy_state(r, right);
    return status == TINE_OK ? tine__error_copy(error, &later) : status;
}

static tine_status reduce(haul *h, void *state, tine_error *error)
{
    const tine_allocator *allocator = &h->crew->pool->allocator;
    const tine_reducer *r = h->loop->reducer;
    size_t size;
    if (!tine__size_mul(h->n_units, h->out_size, &size) ||
        !(h->out = tine__alloc(allocator, size, r->align)))
        return tine__error_no_memory(error);
    tine_status status = run(h, error);
    if (status == TINE_OK) {
        tine__visit visit;
        (void)tine__visit_try(&visit, NULL, false); /* of no pool: has always room */
        status = merge_blocks(h, 0, h->n_units, error);
        tine__visit_leave(&visit);
    }
    if (status == TINE_OK)
        memcpy(state, h->out, h->out_size);
    tine__free(allocator, h->out, size, r->align);
    return status;
}

/* ---- */

static size_t n_pieces(size_t n, size_t size)
{
    return n / size + (n % size != 0);
}

/* Units and what belongs to them. */
static void divide(haul *h)
{
    const tine__process_loop *l = h->loop;
    size_t n = l->end - l->begin, n_hands = h->crew->n_hands;
    h->per_unit = 1;
    h->out = l->out;
    h->out_size = l->out_size;
    if (l->range_fn)
        h->per_unit = l->grain ? l->grain : tine__max(n_pieces(n, LEAVES_PER_WORKER * n_hands), 1);
    if (l->reducer) {
        h->out_size = l->reducer->size;
        h->per_unit = l->grain;
        while (n_pieces(n, h->per_unit) > REDUCE_BLOCKS && h->per_unit <= SIZE_MAX / 2)
            h->per_unit *= 2;
    }
    h->n_units = l->reducer && !n ? 1 : n_pieces(n, h->per_unit);
    h->cut = h->n_units;
    size_t bytes = l->in_size + h->out_size + sizeof(tine_status);
    h->chunk = n_pieces(h->n_units, PARCELS_PER_WORKER * n_hands);
    if (l->map_fn && l->grain)
        h->chunk = l->grain;
    if (h->chunk > TINE__TRIP_ROOM / 2 / bytes)
        h->chunk = TINE__TRIP_ROOM / 2 / bytes;
    h->chunk = tine__max(h->chunk, 1);
}

/* Workers see a copy, or the same if it is in shared memory. */
static tine_status carry_ctx(haul *h, tine_error *error)
{
    const tine__process_loop *l = h->loop;
    h->ctx = l->ctx;
    if (!l->ctx || tine__rooms_hold(&h->crew->rooms, l->ctx, l->ctx_size))
        return TINE_OK;
    if (!l->ctx_size)
        return tine__error_set(error, TINE_EINVAL,
                               "ctx_size is 0, and ctx is not in shared memory: worker processes "
                               "need the size to copy it, or memory of tine_shared_alloc");
    h->ctx = tine__rooms_alloc(&h->crew->rooms, l->ctx_size);
    if (!h->ctx)
        return tine__error_no_memory(error);
    memcpy(h->ctx, l->ctx, l->ctx_size);
    return TINE_OK;
}

tine_status tine__process_loop_run(const tine__process_loop *loop, void *state, tine_error *error)
{
    haul h = {.source = {.calls = &calls, .due_ns = INT64_MAX},
              .loop = loop,
              .crew = loop->pool->crew,
              .epoch = atomic_load_explicit(&loop->pool->epoch, memory_order_relaxed),
              .failed = SIZE_MAX};
    const tine__rooms *rooms = &h.crew->rooms;
    divide(&h);
    h.in_is_shared = loop->in && tine__rooms_hold(rooms, loop->in, h.n_units * loop->in_size);
    h.out_is_shared = h.out && tine__rooms_hold(rooms, h.out, h.n_units * h.out_size);
    tine_status status = carry_ctx(&h, error);
    if (status == TINE_OK)
        status = loop->reducer ? reduce(&h, state, error) : run(&h, error);
    if (h.ctx != loop->ctx)
        (void)tine__rooms_free(&h.crew->rooms, h.ctx);
    return status;
}
