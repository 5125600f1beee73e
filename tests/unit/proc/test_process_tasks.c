/* Tasks in worker processes: what goes over and comes back, limits, ends. */
#define _GNU_SOURCE
#include "support/processes.h"

static tine_status square(void *arg, void *value)
{
    long x = *(long *)arg;
    *(long *)value = x * x;
    return TINE_OK;
}

static tine_status get_pid(void *arg, void *value)
{
    (void)arg;
    *(long *)value = getpid();
    return TINE_OK;
}

static void values_come_back(void **state)
{
    (void)state;
    enum { N = 3000 };
    static tine_future *futures[N];
    for (unsigned n_workers = 1; n_workers <= 3; n_workers++) {
        tine_pool *pool = open_processes(n_workers);
        assert_int_equal(tine_pool_workers(pool), n_workers);
        assert_int_equal(tine_pool_slots(pool), n_workers);
        for (long i = 0; i < N; i++)
            futures[i] = submit_long(pool, square, i);
        for (long i = 0; i < N; i++)
            assert_int_equal(value_release(futures[i]), i * i);
        tine_pool_close(&pool);
    }
}

static void bodies_run_elsewhere(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    assert_int_not_equal(value_release(submit_long(pool, get_pid, 0)), getpid());
    tine_pool_close(&pool);
}

static tine_status reverse(void *arg, void *value)
{
    enum { N = 1 << 20 };
    for (size_t i = 0; i < N; i++)
        ((unsigned char *)value)[i] = ((unsigned char *)arg)[N - 1 - i];
    return TINE_OK;
}

static void arguments_and_values_may_be_large(void **state)
{
    (void)state;
    enum { N = 1 << 20, TIMES = 8 };
    static unsigned char arg[N];
    tine_future *futures[TIMES];
    tine_pool *pool = open_processes(2);
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.arg_size = N;
    options.value_size = N;
    options.value_align = 4096;
    for (size_t i = 0; i < N; i++)
        arg[i] = (unsigned char)(i * i >> 7);
    for (int t = 0; t < TIMES; t++) {
        arg[0] = (unsigned char)t;
        assert_int_equal(tine_submit(pool, reverse, arg, &options, &futures[t], NULL), TINE_OK);
    }
    for (int t = 0; t < TIMES; t++) {
        assert_int_equal(tine_future_wait(futures[t], TINE_FOREVER, NULL), TINE_OK);
        const unsigned char *value = tine_future_value(futures[t]);
        assert_int_equal(value[N - 1], t);
        assert_int_equal(value[5], arg[N - 6]);
        tine_future_release(futures[t]);
    }
    tine_pool_close(&pool);
}

static tine_status set_shared(void *arg, void *value)
{
    (void)value;
    *(long *)arg += 1;
    return TINE_OK;
}

static void shared_memory_is_an_argument(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(1);
    void *shared;
    assert_int_equal(tine_shared_alloc(pool, 1 << 20, &shared, NULL), TINE_OK);
    *(long *)shared = 41;
    assert_int_equal(wait_release(submit(pool, set_shared, shared)), TINE_OK);
    assert_int_equal(*(long *)shared, 42);
    tine_shared_free(pool, shared);
    tine_shared_free(pool, NULL);
    tine_pool_close(&pool);
}

static void shared_memory_is_there_on_every_pool(void **state)
{
    (void)state;
    tine_pool *pools[2] = {NULL, open_pool(1)};
    for (int i = 0; i < 2; i++) {
        void *shared;
        assert_int_equal(tine_shared_alloc(pools[i], 100, &shared, NULL), TINE_OK);
        assert_int_equal((uintptr_t)shared % 64, 0);
        memset(shared, 1, 100);
        tine_shared_free(pools[i], shared);
        assert_int_equal(tine_shared_alloc(pools[i], SIZE_MAX, &shared, NULL), TINE_ENOMEM);
        assert_int_equal(tine_shared_alloc(pools[i], 0, &shared, NULL), TINE_EINVAL);
        assert_null(shared);
    }
    tine_pool_close(&pools[1]);
}

static void what_cannot_go_over_is_refused(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(1);
    tine_error error;
    long arg = 1;
    tine_future *future;
    assert_int_equal(tine_submit(pool, square, &arg, NULL, &future, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "arg_size"));
    assert_null(future);
    assert_int_equal(tine_submit_many(pool, square, &arg, 0, 1, NULL, NULL, &error), TINE_EINVAL);
    tine_pool_close(&pool);
}

