/* A pool's life. */
#define _GNU_SOURCE
#include "support/pool.h"

static void opens_and_closes(void **state)
{
    (void)state;
    atomic_int count = 0;
    for (int i = 0; i < 200; i++) {
        tine_pool *pool = open_pool(1 + (unsigned)i % 4);
        if (i % 2)
            tine_future_release(submit(pool, count_task, &count));
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
        assert_null(pool);
    }
    assert_int_equal(count, 100);
}

static void the_default_is_a_worker_per_cpu(void **state)
{
    (void)state;
    tine_pool *pool;
    assert_int_equal(tine_pool_open(NULL, &pool, NULL), TINE_OK);
    assert_true(tine_pool_workers(pool) >= 1);
    assert_true(tine_pool_slots(pool) > tine_pool_workers(pool));
    tine_pool_close(&pool);
    tine_pool_close(&pool);
    tine_pool_close(NULL);
    assert_int_equal(tine_pool_workers(NULL), 1);
    assert_int_equal(tine_pool_slots(NULL), 1);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    struct {
        tine_pool_options known;
        long unknown;
    } longer = {TINE_POOL_OPTIONS_INIT, 0};
    tine_pool *pool = (void *)&longer;
    tine_error error;
    longer.known.struct_size = 0;
    assert_int_equal(tine_pool_open(&longer.known, &pool, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "sizeof(tine_pool_options)"));
    longer.known.struct_size = sizeof longer;
    longer.unknown = 1;
    assert_int_equal(tine_pool_open(&longer.known, &pool, &error), TINE_EINVAL);
    longer.known.kind = (tine_pool_kind)2;
    longer.unknown = 0;
    assert_int_equal(tine_pool_open(&longer.known, &pool, &error), TINE_EINVAL);
#if TINE_OS_POSIX
    longer.known.kind = TINE_PROCESSES;
    assert_int_equal(tine_pool_open(&longer.known, &pool, &error), TINE_ENOTSUP);
#endif
    longer.known.kind = TINE_THREADS;
    longer.known.n_workers = 4000000000u;
    assert_int_equal(tine_pool_open(&longer.known, &pool, &error), TINE_EINVAL);
    assert_null(pool);
}

static void an_older_program_has_fewer_options(void **state)
{
    (void)state;
    tine_pool_options options = {offsetof(tine_pool_options, name),
                                 TINE_THREADS,
                                 3,
                                 (const char *)1,
                                 1,
                                 NULL,
                                 NULL,
                                 NULL,
                                 (void *)1,
                                 0,
                                 0,
                                 0};
    tine_pool *pool;
    assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
    assert_int_equal(tine_pool_workers(pool), 3);
    tine_pool_close(&pool);
    pool = (void *)&options;
    options.struct_size = 0;
    assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_EINVAL);
    assert_null(pool);
}

typedef struct hooks {
    atomic_int started[8], stopped[8];
    unsigned failing; /* this one and those after it */
} hooks;

static tine_status on_start(unsigned worker, void *ctx)
{
    hooks *h = ctx;
    if (tine_worker_index() != worker)
        return 1;
    if (worker >= h->failing)
        return tine_fail(77, -1, "worker %u has no device", worker);
    atomic_fetch_add(&h->started[worker], 1);
    return TINE_OK;
}

static void on_stop(unsigned worker, void *ctx)
{
    hooks *h = ctx;
    atomic_fetch_add(&h->stopped[worker], tine_stopping() ? 100 : 1);
}

static void hooks_run_once_on_each_worker(void **state)
{
    (void)state;
    for (unsigned failing = 0; failing <= 8; failing++) {
        hooks h = {.failing = failing};
        tine_pool_options options = TINE_POOL_OPTIONS_INIT;
        options.n_workers = 8;
        options.on_start = on_start;
        options.on_stop = on_stop;
        options.ctx = &h;
        tine_pool *pool;
        tine_error error;
        tine_status status = tine_pool_open(&options, &pool, &error);
        assert_int_equal(status, failing < 8 ? 77 : TINE_OK);
        if (failing < 8) {
            char expected[64];
            snprintf(expected, sizeof expected, "worker %u has no device", failing);
            assert_string_equal(error.message, expected);
            assert_null(pool);
        }
        tine_pool_cancel(pool); /* the bodies that run then, not the hook later */
        tine_pool_close(&pool);
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(h.started[i], i < failing);
            assert_int_equal(h.stopped[i], i < failing);
        }
    }
}

