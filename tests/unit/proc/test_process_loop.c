/* Loops, maps and reductions in worker processes give what a serial run gives. */
#define _GNU_SOURCE
#include "support/processes.h"

enum { N = 20000 };
static long in[N], out[N];
static tine_status statuses[N];

static void fill(void)
{
    for (long i = 0; i < N; i++) {
        in[i] = 3 * i + 1;
        out[i] = -1;
        statuses[i] = -1000;
    }
}

static tine_parallel_options loop_options(void)
{
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    return options;
}

/* ctx: what to add, and indices where something happens. */
typedef struct plan {
    long add;
    long kill_at, exit_at, fail_at, loop_at;
    atomic_long *n_runs; /* shared; NULL: not counted */
} plan;

static const plan no_plan = {1, -1, -1, -1, -1, NULL};

static tine_status map(size_t index, const void *x, void *y, void *ctx)
{
    const plan *p = ctx;
    long i = (long)index;
    if (p->n_runs && (i == p->kill_at || i == p->loop_at))
        atomic_fetch_add(p->n_runs, 1);
    if (i == p->kill_at)
        die_of(SIGKILL);
    if (i == p->exit_at)
        _exit(4);
    for (volatile bool ever = i == p->loop_at; ever;)
        ;
    if (i == p->fail_at)
        return tine_fail(9, -1, "element %ld", i);
    *(long *)y = *(const long *)x + p->add;
    return TINE_OK;
}

static tine_status run_map(tine_pool *pool, plan p, size_t n, tine_parallel_options options,
                           tine_error *error)
{
    options.ctx_size = sizeof p;
    return tine_parallel_map(pool, map, &p, in, sizeof *in, out, sizeof *out, n, &options, error);
}

static void maps_map(void **state)
{
    (void)state;
    for (unsigned n_workers = 1; n_workers <= 3; n_workers++) {
        tine_pool *pool = open_processes(n_workers);
        for (size_t n = 0; n <= N; n = n ? n * 3 : 1)
            for (size_t grain = 0; grain < 3; grain++) {
                tine_parallel_options options = loop_options();
                options.grain = grain * 100;
                fill();
                assert_int_equal(run_map(pool, no_plan, n, options, NULL), TINE_OK);
                for (size_t i = 0; i < n; i++)
                    assert_int_equal(out[i], in[i] + 1);
                assert_int_equal(out[n], -1);
            }
        tine_pool_close(&pool);
    }
}

static void the_first_failure_is_told(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_error error;
    for (long at = 0; at < N; at = at * 2 + 1) {
        plan p = no_plan;
        fill();
        p.fail_at = at;
        assert_int_equal(run_map(pool, p, N, loop_options(), &error), 9);
        assert_int_equal(error.index, at);
        for (long i = 0; i < at; i++)
            assert_int_equal(out[i], in[i] + 1);
    }
    plan both = no_plan;
    both.fail_at = 15000;
    both.exit_at = 11000;
    assert_int_equal(run_map(pool, both, N, loop_options(), &error), TINE_EWORKER);
    assert_int_equal(error.index, 11000);
    both.fail_at = 10999;
    assert_int_equal(run_map(pool, both, N, loop_options(), &error), 9);
    assert_int_equal(error.index, 10999);
    assert_string_equal(error.message, "element 10999");
    tine_pool_close(&pool);
}

static void with_statuses_only_the_poison_fails(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_parallel_options options = loop_options();
    plan p = {1, 5000, 5001, 17, 19999, NULL};
    options.statuses = statuses;
    options.timeout_ns = 100 * MS;
    fill();
    assert_int_equal(run_map(pool, p, N, options, NULL), TINE_OK);
    for (long i = 0; i < N; i++) {
        tine_status expected = i == 17                  ? 9
                               : i == 19999             ? TINE_ETIMEDOUT
                               : i == 5000 || i == 5001 ? TINE_EWORKER
                                                        : TINE_OK;
        assert_int_equal(statuses[i], expected);
        if (!expected)
            assert_int_equal(out[i], in[i] + 1);
    }
    tine_pool_close(&pool);
}