static tine_status say(void *arg, void *value)
{
    (void)value;
    return tine_fail((int)*(long *)arg, -1, "no %ld", *(long *)arg);
}

static void failures_keep_their_words(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_future *futures[20];
    tine_error error;
    for (long i = 1; i < 20; i++)
        futures[i] = submit_long(pool, say, i);
    for (long i = 1; i < 20; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "no %ld", i);
        assert_int_equal(tine_future_wait(futures[i], TINE_FOREVER, &error), i);
        assert_string_equal(error.message, expected);
        assert_null(tine_future_value(futures[i]));
        tine_future_release(futures[i]);
    }
    tine_pool_close(&pool);
}

static tine_status die(void *arg, void *value)
{
    (void)value;
    die_of((int)*(long *)arg);
    return TINE_OK;
}

static tine_status leave(void *arg, void *value)
{
    (void)value;
    _exit((int)*(long *)arg);
}

static void deaths_are_told(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_error error;
    tine_future *killed = submit_long(pool, die, SIGKILL), *left = submit_long(pool, leave, 3);
    assert_int_equal(tine_future_wait(killed, TINE_FOREVER, &error), TINE_EWORKER);
    assert_int_equal(error.sys_errno, SIGKILL);
    assert_non_null(strstr(error.message, "SIGKILL"));
    assert_int_equal(tine_future_wait(left, TINE_FOREVER, &error), TINE_EWORKER);
    assert_int_equal(error.sys_errno, 0);
    assert_non_null(strstr(error.message, "code 3"));
    tine_future_release(killed);
    tine_future_release(left);
    assert_int_equal(value_release(submit_long(pool, square, 5)), 25);
    tine_pool_close(&pool);
}

static tine_status die_twice(void *arg, void *value)
{
    atomic_long *n = *(atomic_long **)arg;
    if (atomic_fetch_add(n, 1) < 2)
        die_of(SIGABRT);
    *(long *)value = atomic_load(n);
    return TINE_OK;
}

static void retries_are_made(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    void *n;
    assert_int_equal(tine_shared_alloc(pool, sizeof(atomic_long), &n, NULL), TINE_OK);
    tine_task_options options = long_options();
    for (unsigned n_retries = 0; n_retries < 4; n_retries++) {
        tine_future *future;
        atomic_store((atomic_long *)n, 0);
        options.n_retries = n_retries;
        assert_int_equal(tine_submit(pool, die_twice, &n, &options, &future, NULL), TINE_OK);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, NULL),
                         n_retries < 2 ? TINE_EWORKER : TINE_OK);
        assert_int_equal(atomic_load((atomic_long *)n), n_retries < 2 ? n_retries + 1 : 3);
        tine_future_release(future);
    }
    tine_pool_close(&pool);
}

static tine_status run_for_ever(void *arg, void *value)
{
    (void)arg;
    (void)value;
    for (volatile bool ever = true; ever;)
        ;
    return TINE_OK;
}

static void a_stuck_task_costs_its_time(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_task_options options = long_options();
    tine_future *stuck, *others[100];
    tine_error error;
    long arg = 0;
    options.timeout_ns = 50 * MS;
    int64_t begin_ns = now_ns();
    assert_int_equal(tine_submit(pool, run_for_ever, &arg, &options, &stuck, NULL), TINE_OK);
    for (long i = 0; i < 100; i++)
        others[i] = submit_long(pool, square, i);
    for (long i = 0; i < 100; i++)
        assert_int_equal(value_release(others[i]), i * i);
    assert_int_equal(tine_future_wait(stuck, TINE_FOREVER, &error), TINE_ETIMEDOUT);
    int64_t took_ns = now_ns() - begin_ns;
    assert_true(took_ns >= 50 * MS && took_ns < 10000 * MS);
    tine_future_release(stuck);
    tine_pool_close(&pool);
}

static tine_status run_until_stopped(void *arg, void *value)
{
    (void)arg;
    *(long *)value = 1;
    while (!tine_stopping())
        ;
    return 7;
}

static tine_status note_and_run(void *arg, void *value)
{
    atomic_store(*(atomic_long **)arg, 1);
    return run_until_stopped(arg, value);
}

