/* Arrays that grow: what is in them stays, where it is aligned, and what is refused changes
 * nothing.
 */
#include "os/growing.h"
#include "unit/table/counting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 7 + i / 251);
}

static void check(const tine__growing *array, size_t n)
{
    const unsigned char *bytes = array->data;
    assert_int_equal((uintptr_t)bytes % TINE__ALIGN, 0);
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != byte_at(i))
            fail_msg("byte %zu of %zu", i, n);
}

/* Past the sizes at which blocks are mapped, and moved by their array. */
static void contents_stay(void **state)
{
    counting_allocator c;
    tine__growing array = {.size = 0};
    size_t n = 0;
    (void)state;
    counting_init(&c);
    tine_allocator allocators[] = {*tine__heap(), c.allocator};
    for (size_t k = 0; k < 2; k++, n = 0) {
        for (size_t needed = 1; needed < (size_t)20 << 20; needed = needed * 5 / 3 + 1) {
            assert_true(tine__growing_reserve(&array, &allocators[k], n, needed));
            check(&array, n);
            for (; n < needed; n++)
                ((unsigned char *)array.data)[n] = byte_at(n);
        }
        tine__growing_free(&array, &allocators[k]);
    }
    counting_assert_empty(&c);
}

static void what_there_is_room_for_moves_nothing(void **state)
{
    tine__growing array = {.size = 0};
    (void)state;
    assert_true(tine__growing_reserve(&array, tine__heap(), 0, 1000));
    void *data = array.data;
    assert_true(tine__growing_reserve(&array, tine__heap(), 1000, 1000));
    assert_ptr_equal(array.data, data);
    tine__growing_free(&array, tine__heap());
    assert_null(array.data);
    tine__growing_free(&array, tine__heap());
}

static void a_refusal_changes_nothing(void **state)
{
    counting_allocator c;
    tine__growing array = {.size = 0};
    (void)state;
    counting_init(&c);
    counting_fail_at(&c, 1);
    assert_false(tine__growing_reserve(&array, &c.allocator, 0, 10));
    assert_null(array.block);
    counting_fail_at(&c, 0);
    assert_true(tine__growing_reserve(&array, &c.allocator, 0, 100));
    for (size_t i = 0; i < 100; i++)
        ((unsigned char *)array.data)[i] = byte_at(i);
    counting_fail_at(&c, 1);
    assert_false(tine__growing_reserve(&array, &c.allocator, 100, 1000000));
    assert_false(tine__growing_reserve(&array, &c.allocator, 100, SIZE_MAX));
    check(&array, 100);
    tine__growing_free(&array, &c.allocator);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_stay),
        cmocka_unit_test(what_there_is_room_for_moves_nothing),
        cmocka_unit_test(a_refusal_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
