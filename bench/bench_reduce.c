/* Aggregates and groups of a generated CSV, with one worker and with two. What is in the groups
 * must add up to what the generator knows of the whole.
 *
 *     bench_reduce brc|lineitem FILE
 */
#include "bench.h"

typedef struct query {
    const char *input, *name;
    const char *keys[2];
    size_t n_keys; /* 0: an aggregate */
    size_t n_groups;
} query;

static const query queries[] = {
    {"brc", "aggregate", {NULL}, 0, 1},
    {"brc", "group_by", {"station"}, 1, 413},
    {"lineitem", "aggregate", {NULL}, 0, 1},
    {"lineitem", "group_by", {"returnflag", "linestatus"}, 2, 6},
};

typedef struct reduce_job {
    bench_input input;
    tine_run run;
    const query *query;
} reduce_job;

enum { N_AGGS = 6 };

static uint64_t total_count(const tine_table *table, size_t column_index)
{
    tine_column column;
    uint64_t n = 0;
    if (tine_batch_column(tine_table_batch(table, 0), column_index, &column) != TINE_OK ||
        column.type != TINE_INT64)
        bench_fail("a result without a column of counts");
    for (size_t i = 0; i < column.length; i++)
        n += (uint64_t)((const int64_t *)column.values)[i];
    return n;
}

static void run_query(void *ctx)
{
    const reduce_job *job = ctx;
    const query *q = job->query;
    const char *x = job->input.column;
    const tine_agg aggs[N_AGGS] = {
        {.op = TINE_COUNT},
        {.op = TINE_SUM, .column = x},
        {.op = TINE_MEAN, .column = x},
        {.op = TINE_MIN, .column = x},
        {.op = TINE_MAX, .column = x},
        {.op = TINE_STD, .column = x},
    };
    tine_table *table;
    tine_error error;
    bench_check(q->n_keys ? tine_dataset_group_by(job->input.dataset, &job->run, q->keys, q->n_keys,
                                                  aggs, N_AGGS, &table, &error)
                          : tine_dataset_aggregate(job->input.dataset, &job->run, aggs, N_AGGS,
                                                   &table, &error),
                &error);
    bench_expect(&job->input, "the number of groups", (double)tine_table_rows(table),
                 (double)q->n_groups);
    bench_expect(&job->input, "the number of rows", (double)total_count(table, q->n_keys),
                 (double)job->input.n_rows);
    if (!q->n_keys)
        bench_expect(&job->input, "the sum", bench_number(table, 1), job->input.sum);
    tine_table_release(table);
}

static void report_queries(reduce_job *job, unsigned n_workers)
{
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        if (strcmp(queries[i].input, job->input.name) != 0)
            continue;
        job->query = &queries[i];
        const double seconds = bench_seconds(run_query, job, job->input.path);
        bench_report((double)job->input.n_bytes / seconds / 1e9, "GB/s", "reduce.%s.%s.w%u",
                     job->input.name, job->query->name, n_workers);
    }
}

int main(int argc, char **argv)
{
    reduce_job job = {.run = TINE_RUN_INIT};
    if (argc != 3)
        bench_fail("usage: bench_reduce brc|lineitem FILE");
    bench_open(&job.input, argv[1], argv[2]);
    for (unsigned n_workers = 1; n_workers <= 2; n_workers++) {
        job.run.pool = bench_pool(n_workers);
        report_queries(&job, n_workers);
        tine_pool_close(&job.run.pool);
    }
    tine_dataset_release(job.input.dataset);
    return 0;
}