static void running_tasks_see_a_cancellation(void **state)
{
    (void)state;
    enum { FUTURE, SCOPE, POOL, DEADLINE, WAYS };
    tine_pool *pool = open_processes(2);
    void *began;
    assert_int_equal(tine_shared_alloc(pool, sizeof(atomic_long), &began, NULL), TINE_OK);
    for (int way = 0; way < WAYS; way++) {
        tine_task_options options = long_options();
        tine_scope *scope;
        tine_future *future;
        assert_int_equal(tine_scope_open(NULL, &scope, NULL), TINE_OK);
        options.scope = scope;
        atomic_store((atomic_long *)began, 0);
        if (way == DEADLINE)
            tine_scope_set_timeout(scope, 200 * MS);
        assert_int_equal(tine_submit(pool, note_and_run, &began, &options, &future, NULL), TINE_OK);
        while (!atomic_load((atomic_long *)began))
            sleep_ms(1);
        if (way == FUTURE)
            assert_false(tine_future_cancel(future));
        if (way == SCOPE)
            tine_scope_cancel(scope);
        if (way == POOL)
            tine_pool_cancel(pool);
        assert_int_equal(wait_release(future), 7);
        tine_scope_close(&scope);
    }
    tine_pool_close(&pool);
}

static void waiting_tasks_are_cancelled(void **state)
{
    (void)state;
    enum { N = 1000 };
    static tine_future *futures[N];
    tine_pool *pool = open_processes(1);
    void *began;
    assert_int_equal(tine_shared_alloc(pool, sizeof(atomic_long), &began, NULL), TINE_OK);
    atomic_store((atomic_long *)began, 0);
    tine_future *running = submit_long(pool, note_and_run, (long)(intptr_t)began);
    while (!atomic_load((atomic_long *)began))
        sleep_ms(1);
    for (long i = 0; i < N; i++)
        futures[i] = submit_long(pool, square, i);
    (void)tine_future_cancel(futures[N - 1]);
    tine_pool_cancel(pool);
    assert_int_equal(wait_release(running), 7);
    for (long i = 0; i < N; i++)
        assert_int_equal(wait_release(futures[i]), TINE_ECANCELED);
    assert_int_equal(value_release(submit_long(pool, square, 9)), 81);
    tine_pool_close(&pool);
}

static atomic_int n_freed;
static void count_free(void *arg)
{
    (void)arg;
    atomic_fetch_add(&n_freed, 1);
}

static void arguments_are_freed_once(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_task_options options = long_options();
    options.arg_free = count_free;
    options.n_retries = 1;
    atomic_store(&n_freed, 0);
    for (long i = 0; i < 300; i++) {
        long signal_or_x = i % 100 ? i : SIGKILL;
        assert_int_equal(
            tine_submit(pool, i % 100 ? square : die, &signal_or_x, &options, NULL, NULL), TINE_OK);
    }
    tine_pool_close(&pool);
    assert_int_equal(atomic_load(&n_freed), 300);
}

static tine_status double_value(const tine_future *done, void *arg, void *value)
{
    (void)arg;
    *(long *)value = 2 * *(const long *)tine_future_value(done);
    return TINE_OK;
}

static void what_follows_runs_in_the_program(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(1), *threads = open_pool(1);
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.value_size = sizeof(long);
    tine_error error;
    for (int i = 0; i < 2; i++) {
        tine_future *next, *future = submit_long(pool, square, 6);
        assert_int_equal(
            tine_future_then(future, i ? threads : NULL, double_value, NULL, &options, &next, NULL),
            TINE_OK);
        assert_int_equal(value_release(next), 72);
        assert_int_equal(
            tine_future_then(future, pool, double_value, NULL, &options, &next, &error),
            TINE_EINVAL);
        tine_future_release(future);
    }
    tine_pool_close(&threads);
    tine_pool_close(&pool);
}

static void futures_of_all_kinds_are_awaited_together(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2), *threads = open_pool(1);
    tine_future *futures[3] = {submit_long(pool, square, 3), submit_long(threads, square, 4),
                               submit_long(pool, square, 5)};
    tine_completed *completed;
    size_t index, n = 0;
    assert_int_equal(tine_wait_any(futures, 3, TINE_FOREVER, &index, NULL), TINE_OK);
    assert_int_equal(tine_as_completed(futures, 3, &completed, NULL), TINE_OK);
    while (tine_completed_next(completed, TINE_FOREVER, &index, NULL) == TINE_OK)
        n++;
    assert_int_equal(n, 3);
    tine_completed_close(&completed);
    assert_int_equal(tine_wait_all(futures, 3, TINE_FOREVER, NULL), TINE_OK);
    for (long i = 0; i < 3; i++)
        assert_int_equal(value_release(futures[i]), (i + 3) * (i + 3));
    tine_pool_close(&threads);
    tine_pool_close(&pool);
}

