/* The limit holds whoever asks, and every byte comes back. */
#include "base/budget.h"
#include "base/alloc.h"
#include "support/fault.h"

#include <pthread.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void the_limit_is_exact(void **state)
{
    (void)state;
    tine__budget b;
    tine_error error;
    tine__budget_init(&b, tine__heap(), 100);
    void *p = tine__alloc(&b.allocator, 100, 1);
    assert_non_null(p);
    assert_null(tine__alloc(&b.allocator, 1, 1));
    assert_null(tine__alloc(&b.allocator, SIZE_MAX, 1));
    assert_int_equal(tine__budget_fail(&b, &error), TINE_ENOMEM);
    assert_non_null(strstr(error.message, "100 bytes"));
    tine__free(&b.allocator, p, 100, 1);
    assert_int_equal(atomic_load(&b.used), 0);
}

static void a_failing_parent_costs_nothing(void **state)
{
    (void)state;
    tine__budget b;
    tine_error error;
    tine__budget_init(&b, tine__heap(), 0);
    fault_arm(FAULT_ALLOC, 1);
    assert_null(tine__alloc(&b.allocator, 10, 1));
    assert_true(fault_disarm());
    assert_int_equal(atomic_load(&b.used), 0);
    assert_int_equal(tine__budget_fail(&b, &error), TINE_ENOMEM);
    assert_string_equal(error.message, "out of memory");
    char *p = tine__alloc(&b.allocator, 10, 1);
    fault_arm(FAULT_ALLOC, 1);
    assert_null(b.allocator.realloc(b.allocator.ctx, p, 10, 20, 1));
    assert_true(fault_disarm());
    assert_int_equal(atomic_load(&b.used), 10);
    p = b.allocator.realloc(b.allocator.ctx, p, 10, 20, 1);
    assert_int_equal(atomic_load(&b.used), 20);
    tine__free(&b.allocator, p, 20, 1);
    assert_int_equal(atomic_load(&b.used), 0);
}

enum { THREADS = 4, ROUNDS = 5000, LIMIT = 1000 };

static void *take_and_give(void *arg)
{
    tine__budget *b = arg;
    uintptr_t above = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t size = 1 + i * 37 % 700;
        void *p = tine__alloc(&b->allocator, size, 1);
        above += atomic_load(&b->used) > LIMIT;
        tine__free(&b->allocator, p, size, 1);
    }
    return (void *)above;
}

static void threads_never_pass_the_limit(void **state)
{
    (void)state;
    tine__budget b;
    tine__budget_init(&b, tine__heap(), LIMIT);
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take_and_give, &b), 0);
    for (int i = 0; i < THREADS; i++) {
        void *above;
        pthread_join(thread[i], &above);
        assert_null(above);
    }
    assert_int_equal(atomic_load(&b.used), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(a_failing_parent_costs_nothing),
        cmocka_unit_test(threads_never_pass_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
