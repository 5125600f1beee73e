/* Reading a generated CSV: counting its rows, summing one column, converting all columns,
 * describing it; with one worker and with two, each result checked against what the generator
 * knows.
 *
 *     bench_csv NAME FILE
 */
#include "bench.h"
#include <stdatomic.h>

typedef struct csv_job {
    bench_input input;
    tine_run run;
} csv_job;

static double aggregate(const csv_job *job, tine_op op, const char *column)
{
    const tine_agg agg = {.op = op, .column = column};
    tine_table *table;
    tine_error error;
    bench_check(tine_dataset_aggregate(job->input.dataset, &job->run, &agg, 1, &table, &error),
                &error);
    const double value = bench_number(table, 0);
    tine_table_release(table);
    return value;
}

static void run_rows(void *ctx)
{
    const csv_job *job = ctx;
    bench_expect(&job->input, "the number of rows", aggregate(job, TINE_COUNT, NULL),
                 (double)job->input.n_rows);
}

static void run_sum(void *ctx)
{
    const csv_job *job = ctx;
    bench_expect(&job->input, "the sum", aggregate(job, TINE_SUM, job->input.column),
                 job->input.sum);
}

static tine_status count_batch(const tine_batch *batch, size_t partition, void *ctx)
{
    atomic_size_t *n_rows = ctx; /* added to by every lane, read after the call; orders nothing */
    (void)partition;
    atomic_fetch_add_explicit(n_rows, tine_batch_rows(batch), memory_order_relaxed);
    return TINE_OK;
}

static void run_columns(void *ctx)
{
    const csv_job *job = ctx;
    atomic_size_t n_rows = 0;
    tine_error error;
    bench_check(tine_dataset_for_each(job->input.dataset, &job->run, count_batch, &n_rows, &error),
                &error);
    bench_expect(&job->input, "the number of rows handed out", (double)n_rows,
                 (double)job->input.n_rows);
}

static void run_describe(void *ctx)
{
    const csv_job *job = ctx;
    tine_table *table;
    tine_error error;
    bench_check(tine_dataset_describe(job->input.dataset, &job->run, &table, &error), &error);
    bench_expect(&job->input, "the number of columns described", (double)tine_table_rows(table),
                 (double)tine_dataset_columns(job->input.dataset));
    tine_table_release(table);
}

static const struct {
    const char *name;
    void (*run)(void *ctx);
} jobs[] = {
    {"rows", run_rows},
    {"sum", run_sum},
    {"columns", run_columns},
    {"describe", run_describe},
};

int main(int argc, char **argv)
{
    csv_job job = {.run = TINE_RUN_INIT};
    if (argc != 3)
        bench_fail("usage: bench_csv NAME FILE");
    bench_open(&job.input, argv[1], argv[2]);
    for (unsigned n_workers = 1; n_workers <= 2; n_workers++) {
        job.run.pool = bench_pool(n_workers);
        for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
            const double seconds = bench_seconds(jobs[i].run, &job, job.input.path);
            bench_report((double)job.input.n_bytes / seconds / 1e9, "GB/s", "csv.%s.%s.w%u",
                         job.input.name, jobs[i].name, n_workers);
        }
        tine_pool_close(&job.run.pool);
    }
    tine_dataset_release(job.input.dataset);
    return 0;
}
