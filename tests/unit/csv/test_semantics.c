/* The library against the cases, a test for each rule; and the rules whose meaning is not in rows
 * and positions: what messages say, filters, and inference ahead of time. */
#include "cases.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- helpers ---- */

static tine_dataset *dataset_of(const char *text, const tine_field *field)
{
    tine_source *source = NULL;
    tine_dataset *dataset = NULL;
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.fields = field;
    options.n_fields = field ? 1 : 0;
    assert_int_equal(tine_source_memory(text, strlen(text), NULL, NULL, &source, NULL), TINE_OK);
    assert_int_equal(tine_csv_open(&source, 1, &options, &dataset, NULL), TINE_OK);
    tine_source_release(source);
    return dataset;
}

/* The rows, or -1 and the error. */
static int64_t rows_collected(const tine_dataset *dataset, tine_error *error)
{
    tine_table *table = NULL;
    int64_t n = -1;
    if (!tine_dataset_collect(dataset, NULL, &table, error))
        n = (int64_t)tine_table_rows(table);
    tine_table_release(table);
    return n;
}

static void assert_says(const tine_error *error, const char *words)
{
    if (!strstr(error->message, words))
        fail_msg("not in the message: %s\nmessage: %s", words, error->message);
}

/* ---- messages ---- */

static void message_shows_the_bytes(void **state)
{
    (void)state;
    tine_field field = {.name = "a", .type = TINE_INT64};
    tine_error error;
    tine_dataset *dataset = dataset_of("a\n12\x01\xffx\n", &field);
    assert_int_equal(rows_collected(dataset, &error), -1);
    assert_int_equal(error.status, TINE_ETYPE);
    assert_says(&error, "12\\x01\\xffx");
    tine_dataset_release(dataset);
}

