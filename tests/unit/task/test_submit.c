/* Submission of many, and into queues that have a limit. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>

static tine_status double_task(void *arg, void *value)
{
    *(int *)value = 2 * *(int *)arg;
    return TINE_OK;
}

static tine_status add_task(void *arg, void *value)
{
    (void)value;
    atomic_fetch_add(*(atomic_int **)arg, 1);
    return TINE_OK;
}

static void many_are_one_each(void **state)
{
    (void)state;
    enum { N = 3000 };
    static int args[N];
    static tine_future *futures[N];
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    for (int i = 0; i < N; i++)
        args[i] = i;
    for (unsigned n = 0; n <= 4; n = n ? 2 * n : 1)
        for (int copied = 0; copied < 2; copied++) {
            tine_pool *pool = n ? open_pool(n) : NULL;
            options.arg_size = copied ? sizeof(int) : 0;
            options.value_size = sizeof(int);
            assert_int_equal(
                tine_submit_many(pool, double_task, args, sizeof(int), N, &options, futures, NULL),
                TINE_OK);
            assert_int_equal(tine_wait_all(futures, N, TINE_FOREVER, NULL), TINE_OK);
            for (int i = 0; i < N; i++) {
                assert_int_equal(*(const int *)tine_future_value(futures[i]), 2 * i);
                tine_future_release(futures[i]);
            }
            tine_pool_close(&pool);
        }
}

static void many_may_share_an_argument_or_have_none(void **state)
{
    (void)state;
    atomic_int count = 0, *arg = &count;
    tine_pool *pool = open_pool(2);
    assert_int_equal(tine_submit_many(pool, add_task, &arg, 0, 1000, NULL, NULL, NULL), TINE_OK);
    assert_int_equal(tine_submit_many(pool, add_task, NULL, 8, 0, NULL, NULL, NULL), TINE_OK);
    tine_pool_close(&pool);
    assert_int_equal(count, 1000);
}

static void count_free(void *arg)
{
    atomic_fetch_add(*(atomic_int **)arg, 1);
}

static void many_end_at_the_first_that_fails(void **state)
{
    (void)state;
    enum { N = 100, LIMIT = 30 };
    gate g = {0};
    atomic_int freed = 0, *args[N];
    tine_future *futures[N];
    tine_error error;
    tine_pool_options pool_options = TINE_POOL_OPTIONS_INIT;
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    tine_pool *pool;
    pool_options.n_workers = 1;
    pool_options.queue_limit = LIMIT;
    options.arg_free = count_free;
    options.submit_timeout_ns = TINE_NO_WAIT;
    assert_int_equal(tine_pool_open(&pool_options, &pool, NULL), TINE_OK);
    tine_future *block = submit(pool, gate_task, &g);
    await_int(&g.arrived, 1);
    for (int i = 0; i < N; i++) {
        args[i] = &freed;
        futures[i] = (void *)&g;
    }
    assert_int_equal(
        tine_submit_many(pool, add_task, args, sizeof *args, N, &options, futures, &error),
        TINE_ETIMEDOUT);
    assert_int_equal(error.index, LIMIT);
    assert_int_equal(freed, N - LIMIT);
    for (int i = 0; i < N; i++)
        assert_int_equal(futures[i] != NULL, i < LIMIT);
    atomic_store(&g.open, 1);
    assert_int_equal(tine_wait_all(futures, LIMIT, TINE_FOREVER, NULL), TINE_OK);
    assert_int_equal(freed, 2 * LIMIT + N - LIMIT); /* each ran and was freed */
    for (int i = 0; i < LIMIT; i++)
        tine_future_release(futures[i]);
    assert_int_equal(tine_submit_many(pool, NULL, args, sizeof *args, N, &options, NULL, &error),
                     TINE_EINVAL);
    assert_int_equal(error.index, 0);
    assert_int_equal(freed, LIMIT + 2 * N);
    options.struct_size = 0;
    assert_int_equal(
        tine_submit_many(pool, add_task, args, sizeof *args, N, &options, futures, &error),
        TINE_EINVAL);
    assert_int_equal(freed, LIMIT + 2 * N);
    wait_release(block);
    tine_pool_close(&pool);
}

/* ---- a limit: one worker, held at a gate */

typedef struct full {
    tine_pool *pool;
    gate gate;
    tine_future *block;
    atomic_int count, *arg;
    tine_task_options options;
} full;

static void open_full(full *f, size_t limit)
{
    *f = (full){.options = TINE_TASK_OPTIONS_INIT};
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = 1;
    options.queue_limit = limit;
    f->arg = &f->count;
    f->options.arg_free = count_free;
    assert_int_equal(tine_pool_open(&options, &f->pool, NULL), TINE_OK);
    f->block = submit(f->pool, gate_task, &f->gate);
    await_int(&f->gate.arrived, 1);
    for (size_t i = 0; i < limit; i++)
        assert_int_equal(tine_submit(f->pool, add_task, &f->arg, &f->options, NULL, NULL), TINE_OK);
}

