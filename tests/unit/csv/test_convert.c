/* Columns of rows to arrays: what is null, what a field's content is and where it lies, and what is
 * seen of the types. The csv is made by hand, and its rows by the machine. */
#include "csv/convert.h"
#include "cmocka_all.h"
#include "text.h"
#include "unit/table/counting.h"

#include <stdio.h>

enum { MAX_TEXT = 512, WIDTH = 2, MAX_ROWS = 64 };

static const tine__dialect plain = {',', '"', TINE_NONE, TINE_NONE};
static const tine__dialect escaping = {',', '\'', '\\', TINE_NONE};

typedef struct fixture {
    tine__csv csv;
    tine__csv_column columns[WIDTH];
    tine_string nulls[2];
    tine__rows rows;
    tine__cells cells;
} fixture;

static void open_text(fixture *f, const tine__dialect *dialect, const char *text, size_t n)
{
    *f = (fixture){.nulls = {{"NA", 2}, {"a,b", 3}}};
    f->csv.dialect = *dialect;
    f->csv.plain.kernels = tine__kernels_at(0);
    f->csv.columns = f->columns;
    f->csv.nulls = f->nulls;
    f->csv.n_nulls = 2;
    tine__machine_init(&f->csv.machine, dialect, false);
    tine__rows_init(&f->rows, tine__heap(), WIDTH, SIZE_MAX);
    tine__cursor cursor = {text, n, true, 0, TINE__RECORD_START};
    tine__fault fault;
    assert_true(tine__rows_index(&f->rows, &f->csv.machine, &cursor, n, &fault));
    assert_int_equal(fault.kind, TINE__FAULT_NONE);
    f->cells =
        (tine__cells){.csv = &f->csv, .text = text, .rows = &f->rows, .allocator = tine__heap()};
}

static void close_text(fixture *f)
{
    tine__cells_free(&f->cells);
    tine__rows_destroy(&f->rows);
}

/* ---- one cell ---- */

typedef struct cell_case {
    const char *raw, *content; /* content NULL: null */
} cell_case;

static void check_cells(const tine__dialect *dialect, const cell_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[MAX_TEXT];
        fixture f;
        int size = snprintf(text, sizeof text, "x,%s\n%s,y\n", cases[i].raw, cases[i].raw);
        open_text(&f, dialect, text, (size_t)size);
        for (size_t row = 0; row < 2; row++) {
            tine_string content;
            f.cells.column = 1 - row;
            tine__cell cell = tine__cells_at(&f.cells, row, &content);
            assert_int_equal(cell, cases[i].content ? TINE__CELL_TEXT : TINE__CELL_NULL);
            if (cases[i].content) {
                assert_int_equal(content.size, strlen(cases[i].content));
                assert_memory_equal(content.data, cases[i].content, content.size);
            }
        }
        close_text(&f);
    }
}

static void what_a_cell_holds(void **state)
{
    (void)state;
    static const cell_case by_quotes[] = {
        {"", NULL},
        {"\"\"", ""},
        {"NA", NULL},
        {"\"NA\"", "NA"},
        {" NA", " NA"},
        {"na", "na"},
        {"NAN", "NAN"},
        {"N", "N"},
        {" ", " "},
        {"\"a,b\"", "a,b"},
        {"\"\"\"\"", "\""},
        {"\"a\"\"b\"", "a\"b"},
        {"\"\"\"a\"", "\"a"},
        {"\"a\"\"\"", "a\""},
        {"\"\"\"\"\"\"", "\"\""},
        {"\"\n\"", "\n"},
        {"\"a\"\"\"\"b\"", "a\"\"b"},
    };
    static const cell_case by_escapes[] = {
        {"", NULL},           {"''", ""},
        {"NA", NULL},         {"N\\A", NULL},
        {"'N\\A'", "NA"},     {"a\\,b", NULL},
        {"'a,b'", "a,b"},     {"\\'a", "'a"},
        {"'\\''", "'"},       {"\\\\", "\\"},
        {"'\\\\'", "\\"},     {"a\\\nb", "a\nb"},
        {"\\a\\b\\c", "abc"}, {"'a\\'b\\'c'", "a'b'c"},
    };
    check_cells(&plain, by_quotes, sizeof by_quotes / sizeof *by_quotes);
    check_cells(&escaping, by_escapes, sizeof by_escapes / sizeof *by_escapes);
}

