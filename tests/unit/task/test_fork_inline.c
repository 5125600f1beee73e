/* The typed, inline form: the same trees as by call, mixed with it, taken by others, beyond the
 * room of the deque, outside the bodies of a pool. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <tine_fork.h>

TINE_FORK_TASK(long, fib, int)

static long fib(tine_place place, int n)
{
    if (n < 2)
        return n;
    fib_frame left;
    fib_fork(&place, &left, n - 1);
    long right = fib(place, n - 2);
    return fib_join(&place, &left) + right;
}

/* Every second level by call. */
static void mixed_fib(void *arg);

TINE_FORK_TASK(long, typed_fib, long)

static long typed_fib(tine_place place, long n)
{
    if (n < 2)
        return n;
    typed_fib_frame left;
    typed_fib_fork(&place, &left, n - 2);
    long right = n - 1;
    mixed_fib(&right);
    return typed_fib_join(&place, &left) + right;
}

static void mixed_fib(void *arg)
{
    long *n = arg, left = *n - 2;
    if (*n < 2)
        return;
    tine_frame frame;
    tine_fork(&frame, mixed_fib, &left);
    long right = typed_fib(tine_place_here(), *n - 1);
    tine_join(&frame);
    *n = left + right;
}

/* A comb: each level forks a leaf and goes on. Its frames pass the room of the deque by far. */
TINE_FORK_TASK(long, tooth, long)

static long tooth(tine_place place, long n)
{
    (void)place;
    return n;
}

static long comb(tine_place place, long n)
{
    if (n == 0)
        return 0;
    tooth_frame frame;
    tooth_fork(&place, &frame, n);
    long rest = comb(place, n - 1);
    return rest + tooth_join(&place, &frame);
}

typedef struct meeting {
    atomic_int *n_here;
    int number;
} meeting;

TINE_FORK_TASK(int, meet, meeting)

/* Both must run at once, so one of them is taken. */
static int meet(tine_place place, meeting m)
{
    (void)place;
    atomic_fetch_add(m.n_here, 1);
    await_int(m.n_here, 2);
    return (int)tine_fail(7, m.number, "met by %d", m.number);
}

enum { FIB = 20, FIB_VALUE = 6765, TEETH = 5000 };

static tine_status trees_task(void *arg, void *value)
{
    (void)arg;
    long *sums = value;
    long mixed = FIB;
    mixed_fib(&mixed);
    sums[0] = fib(tine_place_here(), FIB);
    sums[1] = mixed;
    sums[2] = comb(tine_place_here(), TEETH);
    return TINE_OK;
}

static void the_same_trees(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 4; n++) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_task_options options = TINE_TASK_OPTIONS_INIT;
        options.value_size = 3 * sizeof(long);
        for (int i = 0; i < 20; i++) {
            tine_future *future;
            assert_int_equal(tine_submit(pool, trees_task, NULL, &options, &future, NULL), TINE_OK);
            assert_int_equal(tine_future_wait(future, pool ? 60000 * MS : TINE_FOREVER, NULL), 0);
            const long *sums = tine_future_value(future);
            assert_int_equal(sums[0], FIB_VALUE);
            assert_int_equal(sums[1], FIB_VALUE);
            assert_int_equal(sums[2], (long)TEETH * (TEETH + 1) / 2);
            tine_future_release(future);
        }
        tine_pool_close(&pool);
    }
}

static tine_status meet_task(void *arg, void *value)
{
    (void)value;
    tine_place place = tine_place_here();
    meet_frame first;
    meet_fork(&place, &first, (meeting){arg, 1});
    int second = meet(place, (meeting){arg, 2});
    return meet_join(&place, &first) == 7 && second == 7 ? 12 : TINE_OK;
}

static void a_task_is_taken_and_heard(void **state)
{
    (void)state;
    tine_pool *pool = open_pool(2);
    for (int i = 0; i < 50; i++) {
        atomic_int n_here = 0;
        tine_error error;
        tine_future *future = submit(pool, meet_task, &n_here);
        assert_int_equal(tine_future_wait(future, 60000 * MS, &error), 12);
        assert_string_equal(error.message, "met by 1");
        tine_future_release(future);
    }
    tine_pool_close(&pool);
}

static void outside_a_body_the_join_calls(void **state)
{
    (void)state;
    tine_place place = tine_place_here();
    assert_null(place.body);
    assert_int_equal(fib(place, FIB), FIB_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_trees),
        cmocka_unit_test(a_task_is_taken_and_heard),
        cmocka_unit_test(outside_a_body_the_join_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