static void close_full(full *f, int count)
{
    atomic_store(&f->gate.open, 1);
    wait_release(f->block);
    tine_pool_close(&f->pool);
    assert_int_equal(f->count, count);
}

static void a_full_queue_times_out(void **state)
{
    (void)state;
    full f;
    tine_error error;
    tine_future *future = (void *)&f;
    open_full(&f, 3);
    f.options.submit_timeout_ns = TINE_NO_WAIT;
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, &future, &error),
                     TINE_ETIMEDOUT);
    assert_null(future);
    assert_non_null(strstr(error.message, "limit is 3"));
    assert_int_equal(f.count, 1); /* arg_free */
    f.options.submit_timeout_ns = 5 * MS;
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, &future, &error),
                     TINE_ETIMEDOUT);
    assert_int_equal(f.count, 2);
    f.options.submit_timeout_ns = -2;
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, &future, &error),
                     TINE_EINVAL);
    close_full(&f, 3 + 2 * 3);
}

static void *submit_main(void *arg)
{
    full *f = arg;
    tine_status status = tine_submit(f->pool, add_task, &f->arg, &f->options, NULL, NULL);
    return (void *)(intptr_t)status;
}

static tine_status join(pthread_t thread)
{
    void *status;
    pthread_join(thread, &status);
    return (tine_status)(intptr_t)status;
}

static void a_full_queue_blocks_until_there_is_room(void **state)
{
    (void)state;
    enum { THREADS = 5 };
    full f;
    pthread_t threads[THREADS];
    open_full(&f, 2);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, submit_main, &f), 0);
    sleep_ms(20);
    assert_int_equal(f.count, 0);
    atomic_store(&f.gate.open, 1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(join(threads[i]), TINE_OK);
    close_full(&f, 2 * (2 + THREADS));
}

static void a_scope_ends_a_blocked_submission(void **state)
{
    (void)state;
    for (int times_out = 0; times_out < 2; times_out++) {
        full f;
        pthread_t thread;
        open_full(&f, 1);
        assert_int_equal(tine_scope_open(NULL, &f.options.scope, NULL), TINE_OK);
        assert_int_equal(pthread_create(&thread, NULL, submit_main, &f), 0);
        sleep_ms(5);
        if (times_out)
            tine_scope_set_timeout(f.options.scope, MS);
        else
            tine_scope_cancel(f.options.scope);
        assert_int_equal(join(thread), times_out ? TINE_ETIMEDOUT : TINE_ECANCELED);
        tine_scope_close(&f.options.scope);
        close_full(&f, 3);
    }
}

static void whoever_takes_a_task_makes_room(void **state)
{
    (void)state;
    full f;
    tine_future *first, *second;
    open_full(&f, 1);
    f.options.submit_timeout_ns = TINE_NO_WAIT;
    tine_pool_cancel(f.pool); /* drops the one that waits */
    assert_int_equal(f.count, 1);
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, &first, NULL), TINE_OK);
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, &second, NULL),
                     TINE_ETIMEDOUT);
    assert_int_equal(wait_release(first), TINE_OK); /* here */
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, &second, NULL), TINE_OK);
    assert_true(tine_future_cancel(second));
    tine_future_release(second);
    assert_int_equal(tine_submit(f.pool, add_task, &f.arg, &f.options, NULL, NULL), TINE_OK);
    close_full(&f, 1 + 2 + 1 + 1 + 2);
}

static tine_status submitting_task(void *arg, void *value)
{
    (void)value;
    full *f = arg;
    for (int i = 0; i < 50; i++)
        if (tine_submit(f->pool, add_task, &f->arg, NULL, NULL, NULL) != TINE_OK)
            return 1;
    return TINE_OK;
}

static tine_status submitting_then(const tine_future *done, void *arg, void *value)
{
    (void)done;
    return submitting_task(arg, value);
}

static void a_body_passes_the_limit(void **state)
{
    (void)state;
    full f;
    open_full(&f, 1);
    tine_future *next;
    assert_int_equal(tine_future_then(f.block, f.pool, submitting_then, &f, NULL, &next, NULL),
                     TINE_OK);
    atomic_store(&f.gate.open, 1);
    assert_int_equal(wait_release(next), TINE_OK);
    assert_int_equal(wait_release(submit(f.pool, submitting_task, &f)), TINE_OK);
    close_full(&f, 102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_one_each),
        cmocka_unit_test(many_may_share_an_argument_or_have_none),
        cmocka_unit_test(many_end_at_the_first_that_fails),
        cmocka_unit_test(a_full_queue_times_out),
        cmocka_unit_test(a_full_queue_blocks_until_there_is_room),
        cmocka_unit_test(a_scope_ends_a_blocked_submission),
        cmocka_unit_test(whoever_takes_a_task_makes_room),
        cmocka_unit_test(a_body_passes_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
