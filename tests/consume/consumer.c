/* A program of somebody else's: whatever way it was built, it squares numbers on a pool, sums a
 * column of a CSV and knows the answers. Compiled as C and as C++. */
#include <tine.h>
#include <stdio.h>
#include <string.h>

static const char csv[] = "town;\"snow; cm\"\nOberholz;17\n\"Nieder\nau\";\nSeeburg;25\n";

static tine_status square(size_t index, const void *in, void *out, void *ctx)
{
    const int64_t x = *(const int64_t *)in;
    (void)index;
    (void)ctx;
    *(int64_t *)out = x * x;
    return TINE_OK;
}

static tine_status sum_of_squares(tine_pool *pool, int64_t *sum_out, tine_error *error)
{
    int64_t in[100], out[100];
    tine_status status;
    size_t i;
    for (i = 0; i < 100; i++)
        in[i] = (int64_t)i;
    status = tine_parallel_map(pool, square, NULL, in, sizeof in[0], out, sizeof out[0], 100, NULL,
                               error);
    *sum_out = 0;
    for (i = 0; status == TINE_OK && i < 100; i++)
        *sum_out += out[i];
    return status;
}

static tine_status snow_of(const tine_dataset *dataset, tine_pool *pool, int64_t *sum_out,
                           tine_error *error)
{
    tine_run run = TINE_RUN_INIT;
    tine_table *table = NULL;
    tine_column column;
    tine_agg agg;
    tine_status status;
    memset(&agg, 0, sizeof agg);
    agg.op = TINE_SUM;
    agg.column = "snow; cm";
    run.pool = pool;
    status = tine_dataset_aggregate(dataset, &run, &agg, 1, &table, error);
    if (status == TINE_OK)
        status = tine_batch_column(tine_table_batch(table, 0), 0, &column);
    if (status == TINE_OK && column.type == TINE_INT64)
        *sum_out = *(const int64_t *)column.values;
    tine_table_release(table);
    return status;
}

static tine_status sum_of_snow(tine_pool *pool, int64_t *sum_out, tine_error *error)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    tine_source *source = NULL;
    tine_dataset *dataset = NULL;
    tine_status status;
    options.delimiter = ";";
    status = tine_source_memory(csv, sizeof csv - 1, NULL, NULL, &source, error);
    if (status == TINE_OK)
        status = tine_csv_open(&source, 1, &options, &dataset, error);
    if (status == TINE_OK)
        status = snow_of(dataset, pool, sum_out, error);
    tine_dataset_release(dataset);
    tine_source_release(source);
    return status;
}

int main(void)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    tine_pool *pool = NULL;
    tine_error error;
    int64_t squares = -1, snow = -1;
    tine_status status;
    memset(&error, 0, sizeof error);
    options.n_workers = 2;
    status = tine_pool_open(&options, &pool, &error);
    if (status == TINE_OK)
        status = sum_of_squares(pool, &squares, &error);
    if (status == TINE_OK)
        status = sum_of_snow(pool, &snow, &error);
    tine_pool_close(&pool);
    if (status != TINE_OK || squares != 328350 || snow != 42) {
        fprintf(stderr, "%s: %s; squares %lld, snow %lld\n", tine_status_name(status),
                error.message, (long long)squares, (long long)snow);
        return 1;
    }
    printf("tine %s\n", tine_version());
    return 0;
}
