/* Every aggregate of a random table, alone and by groups, against a naive one over the values that
 * the table was written from; with any number of workers and partitions of any size. The naive one
 * sorts, walks through lists and compares as the header says; what sums must be is the matter of
 * tests/unit/reduce. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/hostile.h"
#include <tine.h>

enum { MAX_ROWS = 200, N_COLUMNS = 6, MAX_TEXT = 1 << 17, N_OPS = 9 };
enum { N_ENVIRONMENTS = HOSTILE_DECIMAL_COMMA }; /* those of arithmetic come first */

static const tine_type types[N_COLUMNS] = {TINE_BOOL, TINE_INT64,     TINE_DOUBLE,
                                           TINE_DATE, TINE_TIMESTAMP, TINE_STRING};
static const char *const names[N_COLUMNS] = {"b", "i", "x", "d", "t", "s"};
static const tine_op ops[N_OPS] = {TINE_COUNT,    TINE_NULLS,    TINE_MIN,
                                   TINE_MAX,      TINE_FIRST,    TINE_LAST,
                                   TINE_DISTINCT, TINE_QUANTILE, TINE_QUANTILE};
static const double args[N_OPS] = {0, 0, 0, 0, 0, 0, 0, 0.5, 0.125};

typedef struct value {
    bool null;
    int64_t cell;     /* a number, or the bits of a double */
    const char *text; /* of a string */
} value;

static struct table {
    size_t n_rows, n_groups;
    size_t group[MAX_ROWS]; /* numbered as they come */
    value values[MAX_ROWS][N_COLUMNS];
    char csv[MAX_TEXT];
    size_t size;
} table;

/* ---- a random table ---- */

static uint64_t seed;

