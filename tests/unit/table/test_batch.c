/* Batches that are owned, and views that are copied when they are kept. */
#include "table/batch.h"
#include "unit/table/counting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const tine_column schema[] = {{.name = "n", .type = TINE_INT64},
                                     {.name = "s", .type = TINE_STRING}};

static tine_batch *make(const tine_allocator *a, int64_t first, size_t n)
{
    tine_batch *batch;
    assert_int_equal(tine__batch_create(a, schema, 2, &batch, NULL), TINE_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tine__array_reserve(&batch->arrays[0], a, i + 1, 0, NULL), TINE_OK);
        assert_int_equal(tine__array_reserve(&batch->arrays[1], a, i + 1, 2 * (i + 1), NULL),
                         TINE_OK);
        tine__array_push_int64(&batch->arrays[0], first + (int64_t)i);
        tine__array_push_string(&batch->arrays[1], "xy", (size_t)(first + (int64_t)i) % 3);
    }
    tine__batch_seal(batch, n);
    return batch;
}

static void assert_rows(const tine_batch *batch, int64_t first, size_t n)
{
    tine_column c;
    assert_int_equal(tine_batch_rows(batch), n);
    assert_int_equal(tine_batch_columns(batch), 2);
    assert_int_equal(tine_batch_find(batch, "n", &c), TINE_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(((const int64_t *)c.values)[i], first + (int64_t)i);
    assert_int_equal(tine_batch_column(batch, 1, &c), TINE_OK);
    assert_string_equal(c.name, "s");
    for (size_t i = 0; i < n; i++)
        assert_int_equal(tine_string_at(&c, i).size, (size_t)(first + (int64_t)i) % 3);
}

static void test_columns_by_number_and_name(void **state)
{
    (void)state;
    tine_batch *batch = make(tine__heap(), 5, 4);
    tine_column c;
    assert_rows(batch, 5, 4);
    assert_int_equal(tine_batch_column(batch, 2, &c), TINE_EINVAL);
    assert_int_equal(tine_batch_find(batch, "N", &c), TINE_EINVAL);
    tine_batch_release(batch);
    tine_batch_release(NULL);
}

static void test_an_owned_batch_is_counted(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_batch *batch = make(&c.allocator, 1, 3), *again;
    size_t held = atomic_load(&c.held);
    assert_int_equal(tine_batch_retain(batch, &again, NULL), TINE_OK);
    assert_ptr_equal(batch, again);
    assert_int_equal(atomic_load(&c.held), held);
    tine_batch_release(batch);
    assert_rows(again, 1, 3);
    tine_batch_release(again);
    counting_assert_empty(&c);
}

static void test_a_view_is_copied(void **state)
{
    (void)state;
    counting_allocator c;
    counting_init(&c);
    tine_batch *owner = make(tine__heap(), 1, 3), view, *kept;
    tine__batch_view(&view, &c.allocator, owner->columns, 2, 3);
    tine_batch_release(&view); /* a callback's mistake, and harmless */
    assert_rows(&view, 1, 3);
    assert_int_equal(tine_batch_retain(&view, &kept, NULL), TINE_OK);
    tine_batch_release(owner);
    assert_rows(kept, 1, 3);
    tine_batch_release(kept);
    counting_assert_empty(&c);
}

static void test_a_batch_without_columns_has_rows(void **state)
{
    (void)state;
    tine_batch view, *kept;
    tine__batch_view(&view, tine__heap(), NULL, 0, 7);
    assert_int_equal(tine_batch_retain(&view, &kept, NULL), TINE_OK);
    assert_int_equal(tine_batch_rows(kept), 7);
    assert_int_equal(tine_batch_columns(kept), 0);
    tine_batch_release(kept);
}

static void test_copying_unwinds(void **state)
{
    (void)state;
    tine_batch *owner = make(tine__heap(), 1, 3), *copy = NULL;
    for (size_t n = 1;; n++) {
        counting_allocator c;
        counting_init(&c);
        counting_fail_at(&c, n);
        tine_error error;
        tine_status status = tine__batch_copy(owner, &c.allocator, &copy, &error);
        if (status == TINE_OK) {
            assert_int_equal(atomic_load(&c.failures), 0);
            tine_batch_release(copy);
            counting_assert_empty(&c);
            break;
        }
        assert_int_equal(status, TINE_ENOMEM);
        counting_assert_empty(&c);
    }
    tine_batch_release(owner);
}

static void test_misuse(void **state)
{
    (void)state;
    tine_error error;
    tine_batch *batch = NULL;
    assert_int_equal(tine_batch_retain(NULL, &batch, &error), TINE_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_by_number_and_name),
        cmocka_unit_test(test_an_owned_batch_is_counted),
        cmocka_unit_test(test_a_view_is_copied),
        cmocka_unit_test(test_a_batch_without_columns_has_rows),
        cmocka_unit_test(test_copying_unwinds),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
