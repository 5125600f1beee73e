/* Every allocation and every thread fails in turn, under each public call. */
#define _GNU_SOURCE
#include "support/fault.h"
#include "support/pool.h"

static void fail_each(fault_kind kind, tine_status failure, tine_status (*call)(void *), void *ctx)
{
    bool fired = true;
    for (long n = 1; fired; n++) {
        long blocks = fault_live_blocks();
        fault_arm(kind, n);
        tine_status status = call(ctx);
        fired = fault_disarm();
        assert_true(status == TINE_OK || (fired && status == failure));
        assert_int_equal(fault_live_blocks(), blocks);
    }
}

/* ---- pools */

static tine_status open_close(void *ctx)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    tine_pool *pool = (void *)&options;
    tine_error error;
    options.n_workers = *(unsigned *)ctx;
    tine_status status = tine_pool_open(&options, &pool, &error);
    if (status != TINE_OK && (pool || !*error.message || error.status != status))
        return 1;
    tine_pool_close(&pool);
    return status;
}

static void opening_a_pool(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n *= 2) {
        fail_each(FAULT_ALLOC, TINE_ENOMEM, open_close, &n);
        fail_each(FAULT_THREAD, TINE_EIO, open_close, &n);
    }
}

static atomic_int hooks;

static tine_status count_start(unsigned worker, void *ctx)
{
    (void)worker;
    (void)ctx;
    atomic_fetch_add(&hooks, 1);
    return TINE_OK;
}

static void count_stop(unsigned worker, void *ctx)
{
    (void)worker;
    (void)ctx;
    atomic_fetch_sub(&hooks, 1);
}

static void workers_that_started_are_stopped(void **state)
{
    (void)state;
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = 8;
    options.on_start = count_start;
    options.on_stop = count_stop;
    for (long k = 1; k <= 8; k++) {
        tine_pool *pool;
        tine_error error;
        fault_arm(FAULT_THREAD, k);
        assert_int_equal(tine_pool_open(&options, &pool, &error), TINE_EIO);
        assert_true(fault_disarm());
        assert_true(error.sys_errno != 0);
        assert_int_equal(hooks, 0);
    }
}

/* ---- tasks */

typedef struct frees {
    tine_pool *pool;
    atomic_int args;
} frees;

static void count_free(void *arg)
{
    atomic_fetch_add(&(*(frees **)arg)->args, 1);
}

static tine_status no_task(void *arg, void *value)
{
    (void)arg;
    (void)value;
    return TINE_OK;
}

static tine_status no_then(const tine_future *done, void *arg, void *value)
{
    (void)done;
    return no_task(arg, value);
}

static tine_task_options free_options(void)
{
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.arg_size = sizeof(frees *);
    options.arg_free = count_free;
    return options;
}

static tine_status submit_wait(void *ctx)
{
    frees *f = ctx;
    tine_task_options options = free_options();
    tine_future *future;
    f->args = 0;
    tine_status status = tine_submit(f->pool, no_task, &f, &options, &future, NULL);
    if (status == TINE_OK)
        status = tine_future_wait(future, TINE_FOREVER, NULL);
    tine_future_release(future);
    return f->args == 1 ? status : 1;
}

static tine_status then_wait(void *ctx)
{
    frees *f = ctx;
    tine_task_options options = free_options();
    tine_future *first, *next = NULL;
    f->args = 0;
    tine_status status = tine_submit(f->pool, no_task, NULL, NULL, &first, NULL);
    if (status != TINE_OK)
        return status;
    status = tine_future_then(first, f->pool, no_then, &f, &options, &next, NULL);
    if (status == TINE_OK)
        status = tine_future_wait(next, TINE_FOREVER, NULL);
    tine_future_release(next);
    (void)wait_release(first);
    return f->args == 1 ? status : 1;
}

