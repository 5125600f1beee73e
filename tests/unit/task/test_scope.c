#define _GNU_SOURCE
#include "support/pool.h"

static tine_scope *open_scope(tine_scope *parent)
{
    tine_scope *scope;
    assert_int_equal(tine_scope_open(parent, &scope, NULL), TINE_OK);
    return scope;
}

static tine_status submit_in(tine_scope *scope, tine_pool *pool, tine_task_fn fn, void *arg,
                             tine_future **future_out)
{
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.scope = scope;
    return tine_submit(pool, fn, arg, &options, future_out, NULL);
}

static void waits_for_all_of_it(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 8; n = n ? 2 * n : 1) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_scope *scope = open_scope(NULL);
        atomic_int count = 0;
        assert_int_equal(tine_scope_wait(scope, NULL), TINE_OK);
        for (int i = 0; i < 100; i++)
            assert_int_equal(submit_in(scope, pool, count_task, &count, NULL), TINE_OK);
        assert_int_equal(tine_scope_wait(scope, NULL), TINE_OK);
        assert_int_equal(count, 100);
        tine_scope_close(&scope);
        assert_null(scope);
        tine_scope_close(&scope);
        tine_pool_close(&pool);
    }
}

typedef struct failing {
    int number, at[2];
    atomic_int *ran;
} failing;

static tine_status failing_task(void *arg, void *value)
{
    (void)value;
    failing *f = arg;
    atomic_fetch_add(f->ran, 1);
    /* The later failure comes first. */
    sleep_ms(f->number == f->at[0] ? 10 : 0);
    return f->number == f->at[0] || f->number == f->at[1] ? 100 + f->number : TINE_OK;
}

static void the_lowest_failure_wins_and_cancels_what_is_after_it(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n++) {
        tine_pool *pool = open_pool(n);
        tine_scope *scope = open_scope(NULL);
        atomic_int ran = 0;
        tine_error error;
        failing tasks[60];
        tine_future *futures[60];
        gate g = {0};
        tine_future *block = submit(pool, gate_task, &g);
        await_int(&g.arrived, 1);
        for (int i = 0; i < 60; i++) {
            tasks[i] = (failing){i, {10, 11}, &ran};
            if (submit_in(scope, pool, failing_task, &tasks[i], &futures[i]) != TINE_OK)
                futures[i] = NULL; /* it has failed already */
        }
        atomic_store(&g.open, 1);
        assert_int_equal(tine_scope_wait(scope, &error), 110);
        assert_int_equal(error.index, 10);
        for (int i = 0; i <= 10; i++)
            assert_int_equal(tine_future_status(futures[i]), i == 10 ? 110 : TINE_OK);
        if (n == 1)
            assert_true(ran < 60);
        assert_int_equal(submit_in(scope, pool, failing_task, &tasks[0], NULL), TINE_ECANCELED);
        for (int i = 0; i < 60; i++)
            tine_future_release(futures[i]);
        tine_scope_close(&scope);
        tine_future_release(block);
        tine_pool_close(&pool);
    }
}

static tine_status until_stopped(void *arg, void *value)
{
    (void)value;
    atomic_fetch_add((atomic_int *)arg, 1);
    while (!tine_stopping())
        sleep_ms(1);
    return TINE_ECANCELED;
}

static void cancel_reaches_all_below(void **state)
{
    (void)state;
    tine_pool *pool = open_pool(1);
    tine_scope *outer = open_scope(NULL), *inner = open_scope(outer);
    atomic_int running = 0, count = 0;
    tine_future *runs, *waits;
    assert_int_equal(submit_in(inner, pool, until_stopped, &running, &runs), TINE_OK);
    await_int(&running, 1);
    assert_int_equal(submit_in(outer, pool, count_task, &count, &waits), TINE_OK);
    tine_scope_cancel(outer);
    assert_int_equal(tine_future_status(waits), TINE_ECANCELED); /* at once */
    assert_int_equal(wait_release(runs), TINE_ECANCELED);
    assert_int_equal(submit_in(inner, pool, count_task, &count, NULL), TINE_ECANCELED);
    assert_int_equal(tine_scope_wait(outer, NULL), TINE_ECANCELED);
    assert_int_equal(count, 0);
    tine_future_release(waits);
    tine_scope_close(&inner);
    tine_scope_close(&outer);
    tine_pool_close(&pool);
}

static tine_status stop_range(size_t begin, size_t end, void *ctx)
{
    (void)end;
    if (begin == 10 && ctx)
        tine_scope_cancel(ctx);
    if (!ctx)
        sleep_ms(1);
    return TINE_OK;
}

