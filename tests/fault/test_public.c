/* Every allocation, thread start, read and stat behind the public calls fails in turn.
 *
 * Each scenario is a short program over <tine.h> that cleans up after itself whatever happens. It
 * is run with the first call of a kind failing, then the second, and so on until a run in which
 * none failed. A run must end in the status that fits the kind, or succeed where the library had
 * another way, and must leave no block behind. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/fault.h"
#include <tine.h>

static char csv_text[1 << 14]; /* many partitions of 1 KiB, quotes, nulls, all types */
static char csv_path[] = "/tmp/tine-fault-XXXXXX";

static int write_input(void **state)
{
    (void)state;
    size_t n = (size_t)sprintf(csv_text, "key,number,real,when,text\n");
    for (int i = 0; n < sizeof csv_text - 128; i++)
        n += (size_t)sprintf(csv_text + n, "k%d,%d,%d.25,2024-02-%02d,\"a \"\"%d\"\",\nb\"\n",
                             i % 7, i, i, i % 28 + 1, i);
    int fd = mkstemp(csv_path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f || fwrite(csv_text, 1, n, f) != n)
        return -1;
    return fclose(f);
}

static int remove_input(void **state)
{
    (void)state;
    return unlink(csv_path);
}

/* ---- pools, futures, scopes, loops ---- */

static tine_status add_one(void *arg, void *value)
{
    *(int *)value = *(int *)arg + 1;
    return TINE_OK;
}

static tine_status after(const tine_future *done, void *arg, void *value)
{
    (void)arg;
    const int *before = tine_future_value(done);
    *(int *)value = before ? *before + 1 : 0;
    return TINE_OK;
}

static tine_status futures(tine_error *error)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = 2;
    tine_pool *pool = NULL;
    tine_scope *scope = NULL;
    tine_future *one = NULL, *two = NULL;
    int argument = 40;
    tine_task_options task = TINE_TASK_OPTIONS_INIT;
    task.arg_size = sizeof argument;
    task.value_size = sizeof(int);
    tine_status status = tine_pool_open(&options, &pool, error);
    if (!status)
        status = tine_scope_open(NULL, &scope, error);
    task.scope = scope;
    if (!status)
        status = tine_submit(pool, add_one, &argument, &task, &one, error);
    task.arg_size = 0;
    if (!status)
        status = tine_future_then(one, pool, after, NULL, &task, &two, error);
    if (!status)
        status = tine_future_wait(two, TINE_FOREVER, error);
    if (!status)
        assert_int_equal(*(const int *)tine_future_value(two), 42);
    if (!status)
        status = tine_scope_wait(scope, error);
    tine_future_release(one);
    tine_future_release(two);
    tine_scope_close(&scope);
    tine_pool_close(&pool);
    return status;
}

static tine_status touch(size_t begin, size_t end, void *ctx)
{
    for (size_t i = begin; i < end; i++)
        ((unsigned char *)ctx)[i]++;
    return TINE_OK;
}

static tine_status square(size_t index, const void *in, void *out, void *ctx)
{
    (void)in;
    (void)ctx;
    *(size_t *)out = index * index;
    return TINE_OK;
}

typedef struct wide_state { /* too large for a frame: its rights are allocated */
    size_t sum;
    char room[4096];
} wide_state;

static tine_status fold_sum(void *state, size_t begin, size_t end, void *ctx)
{
    (void)ctx;
    for (size_t i = begin; i < end; i++)
        ((wide_state *)state)->sum += i;
    return TINE_OK;
}

static tine_status merge_sum(void *state, void *right, void *ctx)
{
    (void)ctx;
    ((wide_state *)state)->sum += ((wide_state *)right)->sum;
    return TINE_OK;
}

static tine_status loops(tine_error *error)
{
    enum { N = 1000 };
    unsigned char touched[N] = {0};
    size_t squares[N];
    wide_state total;
    tine_reducer sum = {0};
    sum.struct_size = sizeof sum;
    sum.size = sizeof total;
    sum.merge = merge_sum;
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = 50;
    tine_pool_options pool_options = TINE_POOL_OPTIONS_INIT;
    pool_options.n_workers = 2;
    tine_pool *pool = NULL;
    tine_status status = tine_pool_open(&pool_options, &pool, error);
    if (!status)
        status = tine_parallel_for(pool, 0, N, touch, touched, &options, error);
    if (!status)
        status = tine_parallel_map(pool, square, NULL, NULL, 0, squares, sizeof *squares, N,
                                   &options, error);
    if (!status)
        status = tine_parallel_reduce(pool, 0, N, fold_sum, &sum, &total, &options, error);
    if (!status)
        assert_int_equal(total.sum, N * (N - 1) / 2);
    tine_pool_close(&pool);
    return status;
}

