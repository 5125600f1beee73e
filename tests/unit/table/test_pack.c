/* Packed batches: what is in them, how many lie in a slab, and that the slab goes with the last. */
#include "base/budget.h"
#include "os/pages.h"
#include "table/pack.h"
#include "table/table.h"
#include "unit/table/counting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const int64_t numbers[] = {1, 0, -3};
static const uint8_t second_is_null[] = {5}, bits[] = {6};
static const int32_t offsets[] = {2, 4, 4, 9};

/* Three rows of all shapes; the text of the strings begins at its third byte. */
static void show(tine_batch *view, tine_column columns[3], const tine_allocator *keeper)
{
    columns[0] = (tine_column){.type = TINE_INT64,
                               .name = "n",
                               .length = 3,
                               .null_count = 1,
                               .validity = second_is_null,
                               .values = numbers};
    columns[1] = (tine_column){.type = TINE_BOOL, .name = "b", .length = 3, .values = bits};
    columns[2] = (tine_column){.type = TINE_STRING,
                               .name = "a longer name",
                               .length = 3,
                               .offsets = offsets,
                               .data = "--abcdefg"};
    tine__batch_view(view, keeper, columns, 3, 3);
}

static void check(const tine_batch *batch)
{
    tine_column n, b, s;
    assert_int_equal(tine_batch_rows(batch), 3);
    assert_int_equal(tine_batch_find(batch, "n", &n), TINE_OK);
    assert_int_equal(tine_batch_find(batch, "b", &b), TINE_OK);
    assert_int_equal(tine_batch_find(batch, "a longer name", &s), TINE_OK);
    assert_int_equal(n.null_count, 1);
    assert_int_equal(n.validity[0], 5);
    assert_memory_equal(n.values, numbers, sizeof numbers);
    assert_null(b.validity);
    assert_int_equal(*(const uint8_t *)b.values, 6);
    static const int32_t from_0[] = {0, 2, 2, 7};
    assert_memory_equal(s.offsets, from_0, sizeof from_0);
    assert_memory_equal(s.data, "abcdefg", 7);
    assert_int_equal((uintptr_t)s.data % TINE__ALIGN, 0);
}

static void test_a_slab_full(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_batch view, *packed[3], *again;
    tine_column columns[3];
    show(&view, columns, &c.allocator);
    tine__slab *slab = tine__slab_create(&c.allocator, 3 * tine__pack_size(&view));
    for (size_t i = 0; i < 3; i++)
        assert_non_null(packed[i] = tine__pack(&view, slab));
    assert_null(tine__pack(&view, slab));
    tine__slab_release(slab);
    assert_int_equal(tine_batch_retain(packed[1], &again, NULL), TINE_OK);
    assert_ptr_equal(again, packed[1]);
    for (size_t i = 0; i < 3; i++) {
        check(packed[i]);
        tine_batch_release(packed[i]);
    }
    check(again);
    tine_batch_release(again);
    counting_assert_empty(&c);
}

static void test_large_ones_in_huge_pages(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine__slab *slab = tine__slab_create(&c.allocator, TINE__HUGE_PAGE);
    assert_int_equal((uintptr_t)slab % TINE__HUGE_PAGE, 0);
    assert_int_equal(slab->size, 2 * TINE__HUGE_PAGE); /* there is a header, too */
    char *room = tine__slab_take(slab, TINE__HUGE_PAGE);
    memset(room, 1, TINE__HUGE_PAGE);
    tine__slab_release(slab);
    assert_int_equal(room[0], 1); /* it holds a reference */
    tine__slab_release(slab);
    counting_assert_empty(&c);
}

static void test_hand_over(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine__budget budget;
    tine__budget_init(&budget, &c.allocator, 0);
    tine_batch view;
    tine_column columns[3];
    tine_table *table;
    show(&view, columns, &c.allocator);
    tine__slab *slab = tine__slab_create(&budget.allocator, tine__pack_size(&view));
    tine_batch *packed = tine__pack(&view, slab);
    tine__slab_release(slab);
    assert_int_equal(tine__table_of(&budget.allocator, packed, &table, NULL), TINE_OK);
    tine__table_hand_over(table, &c.allocator);
    memset(&budget, 0, sizeof budget); /* it is long gone */
    check(tine_table_batch(table, 0));
    tine_table_release(table);
    counting_assert_empty(&c);
}

static void test_no_memory(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    counting_fail_at(&c, 1);
    assert_null(tine__slab_create(&c.allocator, 100));
    assert_null(tine__slab_create(&c.allocator, SIZE_MAX));
    tine__slab_release(NULL);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slab_full),
        cmocka_unit_test(test_large_ones_in_huge_pages),
        cmocka_unit_test(test_hand_over),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
