/* Objects of an arena: aligned, apart from each other, gone together. */
#include "base/arena.h"
#include "base/alloc.h"
#include "support/fault.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void rooms_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { N = 500 };
    static unsigned char *room[N];
    long blocks = fault_live_blocks();
    tine__arena arena;
    tine__arena_init(&arena, tine__heap());
    for (size_t i = 0; i < N; i++) {
        size_t alignment = (size_t)1 << i % 5;
        room[i] = tine__arena_alloc(&arena, i, alignment);
        assert_non_null(room[i]);
        assert_int_equal((uintptr_t)room[i] % alignment, 0);
        memset(room[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(room[i][j], i % 251);
    tine__arena_free(&arena);
    assert_int_equal(fault_live_blocks(), blocks);
}

static void large_and_impossible_rooms(void **state)
{
    (void)state;
    tine__arena arena;
    tine__arena_init(&arena, tine__heap());
    char *large = tine__arena_alloc(&arena, (size_t)5 << 20, 16);
    assert_non_null(large);
    memset(large, 1, (size_t)5 << 20);
    assert_null(tine__arena_alloc(&arena, SIZE_MAX, 16));
    assert_null(tine__arena_copy(&arena, "", SIZE_MAX));
    char *copy = tine__arena_copy(&arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(tine__arena_copy(&arena, NULL, 0), "");
    tine__arena_free(&arena);
    tine__arena_free(&arena);
}

static void a_failed_block_leaves_the_arena_usable(void **state)
{
    (void)state;
    tine__arena arena;
    tine__arena_init(&arena, tine__heap());
    fault_arm(FAULT_ALLOC, 1);
    assert_null(tine__arena_alloc(&arena, 1, 1));
    assert_true(fault_disarm());
    assert_non_null(tine__arena_alloc(&arena, 1, 1));
    tine__arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_are_aligned_and_apart),
        cmocka_unit_test(large_and_impossible_rooms),
        cmocka_unit_test(a_failed_block_leaves_the_arena_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
