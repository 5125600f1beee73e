/* Inputs built to hurt: what they hold is found. Where an argument gives their size in megabytes
 * (else it is small), the rates are printed too, and which of them are below a tenth of an ordinary
 * one's. */
#define _GNU_SOURCE
#include <tine.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static size_t input_size = 300000;
static bool timed;

typedef struct input {
    char *text;
    size_t n;
    uint64_t n_rows, n_text; /* bytes of all its strings */
    size_t n_columns;
} input;

/* Fills the text behind a head with whole copies of a unit. Returns their number. */
static size_t fill(input *in, const char *head, const char *unit, size_t unit_size)
{
    size_t n_units = input_size / unit_size;
    in->n = strlen(head);
    in->text = malloc(in->n + n_units * unit_size + 2); /* and a last quote or two */
    assert_non_null(in->text);
    memcpy(in->text, head, in->n);
    for (size_t i = 0; i < n_units; i++, in->n += unit_size)
        memcpy(in->text + in->n, unit, unit_size);
    return n_units;
}

static void close_quotes(input *in)
{
    in->text[in->n++] = '"';
}

/* ---- the inputs ---- */

static void ordinary(input *in)
{
    static const char row[] = "12345,some words,6.25,2024-02-29\n";
    in->n_rows = fill(in, "i,s,d,t\n", row, sizeof row - 1);
    in->n_text = in->n_rows * (sizeof "some words" - 1);
    in->n_columns = 4;
}

static void one_field(input *in)
{
    in->n_text = fill(in, "s\n", "x", 1);
    in->n_rows = 1;
    in->n_columns = 1;
}

static void one_quoted_field(input *in)
{
    in->n_text = 4 * fill(in, "s\n\"", "a,\"\"\n", 5);
    close_quotes(in);
    in->n_rows = 1;
    in->n_columns = 1;
}

static void all_quotes(input *in)
{
    in->n_text = fill(in, "s\n\"", "\"\"", 2);
    close_quotes(in);
    in->n_rows = 1;
    in->n_columns = 1;
}

static void all_line_ends(input *in)
{
    in->n_rows = fill(in, "s\n", "\n", 1);
    in->n_columns = 1;
}

static void blank_lines(input *in)
{
    fill(in, "a,b\n1,2\n", "\n", 1);
    in->n_rows = 1;
    in->n_columns = 2;
}

static void every_other_line_blank(input *in)
{
    in->n_rows = fill(in, "a,b\n", "1,2\n\n", 5);
    in->n_columns = 2;
}

static void quotes_and_line_ends(input *in)
{
    in->n_rows = fill(in, "s\n", "\"\n\"\n", 4);
    in->n_text = in->n_rows;
    in->n_columns = 1;
}

static void short_fields(input *in)
{
    static const char row[] = "1,,2,x,,3,4,y\n";
    in->n_rows = fill(in, "a,b,c,d,e,f,g,h\n", row, sizeof row - 1);
    in->n_text = 2 * in->n_rows;
    in->n_columns = 8;
}

static void many_columns(input *in)
{
    enum { N = 10000 };
    static char head[8 * N], row[2 * N];
    size_t n = 0;
    for (int i = 0; i < N; i++) {
        n += (size_t)sprintf(head + n, "c%d%c", i, i + 1 < N ? ',' : '\n');
        row[2 * i] = '7';
        row[2 * i + 1] = i + 1 < N ? ',' : '\n';
    }
    in->n_rows = fill(in, head, row, sizeof row);
    in->n_columns = N;
}

static const struct {
    const char *name;
    void (*make)(input *in);
} inputs[] = {
    {"ordinary", ordinary},
    {"one field", one_field},
    {"one quoted field", one_quoted_field},
    {"all quotes", all_quotes},
    {"all line ends", all_line_ends},
    {"blank lines", blank_lines},
    /* No batch is regular, so that the machine reads every byte. */
    {"every other line blank", every_other_line_blank},
    {"quotes and line ends", quotes_and_line_ends},
    {"short fields", short_fields},
    /* Three rows a batch: what is done once for each column is done for three values. */
    {"10,000 columns", many_columns},
};

/* ---- reading them ---- */

typedef struct totals { /* of one thread's work: the run has no pool */
    uint64_t n_rows, n_text;
} totals;

static tine_status add_batch(const tine_batch *batch, size_t partition, void *ctx)
{
    totals *t = ctx;
    (void)partition;
    t->n_rows += tine_batch_rows(batch);
    for (size_t i = 0; i < tine_batch_columns(batch); i++) {
        tine_column column;
        assert_int_equal(tine_batch_column(batch, i, &column), TINE_OK);
        if (column.type == TINE_STRING)
            t->n_text += (uint64_t)(column.offsets[column.length] - column.offsets[0]);
    }
    return TINE_OK;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct rates { /* bytes a second */
    double rows, columns;
} rates;

static tine_dataset *open_input(const input *in)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    tine_error error;
    tine_source *source;
    tine_dataset *dataset;
    options.delimiter = ",";
    options.max_row_size = (size_t)1 << 30;
    assert_int_equal(tine_source_memory(in->text, in->n, NULL, NULL, &source, &error), TINE_OK);
    if (tine_csv_open(&source, 1, &options, &dataset, &error) != TINE_OK)
        fail_msg("%s", error.message);
    tine_source_release(source);
    return dataset;
}

static uint64_t count_rows(const tine_dataset *dataset)
{
    const tine_agg count = {.op = TINE_COUNT};
    tine_table *table;
    tine_error error;
    tine_column column;
    if (tine_dataset_aggregate(dataset, NULL, &count, 1, &table, &error) != TINE_OK)
        fail_msg("%s", error.message);
    assert_int_equal(tine_batch_column(tine_table_batch(table, 0), 0, &column), TINE_OK);
    uint64_t n = (uint64_t) * (const int64_t *)column.values;
    tine_table_release(table);
    return n;
}

static rates read_input(void (*make)(input *in))
{
    input in = {0};
    totals found = {0};
    tine_error error;
    make(&in);
    tine_dataset *dataset = open_input(&in);
    assert_int_equal(tine_dataset_columns(dataset), in.n_columns);
    double began = now();
    assert_int_equal(count_rows(dataset), in.n_rows);
    double between = now();
    if (tine_dataset_for_each(dataset, NULL, add_batch, &found, &error) != TINE_OK)
        fail_msg("%s", error.message);
    double ended = now();
    assert_int_equal(found.n_rows, in.n_rows);
    assert_int_equal(found.n_text, in.n_text);
    tine_dataset_release(dataset);
    free(in.text);
    return (rates){(double)in.n / (between - began), (double)in.n / (ended - between)};
}

static void what_they_hold_is_found(void **state)
{
    (void)state;
    rates usual = {0};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        rates r = read_input(inputs[i].make);
        if (i == 0)
            usual = r;
        bool is_slow = r.rows < usual.rows / 10 || r.columns < usual.columns / 10;
        if (timed)
            print_message("%-24s rows %7.3f, all columns %7.3f GB/s%s\n", inputs[i].name,
                          r.rows / 1e9, r.columns / 1e9, is_slow ? ": below a tenth" : "");
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_they_hold_is_found)};
    timed = argc > 1;
    if (timed)
        input_size = (size_t)strtoul(argv[1], NULL, 10) * 1000000;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