/* ---- where it lies ---- */

/* Writes a content as a field, and where each byte of it went. */
static size_t encode(const tine__dialect *dialect, bool quoted, const char *content, size_t n,
                     char *out, size_t *origins)
{
    size_t size = 0;
    int mark = dialect->escape != TINE_NONE ? dialect->escape : dialect->quote;
    if (quoted)
        out[size++] = (char)dialect->quote;
    for (size_t i = 0; i < n; i++) {
        bool special = content[i] == mark || content[i] == dialect->quote ||
                       (!quoted && content[i] == dialect->delimiter);
        if (special)
            out[size++] = (char)mark;
        origins[i] = size;
        out[size++] = content[i];
    }
    origins[n] = size;
    if (quoted)
        out[size++] = (char)dialect->quote;
    return size;
}

static void every_byte_is_found_again(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned round = 0; round < 2000; round++) {
        const tine__dialect *dialect = round % 2 ? &escaping : &plain;
        bool quoted = dialect == &plain || round % 4 == 1;
        char content[20], text[MAX_TEXT] = "x,";
        size_t origins[21], n = random_below(&random, sizeof content);
        random_text(&random, "a\"'\\,\n", dialect == &plain || quoted ? 6 : 5, content, n);
        if (!quoted && n == 0)
            continue;
        size_t size = 2 + encode(dialect, quoted, content, n, text + 2, origins);
        fixture f;
        open_text(&f, dialect, text, size);
        tine_string got;
        f.cells.column = 1;
        assert_int_equal(tine__cells_at(&f.cells, 0, &got), TINE__CELL_TEXT);
        assert_int_equal(got.size, n);
        assert_memory_equal(got.data, content, n);
        for (size_t i = 0; i <= n; i++)
            assert_int_equal(tine__cells_origin(&f.cells, 0, i), 2 + origins[i]);
        close_text(&f);
    }
}

/* ---- columns ---- */

/* The values of a column, one a line, "-" for null: what conversion made of raw fields. */
static const char *converted(const char *text, tine_type type, bool inferred, size_t *misfit_row)
{
    static char out[MAX_TEXT];
    fixture f;
    tine__array array;
    tine__evidence evidence = 0;
    tine__misfit misfit;
    tine_column c;
    size_t used = 0;
    open_text(&f, &plain, text, strlen(text));
    f.cells.column = 1;
    tine__array_init(&array, TINE_BOOL);
    assert_int_equal(tine__convert(&f.cells, type, NULL, f.rows.n, &array,
                                   inferred ? &evidence : NULL, &misfit, NULL),
                     TINE_OK);
    tine__array_view(&array, "", &c);
    assert_int_equal(c.type, type);
    assert_int_equal(c.length, f.rows.n);
    for (size_t i = 0; i < c.length; i++) {
        char *to = out + used;
        size_t room = sizeof out - used;
        if (tine_is_null(&c, i))
            used += (size_t)snprintf(to, room, "-;");
        else if (type == TINE_STRING)
            used += (size_t)snprintf(to, room, "%.*s;", (int)tine_string_at(&c, i).size,
                                     tine_string_at(&c, i).data);
        else if (type == TINE_DOUBLE)
            used += (size_t)snprintf(to, room, "%g;", ((const double *)c.values)[i]);
        else if (type == TINE_BOOL)
            used +=
                (size_t)snprintf(to, room, "%d;", ((const uint8_t *)c.values)[i / 8] >> i % 8 & 1);
        else if (type == TINE_DATE)
            used += (size_t)snprintf(to, room, "%d;", (int)((const int32_t *)c.values)[i]);
        else
            used += (size_t)snprintf(to, room, "%lld;", (long long)((const int64_t *)c.values)[i]);
    }
    *misfit_row = misfit.row;
    assert_int_equal(misfit.column, 1);
    tine__array_free(&array, tine__heap());
    close_text(&f);
    return out;
}

