/* Permits and deadlines; the races are for ThreadSanitizer too. */
#include "os/park.h"
#include "os/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

enum { MS = 1000000, ROUNDS = 20000 };

static void a_permit_is_kept_once(void **state)
{
    (void)state;
    tine__parker p;
    assert_int_equal(tine__parker_init(&p, NULL), TINE_OK);
    tine__unpark(&p);
    tine__unpark(&p);
    assert_true(tine__park(&p, INT64_MAX));
    assert_false(tine__park(&p, 0));
    tine__unpark(&p);
    assert_true(tine__park(&p, 0));
    tine__parker_destroy(&p);
}

static void deadlines_pass_on_time(void **state)
{
    (void)state;
    tine__parker p;
    assert_int_equal(tine__parker_init(&p, NULL), TINE_OK);
    int64_t deadline = tine__deadline_after(20 * MS);
    assert_false(tine__park(&p, deadline));
    assert_true(tine__now_ns() >= deadline);
    assert_false(tine__park(&p, tine__deadline_after(-5)));
    assert_false(tine__park(&p, INT64_MIN));
    tine__parker_destroy(&p);
}

static void deadlines_saturate(void **state)
{
    (void)state;
    assert_true(tine__deadline_after(TINE_FOREVER) == INT64_MAX);
    assert_true(tine__deadline_after(INT64_MAX - 1) == INT64_MAX - 1);
    assert_true(tine__deadline_after(INT64_MIN) <= tine__now_ns());
    assert_true(tine__deadline_after(0) <= tine__now_ns());
}

typedef struct game { /* two threads let each other go; turn is plain: the permits order it */
    tine__parker ping, pong;
    int turn;
} game;

static void answer(void *arg)
{
    game *g = arg;
    for (int i = 0; i < ROUNDS; i++) {
        tine__park(&g->ping, INT64_MAX);
        g->turn++;
        tine__unpark(&g->pong);
    }
}

static void no_unpark_is_lost(void **state)
{
    (void)state;
    game g = {.turn = 0};
    tine__thread thread;
    assert_int_equal(tine__parker_init(&g.ping, NULL), TINE_OK);
    assert_int_equal(tine__parker_init(&g.pong, NULL), TINE_OK);
    assert_int_equal(tine__thread_start(&thread, answer, &g, 0, "pong", NULL), TINE_OK);
    for (int i = 0; i < ROUNDS; i++) {
        g.turn++;
        tine__unpark(&g.ping);
        int64_t deadline = i % 2 ? INT64_MAX : tine__deadline_after(60000LL * MS);
        assert_true(tine__park(&g.pong, deadline));
        assert_int_equal(g.turn, 2 * i + 2);
    }
    tine__thread_join(&thread);
    tine__parker_destroy(&g.pong);
    tine__parker_destroy(&g.ping);
}

static void unpark_often(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        tine__unpark(arg);
}

static void short_deadlines_race_with_permits(void **state)
{
    (void)state;
    tine__parker p;
    tine__thread thread;
    int taken = 0;
    assert_int_equal(tine__parker_init(&p, NULL), TINE_OK);
    assert_int_equal(tine__thread_start(&thread, unpark_often, &p, 0, NULL, NULL), TINE_OK);
    for (int i = 0; i < 2000; i++)
        taken += tine__park(&p, tine__deadline_after(1000));
    tine__thread_join(&thread);
    taken += tine__park(&p, 0); /* at least one was given, so at least one is taken */
    assert_in_range(taken, 1, ROUNDS);
    assert_false(tine__park(&p, 0));
    tine__parker_destroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_permit_is_kept_once),
        cmocka_unit_test(deadlines_pass_on_time),
        cmocka_unit_test(deadlines_saturate),
        cmocka_unit_test(no_unpark_is_lost),
        cmocka_unit_test(short_deadlines_race_with_permits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