static void message_shows_40_bytes_at_most(void **state)
{
    (void)state;
    tine_field field = {.name = "a", .type = TINE_INT64};
    tine_error error;
    tine_dataset *dataset =
        dataset_of("a\nzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n", &field);
    assert_int_equal(rows_collected(dataset, &error), -1);
    assert_says(&error, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
    assert_null(strstr(error.message, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"));
    tine_dataset_release(dataset);
}

static void unknown_field_lists_the_columns(void **state)
{
    (void)state;
    static const char text[] = "alpha,beta\n1,2\n";
    tine_field field = {.name = "gamma", .type = TINE_INT64};
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.fields = &field;
    options.n_fields = 1;
    tine_source *source = NULL;
    tine_dataset *dataset = NULL;
    tine_error error;
    assert_int_equal(tine_source_memory(text, strlen(text), NULL, NULL, &source, NULL), TINE_OK);
    assert_int_equal(tine_csv_open(&source, 1, &options, &dataset, &error), TINE_EINVAL);
    assert_null(dataset);
    assert_says(&error, "gamma");
    assert_says(&error, "alpha");
    assert_says(&error, "beta");
    tine_source_release(source);
}

/* ---- types that settle late ---- */

/* Ints for more than the sample, then one double. */
static char *text_that_changes_type(void)
{
    ref_text text = {0};
    ref_text_add(&text, "a\n");
    while (text.size < 1200000)
        ref_text_add(&text, "1                  \n");
    ref_text_add(&text, "2.5\n");
    return text.data;
}

static tine_status see_type(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)partition;
    tine_column column;
    tine_status status = tine_batch_column(batch, 0, &column);
    *(tine_type *)ctx = column.type;
    return status;
}

static void streaming_advises_to_infer(void **state)
{
    (void)state;
    char *text = text_that_changes_type();
    tine_dataset *dataset = dataset_of(text, NULL);
    tine_type seen = TINE_AUTO;
    tine_error error;
    assert_int_equal(tine_dataset_for_each(dataset, NULL, see_type, &seen, &error), TINE_ETYPE);
    assert_says(&error, "tine_dataset_infer");
    tine_dataset_release(dataset);
    free(text);
}

static void infer_settles_types_for_streaming(void **state)
{
    (void)state;
    char *text = text_that_changes_type();
    tine_dataset *dataset = dataset_of(text, NULL), *settled = NULL;
    tine_type seen = TINE_AUTO;
    tine_field field;
    assert_int_equal(tine_dataset_infer(dataset, NULL, &settled, NULL), TINE_OK);
    assert_int_equal(tine_dataset_column(settled, 0, &field), TINE_OK);
    assert_int_equal(field.type, TINE_DOUBLE);
    assert_int_equal(tine_dataset_for_each(settled, NULL, see_type, &seen, NULL), TINE_OK);
    assert_int_equal(seen, TINE_DOUBLE);
    tine_dataset_release(settled);
    tine_dataset_release(dataset);
    free(text);
}

static void aggregate_settles_types(void **state)
{
    (void)state;
    char *text = text_that_changes_type();
    tine_dataset *dataset = dataset_of(text, NULL);
    tine_agg sum = {.op = TINE_SUM, .column = "a"};
    tine_table *table = NULL;
    tine_column column;
    assert_int_equal(tine_dataset_aggregate(dataset, NULL, &sum, 1, &table, NULL), TINE_OK);
    assert_int_equal(tine_batch_column(tine_table_batch(table, 0), 0, &column), TINE_OK);
    assert_int_equal(column.type, TINE_DOUBLE);
    assert_true(((const double *)column.values)[0] == 60000 + 2.5);
    tine_table_release(table);
    tine_dataset_release(dataset);
    free(text);
}

/* ---- filters ---- */

static tine_status keep_ones(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    (void)ctx;
    tine_column column;
    tine_status status = tine_batch_column(batch, 0, &column);
    for (size_t i = 0; !status && i < column.length; i++) {
        if (((const int64_t *)column.values)[i] == 1)
            keep[i >> 3] |= (uint8_t)(1u << (i & 7));
    }
    return status;
}

static tine_dataset *filtered(const char *text, const tine_field *field)
{
    static const char *const seen[] = {"a"};
    tine_dataset *dataset = dataset_of(text, field), *result = NULL;
    assert_int_equal(tine_dataset_filter(dataset, seen, 1, keep_ones, NULL, 0, NULL, &result, NULL),
                     TINE_OK);
    tine_dataset_release(dataset);
    return result;
}

static void filter_spares_values(void **state)
{
    (void)state;
    tine_field field = {.name = "b", .type = TINE_INT64};
    tine_dataset *dataset = filtered("a,b\n1,2\n2,x\n1,4\n", &field);
    assert_int_equal(rows_collected(dataset, NULL), 2);
    tine_dataset_release(dataset);
}

static void filter_keeps_errors_of_rows_that_stay(void **state)
{
    (void)state;
    tine_field field = {.name = "b", .type = TINE_INT64};
    tine_dataset *dataset = filtered("a,b\n1,2\n2,x\n1,y\n", &field);
    tine_error error;
    assert_int_equal(rows_collected(dataset, &error), -1);
    assert_int_equal(error.status, TINE_ETYPE);
    assert_int_equal(error.byte_offset, 14);
    assert_int_equal(error.line, 4);
    assert_int_equal(error.record, 3);
    assert_int_equal(error.column, 2);
    tine_dataset_release(dataset);
}

static void filter_checks_structure_everywhere(void **state)
{
    (void)state;
    tine_dataset *dataset = filtered("a,b\n1,2\n2\n1,4\n", NULL);
    tine_error error;
    assert_int_equal(rows_collected(dataset, &error), -1);
    assert_int_equal(error.status, TINE_EFORMAT);
    assert_int_equal(error.record, 2);
    tine_dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_shows_the_bytes),
        cmocka_unit_test(message_shows_40_bytes_at_most),
        cmocka_unit_test(unknown_field_lists_the_columns),
        cmocka_unit_test(streaming_advises_to_infer),
        cmocka_unit_test(infer_settles_types_for_streaming),
        cmocka_unit_test(aggregate_settles_types),
        cmocka_unit_test(filter_spares_values),
        cmocka_unit_test(filter_keeps_errors_of_rows_that_stay),
        cmocka_unit_test(filter_checks_structure_everywhere),
    };
    int n_failed = csv_run_rules("csv semantics", ref_library_answer);
    n_failed += cmocka_run_group_tests_name("csv beyond rows", tests, NULL, NULL);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
