/* Everything at once: outside threads submit, wait, loop, cancel and chain on one pool. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>

enum { THREADS = 6 };

typedef struct guest {
    tine_pool *pool;
    unsigned random;
    int rounds;
    atomic_int *slots; /* by worker index: bodies that are no part of each other, at once */
    atomic_int submitted, freed, wrong;
} guest;

static unsigned draw(guest *g, unsigned below)
{
    g->random = g->random * 1103515245u + 12345u;
    return (g->random >> 16) % below;
}

static void count_free(void *arg)
{
    atomic_fetch_add(&(*(guest **)arg)->freed, 1);
}

static tine_status leaf_task(void *arg, void *value)
{
    guest *g = *(guest **)arg;
    (void)value;
    unsigned i = tine_worker_index();
    if (i >= tine_pool_slots(g->pool) || atomic_fetch_add(&g->slots[i], 1))
        atomic_fetch_add(&g->wrong, 1);
    atomic_fetch_sub(&g->slots[i], 1);
    return TINE_OK;
}

static tine_status leaf_then(const tine_future *done, void *arg, void *value)
{
    (void)value;
    if (!tine_future_done(done))
        atomic_fetch_add(&(*(guest **)arg)->wrong, 1);
    return TINE_OK;
}

static tine_status sum_range(size_t begin, size_t end, void *ctx)
{
    atomic_fetch_add((atomic_size_t *)ctx, end - begin);
    return TINE_OK;
}

static tine_task_options options_of(guest *g)
{
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.arg_size = sizeof(guest *);
    options.arg_free = count_free;
    atomic_fetch_add(&g->submitted, 1);
    return options;
}

static void check(guest *g, bool good)
{
    if (!good)
        atomic_fetch_add(&g->wrong, 1);
}

static tine_future *start(guest *g)
{
    tine_task_options options = options_of(g);
    tine_future *future = NULL;
    check(g, tine_submit(g->pool, leaf_task, &g, &options, &future, NULL) == TINE_OK);
    return future;
}

static void follow(guest *g, tine_future *future)
{
    tine_task_options options = options_of(g);
    tine_future *next = NULL;
    check(g, tine_future_then(future, draw(g, 2) ? g->pool : NULL, leaf_then, &g, &options, &next,
                              NULL) == TINE_OK);
    if (draw(g, 2))
        tine_future_cancel(next);
    (void)!tine_future_wait(next, TINE_FOREVER, NULL);
    check(g, tine_future_done(next));
    tine_future_release(next);
}

static void loop(guest *g)
{
    atomic_size_t sum = 0;
    size_t n = draw(g, 500);
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = draw(g, 3);
    check(g, tine_parallel_for(g->pool, 0, n, sum_range, &sum, &options, NULL) == TINE_OK);
    check(g, sum == n);
}

static void wait_some(guest *g)
{
    tine_future *futures[6];
    size_t index;
    for (int i = 0; i < 6; i++)
        futures[i] = start(g);
    check(g, tine_wait_any(futures, 6, draw(g, 2) ? TINE_FOREVER : 60000 * MS, &index, NULL) == 0);
    if (draw(g, 2))
        tine_future_cancel(futures[5]);
    check(g, tine_wait_all(futures, 5, TINE_FOREVER, NULL) == TINE_OK);
    for (int i = 0; i < 6; i++)
        tine_future_release(futures[i]);
}

static void scoped(guest *g)
{
    tine_scope *scope;
    check(g, tine_scope_open(NULL, &scope, NULL) == TINE_OK);
    for (int i = 0; i < 5; i++) {
        tine_task_options options = options_of(g);
        options.scope = scope;
        check(g, tine_submit(g->pool, leaf_task, &g, &options, NULL, NULL) == TINE_OK);
    }
    if (draw(g, 2))
        tine_scope_cancel(scope);
    (void)!tine_scope_wait(scope, NULL);
    tine_scope_close(&scope);
}

static void *guest_main(void *arg)
{
    guest *g = arg;
    for (int i = 0; i < g->rounds; i++) {
        tine_future *future = start(g);
        switch (draw(g, 5)) {
        case 0:
            follow(g, future);
            break;
        case 1:
            loop(g);
            break;
        case 2:
            wait_some(g);
            break;
        case 3:
            scoped(g);
            break;
        default:
            (void)!tine_future_wait(future, TINE_FOREVER, NULL);
        }
        tine_future_release(future);
    }
    return NULL;
}

static void many_threads_use_one_pool(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n = n == 1 ? 2 : 4 * n) {
        guest guests[THREADS];
        pthread_t threads[THREADS];
        atomic_int slots[128] = {0};
        tine_pool *pool = open_pool(n);
        for (unsigned i = 0; i < THREADS; i++) {
            guests[i] = (guest){.pool = pool, .random = 7 * i + n, .rounds = 2000, .slots = slots};
            assert_int_equal(pthread_create(&threads[i], NULL, guest_main, &guests[i]), 0);
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        tine_pool_close(&pool);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(guests[i].wrong, 0);
            assert_int_equal(guests[i].freed, guests[i].submitted);
        }
    }
}

typedef struct crowd {
    tine_pool *pool;
    tine_future *shared;
    gate *gate;
    atomic_int *served;
} crowd;

static tine_status held_range(size_t begin, size_t end, void *ctx)
{
    (void)begin;
    (void)end;
    crowd *c = ctx;
    pass_gate(c->gate);
    return TINE_OK;
}

static void *loop_main(void *arg)
{
    crowd *c = arg;
    if (tine_parallel_for(c->pool, 0, 1, held_range, c, NULL, NULL) == TINE_OK)
        atomic_fetch_add(c->served, 1);
    return NULL;
}

static void *wait_main(void *arg)
{
    crowd *c = arg;
    if (tine_future_wait(c->shared, TINE_FOREVER, NULL) == TINE_OK)
        atomic_fetch_add(c->served, 1);
    return NULL;
}

/* 64 loops have all the slots; more loops, and waiters that cannot help, wait for one. */
static void more_guests_than_slots(void **state)
{
    (void)state;
    enum { LOOPS = 80, WAITERS = 8 };
    gate g = {0};
    atomic_int served = 0, count = 0;
    pthread_t threads[LOOPS + WAITERS];
    crowd c = {.pool = open_pool(1), .gate = &g, .served = &served};
    for (int i = 0; i < LOOPS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, loop_main, &c), 0);
    await_int(&g.arrived, (int)(tine_pool_slots(c.pool) - 1));
    c.shared = submit(c.pool, count_task, &count);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(pthread_create(&threads[LOOPS + i], NULL, wait_main, &c), 0);
    sleep_ms(20);
    assert_int_equal(g.arrived, tine_pool_slots(c.pool) - 1);
    assert_int_equal(count, 0); /* the only worker stays parked for the loops */
    atomic_store(&g.open, 1);
    for (int i = 0; i < LOOPS + WAITERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(served, LOOPS + WAITERS);
    assert_int_equal(count, 1);
    tine_future_release(c.shared);
    tine_pool_close(&c.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_use_one_pool),
        cmocka_unit_test(more_guests_than_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
