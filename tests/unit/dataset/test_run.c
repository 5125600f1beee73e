/* How a terminal runs: stopped from outside, with little memory, and telling how far it has come.
 */
#include "unit/dataset/support.h"
#include "unit/table/counting.h"

#include <stdatomic.h>

static char *numbers(size_t n)
{
    growing t = {0};
    text_add(&t, "n,s\n");
    for (size_t i = 0; i < n; i++)
        text_add(&t, "%zu,text of row %zu\n", i, i);
    return t.data;
}

static tine_dataset *open_with_allocator(const char *csv, const tine_allocator *allocator)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.allocator = allocator;
    options.partition_size = 256;
    options.delimiter = ",";
    return open_with(csv, &options);
}

/* ---- stopping ---- */

typedef struct canceler {
    tine_scope *scope;
    _Atomic size_t n_seen;
} canceler;

static tine_status cancel_soon(const tine_batch *batch, size_t partition, void *ctx)
{
    canceler *c = ctx;
    (void)batch;
    (void)partition;
    if (atomic_fetch_add(&c->n_seen, 1) == 3)
        tine_scope_cancel(c->scope);
    return TINE_OK;
}

static void test_a_scope_cancels(void **state)
{
    (void)state;
    char *csv = numbers(2000);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv, 256);
        tine_error error;
        canceler c = {0};
        assert_int_equal(tine_scope_open(NULL, &c.scope, NULL), TINE_OK);
        run.scope = c.scope;
        assert_int_equal(tine_dataset_for_each(d, &run, cancel_soon, &c, &error), TINE_ECANCELED);
        assert_int_equal(error.status, TINE_ECANCELED);
        assert_in_range(atomic_load(&c.n_seen), 4, 4 + 7);
        tine_table *table = NULL; /* and what is started later ends at once */
        assert_int_equal(tine_dataset_describe(d, &run, &table, &error), TINE_ECANCELED);
        assert_null(table);
        tine_scope_close(&c.scope);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static tine_status wait_for_the_end(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)batch;
    (void)partition;
    (void)ctx;
    while (!tine_stopping())
        ;
    return TINE_OK;
}

static void test_a_deadline(void **state)
{
    (void)state;
    char *csv = numbers(100);
    for (size_t w = 0; w < 3; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv, 256);
        assert_int_equal(tine_scope_open(NULL, &run.scope, NULL), TINE_OK);
        tine_scope_set_timeout(run.scope, 20000000);
        tine_error error;
        assert_int_equal(tine_dataset_for_each(d, &run, wait_for_the_end, NULL, &error),
                         TINE_ETIMEDOUT);
        tine_scope_close(&run.scope);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static tine_status use_it_inside(size_t begin, size_t end, void *ctx)
{
    (void)begin;
    (void)end;
    tine_dataset **d = ctx;
    tine_table *table;
    tine_agg agg = {.op = TINE_SUM, .column = "n"};
    tine_status status = tine_dataset_aggregate(d[0], (tine_run *)d[1], &agg, 1, &table, NULL);
    if (status == TINE_OK)
        assert_table(table, "sum(n):int64\n4950\n");
    return status;
}

static void test_terminals_nest(void **state)
{
    (void)state;
    char *csv = numbers(100);
    tine_run run = TINE_RUN_INIT;
    run.pool = open_pool(2);
    tine_dataset *d = open_text(csv, 100);
    void *ctx[] = {d, &run};
    assert_int_equal(tine_parallel_for(run.pool, 0, 20, use_it_inside, ctx, NULL, NULL), TINE_OK);
    tine_dataset_release(d);
    assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    free(csv);
}

/* ---- memory ---- */

typedef tine_status (*verb)(const tine_dataset *d, const tine_run *run, tine_error *error);

static tine_status do_collect(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    tine_table *table = NULL;
    tine_status status = tine_dataset_collect(d, run, &table, error);
    tine_table_release(table);
    return status;
}

static tine_status do_describe(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    tine_table *table = NULL;
    tine_status status = tine_dataset_describe(d, run, &table, error);
    tine_table_release(table);
    return status;
}

static tine_status do_group_by(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    const char *keys[] = {"s"};
    static const tine_agg aggs[] = {{.op = TINE_MAX, .column = "s"},
                                    {.op = TINE_SUM, .column = "n"}};
    tine_table *table = NULL;
    tine_status status = tine_dataset_group_by(d, run, keys, 1, aggs, 2, &table, error);
    tine_table_release(table);
    return status;
}

static tine_status retain_one(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)partition;
    (void)ctx;
    tine_batch *kept;
    tine_error error;
    tine_status status = tine_batch_retain(batch, &kept, &error);
    if (status == TINE_OK)
        tine_batch_release(kept);
    return status;
}

