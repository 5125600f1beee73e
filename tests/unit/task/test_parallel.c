#define _GNU_SOURCE
#include "support/pool.h"

#define N 10000

static tine_status mark_range(size_t begin, size_t end, void *ctx)
{
    atomic_int *marks = ctx;
    for (size_t i = begin; i < end; i++)
        atomic_fetch_add(&marks[i], 1);
    return begin < end ? TINE_OK : 1;
}

static void every_element_once(void **state)
{
    (void)state;
    static atomic_int marks[N];
    const size_t sizes[] = {0, 1, 2, 3, 63, 64, 65, 1000, N}, grains[] = {0, 1, 7, 64, SIZE_MAX};
    for (unsigned n = 0; n <= 8; n = n ? 2 * n : 1) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t g = 0; g < sizeof grains / sizeof *grains; g++) {
                tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
                options.grain = grains[g];
                memset(marks, 0, sizeof marks);
                assert_int_equal(
                    tine_parallel_for(pool, N - sizes[s], N, mark_range, marks, &options, NULL),
                    TINE_OK);
                for (size_t i = 0; i < N; i++)
                    assert_int_equal(marks[i], i >= N - sizes[s]);
            }
        tine_pool_close(&pool);
    }
}

static tine_status sum_range(size_t begin, size_t end, void *ctx)
{
    atomic_fetch_add((atomic_size_t *)ctx, end - begin);
    return begin < end && end - begin <= 3 ? TINE_OK : 1;
}

static void ranges_reach_the_highest_index(void **state)
{
    (void)state;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    atomic_size_t sum = 0;
    options.grain = 3;
    assert_int_equal(
        tine_parallel_for(NULL, SIZE_MAX - 100, SIZE_MAX, sum_range, &sum, &options, NULL), 0);
    assert_int_equal(sum, 100);
    assert_int_equal(tine_parallel_for(NULL, SIZE_MAX, SIZE_MAX, sum_range, &sum, NULL, NULL), 0);
    assert_int_equal(tine_parallel_for(NULL, 5, 4, sum_range, &sum, NULL, NULL), TINE_EINVAL);
    assert_int_equal(tine_parallel_for(NULL, 0, 4, NULL, &sum, NULL, NULL), TINE_EINVAL);
}

typedef struct failing {
    size_t lowest;
    unsigned every;
    atomic_int ran;
} failing;

static tine_status failing_map(size_t i, const void *in, void *out, void *ctx)
{
    failing *f = ctx;
    atomic_fetch_add(&f->ran, 1);
    *(int *)out = *(const int *)in * 2;
    if (i < f->lowest || (i - f->lowest) % f->every)
        return TINE_OK;
    return i % 2 ? 300 : tine_fail(200, -1, "element %zu is bad", i);
}

static void a_map_fails_at_the_lowest_index(void **state)
{
    (void)state;
    static int in[N], out[N];
    for (int i = 0; i < N; i++)
        in[i] = i;
    for (unsigned n = 0; n <= 8; n++) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        for (size_t lowest = 0; lowest < N; lowest = 3 * lowest + 1) {
            failing f = {.lowest = lowest, .every = 3};
            tine_error error;
            tine_status status = tine_parallel_map(pool, failing_map, &f, in, sizeof(int), out,
                                                   sizeof(int), N, NULL, &error);
            assert_int_equal(status, lowest % 2 ? 300 : 200);
            assert_int_equal(error.status, status);
            assert_int_equal(error.index, lowest);
            for (size_t i = 0; i < lowest; i++)
                assert_int_equal(out[i], 2 * i);
            if (!n)
                assert_int_equal(f.ran, lowest + 1);
        }
        tine_pool_close(&pool);
    }
}

static void statuses_take_the_failures(void **state)
{
    (void)state;
    static int in[N], out[N];
    static tine_status statuses[N];
    for (unsigned n = 0; n <= 8; n = n ? 2 * n : 1) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        failing f = {.lowest = 5, .every = 7};
        tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
        options.statuses = statuses;
        memset(statuses, 1, sizeof statuses);
        assert_int_equal(tine_parallel_map(pool, failing_map, &f, in, sizeof(int), out, sizeof(int),
                                           N, &options, NULL),
                         TINE_OK);
        assert_int_equal(f.ran, N);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(statuses[i], i < 5 || (i - 5) % 7 ? TINE_OK : i % 2 ? 300 : 200);
        tine_pool_close(&pool);
    }
}

static tine_status no_arrays_map(size_t i, const void *in, void *out, void *ctx)
{
    (void)ctx;
    return in || out ? (tine_status)i + 1 : TINE_OK;
}

static void a_map_may_have_no_arrays(void **state)
{
    (void)state;
    assert_int_equal(tine_parallel_map(NULL, no_arrays_map, NULL, NULL, 4, NULL, 4, 10, NULL, NULL),
                     TINE_OK);
    assert_int_equal(tine_parallel_map(NULL, NULL, NULL, NULL, 4, NULL, 4, 10, NULL, NULL),
                     TINE_EINVAL);
}

typedef struct watch_progress {
    atomic_int inside, overlapped;
    int calls;
    uint64_t last;
} watch_progress;

