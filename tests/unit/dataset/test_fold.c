/* fold: the tree of states is that of a binary counter over the partitions, whatever the workers
 * do; every state is destroyed once. */
#include "unit/dataset/support.h"

#include <stdatomic.h>
#include <stdio.h>

/* A state that remembers how it was made: "[1 2]" for a batch with the rows 1 and 2, "(a+b)" for a
 * merge. */
typedef struct history {
    growing text;
    size_t n_rows;
} history;

static _Atomic long live; /* states that exist */
static _Atomic long
    fail_merge_at; /* the merge that fails, by the number of its first right row; 0: none */

static tine_status history_init(void *state, void *ctx)
{
    (void)ctx;
    *(history *)state = (history){.n_rows = 0};
    atomic_fetch_add(&live, 1);
    return TINE_OK;
}

static void history_destroy(void *state, void *ctx)
{
    (void)ctx;
    free(((history *)state)->text.data);
    atomic_fetch_sub(&live, 1);
}

static tine_status history_fold(void *state, const tine_batch *batch, void *ctx)
{
    (void)ctx;
    history *h = state;
    tine_column c;
    assert_int_equal(tine_batch_column(batch, 0, &c), TINE_OK);
    for (size_t i = 0; i < c.length; i++)
        text_add(&h->text, "%s%d", h->text.n ? " " : "", (int)((const int64_t *)c.values)[i]);
    h->n_rows += c.length;
    return TINE_OK;
}

static tine_status history_merge(void *state, void *right, void *ctx)
{
    (void)ctx;
    history *a = state, *b = right;
    growing merged = {0};
    if (atomic_load(&fail_merge_at) && b->text.data &&
        strtol(b->text.data + strspn(b->text.data, "("), NULL, 10) == atomic_load(&fail_merge_at))
        return tine_fail(9, -1, "no more");
    if (a->text.n)
        text_add(&merged, "(%s+%s)", a->text.data, b->text.data);
    else
        text_add(&merged, "%s", b->text.data);
    free(a->text.data);
    a->text = merged;
    a->n_rows += b->n_rows;
    return TINE_OK;
}

static tine_reducer history_reducer(void)
{
    tine_reducer r = {.struct_size = sizeof r,
                      .size = sizeof(history),
                      .init = history_init,
                      .merge = history_merge,
                      .destroy = history_destroy};
    return r;
}

/* ---- the same by a recursion over the perfect binary tree ---- */

typedef struct leaves {
    char *text[4096]; /* by partition; NULL: no rows */
} leaves;

static char *copy(const char *s)
{
    growing t = {0};
    if (s)
        text_add(&t, "%s", s);
    return t.data;
}

static char *expect_node(const leaves *l, size_t begin, size_t n)
{
    if (n == 1)
        return copy(l->text[begin]);
    char *a = expect_node(l, begin, n / 2), *b = expect_node(l, begin + n / 2, n / 2);
    if (!a || !b)
        return a ? a : b;
    growing merged = {0};
    text_add(&merged, "(%s+%s)", a, b);
    free(a);
    free(b);
    return merged.data;
}

/* Rows are whole lines of a text without quotes, behind a header. */
static char *expect_source(const char *csv, size_t partition_size)
{
    leaves *l = calloc(1, sizeof *l);
    assert_non_null(l);
    const char *line = strchr(csv, '\n') + 1;
    while (*line) {
        size_t k = (size_t)(line - csv) / partition_size;
        growing t = {0};
        assert_in_range(k, 0, 4095);
        if (l->text[k])
            text_add(&t, "%s ", l->text[k]);
        text_add(&t, "%d", atoi(line));
        free(l->text[k]);
        l->text[k] = t.data;
        line = strchr(line, '\n') + 1;
    }
    char *root = expect_node(l, 0, 4096);
    for (size_t k = 0; k < 4096; k++)
        free(l->text[k]);
    free(l);
    return root;
}

static void add_source(growing *csv, int first, int n)
{
    text_add(csv, "n,padding\n");
    for (int i = 0; i < n; i++)
        text_add(csv, "%d,%.*s\n", first + i, (first + i) * 7 % 50,
                 "..................................................");
}

static void test_the_tree_is_a_binary_counters(void **state)
{
    (void)state;
    growing csv[3] = {{0}};
    add_source(&csv[0], 1, 100);
    add_source(&csv[1], 101, 0); /* a header alone */
    add_source(&csv[2], 101, 37);
    const char *texts[] = {csv[0].data, csv[1].data, csv[2].data};
    static const size_t sizes[] = {1, 5, 40, 128, 1000, 1 << 20};
    for (size_t p = 0; p < 6; p++) {
        char *a = expect_source(texts[0], sizes[p]), *b = expect_source(texts[2], sizes[p]);
        growing expected = {0};
        text_add(&expected, "(%s+%s)", a, b);
        for (size_t w = 0; w < n_worker_counts; w++) {
            tine_run run = TINE_RUN_INIT;
            run.pool = open_pool(worker_counts[w]);
            tine_dataset *d = open_texts(texts, 3, sizes[p]);
            tine_reducer reducer = history_reducer();
            history h;
            assert_int_equal(tine_dataset_fold(d, &run, history_fold, &reducer, &h, NULL), TINE_OK);
            assert_string_equal(h.text.data, expected.data);
            assert_int_equal(h.n_rows, 137);
            assert_int_equal(atomic_load(&live), 1);
            history_destroy(&h, NULL);
            tine_dataset_release(d);
            assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
        }
        free(a);
        free(b);
        free(expected.data);
    }
    for (size_t i = 0; i < 3; i++)
        free(csv[i].data);
}