static void lost_elements_are_tried_again(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_parallel_options options = loop_options();
    void *shared;
    tine_error error;
    assert_int_equal(tine_shared_alloc(pool, sizeof(atomic_long), &shared, NULL), TINE_OK);
    for (unsigned n_retries = 0; n_retries < 3; n_retries++) {
        plan p = no_plan;
        p.kill_at = 7777;
        p.n_runs = shared;
        atomic_store(p.n_runs, 0);
        options.n_retries = n_retries;
        assert_int_equal(run_map(pool, p, N, options, &error), TINE_EWORKER);
        assert_int_equal(error.index, 7777);
        assert_int_equal(error.sys_errno, SIGKILL);
        assert_int_equal(atomic_load(p.n_runs), n_retries + 1);
    }
    tine_pool_close(&pool);
}

static void arrays_may_be_shared(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    void *a, *b, *ctx;
    assert_int_equal(tine_shared_alloc(pool, sizeof in, &a, NULL), TINE_OK);
    assert_int_equal(tine_shared_alloc(pool, sizeof out, &b, NULL), TINE_OK);
    assert_int_equal(tine_shared_alloc(pool, sizeof(plan), &ctx, NULL), TINE_OK);
    fill();
    memcpy(a, in, sizeof in);
    *(plan *)ctx = no_plan;
    assert_int_equal(
        tine_parallel_map(pool, map, ctx, a, sizeof *in, b, sizeof *out, N, NULL, NULL), TINE_OK);
    for (long i = 0; i < N; i++)
        assert_int_equal(((long *)b)[i], in[i] + 1);
    tine_pool_close(&pool);
}

static tine_status sum_block(size_t index, const void *x, void *y, void *ctx)
{
    (void)index;
    (void)ctx;
    const long *block = x;
    long *sum = y;
    *sum = 0;
    for (size_t i = 0; i < (1 << 17); i++)
        *sum += block[i];
    return TINE_OK;
}

static void elements_may_be_large(void **state)
{
    (void)state;
    enum { BLOCKS = 12, LONGS = 1 << 17 };
    long *blocks = malloc(BLOCKS * LONGS * sizeof *blocks), sums[BLOCKS];
    assert_non_null(blocks);
    for (long i = 0; i < BLOCKS * LONGS; i++)
        blocks[i] = i / LONGS;
    tine_pool *pool = open_processes(2);
    assert_int_equal(tine_parallel_map(pool, sum_block, NULL, blocks, LONGS * sizeof *blocks, sums,
                                       sizeof *sums, BLOCKS, NULL, NULL),
                     TINE_OK);
    for (long i = 0; i < BLOCKS; i++)
        assert_int_equal(sums[i], i * LONGS);
    tine_pool_close(&pool);
    free(blocks);
}

static tine_status add_range(size_t begin, size_t end, void *ctx)
{
    atomic_long *cells = *(atomic_long **)ctx;
    for (size_t i = begin; i < end; i++)
        atomic_fetch_add(&cells[i], 1);
    return TINE_OK;
}

static void loops_loop(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_parallel_options options = loop_options();
    void *cells;
    assert_int_equal(tine_shared_alloc(pool, N * sizeof(atomic_long), &cells, NULL), TINE_OK);
    options.ctx_size = sizeof cells;
    for (size_t grain = 0; grain < 100; grain = grain * 2 + 1) {
        memset(cells, 0, N * sizeof(atomic_long));
        options.grain = grain;
        assert_int_equal(tine_parallel_for(pool, 3, N - 7, add_range, &cells, &options, NULL),
                         TINE_OK);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(((atomic_long *)cells)[i], i >= 3 && i < N - 7);
    }
    tine_pool_close(&pool);
}

