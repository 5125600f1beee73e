/* What the benchmarks of datasets share: medians, one line of output for each number, and the
 * inputs with the answers that their generator printed. */
#ifndef BENCH_H
#define BENCH_H
#include "base.h"
#include <tine.h>
#include <inttypes.h>
#include <string.h>

enum { BENCH_RUNS = 7 };

static inline void bench_check(tine_status status, const tine_error *error)
{
    if (status != TINE_OK)
        bench_fail("%s: %s", tine_status_name(status), error->message);
}

/* One line: name, value, unit. */
static inline void bench_report(double value, const char *unit, const char *format, ...)
    TINE_PRINTF(3, 4);
static inline void bench_report(double value, const char *unit, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf(" %.4g %s\n", value, unit);
    fflush(stdout);
}

/* Reads a file through, so that the run that follows finds it in the page cache: what was idle for
 * half a minute may have been paged out. */
static inline void bench_warm(const char *path)
{
    static char buffer[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file)
        bench_fail("cannot read %s", path);
    while (fread(buffer, 1, sizeof buffer, file) > 0)
        continue;
    fclose(file);
}

static inline int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the seconds that BENCH_RUNS calls take; `path`, if not NULL, is warmed before each.
 */
static inline double bench_seconds(void (*run)(void *ctx), void *ctx, const char *path)
{
    double seconds[BENCH_RUNS];
    for (size_t i = 0; i < BENCH_RUNS; i++) {
        if (path)
            bench_warm(path);
        const double began = bench_now();
        run(ctx);
        seconds[i] = bench_now() - began;
    }
    qsort(seconds, BENCH_RUNS, sizeof seconds[0], bench_compare);
    return seconds[BENCH_RUNS / 2];
}

static inline tine_pool *bench_pool(unsigned n_workers)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    tine_pool *pool;
    tine_error error;
    options.n_workers = n_workers;
    bench_check(tine_pool_open(&options, &pool, &error), &error);
    return pool;
}

/* A generated file and what is known of it. */
typedef struct bench_input {
    const char *name, *path;
    uint64_t n_rows, n_bytes;
    char column[64]; /* one to sum */
    double sum;      /* the exact sum of its values, rounded once */
    tine_dataset *dataset;
} bench_input;

/* Opens `path`; the answers are in path.answers, as tine-gen prints them. */
static inline void bench_open(bench_input *input, const char *name, const char *path)
{
    char answers[4096];
    tine_error error;
    memset(input, 0, sizeof *input);
    input->name = name;
    input->path = path;
    snprintf(answers, sizeof answers, "%s.answers", path);
    FILE *file = fopen(answers, "r");
    if (!file || fscanf(file, "rows %" SCNu64 " bytes %" SCNu64 " sum %63s %lf", &input->n_rows,
                        &input->n_bytes, input->column, &input->sum) != 4)
        bench_fail("%s: no answers as tine-gen prints them", answers);
    fclose(file);
    bench_check(tine_csv_open_file(path, NULL, &input->dataset, &error), &error);
}

/* The one row of a result's column as a double. */
static inline double bench_number(const tine_table *table, size_t i)
{
    tine_column column;
    if (tine_batch_column(tine_table_batch(table, 0), i, &column) != TINE_OK || column.length != 1)
        bench_fail("a result without a column %zu of one row", i);
    return column.type == TINE_INT64 ? (double)*(const int64_t *)column.values
                                     : *(const double *)column.values;
}

static inline void bench_expect(const bench_input *input, const char *what, double found,
                                double expected)
{
    if (found != expected)
        bench_fail("%s: %s is %.17g, not %.17g", input->name, what, found, expected);
}

#endif
