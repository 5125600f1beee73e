#include "model/pool_steps.h"
#include "model/os.h"
#include "base/alloc.h"

#include <stdatomic.h>

#define NAME(object, name) model_name(&(object), sizeof(object), 1, name)
#define NAME_ALL(array, member, name)                                                              \
    model_name(&(array)[0].member, sizeof *(array), sizeof(array) / sizeof *(array), name)

static void name_all(pool_state *s)
{
    NAME_ALL(s->slots, deque.head, "head");
    NAME_ALL(s->slots, deque.limit, "limit");
    NAME_ALL(s->slots, deque.floor, "floor");
    NAME_ALL(s->slots, deque.word, "word");
    NAME_ALL(s->slots, deque.public_entries, "public_entries");
    NAME_ALL(s->slots, deque.capacity, "capacity");
    NAME_ALL(s->slots, taken, "slot taken");
    NAME_ALL(s->slots, parker.permit, "permit");
    NAME_ALL(s->slots, asleep, "asleep");
    NAME_ALL(s->forks, frame.holder, "holder");
    NAME_ALL(s->forks, content, "fork");
    NAME_ALL(s->jobs, call.content, "job");
    NAME(s->pool.mutex, "mutex");
    NAME(s->pool.places, "places");
    NAME(s->pool.queue->shards[0].filled, "filled");
    NAME(s->pool.queue->shards[0].taken, "taken");
    NAME(s->pool.queue->shards[0].locked, "locked");
    NAME(s->pool.n_seen, "n_seen");
}

static void init_slot(pool_state *s, unsigned i)
{
    tine__slot *slot = &s->slots[i];
    slot->pool = &s->pool;
    slot->index = i;
    model_check(tine__deque_init(&slot->deque, os_has_heavy_barrier, model_allocator()));
    model_exclusive(slot->deque.entries, sizeof *slot->deque.entries, TINE__DEQUE_ROOM + 1);
    model_check(tine__parker_init(&slot->parker, NULL) == TINE_OK);
}

static void run(void *arg)
{
    call *c = arg;
    model_check(model_read(&c->content) == 1);
    model_say("runs %s", c->inside ? "a call that does more" : "a call");
    if (c->inside)
        c->inside(c->state);
    model_write(&c->content, 2);
    c->n_run[model_thread()]++;
}

static void run_job(tine__job *job, tine__slot *slot)
{
    work_item *item = (work_item *)job;
    tine__body body = {.pool = slot->pool, .at = slot, .deadline_ns = INT64_MAX};
    tine__body_enter(&body);
    run(&item->call);
    tine__body_leave(&body);
    tine__executor_count_end(slot->pool, slot);
}

static const tine__job_calls job_calls = {run_job, NULL};

void pool_setup(pool_state *s, unsigned n_workers, bool has_heavy_barrier)
{
    tine_pool *pool = &s->pool;
    pool->allocator = *model_allocator();
    pool->slots = s->slots;
    pool->n_workers = n_workers;
    pool->n_slots = n_workers + 1;
    pool->has_heavy_barrier = os_has_heavy_barrier = has_heavy_barrier;
    pool->jobs = &job_calls;
    pool->queue = tine__queue_open(&pool->allocator, pool, n_workers, 0);
    pool->neighbours =
        tine__alloc_zeroed(&pool->allocator, n_workers * sizeof *pool->neighbours, 64);
    model_check(pool->queue && pool->neighbours);
    atomic_init(&pool->n_seen, n_workers);
    model_check(tine__mutex_init(&pool->mutex, NULL) == TINE_OK);
    for (unsigned i = 0; i < pool->n_slots; i++)
        init_slot(s, i);
    name_all(s);
    model_thread_local((void **)&tine__current);
}

void pool_enter(pool_state *s, unsigned slot)
{
    tine__body *body = &s->bodies[model_thread()];
    *body = (tine__body){.pool = &s->pool, .at = &s->slots[slot], .deadline_ns = INT64_MAX};
    tine__body_enter(body);
}

static tine__frame *prepare(pool_state *s, unsigned i)
{
    call *c = &s->forks[i];
    c->frame.fn = run;
    c->frame.arg = c;
    c->state = s;
    model_write(&c->content, 1);
    return &c->frame;
}

void pool_fork(pool_state *s, unsigned i)
{
    tine__frame_fork(prepare(s, i), tine__current);
}

void pool_fork_public(pool_state *s, unsigned i)
{
    tine__frame_fork_public(prepare(s, i), tine__current);
}

void pool_join(pool_state *s, unsigned i)
{
    tine__frame_join(&s->forks[i].frame);
    model_check(model_read(&s->forks[i].content) == 2);
}

/* steal_from of pool/worker.c. */
bool model_steal(tine__slot *victim, tine__slot *thief);

void pool_steal(pool_state *s, unsigned victim, unsigned thief)
{
    (void)model_steal(&s->slots[victim], &s->slots[thief]);
}

void pool_visit(pool_state *s, void (*inside)(void *state))
{
    tine__visit visit;
    model_check(tine__visit_try(&visit, &s->pool, true));
    pool_enter(s, visit.slot->index);
    inside(s);
    tine__body_leave(&s->bodies[model_thread()]);
    tine__visit_leave(&visit);
}

void pool_submit(pool_state *s, unsigned i)
{
    work_item *item = &s->jobs[i];
    item->call.state = s;
    model_write(&item->call.content, 1);
    tine__shard *shard = item->job.shard = tine__queue_lock(s->pool.queue);
    tine__job_promise(shard);
    tine__job_push(shard, &item->job);
    tine__shard_unlock(shard);
    tine__announce(&s->pool);
}

void pool_run_one(pool_state *s, unsigned slot)
{
    tine__slot *worker = &s->slots[slot];
    tine__job *job = tine__shard_take(&s->pool.queue->shards[0], &worker->batch, 1);
    if (job)
        run_job(job, worker);
}

unsigned pool_times_run(const call *c)
{
    unsigned n = 0;
    for (unsigned t = 0; t < MODEL_THREADS; t++)
        n += c->n_run[t];
    return n;
}

bool pool_is_empty(const pool_state *s)
{
    for (unsigned i = 0; i < s->pool.n_slots; i++)
        if (!tine__deque_is_empty((tine__deque *)&s->slots[i].deque))
            return false;
    for (unsigned i = 0; i < s->pool.n_workers; i++)
        if (!tine__batch_is_empty(&s->slots[i].batch))
            return false;
    return tine__queue_is_empty(s->pool.queue);
}