static tine_status harmonic(void *acc, size_t begin, size_t end, void *ctx)
{
    for (size_t i = begin; i < end; i++)
        *(double *)acc += *(double *)ctx / (double)(i + 1);
    return TINE_OK;
}

static tine_status add_doubles(void *left, void *right, void *ctx)
{
    (void)ctx;
    *(double *)left += *(double *)right;
    return TINE_OK;
}

static void reductions_have_the_bits_of_threads(void **state)
{
    (void)state;
    double factor = 1.1;
    tine_reducer reducer = {.struct_size = sizeof reducer,
                            .size = sizeof(double),
                            .merge = add_doubles,
                            .ctx = &factor,
                            .ctx_size = sizeof factor};
    tine_pool *pool = open_processes(3);
    for (size_t n = 0; n < 3000000; n = n * 3 + 1)
        for (size_t grain = n > 100000 ? 0 : 3; grain != SIZE_MAX; grain--) {
            tine_parallel_options options = loop_options();
            double here, there;
            options.grain = grain;
            assert_int_equal(
                tine_parallel_reduce(NULL, 0, n, harmonic, &reducer, &here, &options, NULL),
                TINE_OK);
            assert_int_equal(
                tine_parallel_reduce(pool, 0, n, harmonic, &reducer, &there, &options, NULL),
                TINE_OK);
            assert_memory_equal(&here, &there, sizeof here);
        }
    tine_pool_close(&pool);
}

static tine_status fail_merge(void *left, void *right, void *ctx)
{
    (void)right;
    (void)ctx;
    return *(double *)left > 0 ? tine_fail(12, -1, "no merge") : TINE_OK;
}

static tine_status fail_fold(void *acc, size_t begin, size_t end, void *ctx)
{
    (void)acc;
    (void)ctx;
    return begin <= 1500 && 1500 < end ? tine_fail(13, 1500, "no fold") : TINE_OK;
}

static void reductions_fail(void **state)
{
    (void)state;
    double factor = 1, acc;
    tine_reducer reducer = {.struct_size = sizeof reducer,
                            .size = sizeof(double),
                            .merge = fail_merge,
                            .ctx = &factor,
                            .ctx_size = sizeof factor};
    tine_pool *pool = open_processes(2);
    tine_error error;
    assert_int_equal(tine_parallel_reduce(pool, 0, N, harmonic, &reducer, &acc, NULL, &error), 12);
    assert_string_equal(error.message, "no merge");
    assert_int_equal(tine_parallel_reduce(pool, 0, N, fail_fold, &reducer, &acc, NULL, &error), 13);
    assert_int_equal(error.index, 1500);
    reducer.ctx_size = 0;
    assert_int_equal(tine_parallel_reduce(pool, 0, N, harmonic, &reducer, &acc, NULL, &error),
                     TINE_EINVAL);
    assert_non_null(strstr(error.message, "ctx_size"));
    tine_pool_close(&pool);
}

static tine_status wait_map(size_t index, const void *x, void *y, void *ctx)
{
    (void)index;
    (void)x;
    (void)y;
    atomic_fetch_add(*(atomic_long **)ctx, 1);
    while (!tine_stopping())
        sleep_ms(1);
    return TINE_OK;
}

static void loops_are_stopped(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    void *n;
    assert_int_equal(tine_shared_alloc(pool, sizeof(atomic_long), &n, NULL), TINE_OK);
    for (int with_statuses = 0; with_statuses < 2; with_statuses++) {
        tine_parallel_options options = loop_options();
        tine_scope *scope;
        assert_int_equal(tine_scope_open(NULL, &scope, NULL), TINE_OK);
        tine_scope_set_timeout(scope, 50 * MS);
        options.scope = scope;
        options.ctx_size = sizeof n;
        options.statuses = with_statuses ? statuses : NULL;
        fill();
        assert_int_equal(
            tine_parallel_map(pool, wait_map, &n, NULL, 0, NULL, 0, 1000, &options, NULL),
            TINE_ETIMEDOUT);
        for (int i = 0; with_statuses && i < 1000; i++)
            assert_true(statuses[i] == TINE_OK || statuses[i] == TINE_ETIMEDOUT);
        tine_scope_close(&scope);
    }
    assert_true(atomic_load((atomic_long *)n) <= 8);
    tine_pool_close(&pool);
}

