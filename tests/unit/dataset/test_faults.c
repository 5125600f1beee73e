/* A whole life, from the source to the result, with every allocation failing in turn. */
#include "unit/dataset/support.h"
#include "support/fault.h"

static const char csv[] = "n,s\n1,a\n2,b\n3,\"c\nd\"\n4,a\n";

static tine_status keep_even(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    (void)ctx;
    tine_column c;
    tine_status status = tine_batch_find(batch, "n", &c);
    for (size_t i = 0; status == TINE_OK && i < c.length; i++)
        if (((const int64_t *)c.values)[i] % 2 == 0)
            keep[i / 8] |= (uint8_t)(1u << (i % 8));
    return status;
}

static tine_status end(const tine_dataset *d, const tine_run *run, tine_error *error)
{
    const char *keys[] = {"s"};
    static const tine_agg aggs[] = {
        {.op = TINE_MAX, .column = "s"},      {.op = TINE_MEAN, .column = "n"},
        {.op = TINE_LAST, .column = "s"},     {.op = TINE_DISTINCT, .column = "s"},
        {.op = TINE_DISTINCT, .column = "n"}, {.op = TINE_QUANTILE, .column = "n", .arg = 0.5},
    };
    tine_table *groups = NULL, *all = NULL, *combined = NULL;
    tine_status status = tine_dataset_group_by(d, run, keys, 1, aggs, 6, &groups, error);
    if (status == TINE_OK)
        status = tine_dataset_collect(d, run, &all, error);
    if (status == TINE_OK)
        status = tine_table_combine(all, &combined, error);
    tine_table_release(groups);
    tine_table_release(all);
    tine_table_release(combined);
    return status;
}

static tine_status live(const tine_run *run, tine_error *error)
{
    tine_source *source = NULL;
    tine_dataset *d = NULL, *f = NULL;
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.partition_size = 5;
    tine_status status = tine_source_memory(csv, sizeof csv - 1, NULL, NULL, &source, error);
    if (status == TINE_OK)
        status = tine_csv_open(&source, 1, &options, &d, error);
    tine_source_release(source);
    if (status == TINE_OK)
        status = tine_dataset_filter(d, NULL, 0, keep_even, NULL, 0, NULL, &f, error);
    if (status == TINE_OK)
        status = end(f, run, error);
    tine_dataset_release(f);
    tine_dataset_release(d);
    return status;
}

/* Each time on a pool of its own, which may grow and shrinks again with its end. */
static void fail_each(unsigned n_workers)
{
    bool fired = true;
    for (long n = 1; fired; n++) {
        long blocks = fault_live_blocks();
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(n_workers);
        tine_error error = {0};
        fault_arm(FAULT_ALLOC, n);
        tine_status status = live(&run, &error);
        fired = fault_disarm();
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
        if (n_workers == 0 || !fired) /* a pool can do without room for what it forks */
            assert_int_equal(status, fired ? TINE_ENOMEM : TINE_OK);
        assert_true(status == TINE_OK || status == TINE_ENOMEM);
        assert_int_equal(error.status, status);
        assert_int_equal(fault_live_blocks(), blocks);
    }
}

static void test_here_and_now(void **state)
{
    (void)state;
    fail_each(0);
}

static void test_on_a_pool(void **state)
{
    (void)state;
    fail_each(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_here_and_now),
        cmocka_unit_test(test_on_a_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
