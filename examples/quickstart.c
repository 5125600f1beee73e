/* The short program of the header and the README: describe every column of a CSV file. */
#include <stdio.h>
#include <tine.h>

int main(int argc, char **argv)
{
    tine_error error = {0};
    tine_pool *pool = NULL;
    tine_dataset *data = NULL;
    tine_table *table = NULL;
    tine_run run = TINE_RUN_INIT;
    tine_status status = tine_pool_open(NULL, &pool, &error);
    run.pool = pool;
    if (!status)
        status = tine_csv_open_file(argc > 1 ? argv[1] : "data.csv", NULL, &data, &error);
    if (!status)
        status = tine_dataset_describe(data, &run, &table, &error);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    else
        printf("%zu columns described\n", tine_table_rows(table));
    tine_table_release(table);
    tine_dataset_release(data);
    tine_pool_close(&pool);
    return status ? 1 : 0;
}