static void futures_outlive_their_pool(void **state)
{
    (void)state;
    static tine_future *futures[200];
    tine_pool *pool = open_processes(2);
    for (long i = 0; i < 200; i++)
        futures[i] = submit_long(pool, square, i);
    tine_pool_close(&pool);
    assert_null(pool);
    for (long i = 0; i < 200; i++)
        assert_int_equal(value_release(futures[i]), i * i);
}

static void workers_are_recycled(void **state)
{
    (void)state;
    enum { N = 40, MOST = 4 };
    tine_future *futures[N];
    long pids[N];
    tine_pool_options options = process_options(1);
    options.max_tasks_per_worker = MOST;
    tine_pool *pool = open_with(&options);
    for (int i = 0; i < N; i++)
        futures[i] = submit_long(pool, get_pid, 0);
    for (int i = 0; i < N; i++)
        pids[i] = value_release(futures[i]);
    for (int i = 0, n = 0; i < N; i++, n = 0) {
        for (int k = 0; k < N; k++)
            n += pids[k] == pids[i];
        assert_true(n <= MOST);
    }
    tine_pool_close(&pool);
}

static tine_status eat(void *arg, void *value)
{
    void *memory = malloc((size_t) * (long *)arg);
    *(long *)value = memory != NULL;
    if (memory)
        memset(memory, 1, 4096);
    free(memory);
    return TINE_OK;
}

static void memory_is_limited(void **state)
{
    (void)state;
    tine_pool_options options = process_options(1);
    options.worker_memory_limit = (size_t)256 << 20;
    tine_pool *pool = open_with(&options);
    assert_int_equal(value_release(submit_long(pool, eat, 32L << 20)), 1);
    assert_int_equal(value_release(submit_long(pool, eat, 1024L << 20)), 0);
    tine_pool_close(&pool);
}

typedef struct hook_counts {
    atomic_int started, stopped, indices;
} hook_counts;

static tine_status count_start(unsigned worker, void *ctx)
{
    hook_counts *counts = *(hook_counts **)ctx;
    atomic_fetch_add(&counts->started, 1);
    atomic_fetch_or(&counts->indices, 1 << worker);
    return worker == tine_worker_index() ? TINE_OK : 5;
}

static void count_stop(unsigned worker, void *ctx)
{
    (void)worker;
    atomic_fetch_add(&(*(hook_counts **)ctx)->stopped, 1);
}

static tine_status get_index(void *arg, void *value)
{
    (void)arg;
    *(long *)value = tine_worker_index();
    return TINE_OK;
}

static void hooks_run_on_workers(void **state)
{
    (void)state;
    tine_pool *other = open_processes(1);
    void *shared;
    assert_int_equal(tine_shared_alloc(other, sizeof(hook_counts), &shared, NULL), TINE_OK);
    hook_counts *counts = shared;
    *counts = (hook_counts){0};
    tine_pool_options options = process_options(3);
    options.on_start = count_start;
    options.on_stop = count_stop;
    options.ctx = &counts;
    tine_pool *pool = open_with(&options);
    assert_int_equal(counts->started, 3);
    assert_int_equal(counts->indices, 7);
    for (int i = 0; i < 20; i++)
        assert_true(value_release(submit_long(pool, get_index, 0)) < 3);
    tine_pool_close(&pool);
    assert_int_equal(counts->stopped, 3);
    tine_pool_close(&other);
}

static tine_status fail_start(unsigned worker, void *ctx)
{
    (void)ctx;
    return worker ? tine_fail(77, -1, "worker %u is not in the mood", worker) : TINE_OK;
}

static tine_status die_at_start(unsigned worker, void *ctx)
{
    (void)worker;
    (void)ctx;
    _exit(9);
}

static void a_failed_start_fails_the_open(void **state)
{
    (void)state;
    tine_pool_options options = process_options(2);
    tine_pool *pool;
    tine_error error;
    options.on_start = fail_start;
    assert_int_equal(tine_pool_open(&options, &pool, &error), 77);
    assert_string_equal(error.message, "worker 1 is not in the mood");
    assert_null(pool);
    options.on_start = die_at_start;
    assert_int_equal(tine_pool_open(&options, &pool, &error), TINE_EWORKER);
    assert_non_null(strstr(error.message, "code 9"));
}

