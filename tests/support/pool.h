/* What tests of pools and tasks share. Assertions are made by the test's main thread alone: cmocka
 * leaves a failed test by a long jump. */
#ifndef TESTS_SUPPORT_POOL_H
#define TESTS_SUPPORT_POOL_H
#include <tine.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define MS ((int64_t)1000000)

static inline tine_pool *open_pool(unsigned n_workers)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = n_workers;
    tine_pool *pool;
    tine_error error;
    assert_int_equal(tine_pool_open(&options, &pool, &error), TINE_OK);
    return pool;
}

static inline void sleep_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

/* A gate that a body waits at. */
typedef struct gate {
    atomic_int arrived, open;
} gate;

static inline void pass_gate(gate *g)
{
    atomic_fetch_add(&g->arrived, 1);
    while (!atomic_load(&g->open))
        sleep_ms(1);
}

static inline void await_int(atomic_int *value, int target)
{
    while (atomic_load(value) < target)
        sleep_ms(1);
}

static inline tine_status gate_task(void *arg, void *value)
{
    (void)value;
    pass_gate(arg);
    return TINE_OK;
}

static inline tine_status count_task(void *arg, void *value)
{
    (void)value;
    atomic_fetch_add((atomic_int *)arg, 1);
    return TINE_OK;
}

/* Submits with defaults; the future is the caller's. */
static inline tine_future *submit(tine_pool *pool, tine_task_fn fn, void *arg)
{
    tine_future *future;
    tine_error error;
    assert_int_equal(tine_submit(pool, fn, arg, NULL, &future, &error), TINE_OK);
    return future;
}

static inline tine_status wait_release(tine_future *future)
{
    tine_status status = tine_future_wait(future, TINE_FOREVER, NULL);
    tine_future_release(future);
    return status;
}

#endif
