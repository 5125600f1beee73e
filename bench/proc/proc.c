/* What worker processes cost: `name value unit`, medians. Results are checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tine.h>

enum {
    N_RUNS = 15,
    N_SMALL = 10000,
    N_LARGE = 1000000,
    N_TASKS = 200000,
    N_TRIPS = 200,
    N_OPENS = 31
};

static tine_error error;

static void check(tine_status status)
{
    if (status == TINE_OK)
        return;
    fprintf(stderr, "proc: %s: %s\n", tine_status_name(status), error.message);
    exit(1);
}

static void require(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "proc: %s: a wrong result\n", what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of n samples, which are sorted. */
static void report(const char *name, double *samples, size_t n, double scale, const char *unit)
{
    qsort(samples, n, sizeof *samples, compare);
    printf("%s %.3g %s\n", name, samples[n / 2] / scale, unit);
}

static tine_pool *open_workers(void)
{
    tine_pool *pool;
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.kind = TINE_PROCESSES;
    options.n_workers = 2;
    check(tine_pool_open(&options, &pool, &error));
    return pool;
}

static tine_status square(size_t index, const void *in, void *out, void *ctx)
{
    (void)index;
    (void)ctx;
    *(long *)out = *(const long *)in * *(const long *)in;
    return TINE_OK;
}

static void map(tine_pool *pool, const char *name, long n)
{
    double samples[N_RUNS];
    long *in = malloc((size_t)n * sizeof *in), *out = calloc((size_t)n, sizeof *out);
    if (!in || !out)
        exit(1);
    for (long i = 0; i < n; i++)
        in[i] = i;
    for (int r = 0; r < N_RUNS; r++) {
        double begin = now_ns();
        check(tine_parallel_map(pool, square, NULL, in, sizeof *in, out, sizeof *out, (size_t)n,
                                NULL, &error));
        samples[r] = now_ns() - begin;
        for (long i = 0; i < n; i++)
            require(out[i] == i * i, name);
        memset(out, 0, (size_t)n * sizeof *out);
    }
    report(name, samples, N_RUNS, (double)n, "ns/task");
    free(in);
    free(out);
}

static tine_status add_one(void *arg, void *value)
{
    *(long *)value = *(long *)arg + 1;
    return TINE_OK;
}

static tine_task_options long_options(void)
{
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.arg_size = options.value_size = sizeof(long);
    return options;
}

static void one_by_one(tine_pool *pool)
{
    static tine_future *futures[N_TASKS];
    double samples[N_RUNS];
    tine_task_options options = long_options();
    for (int r = 0; r < N_RUNS; r++) {
        double begin = now_ns();
        for (long i = 0; i < N_TASKS; i++)
            check(tine_submit(pool, add_one, &i, &options, &futures[i], &error));
        check(tine_wait_all(futures, N_TASKS, TINE_FOREVER, &error));
        for (long i = 0; i < N_TASKS; i++) {
            require(*(const long *)tine_future_value(futures[i]) == i + 1, "one by one");
            tine_future_release(futures[i]);
        }
        samples[r] = now_ns() - begin;
    }
    report("one_by_one", samples, N_RUNS, N_TASKS, "ns/task");
}

static double trip(tine_pool *pool, tine_task_fn fn, void *arg, const tine_task_options *options)
{
    tine_future *future;
    double begin = now_ns();
    check(tine_submit(pool, fn, arg, options, &future, &error));
    check(tine_future_wait(future, TINE_FOREVER, &error));
    double took = now_ns() - begin;
    tine_future_release(future);
    return took;
}

static void round_trip(tine_pool *pool)
{
    double samples[N_TRIPS];
    tine_task_options options = long_options();
    for (long i = 0; i < N_TRIPS; i++) {
        sleep_ms(3);
        samples[i] = trip(pool, add_one, &i, &options);
    }
    report("round_trip_parked", samples, N_TRIPS, 1e3, "us");
    printf("round_trip_parked_p99 %.3g us\n", samples[N_TRIPS * 99 / 100] / 1e3);
}

static tine_status touch(void *arg, void *value)
{
    *(long *)value = ((const unsigned char *)arg)[12345];
    return TINE_OK;
}

static void large_argument(tine_pool *pool)
{
    enum { SIZE = 1 << 20 };
    double samples[N_TRIPS];
    void *shared, *arg = malloc(SIZE);
    tine_task_options options = long_options();
    check(tine_shared_alloc(pool, SIZE, &shared, &error));
    if (!arg)
        exit(1);
    memset(arg, 7, SIZE);
    memset(shared, 7, SIZE);
    options.arg_size = SIZE;
    for (int i = 0; i < N_TRIPS; i++)
        samples[i] = trip(pool, touch, arg, &options);
    report("argument_1MiB_copied", samples, N_TRIPS, 1e3, "us");
    options.arg_size = 0;
    for (int i = 0; i < N_TRIPS; i++)
        samples[i] = trip(pool, touch, shared, &options);
    report("argument_1MiB_shared", samples, N_TRIPS, 1e3, "us");
    tine_shared_free(pool, shared);
    free(arg);
}

static void open_two_close(void)
{
    double samples[N_OPENS];
    tine_task_options options = long_options();
    for (int r = 0; r < N_OPENS; r++) {
        tine_future *futures[2];
        double begin = now_ns();
        tine_pool *pool = open_workers();
        for (long i = 0; i < 2; i++)
            check(tine_submit(pool, add_one, &i, &options, &futures[i], &error));
        check(tine_wait_all(futures, 2, TINE_FOREVER, &error));
        for (int i = 0; i < 2; i++)
            tine_future_release(futures[i]);
        tine_pool_close(&pool);
        samples[r] = now_ns() - begin;
    }
    report("open_two_tasks_close", samples, N_OPENS, 1e6, "ms");
}

int main(void)
{
    open_two_close(); /* first, while the program is small */
    tine_pool *pool = open_workers();
    map(pool, "map_10k", N_SMALL);
    map(pool, "map_1M", N_LARGE);
    one_by_one(pool);
    round_trip(pool);
    large_argument(pool);
    tine_pool_close(&pool);
    return 0;
}
