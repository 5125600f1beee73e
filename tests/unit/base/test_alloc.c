/* The heap, checked sizes, growth: what fails fails whole. */
#include "base/alloc.h"
#include "base/bits.h"
#include "base/size.h"
#include "support/fault.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void heap_aligns_and_keeps_bytes(void **state)
{
    (void)state;
    const tine_allocator *a = tine__heap();
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        unsigned char *p = tine__alloc(a, 100, alignment);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignment, 0);
        for (unsigned char i = 0; i < 100; i++)
            p[i] = i;
        p = a->realloc(a->ctx, p, 100, 5000, alignment);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignment, 0);
        for (unsigned char i = 0; i < 100; i++)
            assert_int_equal(p[i], i);
        tine__free(a, p, 5000, alignment);
    }
}

static void impossible_sizes_give_null(void **state)
{
    (void)state;
    const tine_allocator *a = tine__heap();
    assert_null(tine__alloc(a, 0, 8));
    assert_null(tine__alloc(a, SIZE_MAX, TINE__ALIGN));
    assert_null(tine__alloc_array(a, SIZE_MAX / 2, 3, 1));
    assert_null(tine__alloc_array(a, 0, 3, 1));
    assert_ptr_equal(tine__allocator_or_heap(NULL), a);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    size_t out;
    assert_true(tine__size_add(SIZE_MAX - 1, 1, &out));
    assert_false(tine__size_add(SIZE_MAX, 1, &out));
    assert_true(tine__size_mul(SIZE_MAX / 2, 2, &out));
    assert_false(tine__size_mul(SIZE_MAX / 2 + 1, 2, &out));
    assert_true(tine__size_round_up(SIZE_MAX - 63, 64, &out));
    assert_true(out == SIZE_MAX - 63);
    assert_false(tine__size_round_up(SIZE_MAX - 62, 64, &out));
    assert_true(tine__size_round_up(0, 64, &out));
    assert_int_equal(out, 0);
}

static void growth_keeps_the_array_when_it_fails(void **state)
{
    (void)state;
    const tine_allocator *a = tine__heap();
    long blocks = fault_live_blocks();
    void *array = NULL;
    size_t capacity = 0;
    assert_true(tine__grow(a, &array, &capacity, 0, 1, sizeof(int), _Alignof(int)));
    memset(array, 7, capacity * sizeof(int));
    void *before = array;
    size_t capacity_before = capacity;
    fault_arm(FAULT_ALLOC, 1);
    assert_false(
        tine__grow(a, &array, &capacity, capacity, capacity + 1, sizeof(int), _Alignof(int)));
    assert_true(fault_disarm());
    assert_false(
        tine__grow(a, &array, &capacity, capacity, SIZE_MAX / 2, sizeof(int), _Alignof(int)));
    assert_ptr_equal(array, before);
    assert_int_equal(capacity, capacity_before);
    assert_true(
        tine__grow(a, &array, &capacity, capacity, capacity + 1, sizeof(int), _Alignof(int)));
    assert_true(capacity >= capacity_before + capacity_before / 2);
    assert_int_equal(((unsigned char *)array)[capacity_before * sizeof(int) - 1], 7);
    tine__free(a, array, capacity * sizeof(int), _Alignof(int));
    assert_int_equal(fault_live_blocks(), blocks);
}

static void bitmaps_are_in_arrow_order(void **state)
{
    (void)state;
    uint8_t map[2] = {0, 0};
    tine__bit_set(map, 0);
    tine__bit_set(map, 9);
    assert_int_equal(map[0], 1);
    assert_int_equal(map[1], 2);
    assert_true(tine__bit_get(map, 9));
    assert_false(tine__bit_get(map, 8));
    tine__bit_clear(map, 9);
    assert_int_equal(map[1], 0);
    assert_int_equal(tine__bitmap_bytes(0), 0);
    assert_int_equal(tine__bitmap_bytes(8), 1);
    assert_int_equal(tine__bitmap_bytes(9), 2);
    uint64_t high, low = tine__mul128(UINT64_MAX, UINT64_MAX, &high);
    assert_true(low == 1 && high == UINT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap_aligns_and_keeps_bytes),
        cmocka_unit_test(impossible_sizes_give_null),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(growth_keeps_the_array_when_it_fails),
        cmocka_unit_test(bitmaps_are_in_arrow_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
