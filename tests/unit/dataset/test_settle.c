/* Types settle over the whole file: what the sample says may be wrong, in every way, and then a
 * terminal that can starts again, one that cannot says so, and tine_dataset_infer helps that one.
 */
#include "unit/dataset/support.h"

#include <stdio.h>

#define SAMPLE (1 << 20)

/* A column whose sample is made of `value`, and then come `later` values. */
static char *make_csv(const char *value, const char *const *later, size_t n_later)
{
    growing t = {0};
    text_add(&t, "pad,x\n");
    while (t.n <= SAMPLE)
        text_add(&t, "%0999d,%s\n", 0, value);
    for (size_t i = 0; i < n_later; i++)
        text_add(&t, "b,%s\n", later[i]);
    return t.data;
}

static tine_table *group_x(const char *csv, unsigned n_workers, size_t partition_size)
{
    tine_run run = TINE_RUN_INIT;
    run.pool = open_pool(n_workers);
    tine_dataset *d = open_text(csv, partition_size);
    const char *keys[] = {"x"};
    tine_table *table = NULL;
    tine_error error = {0};
    tine_status status = tine_dataset_group_by(d, &run, keys, 1, NULL, 0, &table, &error);
    if (status != TINE_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, TINE_OK);
    assert_int_equal(error.status, TINE_OK);
    tine_dataset_release(d);
    assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    return table;
}

static void assert_settles(const char *value, const char *const *later, size_t n_later,
                           const char *expected)
{
    char *csv = make_csv(value, later, n_later);
    assert_table(group_x(csv, 0, 50000), expected);
    assert_table(group_x(csv, 2, 50000), expected);
    free(csv);
}

static void test_every_way_of_being_wrong(void **state)
{
    (void)state;
    static const char *const half[] = {"2", "0.5"}, *const word[] = {"0.5", "word", "2"},
                             *const nan[] = {"nan"}, *const inexact[] = {"0.5", "9007199254740993"},
                             *const time[] = {"2026-01-01T00:00:01Z"}, *const ints[] = {"7", "8"},
                             *const zeros[] = {"007"}, *const none[] = {""};
    assert_settles("1", half, 2, "x:double\n0x1p+0\n0x1p+1\n0x1p-1\n");
    assert_settles("1", word, 3, "x:string\n'1'\n'0.5'\n'word'\n'2'\n");
    assert_settles("1", nan, 1, "x:double\n0x1p+0\nnan\n");
    assert_settles("1", inexact, 2, "x:string\n'1'\n'0.5'\n'9007199254740993'\n");
    assert_settles("2026-01-01", time, 1, "x:timestamp\n1767225600000000\n1767225601000000\n");
    assert_settles("", ints, 2, "x:int64\nnull\n7\n8\n");
    assert_settles("nan", half, 2, "x:double\nnan\n0x1p+1\n0x1p-1\n");
    assert_settles("1", zeros, 1, "x:string\n'1'\n'007'\n");
    assert_settles("true", half, 2, "x:string\n'true'\n'2'\n'0.5'\n");
    assert_settles("1", none, 1, "x:int64\n1\nnull\n");
}

static tine_status ignore(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)batch;
    (void)partition;
    (void)ctx;
    return TINE_OK;
}

static tine_status expect_double(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)partition;
    (void)ctx;
    tine_column c;
    assert_int_equal(tine_batch_find(batch, "x", &c), TINE_OK);
    assert_int_equal(c.type, TINE_DOUBLE);
    return TINE_OK;
}

