/* Each call that a pool of processes makes fails in turn: that is a status, and nothing is left. */
#define _GNU_SOURCE
#include "support/fault.h"
#include "support/processes.h"
#include <errno.h>
#include <fcntl.h>

static tine_status square(void *arg, void *value)
{
    *(long *)value = *(long *)arg * *(long *)arg;
    return TINE_OK;
}

static tine_status map_square(size_t index, const void *in, void *out, void *ctx)
{
    (void)index;
    (void)ctx;
    *(long *)out = *(const long *)in * *(const long *)in;
    return TINE_OK;
}

static tine_status die(void *arg, void *value)
{
    (void)arg;
    (void)value;
    die_of(SIGKILL);
    return TINE_OK;
}

/* TINE_OK is possible where there is another way. */
static tine_status open_failing(fault_kind kind, long n, bool *fired, tine_error *error)
{
    tine_pool_options options = process_options(2);
    tine_pool *pool;
    long n_blocks = fault_live_blocks();
    int next_descriptor = dup(0);
    close(next_descriptor);
    fault_arm(kind, n);
    tine_status status = tine_pool_open(&options, &pool, error);
    *fired = fault_disarm();
    assert_true((status == TINE_OK) == (pool != NULL));
    if (pool)
        assert_int_equal(value_release(submit_long(pool, square, 7)), 49);
    tine_pool_close(&pool);
    assert_int_equal(fault_live_blocks(), n_blocks);
    int descriptor = dup(0);
    assert_int_equal(descriptor, next_descriptor);
    close(descriptor);
    return status;
}

static void opening_fails(void **state)
{
    (void)state;
    static const struct {
        fault_kind kind;
        tine_status status;
        int sys_errno;
    } faults[] = {{FAULT_ALLOC, TINE_ENOMEM, 0},
                  {FAULT_THREAD, TINE_EIO, EAGAIN},
                  {FAULT_SOCKETPAIR, TINE_EIO, EIO},
                  {FAULT_CLONE, TINE_EIO, EAGAIN}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        bool fired = true;
        for (long n = 1; fired; n++) {
            tine_error error;
            tine_status status = open_failing(faults[i].kind, n, &fired, &error);
            assert_int_equal(status, fired ? faults[i].status : TINE_OK);
            if (fired)
                assert_int_equal(error.sys_errno, faults[i].sys_errno);
        }
    }
}

/* The map of half the size is tried then, so some succeed. */
static void maps_fail(void **state)
{
    (void)state;
    bool fired = true;
    for (long n = 1; fired; n++) {
        tine_error error;
        tine_status status = open_failing(FAULT_MMAP, n, &fired, &error);
        assert_true(status == TINE_OK || status == TINE_ENOMEM);
    }
}

/* The first is the server's, the others are the workers', in the server. */
static void forks_fail(void **state)
{
    (void)state;
    bool fired;
    tine_error error;
    for (long n = 1; n <= 3; n++) {
        assert_int_equal(open_failing(FAULT_FORK, n, &fired, &error), TINE_EIO);
        assert_int_equal(error.sys_errno, EAGAIN);
    }
    assert_int_equal(open_failing(FAULT_FORK, 4, &fired, &error), TINE_OK);
}

static void a_worker_is_asked_for_again(void **state)
{
    (void)state;
    tine_pool_options options = process_options(1);
    tine_pool *pool;
    fault_arm(FAULT_FORK, 3);
    assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
    fault_disarm();
    assert_int_equal(wait_release(submit_long(pool, die, 0)), TINE_EWORKER);
    assert_int_equal(value_release(submit_long(pool, square, 3)), 9);
    tine_pool_close(&pool);
}

static void work_fails(void **state)
{
    (void)state;
    enum { N = 100 };
    tine_pool *pool = open_processes(2);
    long in[N], out[N];
    for (long i = 0; i < N; i++)
        in[i] = i;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.ctx_size = sizeof in;
    long n_blocks = 0;
    bool fired = true;
    for (long n = 1; fired; n++) {
        tine_error error;
        tine_task_options task = long_options();
        tine_future *future = NULL;
        task.n_retries = 1;
        fault_arm(FAULT_ALLOC, n);
        tine_status submitted = tine_submit(pool, square, &in[5], &task, &future, &error);
        tine_status status = submitted;
        if (status == TINE_OK)
            status = tine_future_wait(future, TINE_FOREVER, &error);
        if (status == TINE_OK)
            status = tine_parallel_map(pool, map_square, in, in, sizeof *in, out, sizeof *out, N,
                                       &options, &error);
        fired = fault_disarm();
        tine_future_release(future);
        assert_true(status == TINE_OK || (fired && status == TINE_ENOMEM));
        if (n == 1)
            n_blocks = fault_live_blocks();
    }
    assert_true(fault_live_blocks() <= n_blocks + 16); /* rooms are kept */
    tine_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_fails), cmocka_unit_test(maps_fail),
        cmocka_unit_test(forks_fail),    cmocka_unit_test(a_worker_is_asked_for_again),
        cmocka_unit_test(work_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
