#include "table/array.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "unit/table/counting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void push_nth(tine__array *array, size_t i)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    if (i % 3 == 1) {
        tine__array_push_null(array);
        return;
    }
    switch (array->type) {
    case TINE_BOOL:
        tine__array_push_bool(array, i % 2);
        break;
    case TINE_DATE:
        tine__array_push_int32(array, (int32_t)i - 7);
        break;
    case TINE_DOUBLE:
        tine__array_push_double(array, (double)i / 8);
        break;
    case TINE_STRING:
        tine__array_push_string(array, text, i % sizeof text);
        break;
    default:
        tine__array_push_int64(array, (int64_t)i << 40);
    }
}

static void assert_nth(const tine_column *c, size_t row, size_t i)
{
    assert_int_equal(tine_is_null(c, row), i % 3 == 1);
    bool null = i % 3 == 1;
    switch (c->type) {
    case TINE_BOOL:
        assert_int_equal(tine__bit_get(c->values, row), !null && i % 2);
        break;
    case TINE_DATE:
        assert_int_equal(((const int32_t *)c->values)[row], null ? 0 : (int32_t)i - 7);
        break;
    case TINE_DOUBLE:
        assert_true(((const double *)c->values)[row] == (null ? 0 : (double)i / 8));
        break;
    case TINE_STRING:
        assert_int_equal(tine_string_at(c, row).size, null ? 0 : i % 27);
        assert_memory_equal(tine_string_at(c, row).data, "abcdefghijklmnopqrstuvwxyz",
                            tine_string_at(c, row).size);
        break;
    default:
        assert_int_equal(((const int64_t *)c->values)[row], null ? 0 : (int64_t)i << 40);
    }
}

static const tine_type types[] = {TINE_BOOL, TINE_INT64,     TINE_DOUBLE, TINE_DECIMAL,
                                  TINE_DATE, TINE_TIMESTAMP, TINE_STRING};
#define N_TYPES (sizeof types / sizeof *types)

static void fill(tine__array *array, const tine_allocator *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tine__array_reserve(array, a, i + 1, 27 * (i + 1), NULL), TINE_OK);
        push_nth(array, i);
    }
}

static void test_push_and_view(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TYPES; t++) {
        counting_allocator counting;
        counting_init(&counting);
        tine__array array;
        tine__array_init(&array, types[t]);
        fill(&array, &counting.allocator, 300);
        tine_column c;
        tine__array_view(&array, "x", &c);
        assert_int_equal(c.length, 300);
        assert_int_equal(c.null_count, 100);
        assert_string_equal(c.name, "x");
        for (size_t i = 0; i < 300; i++)
            assert_nth(&c, i, i);
        tine__array_free(&array, &counting.allocator);
        counting_assert_empty(&counting);
    }
}

static void test_appending_at_every_bit(void **state)
{
    (void)state;
    const tine_allocator *a = tine__heap();
    for (size_t t = 0; t < N_TYPES; t++)
        for (size_t before = 0; before < 20; before++) {
            tine__array from, to;
            tine__array_init(&from, types[t]);
            tine__array_init(&to, types[t]);
            fill(&from, a, 21);
            fill(&to, a, before);
            tine_column c;
            tine__array_view(&from, "x", &c);
            assert_int_equal(tine__array_append(&to, a, &c, NULL), TINE_OK);
            for (size_t row = 0; row < 21; row++)
                assert_int_equal(tine__array_append_row(&to, a, &c, row, NULL), TINE_OK);
            tine__array_view(&to, "y", &c);
            assert_int_equal(c.length, before + 42);
            for (size_t i = 0; i < c.length; i++)
                assert_nth(&c, i, i < before ? i : (i - before) % 21);
            tine__array_free(&from, a);
            tine__array_free(&to, a);
        }
}

static void test_reset_leaves_no_bit_behind(void **state)
{
    (void)state;
    const tine_allocator *a = tine__heap();
    for (size_t from = 0; from < N_TYPES; from++)
        for (size_t to = 0; to < N_TYPES; to++) {
            tine__array array;
            tine__array_init(&array, types[from]);
            fill(&array, a, 77);
            tine__array_reset(&array, types[to], a);
            assert_int_equal(array.length, 0);
            fill(&array, a, 50);
            tine_column c;
            tine__array_view(&array, "x", &c);
            for (size_t i = 0; i < 50; i++)
                assert_nth(&c, i, i);
            tine__array_free(&array, a);
        }
}

static void test_the_view_of_nothing_can_be_read(void **state)
{
    (void)state;
    tine__array array;
    tine_column c;
    tine__array_init(&array, TINE_STRING);
    tine__array_view(&array, "x", &c);
    assert_int_equal(c.offsets[0], 0);
    assert_non_null(c.data);
    tine__array_init(&array, TINE_INT64);
    tine__array_view(&array, "x", &c);
    assert_non_null(c.values);
    assert_null(c.validity);
}

