/* Filters: what they see, what is left, and what is an error behind them. */
#include "unit/dataset/support.h"

static void keep_row(uint8_t *keep, size_t i)
{
    keep[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* Keeps multiples of *ctx among the first column. */
static tine_status multiples(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    tine_column c;
    assert_int_equal(tine_batch_column(batch, 0, &c), TINE_OK);
    assert_int_equal(c.type, TINE_INT64);
    for (size_t i = 0; i < c.length; i++) {
        assert_int_equal(keep[i / 8] & (1 << (i % 8)), 0);
        if (!tine_is_null(&c, i) && ((const int64_t *)c.values)[i] % *(int *)ctx == 0)
            keep_row(keep, i);
    }
    return TINE_OK;
}

static tine_dataset *filtered(tine_dataset *d, const char *column, tine_filter_fn fn, void *ctx)
{
    tine_dataset *f;
    const char *names[] = {column};
    assert_int_equal(tine_dataset_filter(d, names, 1, fn, ctx, 0, NULL, &f, NULL), TINE_OK);
    tine_dataset_release(d);
    return f;
}

static tine_status sixths(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                          tine_error *error)
{
    static int two = 2, three = 3;
    tine_dataset *f;
    const char *names[] = {"n"};
    assert_int_equal(tine_dataset_filter(dataset, names, 1, multiples, &two, 0, NULL, &f, NULL),
                     TINE_OK);
    f = filtered(f, "n", multiples, &three);
    tine_status status = tine_dataset_collect(f, run, table_out, error);
    tine_dataset_release(f);
    return status;
}

static void test_filters_are_applied_one_after_the_other(void **state)
{
    (void)state;
    growing csv = {0}, expected = {0};
    text_add(&csv, "n,s\n");
    text_add(&expected, "n:int64,s:string\n");
    for (int i = 0; i < 300; i++) {
        text_add(&csv, "%d,s%d\n", i, i);
        if (i % 6 == 0)
            text_add(&expected, "%d,'s%d'\n", i, i);
    }
    assert_always(csv.data, sixths, expected.data);
    free(csv.data);
    free(expected.data);
}

static tine_status sum_by_parity(const tine_dataset *dataset, const tine_run *run,
                                 tine_table **table_out, tine_error *error)
{
    static int three = 3;
    tine_dataset *f;
    const char *names[] = {"n"}, *keys[] = {"parity"};
    static const tine_agg aggs[] = {{.op = TINE_COUNT}, {.op = TINE_SUM, .column = "n"}};
    assert_int_equal(tine_dataset_filter(dataset, names, 1, multiples, &three, 0, NULL, &f, NULL),
                     TINE_OK);
    tine_status status = tine_dataset_group_by(f, run, keys, 1, aggs, 2, table_out, error);
    tine_dataset_release(f);
    return status;
}

static void test_groups_of_what_is_left(void **state)
{
    (void)state;
    growing csv = {0};
    text_add(&csv, "n,parity\n");
    for (int i = 1; i <= 99; i++)
        text_add(&csv, "%d,%s\n", i, i % 2 ? "odd" : "even");
    assert_always(csv.data, sum_by_parity,
                  "parity:string,count(*):int64,sum(n):int64\n'odd',17,867\n'even',16,816\n");
    free(csv.data);
}

static void test_a_dropped_column_can_not_be_filtered_but_a_filtered_one_dropped(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n,s\n1,a\n2,b\n4,c\n", 0), *s, *f;
    const char *names[] = {"s"}, *n[] = {"n"};
    int two = 2;
    assert_int_equal(tine_dataset_select(d, names, 1, &s, NULL), TINE_OK);
    assert_int_equal(tine_dataset_filter(s, n, 1, multiples, &two, 0, NULL, &f, NULL), TINE_EINVAL);
    tine_dataset_release(s);
    d = filtered(d, "n", multiples, &two);
    assert_int_equal(tine_dataset_select(d, names, 1, &s, NULL), TINE_OK);
    tine_table *table;
    assert_int_equal(tine_dataset_collect(s, NULL, &table, NULL), TINE_OK);
    assert_table(table, "s:string\n'b'\n'c'\n");
    tine_dataset_release(s);
    tine_dataset_release(d);
}

/* n is an int64 and v a given int64 that some rows do not have. */
static tine_dataset *with_given(const char *text, size_t partition_size)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    static const tine_field fields[] = {{.name = "v", .type = TINE_INT64},
                                        {.name = "w", .type = TINE_INT64}};
    options.fields = fields;
    options.n_fields = strstr(text, ",w") ? 2 : 1;
    options.delimiter = ",";
    options.partition_size = partition_size;
    return open_with(text, &options);
}

static void test_values_count_only_in_rows_that_stay(void **state)
{
    (void)state;
    static const char text[] = "n,v\n1,one\n2,2\n3,three\n4,4\n5,five\n";
    for (size_t p = 0; p < n_partition_sizes; p++) {
        int two = 2;
        tine_table *table;
        tine_error error;
        tine_dataset *d = with_given(text, partition_sizes[p]);
        assert_int_equal(tine_dataset_collect(d, NULL, &table, &error), TINE_ETYPE);
        assert_int_equal(error.record, 1);
        assert_int_equal(error.column, 2);
        d = filtered(d, "n", multiples, &two);
        assert_int_equal(tine_dataset_collect(d, NULL, &table, &error), TINE_OK);
        assert_table(table, "n:int64,v:int64\n2,2\n4,4\n");
        tine_dataset_release(d);
    }
}

static tine_status all(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < tine_batch_rows(batch); i++)
        keep_row(keep, i);
    return TINE_OK;
}