static void verbs_obey_their_scope(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 2; n++) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_scope *scope = open_scope(NULL);
        tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
        options.scope = scope;
        options.grain = 1;
        assert_int_equal(tine_parallel_for(pool, 0, 10000, stop_range, scope, &options, NULL),
                         TINE_ECANCELED);
        assert_int_equal(tine_parallel_for(pool, 0, 1, stop_range, NULL, &options, NULL),
                         TINE_ECANCELED);
        tine_scope_close(&scope);
        options.scope = scope = open_scope(NULL);
        tine_scope_set_timeout(scope, 20 * MS);
        assert_int_equal(tine_parallel_for(pool, 0, 10000, stop_range, NULL, &options, NULL),
                         TINE_ETIMEDOUT);
        tine_scope_set_timeout(scope, TINE_FOREVER);
        assert_int_equal(tine_parallel_for(pool, 0, 2, stop_range, NULL, &options, NULL), TINE_OK);
        tine_scope_close(&scope);
        tine_pool_close(&pool);
    }
}

static tine_status fine_task(void *arg, void *value)
{
    (void)until_stopped(arg, value);
    return TINE_OK;
}

static void a_deadline_ends_what_has_not_started(void **state)
{
    (void)state;
    tine_pool *pool = open_pool(1);
    tine_scope *scope = open_scope(NULL);
    atomic_int running = 0, count = 0;
    tine_future *runs, *waits;
    assert_int_equal(submit_in(scope, pool, fine_task, &running, &runs), TINE_OK);
    await_int(&running, 1);
    assert_int_equal(submit_in(scope, pool, count_task, &count, &waits), TINE_OK);
    tine_scope_set_timeout(scope, 10 * MS);
    assert_int_equal(wait_release(runs), TINE_OK);
    assert_int_equal(wait_release(waits), TINE_ETIMEDOUT);
    assert_int_equal(submit_in(scope, pool, count_task, &count, NULL), TINE_ETIMEDOUT);
    assert_int_equal(count, 0);
    tine_scope_close(&scope);
    tine_pool_close(&pool);
}

typedef struct family {
    tine_pool *pool;
    atomic_int running;
    tine_status waited;
} family;

static tine_status child_task(void *arg, void *value)
{
    return until_stopped(&((family *)arg)->running, value);
}

static tine_status parent_task(void *arg, void *value)
{
    (void)value;
    family *f = arg;
    tine_scope *scope;
    if (tine_scope_open(NULL, &scope, NULL) != TINE_OK)
        return 1;
    for (int i = 0; i < 3; i++)
        if (submit_in(scope, f->pool, child_task, f, NULL) != TINE_OK)
            return 2;
    f->waited = tine_scope_wait(scope, NULL);
    tine_scope_close(&scope);
    return TINE_OK;
}

/* A scope that a body opens is stopped with the body's task, whether by its scope or alone. */
static void a_body_is_the_parent_of_what_it_starts(void **state)
{
    (void)state;
    for (int alone = 0; alone < 2; alone++) {
        tine_scope *scope = open_scope(NULL);
        family f = {.pool = open_pool(4)};
        tine_future *future;
        assert_int_equal(submit_in(scope, f.pool, parent_task, &f, &future), TINE_OK);
        await_int(&f.running, 3);
        if (alone)
            assert_false(tine_future_cancel(future));
        else
            tine_scope_cancel(scope);
        assert_int_equal(tine_future_wait(future, 60000 * MS, NULL), TINE_OK);
        assert_int_equal(f.waited, TINE_ECANCELED);
        tine_future_release(future);
        tine_scope_close(&scope);
        tine_pool_close(&f.pool);
    }
}

static tine_status wait_task(void *arg, void *value)
{
    (void)value;
    return tine_scope_wait(arg, NULL);
}

static void a_body_cannot_wait_for_its_own_scope(void **state)
{
    (void)state;
    tine_scope *outer = open_scope(NULL), *inner = open_scope(outer);
    tine_future *future;
    assert_int_equal(submit_in(inner, NULL, wait_task, outer, &future), TINE_OK);
    assert_int_equal(wait_release(future), TINE_EINVAL);
    tine_scope_close(&inner);
    tine_scope_close(&outer);
    assert_int_equal(tine_scope_wait(NULL, NULL), TINE_EINVAL);
}