#define CHECK(text, type, inferred, expected, misfit)                                              \
    do {                                                                                           \
        size_t row;                                                                                \
        assert_string_equal(converted(text, type, inferred, &row), expected);                      \
        assert_int_equal(row, misfit);                                                             \
    } while (0)

static void nulls_and_padding_by_type(void **state)
{
    (void)state;
    static const char nothing[] = ",\n,\"\"\n, \n,\"\t \"\n,NA\n,\"NA\"\n";
    CHECK(nothing, TINE_STRING, false, "-;; ;\t ;-;NA;", SIZE_MAX);
    CHECK(nothing, TINE_INT64, false, "-;-;-;-;-;-;", 5);
    CHECK(nothing, TINE_DATE, true, "-;-;-;-;-;-;", 5);
    CHECK(", 1\n,\"2 \"\n,\"\t3\t\"\n", TINE_STRING, false, " 1;2 ;\t3\t;", SIZE_MAX);
    CHECK(", 1\n,\"2 \"\n,\"\t3\t\"\n", TINE_INT64, true, "1;2;3;", SIZE_MAX);
    CHECK(", 1\n,\"2 \"\n,\"\t3\t\"\n", TINE_DOUBLE, true, "1;2;3;", SIZE_MAX);
    CHECK(", 1970-01-02\n", TINE_DATE, true, "1;", SIZE_MAX);
    CHECK(",1970-01-02 00:00 \n", TINE_TIMESTAMP, true, "86400000000;", SIZE_MAX);
}

static void a_given_type_takes_what_an_inferred_one_does_not(void **state)
{
    (void)state;
    CHECK(",true\n,yes\n,0\n", TINE_BOOL, false, "1;1;0;", SIZE_MAX);
    CHECK(",true\n,yes\n,0\n", TINE_BOOL, true, "1;-;-;", 1);
    CHECK(",-1\n,+7\n,007\n", TINE_INT64, false, "-1;7;7;", SIZE_MAX);
    CHECK(",-1\n,+7\n,007\n", TINE_INT64, true, "-1;-;-;", 1);
    CHECK(",1\n,02.5\n,+3\n", TINE_DOUBLE, false, "1;2.5;3;", SIZE_MAX);
    CHECK(",1\n,02.5\n,+3\n", TINE_DOUBLE, true, "1;-;-;", 1);
    /* Among numbers an integer that no double equals is none. */
    CHECK(",9007199254740993\n", TINE_DOUBLE, false, "9.0072e+15;", SIZE_MAX);
    CHECK(",9007199254740993\n", TINE_DOUBLE, true, "-;", 0);
    CHECK(",a\n,\xff\n,b\n,\xc3\n", TINE_STRING, false, "a;-;b;-;", 1);
}

static void a_selection_names_rows(void **state)
{
    (void)state;
    static const uint32_t selection[] = {1, 3, 4};
    static const char text[] = "x,0\nx,1\nx,y\nx,3\nx,z\n";
    fixture f;
    tine__array array;
    tine__misfit misfit;
    open_text(&f, &plain, text, sizeof text - 1);
    f.cells.column = 1;
    tine__array_init(&array, TINE_STRING);
    assert_int_equal(tine__convert(&f.cells, TINE_INT64, selection, 3, &array, NULL, &misfit, NULL),
                     TINE_OK);
    assert_int_equal(array.length, 3);
    assert_int_equal(((const int64_t *)array.values)[1], 3);
    assert_int_equal(misfit.row, 4);
    assert_int_equal(
        tine__convert(&f.cells, TINE_STRING, selection, 3, &array, NULL, &misfit, NULL), TINE_OK);
    assert_int_equal(array.length, 3);
    assert_memory_equal(array.data, "13z", 3);
    tine__array_free(&array, tine__heap());
    close_text(&f);
}

