/* for_each: every batch once, batches that depend on the bytes alone, batches that are kept. */
#include "unit/dataset/support.h"

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

typedef struct seen {
    size_t n_rows, n_batches;
    int64_t sum;
    size_t last_partition;
    tine_batch *kept[64];
} seen;

static tine_status look(const tine_batch *batch, size_t partition, void *ctx)
{
    seen *s = ctx;
    tine_column c;
    assert_int_equal(tine_batch_find(batch, "n", &c), TINE_OK);
    pthread_mutex_lock(&mutex);
    s->n_rows += c.length;
    s->n_batches++;
    if (partition > s->last_partition)
        s->last_partition = partition;
    for (size_t i = 0; i < c.length; i++)
        s->sum += ((const int64_t *)c.values)[i];
    pthread_mutex_unlock(&mutex);
    return TINE_OK;
}

static char *numbers(size_t n)
{
    growing t = {0};
    text_add(&t, "n,text\n");
    for (size_t i = 0; i < n; i++)
        text_add(&t, "%zu,\"line %zu\nand \"\"more\"\"\"\n", i, i);
    return t.data;
}

static void test_every_row_once(void **state)
{
    (void)state;
    char *csv = numbers(500);
    for (size_t w = 0; w < n_worker_counts; w++)
        for (size_t p = 0; p < n_partition_sizes; p++) {
            tine_run run = TINE_RUN_INIT;
            run.pool = open_pool(worker_counts[w]);
            tine_dataset *d = open_text(csv, partition_sizes[p]);
            seen s = {0};
            assert_int_equal(tine_dataset_for_each(d, &run, look, &s, NULL), TINE_OK);
            assert_int_equal(s.n_rows, 500);
            assert_int_equal(s.sum, 500 * 499 / 2);
            assert_in_range(s.last_partition, 0, strlen(csv) / partition_sizes[p]);
            tine_dataset_release(d);
            assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
        }
    free(csv);
}

static void test_batches_are_windows_of_64_kib(void **state)
{
    (void)state;
    char *csv = numbers(10000);
    size_t expected = strlen(csv) / 65536 + 1;
    tine_dataset *d = open_text(csv, 0);
    seen s = {0};
    assert_int_equal(tine_dataset_for_each(d, NULL, look, &s, NULL), TINE_OK);
    assert_int_equal(s.n_batches, expected);
    assert_int_equal(s.last_partition, 0);
    tine_dataset_release(d);
    free(csv);
}

static tine_status keep(const tine_batch *batch, size_t partition, void *ctx)
{
    seen *s = ctx;
    assert_in_range(partition, 0, 63);
    return tine_batch_retain(batch, &s->kept[partition], NULL);
}

static void test_what_is_retained_outlives_the_dataset(void **state)
{
    (void)state;
    char *csv = numbers(100);
    tine_dataset *d = open_text(csv, 64);
    tine_run run = TINE_RUN_INIT;
    run.pool = open_pool(2);
    run.memory_limit = 16 << 20; /* retained batches must not lean on the budget of the run */
    seen s = {0};
    assert_int_equal(tine_dataset_for_each(d, &run, keep, &s, NULL), TINE_OK);
    tine_dataset_release(d);
    free(csv);
    int64_t next = 0;
    for (size_t i = 0; i < 64; i++) {
        tine_column n, text;
        tine_batch *again;
        if (!s.kept[i])
            continue;
        assert_int_equal(tine_batch_retain(s.kept[i], &again, NULL), TINE_OK);
        assert_ptr_equal(again, s.kept[i]);
        tine_batch_release(s.kept[i]);
        assert_int_equal(tine_batch_find(again, "n", &n), TINE_OK);
        assert_int_equal(tine_batch_find(again, "text", &text), TINE_OK);
        for (size_t row = 0; row < n.length; row++, next++) {
            char expected[64];
            snprintf(expected, sizeof expected, "line %d\nand \"more\"", (int)next);
            assert_int_equal(((const int64_t *)n.values)[row], next);
            assert_int_equal(tine_string_at(&text, row).size, strlen(expected));
            assert_memory_equal(tine_string_at(&text, row).data, expected, strlen(expected));
        }
        tine_batch_release(again);
    }
    assert_int_equal(next, 100);
    assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
}

static tine_status fail_from(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)batch;
    if (partition >= *(const size_t *)ctx)
        return tine_fail(77, -1, "partition %zu is bad", partition);
    return TINE_OK;
}

static tine_status fail_silently(const tine_batch *batch, size_t partition, void *ctx)
{
    (void)batch;
    (void)partition;
    (void)ctx;
    return 5;
}

static void test_the_lowest_failure_is_told(void **state)
{
    (void)state;
    char *csv = numbers(400);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv, 100);
        tine_error error;
        size_t first = 11; /* every partition of 100 bytes has a row */
        assert_int_equal(tine_dataset_for_each(d, &run, fail_from, &first, &error), 77);
        assert_string_equal(error.message, "partition 11 is bad");
        assert_int_equal(error.index, 11);
        assert_int_equal(error.status, 77);
        assert_int_equal(tine_dataset_for_each(d, &run, fail_silently, NULL, &error), 5);
        assert_int_equal(error.index, 0);
        assert_int_equal(tine_dataset_for_each(d, &run, fail_silently, NULL, NULL), 5);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv);
}

static void test_a_bad_row_comes_before_a_later_failure(void **state)
{
    (void)state;
    growing t = {0};
    text_add(&t, "n\n");
    for (int i = 0; i < 300; i++)
        text_add(&t, i == 100 ? "1,2\n" : "%d\n", i);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(t.data, 16);
        tine_error error;
        size_t first = 40;
        assert_int_equal(tine_dataset_for_each(d, &run, fail_from, &first, &error), TINE_EFORMAT);
        assert_int_equal(error.record, 101);
        assert_int_equal(error.line, 102);
        first = 3;
        assert_int_equal(tine_dataset_for_each(d, &run, fail_from, &first, &error), 77);
        assert_int_equal(error.index, 3);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(t.data);
}

static void test_misuse(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n\n1\n", 0);
    tine_error error;
    assert_int_equal(tine_dataset_for_each(d, NULL, NULL, NULL, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_for_each(NULL, NULL, look, NULL, &error), TINE_EINVAL);
    tine_dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_once),
        cmocka_unit_test(test_batches_are_windows_of_64_kib),
        cmocka_unit_test(test_what_is_retained_outlives_the_dataset),
        cmocka_unit_test(test_the_lowest_failure_is_told),
        cmocka_unit_test(test_a_bad_row_comes_before_a_later_failure),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