static void test_streaming_is_told_and_infer_helps(void **state)
{
    (void)state;
    static const char *const later[] = {"2", "0.5"};
    char *csv = make_csv("1", later, 2);
    size_t n_sample = (strlen(csv) - 6) / 1002;
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv, 50000), *inferred;
        tine_error error;
        assert_int_equal(tine_dataset_for_each(d, &run, ignore, NULL, &error), TINE_ETYPE);
        assert_int_equal(error.record, n_sample + 2);
        assert_int_equal(error.column, 2);
        assert_non_null(strstr(error.message, "tine_dataset_infer"));
        tine_field field;
        assert_int_equal(tine_dataset_infer(d, &run, &inferred, &error), TINE_OK);
        assert_int_equal(tine_dataset_column(d, 1, &field), TINE_OK);
        assert_int_equal(field.type, TINE_INT64); /* the old plan stays what it was */
        assert_int_equal(tine_dataset_column(inferred, 1, &field), TINE_OK);
        assert_int_equal(field.type, TINE_DOUBLE);
        assert_int_equal(tine_dataset_for_each(inferred, &run, expect_double, NULL, &error),
                         TINE_OK);
        tine_dataset_release(inferred);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static tine_status keep_all(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    tine_column c;
    assert_int_equal(tine_batch_column(batch, 0, &c), TINE_OK);
    for (size_t i = 0; i < c.length; i++)
        keep[i / 8] |= (uint8_t)(1u << (i % 8));
    return c.type == TINE_INT64 && ctx ? tine_fail(3, -1, "an int64") : TINE_OK;
}

/* The filter sees the settled type in the end, and its failure under the wrong one is forgotten if
 * a lower partition has shown that it is wrong. */
static void test_filters_over_a_type_that_changes(void **state)
{
    (void)state;
    static const char *const later[] = {"2", "0.5"};
    char *csv = make_csv("1", later, 2);
    const char *names[] = {"x"};
    static const tine_agg aggs[] = {{.op = TINE_SUM, .column = "x"}};
    growing sum = {0};
    text_add(&sum, "sum(x):double\n%a\n", (double)((strlen(csv) - 6) / 1002) + 2.5);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv, 50000), *f;
        tine_table *table;
        tine_error error;
        assert_int_equal(tine_dataset_filter(d, names, 1, keep_all, NULL, 0, NULL, &f, NULL),
                         TINE_OK);
        assert_int_equal(tine_dataset_aggregate(f, &run, aggs, 1, &table, NULL), TINE_OK);
        assert_table(table, sum.data);
        tine_dataset_release(f);
        assert_int_equal(tine_dataset_filter(d, names, 1, keep_all, d, 0, NULL, &f, NULL), TINE_OK);
        assert_int_equal(tine_dataset_aggregate(f, &run, aggs, 1, &table, &error), 3);
        assert_int_equal(error.index, 0);
        tine_dataset_release(f);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(sum.data);
    free(csv);
}

static void test_an_operation_that_the_settled_type_has_not(void **state)
{
    (void)state;
    static const char *const later[] = {"2", "word"};
    char *csv = make_csv("1", later, 2);
    tine_dataset *d = open_text(csv, 0);
    tine_agg agg = {.op = TINE_SUM, .column = "x"};
    tine_table *table;
    tine_error error;
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, &error), TINE_EINVAL);
    assert_null(table);
    assert_non_null(strstr(error.message, "sum does not apply to column \"x\""));
    assert_int_equal(error.line, (strlen(csv) - 6) / 1002 + 1 + 2);
    tine_dataset_release(d);
    free(csv);
}

static void test_an_operation_that_the_samples_type_has_not(void **state)
{
    (void)state;
    static const char *const later[] = {"2", "3"};
    char *csv = make_csv("", later, 2);
    tine_dataset *d = open_text(csv, 0);
    tine_agg agg = {.op = TINE_SUM, .column = "x"};
    tine_table *table;
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, NULL), TINE_OK);
    assert_table(table, "sum(x):int64\n5\n");
    tine_dataset_release(d);
    free(csv);
}

static void test_a_malformed_row_behind_the_change(void **state)
{
    (void)state;
    static const char *const later[] = {"0.5", "1,1", "word"};
    char *csv = make_csv("1", later, 3);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv, 50000), *inferred;
        tine_table *table;
        tine_error error;
        assert_int_equal(tine_dataset_collect(d, &run, &table, &error), TINE_EFORMAT);
        assert_int_equal(error.record, (strlen(csv) - 6) / 1002 + 2);
        assert_int_equal(tine_dataset_infer(d, &run, &inferred, &error), TINE_EFORMAT);
        assert_int_equal(error.record, (strlen(csv) - 6) / 1002 + 2);
        assert_null(inferred);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static void test_text_that_is_not_utf8_has_no_type(void **state)
{
    (void)state;
    static const char *const later[] = {"0.5", "\xff", "1"};
    char *csv = make_csv("1", later, 3);
    tine_dataset *d = open_text(csv, 50000);
    tine_table *table;
    tine_error error;
    assert_int_equal(tine_dataset_collect(d, NULL, &table, &error), TINE_EFORMAT);
    assert_int_equal(error.record, (strlen(csv) - 6) / 1002 + 2);
    tine_dataset_release(d);
    free(csv);
}