static void test_buffers_are_aligned_and_padded(void **state)
{
    (void)state;
    const tine_allocator *a = tine__heap();
    for (size_t t = 0; t < N_TYPES; t++) {
        tine__array array;
        tine__array_init(&array, types[t]);
        assert_int_equal(tine__array_reserve(&array, a, 1, 1, NULL), TINE_OK);
        const void *buffers[] = {array.validity, array.values, array.offsets, array.data};
        for (size_t i = 0; i < 4; i++)
            if (buffers[i])
                assert_int_equal((uintptr_t)buffers[i] % 64, 0);
        memset(array.validity, 0, 64); /* the address sanitizer says if the padding is not there */
        if (array.values)
            memset(array.values, 0, 64);
        if (array.offsets)
            memset(array.offsets, 0, 64);
        tine__array_free(&array, a);
    }
}

static void test_too_much_text_is_a_limit(void **state)
{
    (void)state;
    tine_error error;
    tine__array array;
    tine__array_init(&array, TINE_STRING);
    assert_int_equal(tine__array_reserve(&array, tine__heap(), 1, (size_t)INT32_MAX + 1, &error),
                     TINE_ELIMIT);
    assert_int_equal(error.status, TINE_ELIMIT);
    assert_int_equal(tine__array_reserve(&array, tine__heap(), SIZE_MAX / 4, 0, &error),
                     TINE_ENOMEM);
    assert_int_equal(array.capacity, 0);
}

static void test_a_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TYPES; t++)
        for (size_t fail_at = 1; fail_at <= 4; fail_at++) {
            counting_allocator counting;
            counting_init(&counting);
            tine__array array;
            tine__array_init(&array, types[t]);
            fill(&array, &counting.allocator, 10);
            counting_fail_at(&counting, fail_at);
            tine_error error;
            tine_status status =
                tine__array_reserve(&array, &counting.allocator, 10000, 270000, &error);
            size_t needed = types[t] == TINE_STRING ? 3 : 2;
            assert_int_equal(status, fail_at <= needed ? TINE_ENOMEM : TINE_OK);
            tine_column c;
            tine__array_view(&array, "x", &c);
            assert_int_equal(c.length, 10);
            for (size_t i = 0; i < 10; i++)
                assert_nth(&c, i, i);
            tine__array_free(&array, &counting.allocator);
            counting_assert_empty(&counting);
        }
}

static void test_windows_are_filled_in_any_order(void **state)
{
    static const tine_type kinds[] = {TINE_BOOL, TINE_DATE, TINE_INT64};
    (void)state;
    for (size_t t = 0; t < 3; t++) {
        tine__array array, windows[3];
        tine_column column;
        tine__array_init(&array, kinds[t]);
        assert_int_equal(tine__array_reserve(&array, tine__heap(), 150, 0, NULL), TINE_OK);
        for (size_t w = 3; w-- > 0;) {
            size_t n = w == 2 ? 22 : 64;
            tine__array_window(&array, 64 * w, n, &windows[w]);
            assert_int_equal(tine__array_reserve(&windows[w], tine__heap(), n, 0, NULL), TINE_OK);
            for (size_t i = 64 * w; i < 64 * w + n; i++)
                if (i % 5 == 0)
                    tine__array_push_null(&windows[w]);
                else if (kinds[t] == TINE_BOOL)
                    tine__array_push_bool(&windows[w], i % 3 == 0);
                else if (kinds[t] == TINE_DATE)
                    tine__array_push_int32(&windows[w], (int32_t)i);
                else
                    tine__array_push_int64(&windows[w], (int64_t)i);
        }
        for (size_t w = 0; w < 3; w++)
            tine__array_take_window(&array, &windows[w]);
        tine__array_view(&array, "", &column);
        assert_int_equal(column.length, 150);
        assert_int_equal(column.null_count, 30);
        for (size_t i = 0; i < 150; i++) {
            const uint8_t *bits = column.values;
            assert_int_equal(tine_is_null(&column, i), i % 5 == 0);
            if (i % 5 == 0)
                continue;
            if (kinds[t] == TINE_BOOL)
                assert_int_equal(bits[i / 8] >> i % 8 & 1, i % 3 == 0);
            else if (kinds[t] == TINE_DATE)
                assert_int_equal(((const int32_t *)column.values)[i], i);
            else
                assert_int_equal(((const int64_t *)column.values)[i], i);
        }
        tine__array_free(&array, tine__heap());
    }
}

static void test_types_have_names_and_sizes(void **state)
{
    (void)state;
    assert_string_equal(tine__type_name(TINE_INT64), "int64");
    assert_string_equal(tine__type_name(TINE_STRING), "string");
    assert_string_equal(tine__type_name((tine_type)99), "unknown");
    assert_int_equal(tine__type_bits(TINE_BOOL), 1);
    assert_int_equal(tine__type_bits(TINE_DATE), 32);
    assert_int_equal(tine__type_bits(TINE_TIMESTAMP), 64);
    assert_int_equal(tine__type_bits(TINE_STRING), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push_and_view),
        cmocka_unit_test(test_appending_at_every_bit),
        cmocka_unit_test(test_reset_leaves_no_bit_behind),
        cmocka_unit_test(test_the_view_of_nothing_can_be_read),
        cmocka_unit_test(test_buffers_are_aligned_and_padded),
        cmocka_unit_test(test_too_much_text_is_a_limit),
        cmocka_unit_test(test_a_failed_allocation_changes_nothing),
        cmocka_unit_test(test_windows_are_filled_in_any_order),
        cmocka_unit_test(test_types_have_names_and_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
