/* What the benchmarks that print lines share: medians, and one line of output for each number. */
#ifndef BENCH_H
#define BENCH_H
#include "base.h"
#include <tine.h>

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

#endif
