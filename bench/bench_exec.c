/* What scheduling costs: futures, loops whose bodies do nothing, a loop whose work is at one end,
 * and Fibonacci numbers by fork and join.
 *
 *     bench_exec
 */
#include "bench.h"

enum { N_FUTURES = 100000, N_LOOPS = 2000, N_ELEMENTS = 1000000, N_SKEWED = 20000, FIB = 30 };

typedef struct exec_job {
    tine_pool *pool;
    tine_future **futures;
} exec_job;

/* ---- futures ---- */

static tine_status nothing(void *arg, void *value)
{
    (void)arg;
    (void)value;
    return TINE_OK;
}

static tine_future *submit(tine_pool *pool, tine_task_fn fn, void *arg)
{
    tine_future *future;
    tine_error error;
    bench_check(tine_submit(pool, fn, arg, NULL, &future, &error), &error);
    return future;
}

static void finish(tine_future *future)
{
    tine_error error;
    bench_check(tine_future_wait(future, TINE_FOREVER, &error), &error);
    tine_future_release(future);
}

static void run_futures(void *ctx)
{
    const exec_job *job = ctx;
    for (size_t i = 0; i < N_FUTURES; i++)
        job->futures[i] = submit(job->pool, nothing, NULL);
    for (size_t i = 0; i < N_FUTURES; i++)
        finish(job->futures[i]);
}

static void run_round_trips(void *ctx)
{
    const exec_job *job = ctx;
    for (size_t i = 0; i < N_FUTURES; i++)
        finish(submit(job->pool, nothing, NULL));
}

/* ---- loops ---- */

static tine_status empty_range(size_t begin, size_t end, void *ctx)
{
    (void)begin;
    (void)end;
    (void)ctx;
    return TINE_OK;
}

static void run_empty_loops(void *ctx)
{
    const exec_job *job = ctx;
    tine_error error;
    for (size_t i = 0; i < N_LOOPS; i++)
        bench_check(tine_parallel_for(job->pool, 0, N_ELEMENTS, empty_range, NULL, NULL, &error),
                    &error);
}

/* Element i takes i steps. */
static tine_status skewed_range(size_t begin, size_t end, void *ctx)
{
    (void)ctx;
    for (size_t i = begin; i < end; i++) {
        volatile size_t step;
        for (step = 0; step < i; step++)
            continue;
    }
    return TINE_OK;
}

static void run_skewed_loop(void *ctx)
{
    const exec_job *job = ctx;
    tine_error error;
    bench_check(tine_parallel_for(job->pool, 0, N_SKEWED, skewed_range, NULL, NULL, &error),
                &error);
}

/* ---- fork and join ---- */

typedef struct fib_arg {
    unsigned n;
    uint64_t value;
} fib_arg;

static void fib(void *arg)
{
    fib_arg *x = arg;
    if (x->n < 2) {
        x->value = x->n;
        return;
    }
    fib_arg left = {.n = x->n - 1}, right = {.n = x->n - 2};
    tine_frame frame;
    tine_fork(&frame, fib, &left);
    fib(&right);
    tine_join(&frame);
    x->value = left.value + right.value;
}

static tine_status fib_task(void *arg, void *value)
{
    (void)value;
    fib(arg);
    return TINE_OK;
}

static uint64_t serial_fib(unsigned n)
{
    uint64_t a = 0, b = 1;
    for (; n > 0; n--) {
        const uint64_t next = a + b;
        a = b;
        b = next;
    }
    return a;
}

static void run_fib(void *ctx)
{
    const exec_job *job = ctx;
    fib_arg x = {.n = FIB};
    finish(submit(job->pool, fib_task, &x));
    if (x.value != serial_fib(FIB))
        bench_fail("fib(%d) is %" PRIu64, FIB, x.value);
}

/* ---- the report ---- */

static void report(exec_job *job, unsigned n_workers, double serial_seconds)
{
    const double n_forks = (double)serial_fib(FIB + 1) - 1; /* the inner nodes of the call tree */
    double seconds = bench_seconds(run_futures, job, NULL);
    bench_report(seconds / N_FUTURES * 1e9, "ns", "exec.future.w%u", n_workers);
    seconds = bench_seconds(run_round_trips, job, NULL);
    bench_report(seconds / N_FUTURES * 1e9, "ns", "exec.round_trip.w%u", n_workers);
    seconds = bench_seconds(run_empty_loops, job, NULL);
    bench_report(seconds / N_LOOPS * 1e6, "us", "exec.empty_loop.w%u", n_workers);
    seconds = bench_seconds(run_skewed_loop, job, NULL);
    bench_report(serial_seconds / seconds / n_workers, "efficiency", "exec.skewed_loop.w%u",
                 n_workers);
    seconds = bench_seconds(run_fib, job, NULL);
    bench_report(seconds / n_forks * 1e9, "ns", "exec.fork_join.w%u", n_workers);
}

int main(void)
{
    exec_job job = {.futures = malloc(N_FUTURES * sizeof *job.futures)};
    if (!job.futures)
        bench_fail("no memory");
    const double serial_seconds = bench_seconds(run_skewed_loop, &job, NULL); /* no pool: here */
    for (unsigned n_workers = 1; n_workers <= 2; n_workers++) {
        job.pool = bench_pool(n_workers);
        report(&job, n_workers, serial_seconds);
        tine_pool_close(&job.pool);
    }
    free(job.futures);
    return 0;
}
