/* What a plan is made of: columns by name and order, filters that are shared and freed once. */
#include "unit/dataset/support.h"

static const char people[] = "id,name,height,born\n"
                             "1,Ada,1.70,1815-12-10\n"
                             "2,Blaise,1.65,1623-06-19\n";

static void test_columns(void **state)
{
    (void)state;
    tine_dataset *d = open_text(people, 0);
    tine_field field;
    assert_int_equal(tine_dataset_columns(d), 4);
    static const tine_type types[] = {TINE_INT64, TINE_STRING, TINE_DOUBLE, TINE_DATE};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(tine_dataset_column(d, i, &field), TINE_OK);
        assert_int_equal(field.type, types[i]);
    }
    assert_string_equal(field.name, "born");
    assert_int_equal(tine_dataset_column(d, 4, &field), TINE_EINVAL);
    tine_dataset_release(d);
}

static void test_select_keeps_the_given_order(void **state)
{
    (void)state;
    tine_dataset *d = open_text(people, 0), *s, *again;
    const char *names[] = {"height", "id"}, *one[] = {"id"};
    assert_int_equal(tine_dataset_select(d, names, 2, &s, NULL), TINE_OK);
    tine_dataset_release(d);
    tine_table *table;
    assert_int_equal(tine_dataset_collect(s, NULL, &table, NULL), TINE_OK);
    assert_table(table, "height:double,id:int64\n0x1.b333333333333p+0,1\n0x1.a666666666666p+0,2\n");
    assert_int_equal(tine_dataset_select(s, one, 1, &again, NULL), TINE_OK);
    assert_int_equal(tine_dataset_columns(again), 1);
    tine_dataset_release(again);
    tine_dataset_release(s);
}

static void test_select_says_what_there_is(void **state)
{
    (void)state;
    tine_dataset *d = open_text(people, 0), *s = d;
    tine_error error;
    const char *unknown[] = {"id", "heigth"}, *twice[] = {"id", "name", "id"};
    assert_int_equal(tine_dataset_select(d, unknown, 2, &s, &error), TINE_EINVAL);
    assert_null(s);
    assert_non_null(strstr(error.message, "\"heigth\""));
    assert_non_null(strstr(error.message, "\"height\""));
    assert_int_equal(tine_dataset_select(d, twice, 3, &s, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "twice"));
    assert_int_equal(tine_dataset_select(d, twice, 0, &s, &error), TINE_EINVAL);
    tine_dataset_release(d);
}

static void test_the_list_of_many_columns_is_cut(void **state)
{
    (void)state;
    growing t = {0};
    for (int i = 0; i < 500; i++)
        text_add(&t, "%scolumn number %d", i ? "," : "", i);
    text_add(&t, "\n");
    tine_dataset *d = open_text(t.data, 0), *s;
    tine_error error;
    const char *unknown[] = {"x"};
    assert_int_equal(tine_dataset_select(d, unknown, 1, &s, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "\"column number 0\", \"column number 1\""));
    assert_non_null(strstr(error.message, ", ..."));
    tine_dataset_release(d);
    free(t.data);
}

static tine_status keep_all(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < tine_batch_rows(batch); i++)
        keep[i / 8] |= (uint8_t)(1u << (i % 8));
    return TINE_OK;
}

static size_t n_freed;
static int freed_value;

static void count_free(void *ctx)
{
    n_freed++;
    freed_value = *(int *)ctx;
}

static void test_a_filter_is_freed_with_the_last_plan(void **state)
{
    (void)state;
    n_freed = 0;
    int value = 42;
    tine_dataset *d = open_text(people, 0), *f, *s;
    const char *names[] = {"id"};
    assert_int_equal(
        tine_dataset_filter(d, NULL, 0, keep_all, &value, sizeof value, count_free, &f, NULL),
        TINE_OK);
    value = 7; /* the plan has its own copy */
    assert_int_equal(tine_dataset_select(f, names, 1, &s, NULL), TINE_OK);
    tine_dataset_release(tine_dataset_retain(f));
    tine_dataset_release(f);
    tine_dataset_release(d);
    assert_int_equal(n_freed, 0);
    tine_dataset_release(s);
    assert_int_equal(n_freed, 1);
    assert_int_equal(freed_value, 42);
}

static void test_a_filter_that_fails_to_be_made_frees_nothing(void **state)
{
    (void)state;
    n_freed = 0;
    int value = 42;
    tine_dataset *d = open_text(people, 0), *f;
    const char *names[] = {"nobody"};
    assert_int_equal(tine_dataset_filter(d, names, 1, keep_all, &value, 0, count_free, &f, NULL),
                     TINE_EINVAL);
    assert_int_equal(tine_dataset_filter(d, NULL, 0, keep_all, NULL, 8, NULL, &f, NULL),
                     TINE_EINVAL);
    assert_int_equal(tine_dataset_filter(d, NULL, 0, NULL, NULL, 0, NULL, &f, NULL), TINE_EINVAL);
    assert_int_equal(n_freed, 0);
    tine_dataset_release(d);
}

