/* Bounded memory: a sum over a pipe, which makes its rows when they are read, takes no more than
 * 64 MB of the whole process, however much comes: as many gigabytes as the argument says, or 50 MB.
 */
#define _GNU_SOURCE
#include <tine.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

static uint64_t n_bytes = 50000000;
static bool measured;

static const char row[] = "1,\"a text, with a comma\",3,2024-02-29\n";
enum { ROW = sizeof row - 1 };

typedef struct stream { /* a header, and rows */
    uint64_t at, n;
} stream;

static const char head[] = "n,s,m,t\n";

static size_t copy_part(const char *text, size_t size, uint64_t at, char *dst, size_t n)
{
    size_t part = size - (size_t)at < n ? size - (size_t)at : n;
    memcpy(dst, text + at, part);
    return part;
}

static tine_status read_some(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    stream *s = ctx;
    size_t done = 0;
    while (done < n && s->at < s->n) {
        uint64_t behind = s->at - (sizeof head - 1);
        size_t part = s->at < sizeof head - 1
                          ? copy_part(head, sizeof head - 1, s->at, (char *)dst + done, n - done)
                          : copy_part(row, ROW, behind % ROW, (char *)dst + done, n - done);
        s->at += part;
        done += part;
    }
    *n_read_out = done;
    return TINE_OK;
}

static int64_t sum_of(const tine_dataset *dataset, tine_pool *pool)
{
    const tine_agg sum = {.op = TINE_SUM, .column = "m"};
    tine_run run = TINE_RUN_INIT;
    tine_table *table;
    tine_error error;
    tine_column column;
    run.pool = pool;
    run.memory_limit = (size_t)64 << 20;
    if (tine_dataset_aggregate(dataset, &run, &sum, 1, &table, &error) != TINE_OK)
        fail_msg("%s", error.message);
    assert_int_equal(tine_batch_column(tine_table_batch(table, 0), 0, &column), TINE_OK);
    int64_t value = *(const int64_t *)column.values;
    tine_table_release(table);
    return value;
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void a_sum_takes_little_memory(void **state)
{
    (void)state;
    uint64_t n_rows = n_bytes / ROW;
    stream s = {0, sizeof head - 1 + n_rows * ROW};
    const tine_source_vtable vtable = {.struct_size = sizeof vtable, .read = read_some};
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    tine_pool *pool;
    tine_source *source;
    tine_dataset *dataset;
    tine_error error;
    options.n_workers = 2;
    assert_int_equal(tine_pool_open(&options, &pool, &error), TINE_OK);
    assert_int_equal(tine_source_custom(&vtable, &s, "rows", &source, &error), TINE_OK);
    assert_int_equal(tine_csv_open(&source, 1, NULL, &dataset, &error), TINE_OK);
    tine_source_release(source);
    assert_int_equal(sum_of(dataset, pool), 3 * n_rows);
    tine_dataset_release(dataset);
    tine_pool_close(&pool);
    if (!measured)
        return; /* sanitizers have memory of their own */
    print_message("%llu bytes, peak %ld kB\n", (unsigned long long)s.n, peak_kilobytes());
    assert_true(peak_kilobytes() <= 64000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sum_takes_little_memory)};
    measured = argc > 1;
    if (measured)
        n_bytes = strtoull(argv[1], NULL, 10) * 1000000000;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