static uint64_t draw(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64 (Steele, Lea, Flood 2014) */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(size_t n)
{
    return (size_t)(draw() % n);
}

static int64_t bits_of(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(int64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double random_double(size_t different)
{
    static const double odd[] = {0.0,      -0.0,      INFINITY, -INFINITY,
                                 4.9e-324, -4.9e-324, 0x1p1000, NAN};
    return below(3) ? ((double)below(different) - 3) / 8 : odd[below(8)];
}

static const char *random_text(size_t different)
{
    static const char *const texts[] = {"",  "a",  "ab",  "b", "\xc3\xa9", "a longer text than any",
                                        "B", "aa", "\x7f"};
    return texts[below(different < 9 ? different : 9)];
}

static value random_value(tine_type type, size_t different, size_t nulls)
{
    value v = {.null = below(8) < nulls, .text = ""};
    int64_t number = (int64_t)below(different) - 3;
    if (type == TINE_STRING)
        v.text = random_text(different);
    else if (type == TINE_DOUBLE)
        v.cell = bits_of(random_double(different));
    else if (type == TINE_INT64)
        v.cell = below(20) ? number : below(2) ? INT64_MIN : INT64_MAX;
    else if (type == TINE_TIMESTAMP)
        v.cell = number * 1000003;
    else
        v.cell = type == TINE_BOOL ? number & 1 : number;
    return v;
}

static void write(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void write(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    table.size += (size_t)vsnprintf(table.csv + table.size, MAX_TEXT - table.size, format, list);
    va_end(list);
    assert_true(table.size < MAX_TEXT);
}

/* Days and microseconds around the first of January 1970. */
static void write_date(int64_t days)
{
    if (days < 0)
        write("1969-12-%02d", (int)(32 + days));
    else
        write("1970-%02d-%02d", 1 + (int)(days / 28), 1 + (int)(days % 28));
}

static int64_t written_days(int64_t days) /* what write_date has written */
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return days < 0 ? days : before[days / 28] + days % 28;
}

static void write_timestamp(int64_t micros)
{
    if (micros < 0)
        write("1969-12-31T23:59:%02d.%06dZ", (int)(59 + (micros + 1) / 1000000),
              (int)(1000000 + (micros + 1) % 1000000 - 1));
    else
        write("1970-01-01T00:%02d:%02d.%06dZ", (int)(micros / 60000000),
              (int)(micros / 1000000 % 60), (int)(micros % 1000000));
}

static void write_value(tine_type type, value *v)
{
    if (v->null)
        return;
    switch (type) {
    case TINE_BOOL:
        write("%s", v->cell ? "true" : "false");
        break;
    case TINE_DOUBLE:
        write("%.17g", double_of(v->cell));
        break;
    case TINE_DATE:
        write_date(v->cell);
        v->cell = written_days(v->cell);
        break;
    case TINE_TIMESTAMP:
        write_timestamp(v->cell);
        break;
    case TINE_STRING:
        write("\"%s\"", v->text);
        break;
    default:
        write("%" PRId64, v->cell);
    }
}

static void make_table(void)
{
    static const size_t sizes[] = {0, 1, 2, 40, MAX_ROWS};
    size_t key_of_group[MAX_ROWS], n_keys = 1 + below(below(2) ? 5 : MAX_ROWS);
    size_t different = 1 + below(below(2) ? 4 : 200), nulls = below(3) * 3;
    table.n_rows = sizes[below(5)];
    table.n_groups = table.size = 0;
    write("k,b,i,x,d,t,s\n");
    for (size_t row = 0; row < table.n_rows; row++) {
        size_t key = below(n_keys), group = 0;
        while (group < table.n_groups && key_of_group[group] != key)
            group++;
        if (group == table.n_groups)
            key_of_group[table.n_groups++] = key;
        table.group[row] = group;
        write("%zu", key);
        for (size_t c = 0; c < N_COLUMNS; c++) {
            table.values[row][c] = random_value(types[c], different, nulls);
            write(",");
            write_value(types[c], &table.values[row][c]);
        }
        write("\n");
    }
}

/* ---- the naive one: answers as text ---- */

typedef struct answer {
    char text[64];
} answer;

static answer show(const char *format, ...) __attribute__((format(printf, 1, 2)));
static answer show(const char *format, ...)
{
    answer a;
    va_list list;
    va_start(list, format);
    vsnprintf(a.text, sizeof a.text, format, list);
    va_end(list);
    return a;
}

static answer show_value(tine_type type, const value *v)
{
    if (!v || v->null)
        return show("null");
    if (type == TINE_STRING)
        return show("'%s'", v->text);
    if (type == TINE_DOUBLE)
        return isnan(double_of(v->cell)) ? show("nan") : show("%a", double_of(v->cell));
    return show("%" PRId64, v->cell);
}

/* Below, at or above 0; -0 is below +0. No NaN. */
static int compare(tine_type type, const value *a, const value *b)
{
    if (type == TINE_STRING)
        return strcmp(a->text, b->text);
    if (type != TINE_DOUBLE)
        return (a->cell > b->cell) - (a->cell < b->cell);
    double x = double_of(a->cell), y = double_of(b->cell);
    return x < y ? -1 : x > y ? 1 : (signbit(y) != 0) - (signbit(x) != 0);
}

static bool is_nan(tine_type type, const value *v)
{
    return type == TINE_DOUBLE && isnan(double_of(v->cell));
}

static bool same(tine_type type, const value *a, const value *b)
{
    if (type != TINE_DOUBLE)
        return compare(type, a, b) == 0;
    return is_nan(type, a) ? is_nan(type, b) : double_of(a->cell) == double_of(b->cell);
}

/* In order, by insertion. Returns how many are left without NaN. */
static size_t sort(tine_type type, const value **v, size_t n)
{
    size_t n_sorted = 0;
    for (size_t i = 0; i < n; i++) {
        const value *inserted = v[i];
        if (is_nan(type, inserted))
            continue;
        size_t at = n_sorted++;
        for (; at > 0 && compare(type, v[at - 1], inserted) > 0; at--)
            v[at] = v[at - 1];
        v[at] = inserted;
    }
    return n_sorted;
}

static size_t count_different(tine_type type, const value *const *v, size_t n)
{
    size_t different = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (!same(type, v[i], v[j]))
            j++;
        different += j == i;
    }
    return different;
}

/* Positions and weights are eighths, and doubles are few bits long, so that no more than one of
 * these steps rounds. */
static answer naive_quantile(tine_type type, const value **v, size_t n, double arg)
{
    __extension__ typedef __int128 wide;
    n = sort(type, v, n);
    if (n == 0)
        return show("null");
    double position = arg * (double)(n - 1), part = position - floor(position);
    const value *from = v[(size_t)position], *to = v[(size_t)position + (part > 0)];
    int eighths = (int)(8 * part);
    if (type == TINE_INT64)
        return show("%a",
                    (double)((wide)from->cell * (8 - eighths) + (wide)to->cell * eighths) / 8);
    double x = double_of(from->cell), y = double_of(to->cell);
    if (compare(type, from, to) == 0)
        return show("%a", x);
    if (isinf(x) && isinf(y))
        return show("nan");
    if (isinf(x) || isinf(y))
        return show("%a", isinf(x) ? x : y);
    long double between = (long double)x * (1 - part) + (long double)y * part;
    return show("%a", between == 0 ? 0.0 : (double)between);
}

/* Over the rows of a group, or over all of them for SIZE_MAX. */
static answer naive(size_t group, size_t column, size_t op)
{
    const value *v[MAX_ROWS];
    size_t n = 0, n_rows = 0;
    tine_type type = types[column];
    for (size_t row = 0; row < table.n_rows; row++) {
        const value *candidate = &table.values[row][column];
        if (group != SIZE_MAX && table.group[row] != group)
            continue;
        n_rows++;
        if (!candidate->null)
            v[n++] = candidate;
    }
    switch (ops[op]) {
    case TINE_COUNT:
        return show("%zu", n);
    case TINE_NULLS:
        return show("%zu", n_rows - n);
    case TINE_FIRST:
        return show_value(type, n ? v[0] : NULL);
    case TINE_LAST:
        return show_value(type, n ? v[n - 1] : NULL);
    case TINE_DISTINCT:
        return show("%zu", count_different(type, v, n));
    case TINE_QUANTILE:
        return naive_quantile(type, v, n, args[op]);
    default:
        n = sort(type, v, n);
        return show_value(type, n == 0 ? NULL : ops[op] == TINE_MIN ? v[0] : v[n - 1]);
    }
}

/* ---- the library ---- */

static bool applies(size_t column, size_t op)
{
    return ops[op] != TINE_QUANTILE || types[column] == TINE_INT64 || types[column] == TINE_DOUBLE;
}

static size_t list_aggregates(tine_agg *aggs)
{
    size_t n = 0;
    for (size_t c = 0; c < N_COLUMNS; c++)
        for (size_t op = 0; op < N_OPS; op++)
            if (applies(c, op))
                aggs[n++] = (tine_agg){ops[op], names[c], NULL, args[op], {NULL, NULL}};
    return n;
}

static answer show_cell(const tine_table *result, size_t i, size_t row)
{
    tine_column column;
    assert_int_equal(tine_batch_column(tine_table_batch(result, 0), i, &column), TINE_OK);
    value v = {.null = tine_is_null(&column, row)};
    char text[64];
    if (column.type == TINE_STRING) {
        tine_string s = tine_string_at(&column, row);
        snprintf(text, sizeof text, "%.*s", (int)s.size, s.data);
        v.text = text;
    } else if (column.type == TINE_BOOL) {
        v.cell = ((const uint8_t *)column.values)[row / 8] >> (row % 8) & 1;
    } else if (column.type == TINE_DATE) {
        v.cell = ((const int32_t *)column.values)[row];
    } else {
        v.cell = ((const int64_t *)column.values)[row];
    }
    return show_value(column.type, &v);
}

/* Row `row` of the result, whose aggregates begin at column `first`, is that group's. */
static void assert_row(const tine_table *result, size_t row, size_t first, size_t group)
{
    for (size_t c = 0; c < N_COLUMNS; c++)
        for (size_t op = 0; op < N_OPS; op++)
            if (applies(c, op)) {
                answer found = show_cell(result, first++, row), expected = naive(group, c, op);
                if (strcmp(found.text, expected.text) != 0)
                    print_error("group %td, column %s, operation %d\n%s\n", (ptrdiff_t)group,
                                names[c], (int)ops[op], table.csv);
                assert_string_equal(found.text, expected.text);
            }
}

static tine_dataset *open_table(size_t partition_size)
{
    tine_field fields[N_COLUMNS] = {{.name = NULL}};
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    tine_source *source;
    tine_dataset *dataset;
    tine_error error;
    for (size_t c = 0; c < N_COLUMNS; c++) {
        fields[c].name = names[c];
        fields[c].type = types[c];
    }
    options.delimiter = ",";
    options.fields = fields;
    options.n_fields = N_COLUMNS;
    options.partition_size = partition_size;
    assert_int_equal(tine_source_memory(table.csv, table.size, NULL, NULL, &source, NULL), TINE_OK);
    tine_status status = tine_csv_open(&source, 1, &options, &dataset, &error);
    if (status != TINE_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, TINE_OK);
    tine_source_release(source);
    return dataset;
}

static void check(tine_pool *pool, size_t partition_size, int environment)
{
    static const char *const keys[] = {"k"};
    tine_agg aggs[N_COLUMNS * N_OPS];
    size_t n = list_aggregates(aggs);
    tine_run run = TINE_RUN_INIT;
    run.pool = pool;
    tine_table *all = NULL, *groups = NULL;
    tine_dataset *dataset = open_table(partition_size);
    if (environment < N_ENVIRONMENTS)
        hostile_enter((hostile_kind)environment);
    tine_status status = tine_dataset_aggregate(dataset, &run, aggs, n, &all, NULL);
    tine_status also = tine_dataset_group_by(dataset, &run, keys, 1, aggs, n, &groups, NULL);
    if (environment < N_ENVIRONMENTS)
        assert_true(hostile_leave((hostile_kind)environment));
    assert_int_equal(status, TINE_OK);
    assert_int_equal(also, TINE_OK);
    assert_row(all, 0, 0, SIZE_MAX);
    assert_int_equal(tine_table_rows(groups), table.n_groups);
    for (size_t group = 0; group < table.n_groups; group++)
        assert_row(groups, group, 1, group);
    tine_table_release(all);
    tine_table_release(groups);
    tine_dataset_release(dataset);
}

static void test_against_a_naive_one(void **state)
{
    static const unsigned workers[] = {0, 1, 2, 3, 7, 8};
    (void)state;
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
        tine_pool_options options = TINE_POOL_OPTIONS_INIT;
        tine_pool *pool = NULL;
        options.n_workers = workers[w];
        options.stack_size = 256 << 10;
        if (workers[w])
            assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
        for (int round = 0; round < 15; round++) {
            static const size_t partition_sizes[] = {13, 100, 700, 5000, 1 << 20};
            seed = w * 100 + (size_t)round;
            make_table();
            check(pool, partition_sizes[round % 5], round % (N_ENVIRONMENTS + 1));
        }
        tine_pool_close(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_a_naive_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
