/* Tables: batches in order, joined into one, and handed from a budget to its parent. */
#include "table/table.h"
#include "base/budget.h"
#include "unit/table/counting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static tine_batch *numbers(const tine_allocator *a, int64_t first, size_t n)
{
    static const tine_column schema[] = {{.name = "n", .type = TINE_INT64}};
    tine_batch *batch;
    assert_int_equal(tine__batch_create(a, schema, 1, &batch, NULL), TINE_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tine__array_reserve(&batch->arrays[0], a, i + 1, 0, NULL), TINE_OK);
        tine__array_push_int64(&batch->arrays[0], first + (int64_t)i);
    }
    tine__batch_seal(batch, n);
    return batch;
}

static tine_table *three(const tine_allocator *a)
{
    tine_table *table;
    assert_int_equal(tine__table_create(a, &table, NULL), TINE_OK);
    assert_int_equal(tine__table_push(table, numbers(a, 0, 5), NULL), TINE_OK);
    assert_int_equal(tine__table_push(table, numbers(a, 5, 1), NULL), TINE_OK);
    assert_int_equal(tine__table_push(table, numbers(a, 6, 94), NULL), TINE_OK);
    return table;
}

static void test_combine(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_table *table = three(&c.allocator), *one, *same;
    assert_int_equal(tine_table_rows(table), 100);
    assert_int_equal(tine_table_batches(table), 3);
    assert_int_equal(tine_batch_rows(tine_table_batch(table, 2)), 94);
    assert_null(tine_table_batch(table, 3));
    assert_int_equal(tine_table_combine(table, &one, NULL), TINE_OK);
    tine_table_release(table);
    assert_int_equal(tine_table_combine(one, &same, NULL), TINE_OK);
    assert_ptr_equal(tine_table_batch(one, 0), tine_table_batch(same, 0));
    tine_table_release(one);
    tine_column column;
    assert_int_equal(tine_batch_column(tine_table_batch(same, 0), 0, &column), TINE_OK);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(((const int64_t *)column.values)[i], i);
    tine_table_release(same);
    counting_assert_empty(&c);
}

static void test_combining_nothing(void **state)
{
    (void)state;
    tine_table *table, *one;
    tine_error error;
    assert_int_equal(tine__table_create(tine__heap(), &table, NULL), TINE_OK);
    assert_int_equal(tine_table_combine(table, &one, NULL), TINE_OK);
    assert_int_equal(tine_table_batches(one), 0);
    tine_table_release(table);
    tine_table_release(one);
    assert_int_equal(tine_table_combine(NULL, &one, &error), TINE_EINVAL);
    tine_table_release(NULL);
}

static void test_combining_unwinds(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_table *table = three(&c.allocator), *one = NULL;
    size_t held = atomic_load(&c.held);
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        counting_fail_at(&c, n);
        status = tine_table_combine(table, &one, NULL);
        assert_true(status == TINE_OK || !one);
        tine_table_release(one);
        counting_fail_at(&c, 0);
        assert_int_equal(atomic_load(&c.held), held);
    }
    assert_int_equal(status, TINE_OK);
    tine_table_release(table);
    counting_assert_empty(&c);
}

static void test_handed_over_it_outlives_the_budget(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_table *table;
    {
        tine__budget budget;
        tine__budget_init(&budget, &c.allocator, 1 << 20);
        table = three(&budget.allocator);
        tine__table_hand_over(table, &c.allocator);
        memset(&budget, 0, sizeof budget);
    }
    assert_int_equal(tine_table_rows(table), 100);
    tine_table_release(table);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combine),
        cmocka_unit_test(test_combining_nothing),
        cmocka_unit_test(test_combining_unwinds),
        cmocka_unit_test(test_handed_over_it_outlives_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
