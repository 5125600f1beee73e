/* The queue of submitted jobs, with two jobs in a segment: pushes against takes, claims and
 * returns. Every job is got once. */
#include "model/os.h"
#include "model/verdict.h"
#include "pool/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <cmocka.h>

enum { JOBS = 6 };

typedef struct item {
    tine__job job;
    uint64_t content; /* plain: written before the push, read by whoever gets the job */
    unsigned n_got[MODEL_THREADS + 1];
} item;

typedef struct queue_state {
    tine__queue *queue;
    tine_allocator allocator;
    tine__batch batches[MODEL_THREADS + 1];
    item items[JOBS];
    unsigned n_pushed;
    unsigned n_unseen; /* jobs that waited and were not found */
    bool no_memory;
} queue_state;

static void *allocate(void *ctx, size_t size, size_t alignment)
{
    const queue_state *s = ctx;
    const tine_allocator *arena = model_allocator();
    return s->no_memory ? NULL : arena->alloc(arena->ctx, size, alignment);
}

static void release(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)ctx;
    const tine_allocator *arena = model_allocator();
    arena->free(arena->ctx, p, size, alignment);
}

#define NAME(object, name) model_name(&(object), sizeof(object), 1, name)

static void open_queue(queue_state *s, size_t limit)
{
    os_has_heavy_barrier = true;
    s->allocator = (tine_allocator){allocate, NULL, release, s};
    s->queue = tine__queue_open(&s->allocator, NULL, 1, limit);
    model_check(s->queue);
    tine__shard *shard = &s->queue->shards[0];
    NAME(shard->taken, "taken");
    NAME(shard->seen, "seen");
    NAME(shard->head, "head");
    NAME(shard->unplaced, "unplaced");
    NAME(shard->locked, "locked");
    NAME(shard->filled, "filled");
    NAME(s->queue->n_blocked, "n_blocked");
    NAME(s->queue->n_waiting, "n_waiting");
    model_name(&s->items[0].job, sizeof *s->items, JOBS, "job");
    model_name(&s->items[0].job.place, sizeof *s->items, JOBS, "place");
    model_name(&s->items[0].content, sizeof *s->items, JOBS, "content");
}

static void push(queue_state *s)
{
    item *i = &s->items[s->n_pushed++];
    tine__shard *shard = i->job.shard = tine__queue_lock(s->queue);
    model_write(&i->content, 1);
    tine__job_push(shard, &i->job);
    tine__shard_unlock(shard);
}

static void got(tine__job *job, unsigned thread)
{
    item *i = (item *)job;
    model_check(model_read(&i->content) == 1);
    i->n_got[thread]++;
}

/* As a worker does, who wins as much as there is. */
static tine__job *next(queue_state *s, unsigned thread)
{
    tine__batch *batch = &s->batches[thread];
    tine__job *job = tine__batch_take(batch);
    return job ? job : tine__shard_take(&s->queue->shards[0], batch, 1);
}

static void take(queue_state *s)
{
    tine__job *job = next(s, model_thread());
    if (job)
        got(job, model_thread());
}

static void rob(queue_state *s, unsigned thread)
{
    tine__job *job = tine__batch_rob(&s->batches[thread]);
    if (job)
        got(job, model_thread());
}

/* What the first thread has won and not taken is found by one that finds the queue empty. */
static void look(queue_state *s, unsigned n_waiting)
{
    if (tine__queue_is_empty(s->queue) && tine__batch_is_empty(&s->batches[0]))
        s->n_unseen += n_waiting;
}

/* By the thread that has pushed it, or by one that it was pushed for before. */
static void claim(queue_state *s, unsigned i)
{
    if (tine__job_claim(&s->items[i].job))
        got(&s->items[i].job, model_thread());
}

static void claim_and_return(queue_state *s, unsigned i)
{
    if (tine__job_claim(&s->items[i].job))
        tine__job_return(&s->items[i].job);
}

static tine_status never(const void *ctx)
{
    (void)ctx;
    return TINE_OK;
}

static void push_with_room(queue_state *s)
{
    if (!tine__queue_enter(s->queue))
        model_check(tine__queue_await_room(s->queue, INT64_MAX, never, NULL, NULL) == TINE_OK);
    push(s);
}

