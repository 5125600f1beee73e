/* The names of columns against the rule word by word: empty ones are made up, and of equal ones
 * each gets the first suffix that makes it new. */
#include "csv/names.h"
#include "csv/opened.h"
#include "cmocka_all.h"
#include "text.h"
#include "unit/table/counting.h"

#include <stdio.h>
#include <stdlib.h>

static void open_csv(tine__csv *csv, const tine_allocator *allocator)
{
    memset(csv, 0, sizeof *csv);
    csv->allocator = *allocator;
    tine__arena_init(&csv->arena, allocator);
}

/* ---- the rule ---- */

enum { MAX_NAMES = 12, MAX_NAME = 64 };

static bool is_among(char made[][MAX_NAME], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(made[i], name) == 0)
            return true;
    return false;
}

static void make_name(char made[][MAX_NAME], size_t n, const char *given)
{
    char base[MAX_NAME / 2];
    if (*given)
        snprintf(base, sizeof base, "%s", given);
    else
        snprintf(base, sizeof base, "column_%zu", n + 1);
    snprintf(made[n], MAX_NAME, "%s", base);
    for (unsigned suffix = 2; is_among(made, n, made[n]); suffix++)
        snprintf(made[n], MAX_NAME, "%s_%u", base, suffix);
}

static void check(const char *const *given, size_t n)
{
    char made[MAX_NAMES][MAX_NAME];
    tine__csv csv;
    tine__names names;
    open_csv(&csv, tine__heap());
    assert_int_equal(tine__names_given(&csv, given, n, &names, NULL), TINE_OK);
    assert_int_equal(names.n, n);
    for (size_t i = 0; i < n; i++) {
        make_name(made, i, given[i]);
        assert_string_equal(names.names[i], made[i]);
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(tine__names_find(&names, made[i]), i);
    assert_int_equal(tine__names_find(&names, "nobody"), SIZE_MAX);
    tine__arena_free(&csv.arena);
}

static void suffixes_that_are_taken(void **state)
{
    (void)state;
    static const char *const taken[] = {"a", "a_2", "a", "a"};
    static const char *const before[] = {"a_2", "a", "a", "a_2", "a_2_2", "a_3"};
    static const char *const made_up[] = {"column_2", "", "column_2", "", "column_4"};
    check(taken, 4);
    check(before, 6);
    check(made_up, 5);
}

static void any_names(void **state)
{
    (void)state;
    static const char *const pool[] = {"a",   "a_2",      "a_3",        "a_2_2", "b",
                                       "b_2", "column_1", "column_1_2", "",      "A"};
    uint64_t random = 1;
    for (unsigned round = 0; round < 3000; round++) {
        const char *given[MAX_NAMES];
        size_t n = 1 + random_below(&random, MAX_NAMES);
        for (size_t i = 0; i < n; i++)
            given[i] = pool[random_below(&random, 2 + round % 9)];
        check(given, n);
    }
}

static void without_names(void **state)
{
    (void)state;
    tine__csv csv;
    tine__names names;
    open_csv(&csv, tine__heap());
    assert_int_equal(tine__names_given(&csv, NULL, 11, &names, NULL), TINE_OK);
    assert_string_equal(names.names[0], "column_1");
    assert_string_equal(names.names[10], "column_11");
    assert_int_equal(tine__names_find(&names, "column_7"), 6);
    assert_int_equal(tine__names_find(&names, "column_12"), SIZE_MAX);
    tine__arena_free(&csv.arena);
}

/* The test's time limit says that this is not quadratic: it would take minutes. */
static void a_hundred_thousand_equal_names(void **state)
{
    (void)state;
    enum { N = 100000 };
    const char **given = calloc(N, sizeof *given);
    tine__csv csv;
    tine__names names;
    char last[MAX_NAME];
    assert_non_null(given);
    for (size_t i = 0; i < N; i++)
        given[i] = i % 2 ? "a" : "bb";
    open_csv(&csv, tine__heap());
    assert_int_equal(tine__names_given(&csv, given, N, &names, NULL), TINE_OK);
    snprintf(last, sizeof last, "a_%d", N / 2);
    assert_string_equal(names.names[N - 1], last);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(tine__names_find(&names, names.names[i]), i);
    tine__arena_free(&csv.arena);
    free(given);
}

/* ---- of a header ---- */

static tine_status open_header(const char *header, size_t n, const tine_allocator *allocator,
                               tine__csv **csv_out, tine_error *error)
{
    tine_source *source;
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.allocator = allocator;
    options.delimiter = ",";
    assert_int_equal(tine_source_memory(header, n, NULL, NULL, &source, NULL), TINE_OK);
    tine_status status = tine__csv_open(&source, 1, &options, csv_out, error);
    tine_source_release(source);
    return status;
}

static void a_header_gives_its_contents(void **state)
{
    (void)state;
    static const char *const expected[] = {"a\"b", "c,d", "column_3", " e ", "NA", "c,d_2"};
    tine__csv *csv;
    static const char header[] = "\"a\"\"b\",\"c,d\",, e ,NA,\"c,d\"\n";
    assert_int_equal(open_header(header, sizeof header - 1, NULL, &csv, NULL), TINE_OK);
    assert_int_equal(tine__csv_n_columns(csv), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(tine__csv_column_at(csv, i)->name, expected[i]);
        assert_int_equal(tine__csv_find(csv, expected[i]), i);
    }
    tine__csv_release(csv);
}

static void a_name_is_text(void **state)
{
    (void)state;
    static const char headers[][10] = {"\nab,\"c\"\"\xff\"", "\nab,\"c\0d\"\n"};
    for (size_t i = 0; i < 2; i++) {
        tine__csv *csv;
        tine_error error;
        assert_int_equal(open_header(headers[i], 10, NULL, &csv, &error), TINE_EFORMAT);
        assert_int_equal(error.column, 2);
        assert_int_equal(error.byte_offset, 4);
        assert_int_equal(error.line, 2);
        assert_int_equal(error.record, 0);
    }
}

static void short_memory(void **state)
{
    (void)state;
    static const char header[] = "a,\"b\"\"\",a,\n1,2,3,4\n";
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        counting_allocator c;
        tine__csv *csv;
        tine_error error;
        counting_init(&c);
        counting_fail_at(&c, n);
        status = open_header(header, sizeof header - 1, &c.allocator, &csv, &error);
        if (status == TINE_OK)
            tine__csv_release(csv);
        else
            assert_int_equal(error.status, TINE_ENOMEM);
        assert_int_equal(status, atomic_load(&c.failures) ? TINE_ENOMEM : TINE_OK);
        counting_assert_empty(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suffixes_that_are_taken),
        cmocka_unit_test(any_names),
        cmocka_unit_test(without_names),
        cmocka_unit_test(a_hundred_thousand_equal_names),
        cmocka_unit_test(a_header_gives_its_contents),
        cmocka_unit_test(a_name_is_text),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
