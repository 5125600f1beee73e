/* The kernels of every instruction set that this CPU runs, in cache, on one core: the loops over
 * bytes on the first MiB of a CSV, the values on generated fields. The best of many short runs.
 *
 *     bench_kernels FILE [DELIMITER]
 */
#include "base.h"
#include "csv/kernels.h"
#include <string.h>

enum { RUNS = 200, TEXT = 1 << 20, WINDOW = 1 << 16, BATCHES = 64 };

typedef struct work {
    const tine__kernels *kernels;
    tine__marks marks;
    const char *text;
    size_t n;
    uint32_t *ends;
    const tine__fields *fields; /* BATCHES of them */
} work;

static void run_summarize(const work *w)
{
    tine__halves halves;
    w->kernels->summarize(&w->marks, w->text, w->n, &halves);
}

static void run_index(const work *w)
{
    for (size_t at = 0; at < w->n; at += WINDOW) {
        tine__index index = {.may_open = true, .ends = w->ends};
        w->kernels->index(&w->marks, w->text, at, w->n - at < WINDOW ? w->n : at + WINDOW, &index);
    }
}

static int64_t values[TINE__FIELDS];

static void run_int64s(const work *w)
{
    for (size_t i = 0; i < BATCHES; i++)
        w->kernels->int64s(&w->fields[i], true, values);
}

static void run_doubles(const work *w)
{
    uint64_t points;
    for (size_t i = 0; i < BATCHES; i++)
        w->kernels->doubles(&w->fields[i], true, (double *)values, &points);
}

static void run_dates(const work *w)
{
    for (size_t i = 0; i < BATCHES; i++)
        w->kernels->dates(&w->fields[i], (int32_t *)values);
}

static void run_timestamps(const work *w)
{
    for (size_t i = 0; i < BATCHES; i++)
        w->kernels->timestamps(&w->fields[i], values);
}

/* ---- fields ---- */

static int put_integer(char *out)
{
    return sprintf(out, "%d", rand() % 200000);
}

static int put_money(char *out)
{
    return sprintf(out, "%d.%02d", rand() % 100000, rand() % 100);
}

static int put_double(char *out)
{
    return sprintf(out, "%.17g", ((double)rand() / RAND_MAX + rand()) / RAND_MAX - 0.5);
}

static int put_date(char *out)
{
    return sprintf(out, "19%02d-%02d-%02d", rand() % 100, 1 + rand() % 12, 1 + rand() % 28);
}

static int put_timestamp(char *out)
{
    return put_date(out) +
           sprintf(out + 10, " %02d:%02d:%02d", rand() % 24, rand() % 60, rand() % 60);
}

static void put_fields(int (*put)(char *out), char *text, tine__fields *fields)
{
    size_t size = TINE__FIELD_LEAD;
    memset(text, ',', size);
    for (size_t i = 0; i < BATCHES; i++) {
        fields[i].text = text;
        fields[i].n = TINE__FIELDS;
        for (size_t k = 0; k < TINE__FIELDS; k++) {
            fields[i].begin[k] = (uint32_t)size;
            size += (size_t)put(text + size);
            fields[i].end[k] = (uint32_t)size;
            text[size++] = ',';
        }
    }
}

static double best_seconds(void (*run)(const work *), const work *w)
{
    double best = 1;
    for (size_t i = 0; i < RUNS; i++) {
        const double began = bench_now();
        run(w);
        const double seconds = bench_now() - began;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static const struct {
    const char *name;
    int (*put)(char *out);
    void (*run)(const work *);
} jobs[] = {
    {"int64", put_integer, run_int64s},           {"money", put_money, run_doubles},
    {"double", put_double, run_doubles},          {"date", put_date, run_dates},
    {"timestamp", put_timestamp, run_timestamps},
};

static void bench_set(work *w, char *text, tine__fields *fields)
{
    const char *set = w->kernels->name;
    printf("kernels.%s.summarize %.3g GB/s\n", set,
           (double)w->n / best_seconds(run_summarize, w) / 1e9);
    printf("kernels.%s.index %.3g GB/s\n", set, (double)w->n / best_seconds(run_index, w) / 1e9);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        put_fields(jobs[i].put, text, fields);
        printf("kernels.%s.%s %.3g ns\n", set, jobs[i].name,
               best_seconds(jobs[i].run, w) * 1e9 / (BATCHES * TINE__FIELDS));
    }
}

int main(int argc, char **argv)
{
    static char file_text[TEXT], text[TEXT];
    static uint32_t ends[WINDOW + TINE__INDEX_SLACK];
    static tine__fields fields[BATCHES];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file)
        bench_fail("usage: bench_kernels FILE [DELIMITER]");
    work w = {.marks = {.delimiter = argc > 2 ? (unsigned char)*argv[2] : ',',
                        .has_quote = true,
                        .quote = '"'},
              .text = file_text,
              .n = fread(file_text, 1, sizeof file_text, file),
              .ends = ends,
              .fields = fields};
    fclose(file);
    for (size_t i = 0; (w.kernels = tine__kernels_at(i)) != NULL; i++)
        bench_set(&w, text, fields);
    return 0;
}