/* ---- evidence ---- */

/* Whatever type a column is taken for, what was seen of it is what classifying every value shows;
 * but behind a set that stays text whatever joins it, nobody need look. */
static void check_evidence(const char *a, const char *b, tine_type type)
{
    char text[MAX_TEXT];
    fixture f;
    tine__array array;
    tine__misfit misfit;
    tine__evidence seen = 0;
    int n = snprintf(text, sizeof text, "x,%s\nx,%s\n", a, b);
    open_text(&f, &plain, text, (size_t)n);
    f.cells.column = 1;
    tine__array_init(&array, type);
    assert_int_equal(tine__convert(&f.cells, type, NULL, 2, &array, &seen, &misfit, NULL), TINE_OK);
    tine__evidence expected = tine__classify(a, strlen(a)) | tine__classify(b, strlen(b));
    if (type == TINE_STRING)
        assert_int_equal(tine__evidence_type(seen), tine__evidence_type(expected));
    else
        assert_int_equal(seen, expected);
    /* A value that does not fit is told, unless the type admits all there is. */
    tine_type whole = tine__evidence_type(expected);
    assert_int_equal(misfit.row == SIZE_MAX,
                     type == TINE_STRING || whole == type || whole == TINE_AUTO ||
                         (tine__evidence_type(expected | TINE__SEEN_DOUBLE) == type) ||
                         (tine__evidence_type(expected | TINE__SEEN_TIMESTAMP) == type));
    tine__array_free(&array, tine__heap());
    close_text(&f);
}

static void evidence_is_what_classifying_shows(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",
        " ",
        "true",
        "False",
        "yes",
        "0",
        "-0",
        "7",
        "+7",
        "007",
        "-12 ",
        "9007199254740992",
        "-9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "-9223372036854775808",
        "9223372036854775808",
        "99999999999999999999",
        "1.5",
        "1.0",
        "-1e3",
        "1e400",
        "9007199254740993.0",
        "9007199254740992.5",
        "01.5",
        ".5",
        "5.",
        "nan",
        "-inf",
        "Infinity",
        "1970-01-01",
        " 2026-11-24 ",
        "2026-02-30",
        "2026-11-24T14:00",
        "2026-11-24 14:00:00.5Z",
        "2026-11-24 14",
        "text",
        "\xc3\xa9",
    };
    static const tine_type types[] = {TINE_BOOL, TINE_INT64,     TINE_DOUBLE,
                                      TINE_DATE, TINE_TIMESTAMP, TINE_STRING};
    enum { N = sizeof values / sizeof *values };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                check_evidence(values[i], values[j], types[t]);
}

/* ---- memory ---- */

static void short_memory(void **state)
{
    (void)state;
    static const char text[] = "x,\"a\"\"b\"\nx,\"c\"\"\"\n";
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        counting_allocator c;
        fixture f;
        tine__array array;
        tine__misfit misfit;
        counting_init(&c);
        open_text(&f, &plain, text, sizeof text - 1);
        f.cells.column = 1;
        f.cells.allocator = &c.allocator;
        counting_fail_at(&c, n);
        tine__array_init(&array, TINE_STRING);
        status = tine__convert(&f.cells, TINE_STRING, NULL, 2, &array, NULL, &misfit, NULL);
        assert_int_equal(status, atomic_load(&c.failures) ? TINE_ENOMEM : TINE_OK);
        if (status == TINE_OK)
            assert_memory_equal(array.data, "a\"bc\"", 5);
        tine__array_free(&array, &c.allocator);
        close_text(&f);
        counting_assert_empty(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_cell_holds),
        cmocka_unit_test(every_byte_is_found_again),
        cmocka_unit_test(nulls_and_padding_by_type),
        cmocka_unit_test(a_given_type_takes_what_an_inferred_one_does_not),
        cmocka_unit_test(a_selection_names_rows),
        cmocka_unit_test(evidence_is_what_classifying_shows),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