static tine_status do_for_each(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    return tine_dataset_for_each(d, run, retain_one, NULL, error);
}

static tine_status count(void *state, const tine_batch *batch, void *ctx)
{
    (void)ctx;
    *(size_t *)state += tine_batch_rows(batch);
    return TINE_OK;
}

static tine_status add(void *state, void *right, void *ctx)
{
    (void)ctx;
    *(size_t *)state += *(size_t *)right;
    return TINE_OK;
}

static tine_status do_fold(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    size_t n = 0;
    tine_reducer reducer = {.struct_size = sizeof reducer, .size = sizeof n, .merge = add};
    return tine_dataset_fold(d, run, count, &reducer, &n, error);
}

static tine_status do_infer(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    tine_dataset *inferred = NULL;
    tine_status status = tine_dataset_infer(d, run, &inferred, error);
    tine_dataset_release(inferred);
    return status;
}

static tine_status odd(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    (void)ctx;
    for (size_t i = 1; i < tine_batch_rows(batch); i += 2)
        keep[i / 8] |= (uint8_t)(1u << (i % 8));
    return TINE_OK;
}

static tine_status do_plan(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    (void)run;
    const char *names[] = {"s", "n"};
    tine_dataset *f = NULL, *s = NULL;
    int ctx = 0;
    tine_status status = tine_dataset_filter(d, names, 2, odd, &ctx, sizeof ctx, NULL, &f, error);
    if (status == TINE_OK)
        status = tine_dataset_select(f, names, 2, &s, error);
    if (status == TINE_OK)
        status = do_collect(s, run, error);
    tine_dataset_release(f);
    tine_dataset_release(s);
    return status;
}

static const verb verbs[] = {do_collect, do_describe, do_group_by, do_for_each,
                             do_fold,    do_infer,    do_plan};
#define N_VERBS (sizeof verbs / sizeof *verbs)

/* Every allocation that one verb makes of its dataset's allocator fails in turn. */
static void fail_each(const tine_dataset *d, counting_allocator *c, verb v, const tine_run *run)
{
    size_t held = atomic_load(&c->held);
    for (size_t n = 1;; n++) {
        size_t before = atomic_load(&c->failures);
        counting_fail_at(c, n);
        tine_error error = {0};
        tine_status status = v(d, run, &error);
        counting_fail_at(c, 0);
        assert_int_equal(atomic_load(&c->held), held);
        if (atomic_load(&c->failures) == before) {
            assert_int_equal(status, TINE_OK);
            return;
        }
        assert_int_equal(status, TINE_ENOMEM);
        assert_int_equal(error.status, TINE_ENOMEM);
    }
}

static void test_every_allocation_fails_in_turn(void **state)
{
    (void)state;
    char *csv = numbers(40);
    for (size_t v = 0; v < N_VERBS; v++)
        for (unsigned workers = 0; workers <= 2; workers += 2) {
            counting_allocator c;
            counting_init(&c);
            tine_run run = TINE_RUN_INIT;
            run.pool = open_pool(workers);
            tine_dataset *d = open_with_allocator(csv, &c.allocator);
            fail_each(d, &c, verbs[v], &run);
            tine_dataset_release(d);
            counting_assert_empty(&c);
            assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
        }
    free(csv);
}