/* ---- datasets ---- */

static tine_status keep_even(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    (void)ctx;
    tine_column number;
    tine_status status = tine_batch_column(batch, 0, &number);
    for (size_t i = 0; !status && i < number.length; i++)
        if (((const int64_t *)number.values)[i] % 2 == 0)
            keep[i / 8] |= (uint8_t)(1u << i % 8);
    return status;
}

static tine_status open_file(tine_dataset **data, tine_error *error)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.partition_size = 1024;
    return tine_csv_open_file(csv_path, &options, data, error);
}

static tine_status open_filtered(tine_dataset **data, tine_error *error)
{
    static const char *const seen[] = {"number"};
    static const char *const kept[] = {"text", "key", "real", "number"};
    int ctx = 0;
    tine_dataset *whole = NULL, *even = NULL;
    tine_status status = open_file(&whole, error);
    if (!status)
        status =
            tine_dataset_filter(whole, seen, 1, keep_even, &ctx, sizeof ctx, NULL, &even, error);
    if (!status)
        status = tine_dataset_select(even, kept, 4, data, error);
    tine_dataset_release(even);
    tine_dataset_release(whole);
    return status;
}

static tine_status retain_batch(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)partition;
    (void)ctx;
    tine_batch *kept = NULL;
    tine_error error;
    tine_status status = tine_batch_retain(batch, &kept, &error);
    if (status)
        return tine_fail(status, -1, "%s", error.message);
    tine_batch_release(kept);
    return TINE_OK;
}

static tine_status for_each(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    return tine_dataset_for_each(data, run, retain_batch, NULL, error);
}

static tine_status fold_rows(void *state, const tine_batch *batch, void *ctx)
{
    (void)ctx;
    ((wide_state *)state)->sum += tine_batch_rows(batch);
    return TINE_OK;
}

static tine_status fold(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    wide_state total;
    tine_reducer sum = {0};
    sum.struct_size = sizeof sum;
    sum.size = sizeof total;
    sum.merge = merge_sum;
    return tine_dataset_fold(data, run, fold_rows, &sum, &total, error);
}

static const tine_agg aggregates[] = {
    {TINE_COUNT, NULL, NULL, 0, {NULL, NULL}},
    {TINE_NULLS, "text", NULL, 0, {NULL, NULL}},
    {TINE_SUM, "real", NULL, 0, {NULL, NULL}},
    {TINE_MEAN, "number", NULL, 0, {NULL, NULL}},
    {TINE_STD, "real", NULL, 0, {NULL, NULL}},
    {TINE_MIN, "text", NULL, 0, {NULL, NULL}},
    {TINE_MAX, "key", NULL, 0, {NULL, NULL}},
    {TINE_VAR, "number", NULL, 0, {NULL, NULL}},
    {TINE_DISTINCT_APPROX, "text", NULL, 0, {NULL, NULL}},
};
enum { N_AGGREGATES = sizeof aggregates / sizeof *aggregates };

static tine_status aggregate(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    tine_table *table = NULL;
    tine_status status = tine_dataset_aggregate(data, run, aggregates, N_AGGREGATES, &table, error);
    tine_table_release(table);
    return status;
}

static tine_status group_by(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    static const char *const keys[] = {"key", "text"};
    tine_table *table = NULL;
    tine_status status =
        tine_dataset_group_by(data, run, keys, 2, aggregates, N_AGGREGATES, &table, error);
    tine_table_release(table);
    return status;
}

static tine_status describe(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    tine_table *table = NULL;
    tine_status status = tine_dataset_describe(data, run, &table, error);
    tine_table_release(table);
    return status;
}

static tine_status collect(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    tine_table *table = NULL, *one = NULL;
    tine_status status = tine_dataset_collect(data, run, &table, error);
    if (!status)
        status = tine_table_combine(table, &one, error);
    tine_table_release(one);
    tine_table_release(table);
    return status;
}

static tine_status infer(const tine_dataset *data, const tine_run *run, tine_error *error)
{
    tine_dataset *settled = NULL;
    tine_status status = tine_dataset_infer(data, run, &settled, error);
    tine_dataset_release(settled);
    return status;
}

typedef tine_status (*terminal)(const tine_dataset *, const tine_run *, tine_error *);

static tine_status run_terminal(terminal end, unsigned n_workers, tine_error *error)
{
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = n_workers;
    tine_run run = TINE_RUN_INIT;
    tine_pool *pool = NULL;
    tine_dataset *data = NULL;
    tine_status status = n_workers ? tine_pool_open(&options, &pool, error) : TINE_OK;
    run.pool = pool;
    if (!status)
        status = open_filtered(&data, error);
    if (!status)
        status = end(data, &run, error);
    tine_dataset_release(data);
    tine_pool_close(&pool);
    return status;
}