static tine_status close_task(void *arg, void *value)
{
    tine_pool *pool = arg;
    *(tine_status *)value = tine_pool_close(&pool);
    return TINE_OK;
}

static void a_body_cannot_close_its_pool(void **state)
{
    (void)state;
    tine_pool *pool = open_pool(1);
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.value_size = sizeof(tine_status);
    tine_future *future;
    assert_int_equal(tine_submit(pool, close_task, pool, &options, &future, NULL), TINE_OK);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, NULL), TINE_OK);
    assert_int_equal(*(const tine_status *)tine_future_value(future), TINE_EINVAL);
    tine_future_release(future);
    tine_pool_close(&pool);
}

typedef struct grower {
    tine_pool *pool;
    atomic_int runs;
} grower;

static tine_status grow_task(void *arg, void *value)
{
    (void)value;
    grower *g = arg;
    for (int i = 0; i < 2; i++)
        if (atomic_fetch_add(&g->runs, 1) < 1000)
            if (tine_submit(g->pool, grow_task, g, NULL, NULL, NULL) != TINE_OK)
                return 1;
    return TINE_OK;
}

/* What bodies submit while the pool closes is run too. */
static void close_runs_all_that_was_submitted(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n++) {
        grower g = {.pool = open_pool(n)};
        tine_future_release(submit(g.pool, grow_task, &g));
        tine_pool *pool = g.pool;
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
        assert_true(g.runs >= 1000);
    }
}

static tine_status stopping_task(void *arg, void *value)
{
    (void)value;
    atomic_fetch_add((atomic_int *)arg, 1);
    while (!tine_stopping())
        sleep_ms(1);
    return 5;
}

static void cancel_ends_what_waits_and_asks_what_runs(void **state)
{
    (void)state;
    atomic_int running = 0, count = 0;
    tine_pool *pool = open_pool(1);
    tine_future *runs = submit(pool, stopping_task, &running), *waits[10];
    await_int(&running, 1);
    for (int i = 0; i < 10; i++)
        waits[i] = submit(pool, count_task, &count);
    tine_pool_cancel(pool);
    for (int i = 0; i < 10; i++) {
        assert_true(tine_future_done(waits[i]));
        assert_int_equal(wait_release(waits[i]), TINE_ECANCELED);
    }
    assert_int_equal(wait_release(runs), 5);
    assert_int_equal(count, 0);
    assert_int_equal(wait_release(submit(pool, count_task, &count)), TINE_OK);
    tine_pool_cancel(NULL);
    tine_pool_close(&pool);
}

typedef struct cancelling {
    tine_pool *pool;
    atomic_int cancelled;
} cancelling;

/* The first leaf cancels, and none of the others ends before that. */
static tine_status cancel_range(size_t begin, size_t end, void *ctx)
{
    (void)end;
    cancelling *c = ctx;
    if (begin == 0) {
        tine_pool_cancel(c->pool);
        atomic_store(&c->cancelled, 1);
    }
    await_int(&c->cancelled, 1);
    return TINE_OK;
}

static void cancel_ends_loops(void **state)
{
    (void)state;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 1;
    for (unsigned n = 1; n <= 4; n++) {
        cancelling c = {.pool = open_pool(n)};
        assert_int_equal(tine_parallel_for(c.pool, 0, 10000, cancel_range, &c, &options, NULL),
                         TINE_ECANCELED);
        assert_int_equal(tine_parallel_for(c.pool, 1, 10000, cancel_range, &c, &options, NULL),
                         TINE_OK);
        tine_pool_close(&c.pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_and_closes),
        cmocka_unit_test(the_default_is_a_worker_per_cpu),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(an_older_program_has_fewer_options),
        cmocka_unit_test(hooks_run_once_on_each_worker),
        cmocka_unit_test(a_body_cannot_close_its_pool),
        cmocka_unit_test(close_runs_all_that_was_submitted),
        cmocka_unit_test(cancel_ends_what_waits_and_asks_what_runs),
        cmocka_unit_test(cancel_ends_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