static void test_no_rows_give_a_fresh_state(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n\n", 0);
    tine_reducer reducer = history_reducer();
    history h;
    assert_int_equal(tine_dataset_fold(d, NULL, history_fold, &reducer, &h, NULL), TINE_OK);
    assert_int_equal(h.n_rows, 0);
    assert_int_equal(atomic_load(&live), 1);
    history_destroy(&h, NULL);
    tine_dataset_release(d);
}

static tine_status add_up(void *state, const tine_batch *batch, void *ctx)
{
    (void)ctx;
    tine_column c;
    assert_int_equal(tine_batch_column(batch, 0, &c), TINE_OK);
    for (size_t i = 0; i < c.length; i++)
        *(int64_t *)state += ((const int64_t *)c.values)[i];
    return TINE_OK;
}

static tine_status add(void *state, void *right, void *ctx)
{
    (void)ctx;
    *(int64_t *)state += *(int64_t *)right;
    return TINE_OK;
}

static void test_a_plain_state_needs_a_merge_alone(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n\n1\n2\n3\n4\n5\n", 3);
    tine_reducer reducer = {.struct_size = sizeof reducer, .size = sizeof(int64_t), .merge = add};
    int64_t sum = -1;
    assert_int_equal(tine_dataset_fold(d, NULL, add_up, &reducer, &sum, NULL), TINE_OK);
    assert_int_equal(sum, 15);
    tine_dataset_release(d);
}

static tine_status fail_at_row(void *state, const tine_batch *batch, void *ctx)
{
    tine_status status = history_fold(state, batch, ctx);
    tine_column c;
    assert_int_equal(tine_batch_column(batch, 0, &c), TINE_OK);
    if (((const int64_t *)c.values)[0] >= 60)
        return tine_fail(8, -1, "row %d", (int)((const int64_t *)c.values)[0]);
    return status;
}

static void test_a_failure_destroys_every_state(void **state)
{
    (void)state;
    growing csv = {0};
    add_source(&csv, 1, 100);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv.data, 40);
        tine_reducer reducer = history_reducer();
        history h;
        tine_error error;
        assert_int_equal(tine_dataset_fold(d, &run, fail_at_row, &reducer, &h, &error), 8);
        assert_memory_equal(error.message, "row 6", 5);
        assert_int_equal(atomic_load(&live), 0);
        atomic_store(&fail_merge_at, 41);
        tine_status status = tine_dataset_fold(d, &run, history_fold, &reducer, &h, &error);
        atomic_store(&fail_merge_at, 0);
        if (status == TINE_OK) /* row 41 begins no right hand side */
            history_destroy(&h, NULL);
        else
            assert_string_equal(error.message, "no more");
        assert_int_equal(atomic_load(&live), 0);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv.data);
}

static void test_a_failing_merge_is_always_the_same(void **state)
{
    (void)state;
    growing csv = {0};
    text_add(&csv, "n\n");
    for (int i = 101; i <= 164; i++)
        text_add(&csv, "%d\n", i);
    for (int at = 102; at < 164; at += 5) {
        int64_t index = -2;
        for (size_t w = 0; w < n_worker_counts; w++) {
            tine_run run = TINE_RUN_INIT;
            run.pool = open_pool(worker_counts[w]);
            tine_dataset *d = open_text(csv.data, 4);
            tine_reducer reducer = history_reducer();
            history h;
            tine_error error;
            atomic_store(&fail_merge_at, at);
            assert_int_equal(tine_dataset_fold(d, &run, history_fold, &reducer, &h, &error), 9);
            atomic_store(&fail_merge_at, 0);
            assert_true(index == -2 || index == error.index);
            index = error.index;
            assert_int_equal(atomic_load(&live), 0);
            tine_dataset_release(d);
            assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
        }
    }
    free(csv.data);
}

static void test_misuse(void **state)
{
    (void)state;
    tine_dataset *d = open_text("n\n1\n", 0);
    tine_reducer reducer = history_reducer();
    history h;
    tine_error error;
    assert_int_equal(tine_dataset_fold(d, NULL, NULL, &reducer, &h, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_fold(d, NULL, history_fold, NULL, &h, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_fold(d, NULL, history_fold, &reducer, NULL, &error), TINE_EINVAL);
    reducer.align = 3;
    assert_int_equal(tine_dataset_fold(d, NULL, history_fold, &reducer, &h, &error), TINE_EINVAL);
    reducer = history_reducer();
    reducer.merge = NULL;
    assert_int_equal(tine_dataset_fold(d, NULL, history_fold, &reducer, &h, &error), TINE_EINVAL);
    tine_dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tree_is_a_binary_counters),
        cmocka_unit_test(test_no_rows_give_a_fresh_state),
        cmocka_unit_test(test_a_plain_state_needs_a_merge_alone),
        cmocka_unit_test(test_a_failure_destroys_every_state),
        cmocka_unit_test(test_a_failing_merge_is_always_the_same),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