#define SCENARIO(name)                                                                             \
    static tine_status name##_here(tine_error *error)                                              \
    {                                                                                              \
        return run_terminal(name, 0, error);                                                       \
    }                                                                                              \
    static tine_status name##_pool(tine_error *error)                                              \
    {                                                                                              \
        return run_terminal(name, 2, error);                                                       \
    }
SCENARIO(for_each)
SCENARIO(fold)
SCENARIO(aggregate)
SCENARIO(group_by)
SCENARIO(describe)
SCENARIO(collect)
SCENARIO(infer)

/* A pipe: the reads of a source that has no size. */
static tine_status pipe_collect(tine_error *error)
{
    int fds[2];
    tine_source *source = NULL;
    tine_dataset *data = NULL;
    tine_run run = TINE_RUN_INIT;
    if (pipe(fds))
        return TINE_OK;
    assert_int_equal(write(fds[1], csv_text, strlen(csv_text)), strlen(csv_text));
    close(fds[1]);
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.partition_size = 1024;
    tine_status status = tine_source_fd(fds[0], &source, error);
    if (!status)
        status = tine_csv_open(&source, 1, &options, &data, error);
    if (!status)
        status = collect(data, &run, error);
    tine_dataset_release(data);
    tine_source_release(source);
    close(fds[0]);
    return status;
}

/* ---- the loop ---- */

static const struct scenario {
    const char *name;
    tine_status (*run)(tine_error *error);
} scenarios[] = {
    {"futures", futures},          {"loops", loops},
    {"for_each", for_each_here},   {"for_each, pool", for_each_pool},
    {"fold", fold_here},           {"fold, pool", fold_pool},
    {"aggregate", aggregate_here}, {"aggregate, pool", aggregate_pool},
    {"group_by", group_by_here},   {"group_by, pool", group_by_pool},
    {"describe", describe_here},   {"describe, pool", describe_pool},
    {"collect", collect_here},     {"collect, pool", collect_pool},
    {"infer", infer_here},         {"infer, pool", infer_pool},
    {"pipe", pipe_collect},
};

static const struct fault {
    const char *name;
    fault_kind kind;
    tine_status status; /* what a failing call of the kind must become */
} faults[] = {
    {"allocation", FAULT_ALLOC, TINE_ENOMEM}, {"thread", FAULT_THREAD, TINE_EIO},
    {"pread", FAULT_PREAD, TINE_EIO},         {"read", FAULT_READ, TINE_EIO},
    {"open", FAULT_OPEN, TINE_EIO},           {"fstat", FAULT_FSTAT, TINE_EIO},
};

/* One run with the n-th call failing; false once there is no n-th call. */
static bool run_once(const struct scenario *s, const struct fault *f, long n)
{
    tine_error error = {0};
    long blocks = fault_live_blocks();
    fault_arm(f->kind, n);
    tine_status status = s->run(&error);
    bool fired = fault_disarm();
    if (status && (!fired || status != f->status || error.status != status || !error.message[0]))
        fail_msg("%s, %s %ld: %s, record %s: %s", s->name, f->name, n, tine_status_name(status),
                 tine_status_name(error.status), error.message);
    if (fault_live_blocks() != blocks)
        fail_msg("%s, %s %ld: %ld blocks leaked", s->name, f->name, n,
                 fault_live_blocks() - blocks);
    return fired;
}

static void fail_each_in_turn(const struct fault *f)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        long n = 1;
        while (run_once(&scenarios[i], f, n))
            n++;
    }
}

#define FAULT_TEST(name, i)                                                                        \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        fail_each_in_turn(&faults[i]);                                                             \
    }
FAULT_TEST(every_allocation_fails_in_turn, 0)
FAULT_TEST(every_thread_fails_in_turn, 1)
FAULT_TEST(every_pread_fails_in_turn, 2)
FAULT_TEST(every_read_fails_in_turn, 3)
FAULT_TEST(every_open_fails_in_turn, 4)
FAULT_TEST(every_fstat_fails_in_turn, 5)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_in_turn),
        cmocka_unit_test(every_thread_fails_in_turn),
        cmocka_unit_test(every_pread_fails_in_turn),
        cmocka_unit_test(every_read_fails_in_turn),
        cmocka_unit_test(every_open_fails_in_turn),
        cmocka_unit_test(every_fstat_fails_in_turn),
    };
    return cmocka_run_group_tests(tests, write_input, remove_input);
}