static void assert_fails_at(const tine_dataset *d, unsigned n_workers, uint64_t record)
{
    tine_run run = TINE_RUN_INIT;
    tine_agg agg = {.op = TINE_SUM, .column = "x"};
    const char *keys[] = {"x"};
    tine_table *table;
    tine_error error;
    run.pool = open_pool(n_workers);
    assert_int_equal(tine_dataset_collect(d, &run, &table, &error), TINE_EFORMAT);
    assert_int_equal(error.record, record);
    assert_int_equal(tine_dataset_describe(d, &run, &table, &error), TINE_EFORMAT);
    assert_int_equal(error.record, record);
    assert_int_equal(tine_dataset_aggregate(d, &run, &agg, 1, &table, &error), TINE_EFORMAT);
    assert_int_equal(error.record, record);
    assert_int_equal(tine_dataset_group_by(d, &run, keys, 1, NULL, 0, &table, &error),
                     TINE_EFORMAT);
    assert_int_equal(error.record, record);
    assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
}

/* The value is wrong whatever the type will be, and the row behind it ends the search for that. */
static void test_a_bad_value_between_the_change_and_a_malformed_row(void **state)
{
    (void)state;
    static const char *const later[] = {"0.5", "\xff", "1", "1,ragged", "2"};
    static const char *const samples[] = {"1", ""};
    for (size_t i = 0; i < 2; i++) {
        char *csv = make_csv(samples[i], later, 5);
        size_t n_sample = (strlen(csv) - 6) / (1001 + strlen(samples[i]));
        for (size_t w = 0; w < n_worker_counts; w++) {
            tine_dataset *d = open_text(csv, w % 2 ? 5000 : 50000);
            assert_fails_at(d, worker_counts[w], n_sample + 2);
            tine_dataset_release(d);
        }
        free(csv);
    }
}

static void test_a_pipe_is_read_once(void **state)
{
    (void)state;
    tine_dataset *d = open_pipe("x\n1\n2\n"), *inferred;
    tine_agg agg = {.op = TINE_SUM, .column = "x"};
    tine_table *table;
    tine_error error;
    assert_int_equal(tine_dataset_infer(d, NULL, &inferred, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, NULL), TINE_OK);
    assert_table(table, "sum(x):int64\n3\n");
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, &error), TINE_EINVAL);
    tine_dataset_release(d);
}

static void test_a_pipe_cannot_start_again(void **state)
{
    (void)state;
    static const char *const later[] = {"2", "0.5"};
    char *csv = make_csv("1", later, 2);
    tine_dataset *d = open_pipe(csv);
    tine_agg agg = {.op = TINE_SUM, .column = "x"};
    tine_table *table;
    tine_error error;
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, &error), TINE_ETYPE);
    tine_dataset_release(d);
    free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_way_of_being_wrong),
        cmocka_unit_test(test_streaming_is_told_and_infer_helps),
        cmocka_unit_test(test_filters_over_a_type_that_changes),
        cmocka_unit_test(test_an_operation_that_the_settled_type_has_not),
        cmocka_unit_test(test_an_operation_that_the_samples_type_has_not),
        cmocka_unit_test(test_a_malformed_row_behind_the_change),
        cmocka_unit_test(test_text_that_is_not_utf8_has_no_type),
        cmocka_unit_test(test_a_bad_value_between_the_change_and_a_malformed_row),
        cmocka_unit_test(test_a_pipe_is_read_once),
        cmocka_unit_test(test_a_pipe_cannot_start_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