static void on_progress(const tine_progress *p, void *ctx)
{
    watch_progress *w = ctx;
    if (atomic_fetch_add(&w->inside, 1) || p->n_done < w->last || p->n_done > p->n_total)
        atomic_store(&w->overlapped, 1);
    w->last = p->n_done;
    w->calls++;
    atomic_fetch_sub(&w->inside, 1);
}

static tine_status slow_range(size_t begin, size_t end, void *ctx)
{
    (void)ctx;
    sleep_ms((int)(end - begin));
    return TINE_OK;
}

static void progress_is_reported_by_one_thread_at_a_time(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 4; n += 4) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        watch_progress w = {0};
        tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
        options.grain = 1;
        options.progress = on_progress;
        options.progress_ctx = &w;
        size_t total = n ? 1200 : 300;
        assert_int_equal(tine_parallel_for(pool, 0, total, slow_range, NULL, &options, NULL), 0);
        assert_false(w.overlapped);
        assert_int_equal(w.last, total);
        assert_true(w.calls >= 3);
        assert_true(n || w.calls < 100);
        tine_pool_close(&pool);
    }
}

typedef struct nested {
    tine_pool *pool;
    atomic_int sum;
} nested;

static tine_status nested_range(size_t begin, size_t end, void *ctx)
{
    nested *n = ctx;
    for (size_t i = begin; i < end; i++)
        atomic_fetch_add(&n->sum, 1);
    return TINE_OK;
}

static tine_status outer_range(size_t begin, size_t end, void *ctx)
{
    nested *n = ctx;
    for (size_t i = begin; i < end; i++)
        if (tine_parallel_for(n->pool, 0, 100, nested_range, n, NULL, NULL) != TINE_OK)
            return 1;
    return TINE_OK;
}

static void loops_nest(void **state)
{
    (void)state;
    for (unsigned workers = 0; workers <= 8; workers = workers ? 2 * workers : 1) {
        nested n = {.pool = workers ? open_pool(workers) : NULL};
        assert_int_equal(tine_parallel_for(n.pool, 0, 100, outer_range, &n, NULL, NULL), TINE_OK);
        assert_int_equal(n.sum, 10000);
        tine_pool_close(&n.pool);
    }
}

typedef struct across {
    tine_pool *other;
    atomic_int running;
    tine_status status;
} across;

static tine_status until_stopped_range(size_t begin, size_t end, void *ctx)
{
    (void)begin;
    (void)end;
    atomic_fetch_add((atomic_int *)ctx, 1);
    for (int i = 0; i < 20000 && !tine_stopping(); i++)
        sleep_ms(1);
    return TINE_OK;
}

static tine_status across_task(void *arg, void *value)
{
    (void)value;
    across *a = arg;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 1;
    return tine_parallel_for(a->other, 0, 50, until_stopped_range, &a->running, &options, NULL);
}

static void a_loop_on_another_pool_stops_with_its_callers(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 2; n++) {
        across a = {.other = n ? open_pool(n) : NULL};
        tine_pool *pool = open_pool(1);
        tine_future *future = submit(pool, across_task, &a);
        await_int(&a.running, n ? (int)n : 1);
        tine_pool_cancel(pool);
        assert_int_equal(wait_release(future), TINE_ECANCELED);
        tine_pool_close(&pool);
        tine_pool_close(&a.other);
    }
}

static tine_status expire_map(size_t i, const void *in, void *out, void *ctx)
{
    (void)in;
    (void)out;
    if (i == 10)
        tine_scope_set_timeout(ctx, 0);
    return TINE_OK;
}

static void statuses_say_why_elements_were_not_run(void **state)
{
    (void)state;
    tine_scope *scope;
    tine_status statuses[50];
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    assert_int_equal(tine_scope_open(NULL, &scope, NULL), TINE_OK);
    options.scope = scope;
    options.grain = 1;
    options.statuses = statuses;
    assert_int_equal(
        tine_parallel_map(NULL, expire_map, scope, NULL, 0, NULL, 0, 50, &options, NULL),
        TINE_ETIMEDOUT);
    for (int i = 0; i < 50; i++)
        assert_int_equal(statuses[i], i <= 10 ? TINE_OK : TINE_ETIMEDOUT);
    tine_scope_close(&scope);
}

static void keep_estimate(const tine_progress *p, void *ctx)
{
    *(double *)ctx = p->seconds_left;
}

static void nothing_done_gives_no_estimate(void **state)
{
    (void)state;
    double left = 0;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.progress = keep_estimate;
    options.progress_ctx = &left;
    assert_int_equal(tine_parallel_for(NULL, 0, 0, slow_range, NULL, &options, NULL), TINE_OK);
    assert_true(left < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_once),
        cmocka_unit_test(ranges_reach_the_highest_index),
        cmocka_unit_test(a_map_fails_at_the_lowest_index),
        cmocka_unit_test(statuses_take_the_failures),
        cmocka_unit_test(a_map_may_have_no_arrays),
        cmocka_unit_test(progress_is_reported_by_one_thread_at_a_time),
        cmocka_unit_test(loops_nest),
        cmocka_unit_test(a_loop_on_another_pool_stops_with_its_callers),
        cmocka_unit_test(statuses_say_why_elements_were_not_run),
        cmocka_unit_test(nothing_done_gives_no_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
