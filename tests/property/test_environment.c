/* The same bits whatever the host program has done to its floating-point environment and locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/hostile.h"
#include <tine.h>

enum { N_ROWS = 3000, RESULT_SIZE = 1 << 20 };

static char input[1 << 18];

typedef struct result { /* every buffer of a table, one after the other */
    size_t size;
    char bytes[RESULT_SIZE];
} result;

/* Values whose sums round, subnormals, and magnitudes that cancel. */
static int make_input(void **state)
{
    (void)state;
    size_t n = (size_t)sprintf(input, "key;real;tiny;whole\n");
    for (int i = 0; i < N_ROWS; i++)
        n += (size_t)sprintf(input + n, "k%d;%s%d.%de%d;%d.5e-320;%d\n", i % 17, i % 3 ? "" : "-",
                             i, i, i % 40 - 20, i % 100, i * 7919);
    return n < sizeof input ? 0 : -1;
}

static void keep(result *r, const void *bytes, size_t n)
{
    if (!bytes)
        return;
    assert_true(r->size + n <= sizeof r->bytes);
    memcpy(r->bytes + r->size, bytes, n);
    r->size += n;
}

static void keep_column(result *r, const tine_column *c)
{
    size_t width = c->type == TINE_DATE ? 4 : 8;
    keep(r, &c->type, sizeof c->type);
    keep(r, c->validity, (c->length + 7) / 8);
    keep(r, c->values, c->type == TINE_BOOL ? (c->length + 7) / 8 : c->length * width);
    if (c->type == TINE_STRING)
        keep(r, c->data, (size_t)c->offsets[c->length]);
}

static void keep_table(result *r, tine_table *table)
{
    for (size_t b = 0; b < tine_table_batches(table); b++) {
        const tine_batch *batch = tine_table_batch(table, b);
        for (size_t i = 0; i < tine_batch_columns(batch); i++) {
            tine_column column;
            assert_int_equal(tine_batch_column(batch, i, &column), TINE_OK);
            keep_column(r, &column);
        }
    }
    tine_table_release(table);
}

/* A user's own arithmetic: bodies run in the default environment. */
static tine_status fold_thirds(void *state, const tine_batch *batch, void *ctx)
{
    tine_column tiny;
    (void)ctx;
    tine_status status = tine_batch_find(batch, "tiny", &tiny);
    for (size_t i = 0; !status && i < tiny.length; i++)
        *(double *)state += ((const double *)tiny.values)[i] / 3 + 1.0 / 3;
    return status;
}

static tine_status add_doubles(void *state, void *right, void *ctx)
{
    (void)ctx;
    *(double *)state += *(double *)right;
    return TINE_OK;
}

static void run_all(tine_pool *pool, result *r)
{
    static const tine_agg aggs[] = {
        {TINE_SUM, "real", NULL, 0, {NULL, NULL}},
        {TINE_MEAN, "real", NULL, 0, {NULL, NULL}},
        {TINE_STD, "real", NULL, 0, {NULL, NULL}},
        {TINE_VAR, "tiny", NULL, 0, {NULL, NULL}},
        {TINE_MEAN, "tiny", NULL, 0, {NULL, NULL}},
        {TINE_MIN, "tiny", NULL, 0, {NULL, NULL}},
        {TINE_MEAN, "whole", NULL, 0, {NULL, NULL}},
        {TINE_STD, "whole", NULL, 0, {NULL, NULL}},
        {TINE_QUANTILE, "tiny", NULL, 0.3, {NULL, NULL}},
        {TINE_QUANTILE, "real", NULL, 0.3, {NULL, NULL}},
        {TINE_DISTINCT, "tiny", NULL, 0, {NULL, NULL}},
        {TINE_DISTINCT_APPROX, "real", NULL, 0, {NULL, NULL}},
    };
    enum { N_AGGS = sizeof aggs / sizeof *aggs };
    static const char *const keys[] = {"key"};
    tine_run run = TINE_RUN_INIT;
    run.pool = pool;
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.partition_size = 4096;
    tine_source *source;
    tine_dataset *data;
    tine_table *table;
    r->size = 0;
    assert_int_equal(tine_source_memory(input, strlen(input), NULL, NULL, &source, NULL), TINE_OK);
    assert_int_equal(tine_csv_open(&source, 1, &options, &data, NULL), TINE_OK);
    assert_int_equal(tine_dataset_aggregate(data, &run, aggs, N_AGGS, &table, NULL), TINE_OK);
    keep_table(r, table);
    assert_int_equal(tine_dataset_group_by(data, &run, keys, 1, aggs, N_AGGS, &table, NULL),
                     TINE_OK);
    keep_table(r, table);
    assert_int_equal(tine_dataset_describe(data, &run, &table, NULL), TINE_OK);
    keep_table(r, table);
    assert_int_equal(tine_dataset_collect(data, &run, &table, NULL), TINE_OK);
    keep_table(r, table);
    double total;
    tine_reducer sum = {0};
    sum.struct_size = sizeof sum;
    sum.size = sizeof total;
    sum.merge = add_doubles;
    assert_int_equal(tine_dataset_fold(data, &run, fold_thirds, &sum, &total, NULL), TINE_OK);
    keep(r, &total, sizeof total);
    tine_dataset_release(data);
    tine_source_release(source);
}

static void compare(tine_pool *(*open)(void))
{
    static result plain, hostile;
    run_all(NULL, &plain);
    assert_true(plain.size > (size_t)N_ROWS * 24);
    for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
        hostile_enter((hostile_kind)kind);
        tine_pool *pool = open();
        run_all(pool, &hostile);
        tine_pool_close(&pool);
        assert_true(hostile_leave((hostile_kind)kind));
        assert_int_equal(hostile.size, plain.size);
        assert_memory_equal(hostile.bytes, plain.bytes, plain.size);
    }
}

static tine_pool *open_none(void)
{
    return NULL;
}

static tine_pool *open_three(void)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = 3;
    tine_pool *pool;
    assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
    return pool;
}

static void here_and_now(void **state)
{
    (void)state;
    compare(open_none);
}

static void on_a_pool(void **state)
{
    (void)state;
    compare(open_three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(here_and_now), cmocka_unit_test(on_a_pool)};
    return cmocka_run_group_tests(tests, make_input, NULL);
}
