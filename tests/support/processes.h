/* What tests of pools of processes share. */
#ifndef TESTS_SUPPORT_PROCESSES_H
#define TESTS_SUPPORT_PROCESSES_H
#include "support/pool.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static inline tine_pool_options process_options(unsigned n_workers)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.kind = TINE_PROCESSES;
    options.n_workers = n_workers;
    return options;
}

static inline tine_pool *open_with(const tine_pool_options *options)
{
    tine_pool *pool;
    tine_error error;
    if (tine_pool_open(options, &pool, &error) != TINE_OK)
        fail_msg("%s", error.message);
    return pool;
}

static inline tine_pool *open_processes(unsigned n_workers)
{
    tine_pool_options options = process_options(n_workers);
    return open_with(&options);
}

/* A task with an argument of one long, and a value of one. */
static inline tine_task_options long_options(void)
{
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.arg_size = sizeof(long);
    options.value_size = sizeof(long);
    return options;
}

static inline tine_future *submit_long(tine_pool *pool, tine_task_fn fn, long arg)
{
    tine_task_options options = long_options();
    tine_future *future;
    tine_error error;
    if (tine_submit(pool, fn, &arg, &options, &future, &error) != TINE_OK)
        fail_msg("%s", error.message);
    return future;
}

static inline long value_release(tine_future *future)
{
    tine_error error;
    if (tine_future_wait(future, TINE_FOREVER, &error) != TINE_OK)
        fail_msg("%s", error.message);
    long value = *(const long *)tine_future_value(future);
    tine_future_release(future);
    return value;
}

/* Dies as a program does without a sanitizer around it. */
static inline void die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static inline int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#endif
