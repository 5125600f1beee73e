/* Who runs, how many at once, and that idling costs nothing. */
#define _GNU_SOURCE
#include "support/pool.h"

/* How many bodies are at work, and the most there ever were. */
typedef struct crowd {
    int target; /* the first bodies wait until there are so many, for some seconds at most */
    atomic_int now, most, runs;
    atomic_int busy[128]; /* by worker index */
    atomic_int shared;    /* an index that two bodies had at once */
} crowd;

static void enter(crowd *c)
{
    int now = atomic_fetch_add(&c->now, 1) + 1;
    int most = atomic_load(&c->most);
    while (now > most && !atomic_compare_exchange_weak(&c->most, &most, now))
        ;
    if (atomic_fetch_add(&c->busy[tine_worker_index()], 1))
        atomic_store(&c->shared, 1);
}

static void leave(crowd *c)
{
    atomic_fetch_sub(&c->busy[tine_worker_index()], 1);
    atomic_fetch_sub(&c->now, 1);
    atomic_fetch_add(&c->runs, 1);
}

static tine_status crowd_range(size_t begin, size_t end, void *ctx)
{
    (void)begin;
    (void)end;
    crowd *c = ctx;
    enter(c);
    for (int i = 0; i < 5000 && (i < 1 || atomic_load(&c->most) < c->target); i++)
        sleep_ms(1);
    leave(c);
    return TINE_OK;
}

static tine_status crowd_task(void *arg, void *value)
{
    (void)value;
    return crowd_range(0, 1, arg);
}

static void tasks_run_n_at_once(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n *= 2) {
        crowd c = {.target = (int)n};
        tine_pool *pool = open_pool(n);
        for (int i = 0; i < 40; i++)
            tine_future_release(submit(pool, crowd_task, &c));
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
        assert_int_equal(c.runs, 40);
        assert_int_equal(c.most, n);
        assert_false(c.shared);
    }
}

/* The caller takes part, and a worker stays parked for it. */
static void loops_run_n_at_once(void **state)
{
    (void)state;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 1;
    for (unsigned n = 1; n <= 8; n *= 2) {
        crowd c = {.target = (int)n};
        tine_pool *pool = open_pool(n);
        for (int i = 0; i < 5; i++)
            assert_int_equal(tine_parallel_for(pool, 0, 40, crowd_range, &c, &options, NULL),
                             TINE_OK);
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
        assert_int_equal(c.runs, 200);
        assert_int_equal(c.most, n);
        assert_false(c.shared);
    }
}

static tine_status loop_task(void *arg, void *value)
{
    (void)value;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 1;
    return tine_parallel_for(((void **)arg)[0], 0, 40, crowd_range, ((void **)arg)[1], &options,
                             NULL);
}

static void a_loop_in_a_body_uses_all_workers(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n *= 2) {
        crowd c = {.target = (int)n};
        tine_pool *pool = open_pool(n);
        tine_future *future = submit(pool, loop_task, (void *[]){pool, &c});
        assert_int_equal(tine_future_wait(future, 60000 * MS, NULL), TINE_OK);
        tine_future_release(future);
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
        assert_int_equal(c.runs, 40);
        assert_int_equal(c.most, n);
    }
}

static void one_worker_runs_tasks_unasked(void **state)
{
    (void)state;
    atomic_int count = 0;
    tine_pool *pool = open_pool(1);
    tine_future *future = submit(pool, count_task, &count);
    while (!tine_future_done(future))
        sleep_ms(1);
    assert_int_equal(count, 1);
    tine_future_release(future);
    tine_pool_close(&pool);
}

static tine_status index_task(void *arg, void *value)
{
    (void)arg;
    *(unsigned *)value = tine_worker_index();
    return TINE_OK;
}

static void indices_are_below_the_number_of_slots(void **state)
{
    (void)state;
    gate g = {0};
    tine_pool *pool = open_pool(2);
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.value_size = sizeof(unsigned);
    tine_future *block[2] = {submit(pool, gate_task, &g), submit(pool, gate_task, &g)}, *claimed;
    await_int(&g.arrived, 2);
    assert_int_equal(tine_submit(pool, index_task, NULL, &options, &claimed, NULL), TINE_OK);
    assert_int_equal(tine_future_wait(claimed, TINE_FOREVER, NULL), TINE_OK);
    unsigned index = *(const unsigned *)tine_future_value(claimed);
    assert_true(index >= tine_pool_workers(pool) && index < tine_pool_slots(pool));
    assert_int_equal(tine_worker_index(), 0);
    tine_future_release(claimed);
    atomic_store(&g.open, 1);
    wait_release(block[0]);
    wait_release(block[1]);
    tine_pool_close(&pool);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void idling_uses_no_cpu(void **state)
{
    (void)state;
    atomic_int count = 0;
    tine_pool *pool = open_pool(8);
    for (int i = 0; i < 100; i++)
        wait_release(submit(pool, count_task, &count));
    sleep_ms(50);
    double before = cpu_seconds();
    sleep_ms(300);
    assert_true(cpu_seconds() - before < 0.01);
    tine_pool_close(&pool);
}

static void two_pools_do_not_mix(void **state)
{
    (void)state;
    crowd a = {.target = 2}, b = {.target = 1};
    tine_pool *first = open_pool(2), *second = open_pool(1);
    tine_future *outer = submit(first, loop_task, (void *[]){second, &b});
    assert_int_equal(
        tine_parallel_for(
            first, 0, 40, crowd_range, &a,
            &(tine_parallel_options){.struct_size = sizeof(tine_parallel_options), .grain = 1},
            NULL),
        TINE_OK);
    assert_int_equal(wait_release(outer), TINE_OK);
    assert_int_equal(a.runs, 40);
    assert_int_equal(b.runs, 40);
    assert_int_equal(b.most, 1);
    tine_pool_close(&second);
    tine_pool_close(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_run_n_at_once),
        cmocka_unit_test(loops_run_n_at_once),
        cmocka_unit_test(a_loop_in_a_body_uses_all_workers),
        cmocka_unit_test(one_worker_runs_tasks_unasked),
        cmocka_unit_test(indices_are_below_the_number_of_slots),
        cmocka_unit_test(idling_uses_no_cpu),
        cmocka_unit_test(two_pools_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
