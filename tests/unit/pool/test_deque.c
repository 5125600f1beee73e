#define _GNU_SOURCE
#include "support/pool.h"
#include "base/alloc.h"
#include "pool/executor.h"

static void last_in_first_out(void **state)
{
    (void)state;
    tine__deque deque;
    tine__frame frames[3];
    assert_true(tine__deque_init(&deque, tine__heap()));
    assert_null(tine__deque_pop(&deque));
    for (int i = 0; i < 3; i++)
        assert_true(tine__deque_push(&deque, &frames[i]));
    for (int i = 3; i-- > 0;)
        assert_ptr_equal(tine__deque_pop(&deque), &frames[i]);
    assert_null(tine__deque_pop(&deque));
    tine__deque_free(&deque);
}

static void thieves_take_the_oldest(void **state)
{
    (void)state;
    tine__deque deque;
    tine__frame frames[3];
    int64_t at;
    assert_true(tine__deque_init(&deque, tine__heap()));
    assert_null(tine__deque_look(&deque, &at));
    for (int i = 0; i < 3; i++)
        assert_true(tine__deque_push(&deque, &frames[i]));
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(tine__deque_look(&deque, &at), &frames[i]);
        assert_true(tine__deque_take(&deque, at));
        assert_false(tine__deque_take(&deque, at));
    }
    assert_ptr_equal(tine__deque_pop(&deque), &frames[2]);
    assert_null(tine__deque_look(&deque, &at));
    tine__deque_free(&deque);
}

static void a_look_is_void_once_the_frame_has_gone(void **state)
{
    (void)state;
    tine__deque deque;
    tine__frame frames[2];
    int64_t at;
    assert_true(tine__deque_init(&deque, tine__heap()));
    assert_true(tine__deque_push(&deque, &frames[0]));
    assert_ptr_equal(tine__deque_look(&deque, &at), &frames[0]);
    assert_ptr_equal(tine__deque_pop(&deque), &frames[0]);
    assert_true(tine__deque_push(&deque, &frames[1]));
    assert_false(tine__deque_take(&deque, at));
    assert_ptr_equal(tine__deque_pop(&deque), &frames[1]);
    tine__deque_free(&deque);
}

static void grows_in_the_middle_of_its_ring(void **state)
{
    (void)state;
    enum { N = 5000 };
    static tine__frame frames[N];
    tine__deque deque;
    int64_t at;
    assert_true(tine__deque_init(&deque, tine__heap()));
    int taken = 0;
    for (int i = 0; i < N; i++) {
        assert_true(tine__deque_push(&deque, &frames[i]));
        if (i % 3 == 0) {
            assert_ptr_equal(tine__deque_look(&deque, &at), &frames[taken++]);
            assert_true(tine__deque_take(&deque, at));
        }
    }
    for (int i = N; i-- > taken;)
        assert_ptr_equal(tine__deque_pop(&deque), &frames[i]);
    assert_null(tine__deque_pop(&deque));
    tine__deque_free(&deque);
}

static void *no_memory(void *ctx, size_t size, size_t alignment)
{
    (void)ctx;
    (void)size;
    (void)alignment;
    return NULL;
}

static void a_push_without_memory_changes_nothing(void **state)
{
    (void)state;
    tine__deque deque;
    tine__frame frames[TINE__DEQUE_ROOM + 1];
    tine_allocator allocator = *tine__heap();
    assert_true(tine__deque_init(&deque, &allocator));
    allocator.alloc = no_memory;
    for (int i = 0; i < TINE__DEQUE_ROOM; i++)
        assert_true(tine__deque_push(&deque, &frames[i]));
    assert_false(tine__deque_push(&deque, &frames[TINE__DEQUE_ROOM]));
    for (int i = TINE__DEQUE_ROOM; i-- > 0;)
        assert_ptr_equal(tine__deque_pop(&deque), &frames[i]);
    tine__deque_free(&deque);
    assert_false(tine__deque_init(&deque, &allocator));
    tine__deque_free(&deque);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_in_first_out),
        cmocka_unit_test(thieves_take_the_oldest),
        cmocka_unit_test(a_look_is_void_once_the_frame_has_gone),
        cmocka_unit_test(grows_in_the_middle_of_its_ring),
        cmocka_unit_test(a_push_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