/* Whichever way the columns are used, the record that is wrong first is the one that is told. */
static void test_the_first_wrong_record_is_told(void **state)
{
    (void)state;
    static const char text[] = "n,v,w\n1,1,1\n2,2,2\n3,3,bad\n4,bad,4\n5,bad,bad\n";
    static const char *const columns[] = {"v", "w", "n"};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            tine_table *table;
            tine_error error;
            tine_dataset *d = filtered(with_given(text, 0), columns[i], all, NULL);
            d = filtered(d, columns[k], all, NULL);
            assert_int_equal(tine_dataset_collect(d, NULL, &table, &error), TINE_ETYPE);
            assert_int_equal(error.record, 3);
            assert_int_equal(error.column, 3);
            assert_int_equal(error.line, 4);
            tine_dataset_release(d);
        }
}

static void test_the_lowest_column_of_a_record_is_told(void **state)
{
    (void)state;
    tine_dataset *d = with_given("n,w,v\n1,1,1\n2,bad,bad\n", 0), *s;
    const char *names[] = {"v", "w"};
    tine_error error;
    tine_table *table;
    assert_int_equal(tine_dataset_select(d, names, 2, &s, NULL), TINE_OK);
    assert_int_equal(tine_dataset_collect(s, NULL, &table, &error), TINE_ETYPE);
    assert_int_equal(error.record, 2);
    assert_int_equal(error.column, 2);
    tine_dataset_release(s);
    tine_dataset_release(d);
}

static tine_status fail_on_50(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    tine_column c;
    assert_int_equal(tine_batch_column(batch, 0, &c), TINE_OK);
    for (size_t i = 0; i < c.length; i++)
        if (((const int64_t *)c.values)[i] >= 50)
            return tine_fail(12, -1, "fifty");
    return all(batch, keep, ctx);
}

static void test_a_failing_filter(void **state)
{
    (void)state;
    growing csv = {0};
    text_add(&csv, "n\n");
    for (int i = 0; i < 100; i++)
        text_add(&csv, i == 80 ? "1,2\n" : "%d\n", i);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = filtered(open_text(csv.data, 16), "n", fail_on_50, NULL);
        tine_table *table;
        tine_error error;
        assert_int_equal(tine_dataset_collect(d, &run, &table, &error), 12);
        assert_string_equal(error.message, "fifty");
        assert_int_equal(error.index, (2 + 10 * 2 + 40 * 3) / 16);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters_are_applied_one_after_the_other),
        cmocka_unit_test(test_groups_of_what_is_left),
        cmocka_unit_test(test_a_dropped_column_can_not_be_filtered_but_a_filtered_one_dropped),
        cmocka_unit_test(test_values_count_only_in_rows_that_stay),
        cmocka_unit_test(test_the_first_wrong_record_is_told),
        cmocka_unit_test(test_the_lowest_column_of_a_record_is_told),
        cmocka_unit_test(test_a_failing_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