static void count_report(const tine_progress *progress, void *ctx)
{
    *(uint64_t *)ctx = progress->n_done;
}

static void progress_is_told(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_parallel_options options = loop_options();
    uint64_t n_done = 0;
    options.progress = count_report;
    options.progress_ctx = &n_done;
    fill();
    assert_int_equal(run_map(pool, no_plan, N, options, NULL), TINE_OK);
    assert_int_equal(n_done, N);
    tine_pool_close(&pool);
}

static tine_status nested(void *arg, void *value)
{
    tine_pool *pool = *(tine_pool **)arg;
    long *sum = value;
    static long squares[100];
    plan p = no_plan;
    fill();
    tine_status status =
        tine_parallel_map(pool, map, &p, in, sizeof *in, squares, sizeof *squares, 100, NULL, NULL);
    for (int i = 0; i < 100; i++)
        *sum += squares[i];
    return status;
}

static void loops_nest(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2), *threads = open_pool(2);
    long expected = 0;
    fill();
    for (int i = 0; i < 100; i++)
        expected += in[i] + 1;
    assert_int_equal(value_release(submit_long(pool, nested, (long)(intptr_t)pool)), expected);
    tine_pool_close(&threads);
    tine_pool_close(&pool);
}

static tine_status map_elsewhere(size_t index, const void *x, void *y, void *ctx)
{
    (void)x;
    long source[50], target[50];
    plan p = no_plan;
    tine_parallel_options options = loop_options();
    options.ctx_size = sizeof p;
    for (long i = 0; i < 50; i++)
        source[i] = (long)index + i;
    tine_status status = tine_parallel_map(*(tine_pool **)ctx, map, &p, source, sizeof(long),
                                           target, sizeof(long), 50, &options, NULL);
    *(long *)y = target[49];
    return status;
}

static void threads_share_a_pool_of_processes(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2), *threads = open_pool(4);
    fill();
    assert_int_equal(tine_parallel_map(threads, map_elsewhere, &pool, NULL, 0, out, sizeof *out,
                                       200, NULL, NULL),
                     TINE_OK);
    for (long i = 0; i < 200; i++)
        assert_int_equal(out[i], i + 50);
    tine_pool_close(&threads);
    tine_pool_close(&pool);
}

static void recycled_workers_map(void **state)
{
    (void)state;
    tine_pool_options options = process_options(2);
    options.max_tasks_per_worker = 1000;
    tine_pool *pool = open_with(&options);
    fill();
    assert_int_equal(run_map(pool, no_plan, N, loop_options(), NULL), TINE_OK);
    for (long i = 0; i < N; i++)
        assert_int_equal(out[i], in[i] + 1);
    tine_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_map),
        cmocka_unit_test(the_first_failure_is_told),
        cmocka_unit_test(with_statuses_only_the_poison_fails),
        cmocka_unit_test(lost_elements_are_tried_again),
        cmocka_unit_test(arrays_may_be_shared),
        cmocka_unit_test(elements_may_be_large),
        cmocka_unit_test(loops_loop),
        cmocka_unit_test(reductions_have_the_bits_of_threads),
        cmocka_unit_test(reductions_fail),
        cmocka_unit_test(loops_are_stopped),
        cmocka_unit_test(progress_is_told),
        cmocka_unit_test(loops_nest),
        cmocka_unit_test(threads_share_a_pool_of_processes),
        cmocka_unit_test(recycled_workers_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
