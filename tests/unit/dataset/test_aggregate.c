/* aggregate: one row, the same bits always. */
#include "unit/dataset/support.h"

#include <math.h>

static const char data[] = "i,x,s,b,d\n"
                           "1,1e16,pear,true,2026-01-02\n"
                           "2,1.0,apple,false,2025-12-31\n"
                           ",-1e16,,true,\n"
                           "-7,0.5,\"zoo, \"\"x\"\"\",true,2026-01-01\n";

static tine_status all_ops(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                           tine_error *error)
{
    static const tine_agg aggs[] = {
        {.op = TINE_COUNT},
        {.op = TINE_COUNT, .column = "i"},
        {.op = TINE_NULLS, .column = "s"},
        {.op = TINE_SUM, .column = "i"},
        {.op = TINE_SUM, .column = "x", .name = "total"},
        {.op = TINE_MEAN, .column = "i"},
        {.op = TINE_MIN, .column = "s"},
        {.op = TINE_MAX, .column = "s"},
        {.op = TINE_MIN, .column = "d"},
        {.op = TINE_FIRST, .column = "i"},
        {.op = TINE_LAST, .column = "s"},
        {.op = TINE_SUM, .column = "b"},
        {.op = TINE_QUANTILE, .column = "i", .arg = 0.5},
        {.op = TINE_QUANTILE, .column = "i", .arg = 1},
        {.op = TINE_QUANTILE, .column = "x", .arg = 0.75, .name = "q3"},
        {.op = TINE_DISTINCT, .column = "d"},
        {.op = TINE_DISTINCT_APPROX, .column = "s"},
    };
    return tine_dataset_aggregate(dataset, run, aggs, sizeof aggs / sizeof *aggs, table_out, error);
}

static void test_every_operation(void **state)
{
    (void)state;
    assert_always(data, all_ops,
                  "count(*):int64,count(i):int64,nulls(s):int64,sum(i):int64,total:double,"
                  "mean(i):double,min(s):string,max(s):string,min(d):date,first(i):int64,"
                  "last(s):string,sum(b):int64,quantile(i):double,quantile(i):double,q3:double,"
                  "distinct(d):int64,distinct_approx(s):int64\n"
                  "4,3,1,-4,0x1.8p+0,-0x1.5555555555555p+0,'apple','zoo, \"x\"',20453,"
                  "1,'zoo, \"x\"',3,0x1p+0,0x1p+1,0x1.1c37937e08002p+51,3,3\n");
}

static void test_no_rows_are_one_row(void **state)
{
    (void)state;
    tine_dataset *d = open_text("i\n", 0);
    static const tine_agg aggs[] = {{.op = TINE_COUNT}, {.op = TINE_MIN, .column = "i"}};
    tine_table *table;
    assert_int_equal(tine_dataset_aggregate(d, NULL, aggs, 2, &table, NULL), TINE_OK);
    assert_table(table, "count(*):int64,min(i):string\n0,null\n");
    tine_dataset_release(d);
}

static tine_status sum_of(const char *column, const char *text, tine_error *error)
{
    tine_dataset *d = open_text(text, 0);
    tine_agg agg = {.op = TINE_SUM, .column = column};
    tine_table *table = NULL;
    tine_status status = tine_dataset_aggregate(d, NULL, &agg, 1, &table, error);
    tine_table_release(table);
    tine_dataset_release(d);
    return status;
}

static void test_what_does_not_apply_is_named(void **state)
{
    (void)state;
    tine_error error;
    assert_int_equal(sum_of("s", data, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "sum does not apply to column \"s\""));
    assert_non_null(strstr(error.message, "string"));
    assert_int_equal(sum_of("nobody", data, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "\"nobody\""));
    assert_int_equal(sum_of("i", "i\n9223372036854775807\n1\n", &error), TINE_ELIMIT);
}

static void test_misuse(void **state)
{
    (void)state;
    tine_dataset *d = open_text(data, 0);
    tine_error error;
    tine_table *table = NULL;
    tine_agg agg = {.op = TINE_SUM};
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 0, &table, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_aggregate(d, NULL, NULL, 1, &table, &error), TINE_EINVAL);
    agg = (tine_agg){.op = (tine_op)99, .column = "i"};
    assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, &error), TINE_EINVAL);
    static const double args[] = {-0.1, 1.5, NAN};
    for (size_t i = 0; i < 3; i++) {
        agg = (tine_agg){.op = TINE_QUANTILE, .column = "i", .arg = args[i]};
        assert_int_equal(tine_dataset_aggregate(d, NULL, &agg, 1, &table, &error), TINE_EINVAL);
        assert_non_null(strstr(error.message, "0 to 1"));
    }
    assert_null(table);
    tine_dataset_release(d);
}

/* What must be kept of every different value does not fit; what need not be does. */
static void test_memory_limit(void **state)
{
    (void)state;
    static const tine_op ops[] = {TINE_DISTINCT, TINE_QUANTILE, TINE_LAST, TINE_DISTINCT_APPROX};
    growing csv = {0};
    text_add(&csv, "x,s\n");
    for (int i = 0; i < 60000; i++)
        text_add(&csv, "%d,text %d\n", i, i);
    tine_dataset *d = open_text(csv.data, 64 << 10);
    tine_run run = TINE_RUN_INIT;
    run.memory_limit = 1 << 20;
    for (size_t i = 0; i < 4; i++) {
        tine_agg agg = {.op = ops[i], .column = i % 2 ? "x" : "s", .arg = 0.5};
        tine_table *table = NULL;
        tine_error error = {0};
        tine_status status = tine_dataset_aggregate(d, &run, &agg, 1, &table, &error);
        assert_int_equal(status, i < 2 ? TINE_ENOMEM : TINE_OK);
        assert_true(status == TINE_OK || strstr(error.message, "memory limit of 1048576 bytes"));
        tine_table_release(table);
    }
    tine_dataset_release(d);
    free(csv.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operation),
        cmocka_unit_test(test_no_rows_are_one_row),
        cmocka_unit_test(test_what_does_not_apply_is_named),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_memory_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