static void test_a_file_that_is_not_there(void **state)
{
    (void)state;
    tine_dataset *d;
    tine_error error;
    assert_int_equal(tine_csv_open_file("/nowhere/at all.csv", NULL, &d, &error), TINE_EIO);
    assert_null(d);
    assert_non_null(strstr(error.message, "/nowhere/at all.csv"));
}

static void assert_refused(const tine_csv_options *options)
{
    tine_source *source;
    tine_dataset *d;
    tine_error error = {0};
    assert_int_equal(tine_source_memory("a,b\n1,2\n", 8, NULL, NULL, &source, NULL), TINE_OK);
    assert_int_equal(tine_csv_open(&source, 1, options, &d, &error), TINE_EINVAL);
    assert_int_equal(error.status, TINE_EINVAL);
    assert_null(d);
    tine_source_release(source);
}

static void test_options_that_mean_nothing(void **state)
{
    (void)state;
    const char *const nothing[2] = {NULL, NULL};
    const tine_field nameless = {.type = TINE_INT64}, strange = {.name = "a", .type = 99};
    const tine_field twice[] = {{.name = "a", .type = TINE_INT64}, {.name = "a", .type = 7}};
    const tine_csv_options wrong[] = {
        {.struct_size = 0},
        {.struct_size = sizeof *wrong, .n_fields = 1},
        {.struct_size = sizeof *wrong, .n_names = 2},
        {.struct_size = sizeof *wrong, .n_nulls = 1},
        {.struct_size = sizeof *wrong, .names = nothing, .n_names = 2},
        {.struct_size = sizeof *wrong, .nulls = nothing, .n_nulls = 1},
        {.struct_size = sizeof *wrong, .fields = &nameless, .n_fields = 1},
        {.struct_size = sizeof *wrong, .fields = &strange, .n_fields = 1},
        {.struct_size = sizeof *wrong, .fields = twice, .n_fields = 2},
        {.struct_size = sizeof *wrong, .header = (tine_header)7},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(&wrong[i]);
    struct newer {
        tine_csv_options known;
        size_t unknown;
    } newer = {.known.struct_size = sizeof newer, .unknown = 1};
    assert_refused(&newer.known);
}

static void test_null_where_none_is_allowed(void **state)
{
    (void)state;
    tine_source *const none[] = {NULL};
    tine_dataset *d = open_text(people, 0), *other;
    tine_field field;
    tine_table *table;
    tine_column column;
    assert_int_equal(tine_csv_open(NULL, 1, NULL, &other, NULL), TINE_EINVAL);
    assert_int_equal(tine_csv_open(none, 1, NULL, &other, NULL), TINE_EINVAL);
    assert_int_equal(tine_dataset_column(NULL, 0, &field), TINE_EINVAL);
    assert_int_equal(tine_dataset_column(d, 0, NULL), TINE_EINVAL);
    assert_int_equal(tine_dataset_collect(d, NULL, &table, NULL), TINE_OK);
    const tine_batch *batch = tine_table_batch(table, 0);
    assert_int_equal(tine_batch_column(NULL, 0, &column), TINE_EINVAL);
    assert_int_equal(tine_batch_column(batch, 0, NULL), TINE_EINVAL);
    assert_int_equal(tine_batch_find(NULL, "id", &column), TINE_EINVAL);
    assert_int_equal(tine_batch_find(batch, NULL, &column), TINE_EINVAL);
    assert_int_equal(tine_batch_find(batch, "id", NULL), TINE_EINVAL);
    tine_table_release(table);
    tine_dataset_release(d);
}

static void *count_alloc(void *ctx, size_t size, size_t alignment)
{
    ++*(int *)ctx;
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void *count_realloc(void *ctx, void *p, size_t old_size, size_t new_size, size_t alignment)
{
    void *fresh = aligned_alloc(alignment, (new_size + alignment - 1) / alignment * alignment);
    (void)ctx;
    if (fresh && p) {
        memcpy(fresh, p, old_size < new_size ? old_size : new_size);
        free(p);
    }
    return fresh;
}

static void uncount_free(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)size;
    (void)alignment;
    *(int *)ctx -= p != NULL;
    free(p);
}

/* The struct may be gone as soon as the dataset is open. */
static void test_an_allocator_is_copied(void **state)
{
    (void)state;
    int n_blocks = 0;
    tine_allocator allocator = {count_alloc, count_realloc, uncount_free, &n_blocks};
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.allocator = &allocator;
    tine_dataset *d = open_with(people, &options);
    memset(&allocator, 0, sizeof allocator);
    tine_table *table;
    assert_int_equal(tine_dataset_describe(d, NULL, &table, NULL), TINE_OK);
    tine_dataset_release(d);
    assert_true(n_blocks > 0);
    tine_table_release(table);
    assert_int_equal(n_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_select_keeps_the_given_order),
        cmocka_unit_test(test_select_says_what_there_is),
        cmocka_unit_test(test_the_list_of_many_columns_is_cut),
        cmocka_unit_test(test_a_filter_is_freed_with_the_last_plan),
        cmocka_unit_test(test_a_filter_that_fails_to_be_made_frees_nothing),
        cmocka_unit_test(test_a_file_that_is_not_there),
        cmocka_unit_test(test_options_that_mean_nothing),
        cmocka_unit_test(test_null_where_none_is_allowed),
        cmocka_unit_test(test_an_allocator_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
