/* collect: all rows in file order, a batch for each partition that has some. */
#include "unit/dataset/support.h"

static tine_status collect(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                           tine_error *error)
{
    return tine_dataset_collect(dataset, run, table_out, error);
}

static void test_file_order(void **state)
{
    (void)state;
    growing csv = {0}, expected = {0};
    text_add(&csv, "n,s\n");
    text_add(&expected, "n:int64,s:string\n");
    for (int i = 0; i < 400; i++) {
        text_add(&csv, i % 5 ? "%d,\"%.*s\"\r\n" : "%d,\r\n", i, i % 30,
                 "a\nb,c\nd,e\nf,g\nh,i\nj,k\nl,m\nn,o\n");
        if (i % 5)
            text_add(&expected, "%d,'%.*s'\n", i, i % 30, "a\nb,c\nd,e\nf,g\nh,i\nj,k\nl,m\nn,o\n");
        else
            text_add(&expected, "%d,null\n", i);
    }
    assert_always(csv.data, collect, expected.data);
    free(csv.data);
    free(expected.data);
}

static void test_a_batch_a_partition(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n\n1\n2\n3\n\"                    4\"\n5\n", 8);
    tine_table *table;
    assert_int_equal(tine_dataset_collect(d, NULL, &table, NULL), TINE_OK);
    /* bytes 2, 4 and 6 lie in the first 8; 8 in the second; 32 in the fifth */
    assert_int_equal(tine_table_batches(table), 3);
    assert_int_equal(tine_batch_rows(tine_table_batch(table, 0)), 3);
    assert_int_equal(tine_batch_rows(tine_table_batch(table, 1)), 1);
    assert_int_equal(tine_batch_rows(tine_table_batch(table, 2)), 1);
    assert_null(tine_table_batch(table, 3));
    assert_table(table, "n:int64\n1\n2\n3\n4\n5\n");
    tine_dataset_release(d);
}

static void test_no_rows_are_no_batches(void **state)
{
    (void)state;
    tine_dataset *d = open_text("a,b\n", 0);
    tine_table *table;
    assert_int_equal(tine_dataset_collect(d, NULL, &table, NULL), TINE_OK);
    assert_int_equal(tine_table_batches(table), 0);
    assert_table(table, "");
    tine_dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_order),
        cmocka_unit_test(test_a_batch_a_partition),
        cmocka_unit_test(test_no_rows_are_no_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