static tine_status wait_many(void *ctx)
{
    frees *f = ctx;
    tine_future *futures[20];
    size_t n = 0, index;
    tine_status status = TINE_OK;
    while (n < 20 && status == TINE_OK) {
        status = tine_submit(f->pool, no_task, NULL, NULL, &futures[n], NULL);
        n += status == TINE_OK;
    }
    if (status == TINE_OK)
        status = tine_wait_any(futures, n, TINE_FOREVER, &index, NULL);
    tine_completed *completed = NULL;
    if (status == TINE_OK)
        status = tine_as_completed(futures, n, &completed, NULL);
    for (size_t i = 0; i < n && status == TINE_OK; i++)
        status = tine_completed_next(completed, TINE_FOREVER, &index, NULL);
    tine_completed_close(&completed);
    if (status == TINE_OK)
        status = tine_wait_all(futures, n, TINE_FOREVER, NULL);
    while (n)
        (void)wait_release(futures[--n]);
    return status;
}

static tine_status submit_many(void *ctx)
{
    frees *f = ctx, *args[600];
    tine_future *futures[600];
    tine_task_options options = free_options();
    f->args = 0;
    for (int i = 0; i < 600; i++)
        args[i] = f;
    options.arg_size = 0;
    tine_status status =
        tine_submit_many(f->pool, no_task, args, sizeof *args, 600, &options, futures, NULL);
    for (int i = 0; i < 600; i++)
        if (futures[i])
            (void)wait_release(futures[i]);
    if (f->args != 600)
        return 1;
    if (status != TINE_OK)
        return status;
    status = tine_submit_many(f->pool, no_task, NULL, 0, 600, NULL, futures, NULL);
    for (int i = 0; i < 600; i++)
        if (futures[i])
            (void)wait_release(futures[i]);
    return status;
}

static tine_status telling_task(void *arg, void *value)
{
    (void)arg;
    (void)value;
    return tine_fail(77, 5, "told");
}

/* Without memory for its record a failure is still that failure. */
static tine_status submit_failing(void *ctx)
{
    frees *f = ctx;
    tine_future *future;
    tine_error error;
    tine_status status = tine_submit(f->pool, telling_task, NULL, NULL, &future, NULL);
    if (status != TINE_OK)
        return status;
    status = tine_future_wait(future, TINE_FOREVER, &error);
    tine_future_release(future);
    bool told = strcmp(error.message, "told") == 0 && error.index == 5;
    if (status != 77 || error.status != 77 || !*error.message)
        return 1;
    return told ? TINE_OK : TINE_ENOMEM;
}

static tine_status scoped(void *ctx)
{
    frees *f = ctx;
    tine_scope *scope;
    tine_status status = tine_scope_open(NULL, &scope, NULL);
    if (status != TINE_OK)
        return scope ? 1 : status;
    tine_task_options options = free_options();
    options.scope = scope;
    f->args = 0;
    for (int i = 0; i < 5 && status == TINE_OK; i++)
        status = tine_submit(f->pool, no_task, &f, &options, NULL, NULL);
    tine_status waited = tine_scope_wait(scope, NULL);
    tine_scope_close(&scope);
    return status == TINE_OK ? waited : status;
}

/* Futures and the inbox's references to them are freed by a worker, some time after a wait: the
 * count of blocks is that of the closed pool. */
static tine_status on_a_pool(tine_status (*call)(void *), unsigned n_workers)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    frees f = {0};
    options.n_workers = n_workers;
    tine_status status = tine_pool_open(&options, &f.pool, NULL);
    if (status != TINE_OK)
        return status;
    status = call(&f);
    tine_pool_close(&f.pool);
    return status;
}

typedef struct on_pool {
    tine_status (*call)(void *);
    unsigned n_workers; /* 0: no pool */
} on_pool;

static tine_status run_on_pool(void *ctx)
{
    const on_pool *p = ctx;
    frees f = {0};
    return p->n_workers ? on_a_pool(p->call, p->n_workers) : p->call(&f);
}