static void take_one(queue_state *s)
{
    tine__job *job;
    while (!(job = next(s, model_thread())))
        model_relax();
    got(job, model_thread());
}

static void check(void *state)
{
    queue_state *s = state;
    for (unsigned t = 0; t <= MODEL_THREADS; t++)
        for (tine__job *job; (job = next(s, t));)
            got(job, MODEL_THREADS);
    model_check(s->n_unseen == 0);
    for (unsigned i = 0; i < s->n_pushed; i++) {
        unsigned n = 0;
        for (unsigned t = 0; t <= MODEL_THREADS; t++)
            n += s->items[i].n_got[t];
        model_check(n == 1);
    }
    tine__queue_close(s->queue);
}

#define THREAD(name, ...)                                                                          \
    static void name(void *state)                                                                  \
    {                                                                                              \
        queue_state *s = state;                                                                    \
        __VA_ARGS__                                                                                \
    }
#define SCENARIO(title, before, ...)                                                               \
    (&(model_scenario){.name = title,                                                              \
                       .state_size = sizeof(queue_state),                                          \
                       .setup = before,                                                            \
                       .check = check,                                                             \
                       .threads = {__VA_ARGS__},                                                   \
                       .names = {"push", "two", "three"}})

THREAD(empty, open_queue(s, 0);)
THREAD(limit_1, open_queue(s, 1);)
THREAD(with_1, open_queue(s, 0); push(s);)
THREAD(with_2, open_queue(s, 0); push(s); push(s);)
THREAD(with_3, open_queue(s, 0); push(s); push(s); push(s);)
THREAD(no_memory, open_queue(s, 0); push(s); s->no_memory = true;)

THREAD(p1, push(s);)
THREAD(p2, push(s); push(s);)
THREAD(p3, push(s); push(s); push(s);)
THREAD(pc, push(s); claim(s, 0);)
THREAD(ppc, push(s); push(s); claim(s, 1);)
THREAD(t1, take(s);)
THREAD(t2, take(s); take(s);)
THREAD(t3, take(s); take(s); take(s);)
THREAD(rob_0, rob(s, 0);)
THREAD(look_for_1, look(s, 1);)
THREAD(c0, claim(s, 0);)
THREAD(r0, claim_and_return(s, 0);)
THREAD(push_2_with_room, push_with_room(s); push_with_room(s);)
THREAD(take_2_of_2, take_one(s); take_one(s);)

static void pushes_against_takes(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: pp | tt", empty, p2, t2));
    model_holds(SCENARIO("queue: p | t | t", with_1, p1, t1, t1));
    model_holds(SCENARIO("queue: ppp | ttt", with_1, p3, t3));
}

static void claims(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: pc | t", empty, pc, t1));
    model_holds(SCENARIO("queue: ppc | tt", empty, ppc, t2));
    model_holds(SCENARIO("queue: p | c | t", with_1, p1, c0, t1));
    model_holds(SCENARIO("queue: p | r | t", with_1, p1, r0, t1));
}

static void batches(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: 2 in it, t | look", with_2, t1, look_for_1));
    model_holds(SCENARIO("queue: 3 in it, tt | rob", with_3, t2, rob_0));
    model_holds(SCENARIO("queue: 2 in it, tt | rob | p", with_2, t2, rob_0, p1));
}

static void segments_again(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: 3 in it, pp | ttt", with_3, p2, t3));
}

static void without_memory(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: no memory, pp | tt", no_memory, p2, t2));
}

static void room(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: room for one", limit_1, push_2_with_room, take_2_of_2));
}

static void long_ones(void **state)
{
    (void)state;
    model_holds(SCENARIO("queue: 3 in it, pp | tt | t", with_3, p2, t2, t1));
    model_holds(SCENARIO("queue: ppp | tt | c", with_1, p3, t2, c0));
    model_holds(SCENARIO("queue: pp | tt | r", with_1, p2, t2, r0));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_against_takes),
        cmocka_unit_test(claims),
        cmocka_unit_test(batches),
        cmocka_unit_test(segments_again),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(room),
    };
    const struct CMUnitTest long_tests[] = {cmocka_unit_test(long_ones)};
    return model_main(argc, argv, tests, long_tests);
}
