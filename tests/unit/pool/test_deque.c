#define _GNU_SOURCE
#include "support/pool.h"
#include "base/alloc.h"
#include "pool/executor.h"

enum { MANY = 5000 };

static tine__deque deque;
static tine__frame frames[MANY];

static int open_deque(void **state)
{
    (void)state;
    return tine__deque_init(&deque, true, tine__heap()) ? 0 : -1;
}

static int free_deque(void **state)
{
    (void)state;
    tine__deque_free(&deque);
    return 0;
}

/* As an owner does that has nobody to wake. */
static void push(tine__frame *frame)
{
    if (!tine__deque_push(&deque, frame)) {
        assert_true(tine__deque_fits(&deque));
        tine__deque_unlimit(&deque);
    }
}

static void push_many(int n)
{
    for (int i = 0; i < n; i++)
        push(&frames[i]);
}

static bool pop(void)
{
    return tine__deque_pop(&deque) || tine__deque_reclaim(&deque);
}

static tine__frame *take(void)
{
    uint64_t seen;
    return tine__deque_look(&deque, &seen) ? tine__deque_take(&deque, seen) : NULL;
}

static void what_is_pushed_is_private(void **state)
{
    (void)state;
    assert_true(tine__deque_is_empty(&deque));
    push_many(3);
    assert_false(tine__deque_is_empty(&deque));
    assert_null(take());
    for (int i = 0; i < 3; i++)
        assert_true(tine__deque_pop(&deque));
    assert_true(tine__deque_is_empty(&deque));
}

static void the_first_push_passes_the_limit(void **state)
{
    (void)state;
    assert_false(tine__deque_push(&deque, &frames[0]));
    assert_true(tine__deque_fits(&deque));
    tine__deque_unlimit(&deque);
    assert_true(tine__deque_push(&deque, &frames[1]));
    tine__deque_ask(&deque);
    assert_false(tine__deque_push(&deque, &frames[2]));
    assert_false(tine__deque_push(&deque, &frames[3]));
}

static void the_older_half_is_exposed(void **state)
{
    (void)state;
    push_many(5);
    tine__deque_expose(&deque);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(take(), &frames[i]);
    assert_null(take());
    tine__deque_expose_all(&deque);
    assert_ptr_equal(take(), &frames[3]);
    assert_ptr_equal(take(), &frames[4]);
    assert_null(take());
}

static void the_owner_takes_back_what_is_public(void **state)
{
    (void)state;
    push_many(3);
    tine__deque_expose_all(&deque);
    assert_false(tine__deque_pop(&deque));
    assert_true(tine__deque_reclaim(&deque));
    assert_ptr_equal(take(), &frames[0]);
    assert_true(pop());
    assert_false(pop()); /* frame 0 */
    tine__deque_forget(&deque);
    assert_true(tine__deque_is_empty(&deque));
}

/* While its frame is elsewhere the owner pushes above it, and then from the bottom again. */
static void a_stolen_frame_keeps_its_place_until_it_is_joined(void **state)
{
    (void)state;
    push_many(2);
    tine__deque_expose_all(&deque);
    assert_ptr_equal(take(), &frames[0]);
    assert_ptr_equal(take(), &frames[1]);
    assert_false(pop());
    push(&frames[2]);
    tine__deque_expose_all(&deque);
    assert_ptr_equal(take(), &frames[2]);
    assert_false(pop());
    tine__deque_forget(&deque);
    tine__deque_forget(&deque); /* frame 1 */
    assert_false(pop());
    tine__deque_forget(&deque);
    push(&frames[3]);
    assert_null(take());
    assert_true(tine__deque_pop(&deque));
}

static void a_look_is_void_once_anything_has_changed(void **state)
{
    (void)state;
    uint64_t seen;
    push_many(2);
    tine__deque_expose_all(&deque);
    assert_true(tine__deque_look(&deque, &seen));
    assert_true(pop());
    push(&frames[1]);
    tine__deque_expose_all(&deque);
    assert_null(tine__deque_take(&deque, seen));
    assert_ptr_equal(take(), &frames[0]);
    assert_null(tine__deque_take(&deque, seen));
}

static void others_can_raise_what_is_private(void **state)
{
    (void)state;
    assert_false(tine__deque_raise(&deque));
    push_many(3);
    assert_true(tine__deque_raise(&deque));
    assert_ptr_equal(take(), &frames[0]);
    assert_true(pop());
    assert_true(pop());
    assert_false(pop());
    tine__deque_forget(&deque);
    assert_false(tine__deque_raise(&deque));
}

static void without_a_heavy_barrier_every_push_is_announced(void **state)
{
    (void)state;
    deque.private = false;
    for (int i = 0; i < 3; i++) {
        assert_false(tine__deque_push(&deque, &frames[i]));
        assert_true(tine__deque_fits(&deque));
        tine__deque_unlimit(&deque);
    }
    assert_false(tine__deque_raise(&deque));
    tine__deque_expose_all(&deque);
    assert_true(pop());
    assert_ptr_equal(take(), &frames[0]);
    assert_ptr_equal(take(), &frames[1]);
}

static void grows_under_what_was_stolen(void **state)
{
    (void)state;
    int taken = 0;
    for (int i = 0; i < MANY; i++) {
        push(&frames[i]);
        if (i % 3 == 0) {
            tine__deque_expose(&deque);
            assert_ptr_equal(take(), &frames[taken++]);
        }
    }
    for (int i = MANY; i-- > taken;)
        assert_true(pop());
    for (int i = taken; i-- > 0;) {
        assert_false(pop());
        tine__deque_forget(&deque);
    }
    assert_true(tine__deque_is_empty(&deque));
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
    tine_allocator allocator = *tine__heap();
    tine__deque small;
    assert_true(tine__deque_init(&small, true, &allocator));
    allocator.alloc = no_memory;
    for (int i = 0; i < TINE__DEQUE_ROOM; i++) {
        (void)tine__deque_push(&small, &frames[i]);
        assert_true(tine__deque_fits(&small));
        tine__deque_unlimit(&small);
    }
    for (int i = 0; i < 3; i++) {
        assert_false(tine__deque_push(&small, &frames[TINE__DEQUE_ROOM]));
        assert_false(tine__deque_fits(&small));
    }
    for (int i = 0; i < TINE__DEQUE_ROOM; i++)
        assert_true(tine__deque_pop(&small));
    assert_true(tine__deque_is_empty(&small));
    tine__deque_free(&small);
    assert_false(tine__deque_init(&small, true, &allocator));
    tine__deque_free(&small);
}

int main(void)
{
#define ON_A_DEQUE(test) cmocka_unit_test_setup_teardown(test, open_deque, free_deque)
    const struct CMUnitTest tests[] = {
        ON_A_DEQUE(what_is_pushed_is_private),
        ON_A_DEQUE(the_first_push_passes_the_limit),
        ON_A_DEQUE(the_older_half_is_exposed),
        ON_A_DEQUE(the_owner_takes_back_what_is_public),
        ON_A_DEQUE(a_stolen_frame_keeps_its_place_until_it_is_joined),
        ON_A_DEQUE(a_look_is_void_once_anything_has_changed),
        ON_A_DEQUE(others_can_raise_what_is_private),
        ON_A_DEQUE(without_a_heavy_barrier_every_push_is_announced),
        ON_A_DEQUE(grows_under_what_was_stolen),
        cmocka_unit_test(a_push_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