static void fail_each_on_pools(tine_status (*call)(void *))
{
    for (unsigned n = 0; n <= 2; n++) {
        on_pool p = {call, n};
        fail_each(FAULT_ALLOC, TINE_ENOMEM, run_on_pool, &p);
    }
}

static void tasks(void **state)
{
    (void)state;
    fail_each_on_pools(submit_wait);
    fail_each_on_pools(then_wait);
    fail_each_on_pools(wait_many);
    fail_each_on_pools(submit_many);
    fail_each_on_pools(submit_failing);
    fail_each_on_pools(scoped);
}

/* ---- loops and forks */

static tine_status sum_range(size_t begin, size_t end, void *ctx)
{
    atomic_fetch_add((atomic_size_t *)ctx, end - begin);
    return TINE_OK;
}

static tine_status loop(void *ctx)
{
    frees *f = ctx;
    atomic_size_t sum = 0;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 1;
    tine_status status = tine_parallel_for(f->pool, 0, 500, sum_range, &sum, &options, NULL);
    return status != TINE_OK || sum == 500 ? status : 1;
}

typedef struct large {
    size_t sum;
    char padding[1000];
} large;

static atomic_int live;

static tine_status large_init(void *state, void *ctx)
{
    (void)ctx;
    ((large *)state)->sum = 0;
    atomic_fetch_add(&live, 1);
    return TINE_OK;
}

static tine_status large_fold(void *state, size_t begin, size_t end, void *ctx)
{
    (void)ctx;
    ((large *)state)->sum += end - begin;
    return TINE_OK;
}

static tine_status large_merge(void *state, void *right, void *ctx)
{
    (void)ctx;
    ((large *)state)->sum += ((large *)right)->sum;
    return TINE_OK;
}

static void large_destroy(void *state, void *ctx)
{
    (void)state;
    (void)ctx;
    atomic_fetch_sub(&live, 1);
}

static tine_status reduction(void *ctx)
{
    frees *f = ctx;
    tine_reducer reducer = {.struct_size = sizeof reducer,
                            .size = sizeof(large),
                            .init = large_init,
                            .merge = large_merge,
                            .destroy = large_destroy};
    large out;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 10;
    tine_status status =
        tine_parallel_reduce(f->pool, 0, 100, large_fold, &reducer, &out, &options, NULL);
    if (status == TINE_OK)
        large_destroy(&out, NULL);
    return live || (status == TINE_OK && out.sum != 100) ? 1 : status;
}

static void add_one(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static tine_status fork_task(void *arg, void *value)
{
    (void)value;
    tine_frame frames[200];
    for (int i = 0; i < 200; i++)
        tine_fork(&frames[i], add_one, arg);
    for (int i = 200; i-- > 0;)
        tine_join(&frames[i]);
    return TINE_OK;
}

static tine_status forks(void *ctx)
{
    frees *f = ctx;
    atomic_int count = 0;
    tine_future *future;
    tine_status status = tine_submit(f->pool, fork_task, &count, NULL, &future, NULL);
    if (status != TINE_OK)
        return status;
    status = wait_release(future);
    return count == 200 ? status : 1;
}

static void a_loop_allocates_nothing(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n *= 2) {
        frees f = {.pool = open_pool(n)};
        long before = fault_count(FAULT_ALLOC);
        assert_int_equal(loop(&f), TINE_OK);
        assert_int_equal(fault_count(FAULT_ALLOC), before);
        tine_pool_close(&f.pool);
    }
}

static void loops_and_forks(void **state)
{
    (void)state;
    fail_each_on_pools(loop);
    fail_each_on_pools(reduction);
    fail_each_on_pools(forks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_a_pool),  cmocka_unit_test(workers_that_started_are_stopped),
        cmocka_unit_test(tasks),           cmocka_unit_test(a_loop_allocates_nothing),
        cmocka_unit_test(loops_and_forks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