static void test_the_memory_limit(void **state)
{
    (void)state;
    char *csv = numbers(3000);
    for (size_t v = 0; v < N_VERBS; v++) {
        counting_allocator c;
        counting_init(&c);
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(2);
        tine_dataset *d = open_with_allocator(csv, &c.allocator);
        size_t held = atomic_load(&c.held);
        tine_error error;
        run.memory_limit = 1000;
        assert_int_equal(verbs[v](d, &run, &error), TINE_ENOMEM);
        assert_non_null(strstr(error.message, "memory limit of 1000 bytes"));
        assert_int_equal(atomic_load(&c.held), held);
        run.memory_limit = 64 << 20;
        assert_int_equal(verbs[v](d, &run, &error), TINE_OK);
        assert_int_equal(atomic_load(&c.held), held);
        tine_dataset_release(d);
        counting_assert_empty(&c);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static void test_a_limit_between_is_kept(void **state)
{
    (void)state;
    char *csv = numbers(3000);
    tine_run run = TINE_RUN_INIT;
    tine_dataset *d = open_text(csv, 1000);
    tine_error error;
    size_t limit = 1000;
    while (run.memory_limit = limit, do_collect(d, &run, &error) == TINE_ENOMEM)
        limit += limit / 4;
    assert_in_range(limit, 3000 * 8, 4 << 20);
    tine_dataset_release(d);
    free(csv);
}

static void test_a_result_outlives_its_dataset(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_run run = TINE_RUN_INIT;
    run.memory_limit = 64 << 20;
    tine_dataset *d = open_with_allocator("n,s\n1,a\n", &c.allocator);
    tine_table *table;
    assert_int_equal(tine_dataset_collect(d, &run, &table, NULL), TINE_OK);
    tine_dataset_release(d);
    assert_table(table, "n:int64,s:string\n1,'a'\n");
    counting_assert_empty(&c);
}

/* ---- progress ---- */

typedef struct progress_log {
    _Atomic unsigned inside;
    size_t n;
    tine_progress last;
} progress_log;

static void log_progress(const tine_progress *progress, void *ctx)
{
    progress_log *log = ctx;
    assert_int_equal(atomic_fetch_add(&log->inside, 1), 0);
    assert_int_equal(progress->struct_size, sizeof *progress);
    assert_true(progress->n_done <= progress->n_total);
    assert_true(progress->seconds >= log->last.seconds);
    log->last = *progress;
    log->n++;
    atomic_fetch_sub(&log->inside, 1);
}

static void test_progress(void **state)
{
    (void)state;
    char *csv = numbers(5000);
    for (size_t w = 0; w < n_worker_counts; w++) {
        progress_log log = {0};
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        run.progress = log_progress;
        run.progress_ctx = &log;
        tine_dataset *d = open_text(csv, 256);
        tine_error error;
        assert_int_equal(do_describe(d, &run, &error), TINE_OK);
        assert_in_range(log.n, 1, 2 + (size_t)(10 * log.last.seconds));
        assert_int_equal(log.last.n_rows, 5000);
        assert_int_equal(log.last.n_done, log.last.n_total);
        assert_in_range(log.last.n_total, strlen(csv) - 4, strlen(csv));
        assert_true(log.last.seconds_left == 0);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static void test_what_this_version_has_not(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n,s\n1,2\n", 0);
    tine_error error;
    tine_run run = TINE_RUN_INIT;
    run.trace_path = "trace";
    assert_int_equal(do_collect(d, &run, &error), TINE_ENOTSUP);
    run = (tine_run)TINE_RUN_INIT;
    run.cluster = (tine_cluster *)d;
    assert_int_equal(do_collect(d, &run, &error), TINE_ENOTSUP);
    run = (tine_run){.struct_size = 0};
    assert_int_equal(do_collect(d, &run, &error), TINE_EINVAL);
    tine_dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_scope_cancels),
        cmocka_unit_test(test_a_deadline),
        cmocka_unit_test(test_terminals_nest),
        cmocka_unit_test(test_every_allocation_fails_in_turn),
        cmocka_unit_test(test_the_memory_limit),
        cmocka_unit_test(test_a_limit_between_is_kept),
        cmocka_unit_test(test_a_result_outlives_its_dataset),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_what_this_version_has_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