static void close_cancels_and_waits(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 2; n++) {
        tine_pool *pool = open_pool(n);
        tine_scope *scope = open_scope(NULL);
        atomic_int running = 0;
        tine_future *futures[5];
        for (int i = 0; i < 5; i++)
            assert_int_equal(submit_in(scope, pool, until_stopped, &running, &futures[i]), 0);
        tine_scope_close(&scope);
        for (int i = 0; i < 5; i++) {
            assert_true(tine_future_done(futures[i]));
            assert_int_equal(wait_release(futures[i]), TINE_ECANCELED);
        }
        tine_pool_close(&pool);
    }
}

static void an_end_before_the_start_has_its_number(void **state)
{
    (void)state;
    tine_error error;
    tine_scope *scope = open_scope(NULL);
    atomic_int count = 0;
    tine_future *future;
    gate g = {0};
    tine_pool *pool = open_pool(1);
    tine_future *block = submit(pool, gate_task, &g);
    await_int(&g.arrived, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(submit_in(scope, NULL, count_task, &count, NULL), TINE_OK);
    assert_int_equal(submit_in(scope, pool, count_task, &count, &future), TINE_OK);
    tine_scope_set_timeout(scope, 0);
    assert_int_equal(tine_scope_wait(scope, &error), TINE_ETIMEDOUT);
    assert_int_equal(error.index, 3);
    atomic_store(&g.open, 1);
    wait_release(block);
    assert_int_equal(wait_release(future), TINE_ETIMEDOUT);
    tine_scope_close(&scope);
    tine_pool_close(&pool);
}

static tine_status longer_task(void *arg, void *value)
{
    (void)value;
    tine_scope *scope;
    if (tine_scope_open(NULL, &scope, NULL) != TINE_OK)
        return 1;
    tine_scope_set_timeout(scope, *(int64_t *)arg);
    while (!tine_stopping())
        sleep_ms(1);
    atomic_int count = 0;
    tine_status status = submit_in(scope, NULL, count_task, &count, NULL);
    tine_scope_close(&scope);
    return status == TINE_ETIMEDOUT ? TINE_OK : 2;
}

static void a_timeout_of_its_own_does_not_lift_the_openers(void **state)
{
    (void)state;
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.timeout_ns = 5 * MS;
    int64_t timeouts[] = {60000 * MS, TINE_FOREVER};
    for (int i = 0; i < 2; i++) {
        tine_future *future;
        assert_int_equal(tine_submit(NULL, longer_task, &timeouts[i], &options, &future, NULL), 0);
        assert_int_equal(wait_release(future), TINE_OK);
    }
}

static tine_status close_task(void *arg, void *value)
{
    (void)value;
    tine_scope **scope = arg;
    tine_scope_close(scope);
    return *scope ? TINE_OK : 1;
}

static void a_body_cannot_close_its_own_scope(void **state)
{
    (void)state;
    tine_scope *scope = open_scope(NULL);
    assert_int_equal(submit_in(scope, NULL, close_task, &scope, NULL), TINE_OK);
    assert_int_equal(tine_scope_wait(scope, NULL), TINE_OK);
    tine_scope_close(&scope);
    assert_null(scope);
}

static tine_status open_task(void *arg, void *value)
{
    (void)value;
    return tine_scope_open(NULL, arg, NULL);
}

/* Not even to a scope that it has opened and left behind. */
static void cancelling_a_task_that_has_ended_is_nothing(void **state)
{
    (void)state;
    atomic_int count = 0;
    tine_scope *scope;
    tine_future *future = submit(NULL, open_task, &scope);
    assert_false(tine_future_cancel(future));
    assert_int_equal(submit_in(scope, NULL, count_task, &count, NULL), TINE_OK);
    tine_scope_close(&scope);
    tine_future_release(future);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_for_all_of_it),
        cmocka_unit_test(the_lowest_failure_wins_and_cancels_what_is_after_it),
        cmocka_unit_test(cancel_reaches_all_below),
        cmocka_unit_test(verbs_obey_their_scope),
        cmocka_unit_test(a_deadline_ends_what_has_not_started),
        cmocka_unit_test(a_body_is_the_parent_of_what_it_starts),
        cmocka_unit_test(a_body_cannot_wait_for_its_own_scope),
        cmocka_unit_test(close_cancels_and_waits),
        cmocka_unit_test(an_end_before_the_start_has_its_number),
        cmocka_unit_test(a_timeout_of_its_own_does_not_lift_the_openers),
        cmocka_unit_test(a_body_cannot_close_its_own_scope),
        cmocka_unit_test(cancelling_a_task_that_has_ended_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