/* The pool that a task sees is here and now. */
static tine_pool *seen;
static tine_status use_pool(void *arg, void *value)
{
    tine_future *future;
    tine_task_options options = long_options();
    tine_pool *pool = *(tine_pool **)arg;
    if (tine_submit(pool, square, &(long){3}, &options, &future, NULL) != TINE_OK)
        return 1;
    if (tine_future_wait(future, TINE_FOREVER, NULL) != TINE_OK)
        return 2;
    *(long *)value = *(const long *)tine_future_value(future);
    tine_future_release(future);
    return tine_pool_close(&pool) == TINE_EINVAL ? TINE_OK : 3;
}

static void in_a_task_the_pool_is_here_and_now(void **state)
{
    (void)state;
    seen = open_processes(1);
    assert_int_equal(value_release(submit_long(seen, use_pool, (long)(intptr_t)seen)), 9);
    tine_pool_close(&seen);
}

static tine_status sleep_task(void *arg, void *value)
{
    sleep_ms((int)*(long *)arg);
    *(long *)value = 1;
    return TINE_OK;
}

/* Behind a long task wait short ones, in the same parcel perhaps; the other worker takes them. */
static void nobody_waits_behind_a_long_task(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    for (int round = 0; round < 3; round++) {
        tine_future *futures[64];
        int64_t begin_ns = now_ns();
        for (int i = 0; i < 64; i++)
            futures[i] = submit_long(pool, sleep_task, i == round ? 1000 : 0);
        for (int i = 63; i >= 0; i--)
            if (i != round)
                value_release(futures[i]);
        assert_true(now_ns() - begin_ns < 900 * MS);
        value_release(futures[round]);
    }
    tine_pool_close(&pool);
}

static void bounded_waits_end(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(1);
    tine_future *future = submit_long(pool, sleep_task, 300);
    tine_error error;
    assert_int_equal(tine_future_wait(future, 0, &error), TINE_ETIMEDOUT);
    assert_int_equal(tine_future_wait(future, 10 * MS, &error), TINE_ETIMEDOUT);
    assert_false(tine_future_done(future));
    assert_int_equal(value_release(future), 1);
    tine_pool_close(&pool);
}

static void submission_respects_the_limit(void **state)
{
    (void)state;
    tine_pool_options options = process_options(1);
    options.queue_limit = 4;
    tine_pool *pool = open_with(&options);
    tine_task_options task = long_options();
    tine_future *futures[100];
    int n = 0;
    long ms = 100;
    task.submit_timeout_ns = TINE_NO_WAIT;
    while (n < 100 && tine_submit(pool, sleep_task, &ms, &task, &futures[n], NULL) == TINE_OK)
        n++;
    assert_true(n >= 4 && n < 20);
    task.submit_timeout_ns = 0;
    assert_int_equal(tine_submit(pool, sleep_task, &ms, &task, &futures[n++], NULL), TINE_OK);
    while (n)
        value_release(futures[--n]);
    tine_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(bodies_run_elsewhere),
        cmocka_unit_test(arguments_and_values_may_be_large),
        cmocka_unit_test(shared_memory_is_an_argument),
        cmocka_unit_test(shared_memory_is_there_on_every_pool),
        cmocka_unit_test(what_cannot_go_over_is_refused),
        cmocka_unit_test(failures_keep_their_words),
        cmocka_unit_test(deaths_are_told),
        cmocka_unit_test(retries_are_made),
        cmocka_unit_test(a_stuck_task_costs_its_time),
        cmocka_unit_test(running_tasks_see_a_cancellation),
        cmocka_unit_test(waiting_tasks_are_cancelled),
        cmocka_unit_test(arguments_are_freed_once),
        cmocka_unit_test(what_follows_runs_in_the_program),
        cmocka_unit_test(futures_of_all_kinds_are_awaited_together),
        cmocka_unit_test(futures_outlive_their_pool),
        cmocka_unit_test(workers_are_recycled),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(hooks_run_on_workers),
        cmocka_unit_test(a_failed_start_fails_the_open),
        cmocka_unit_test(in_a_task_the_pool_is_here_and_now),
        cmocka_unit_test(nobody_waits_behind_a_long_task),
        cmocka_unit_test(bounded_waits_end),
        cmocka_unit_test(submission_respects_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
