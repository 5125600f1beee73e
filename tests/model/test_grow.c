/* The split deque with room for two frames, where the third grows and the fifth does not fit. */
#include "model/deque_steps.h"
#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SCENARIO DEQUE_SCENARIO
#define FORK deque_fork(s);
#define JOIN deque_join(s);
#define STEAL deque_steal(s);
#define RAISE deque_raise(s);

/* The first is public, the second private. */
DEQUE_THREAD(setup_2, deque_setup(s); FORK FORK)
DEQUE_THREAD(setup_2_no_memory, setup_2(s); s->no_memory = true;)
DEQUE_THREAD(fj, FORK JOIN)
DEQUE_THREAD(fjj, FORK JOIN JOIN)
DEQUE_THREAD(ffjj, FORK FORK JOIN JOIN)
DEQUE_THREAD(fffjjj, FORK FORK FORK JOIN JOIN JOIN)
DEQUE_THREAD(s1, STEAL)
DEQUE_THREAD(s2, STEAL STEAL)
DEQUE_THREAD(rs, RAISE STEAL)
DEQUE_THREAD(srs, STEAL RAISE STEAL)
DEQUE_THREAD(srss, STEAL RAISE STEAL STEAL)

static void growing(void **state)
{
    (void)state;
    model_holds(SCENARIO("grow: fjj | ss", setup_2, fjj, s2));
    model_holds(SCENARIO("grow: fj | srs", setup_2, fj, srs));
}

static void no_room(void **state)
{
    (void)state;
    model_holds(SCENARIO("no memory: fj | srss", setup_2_no_memory, fj, srss));
    model_holds(SCENARIO("no memory: ffjj | srss", setup_2_no_memory, ffjj, srss));
    model_holds(SCENARIO("full: fffjjj | ss", setup_2, fffjjj, s2));
}

static void orders_are_needed(void **state)
{
    (void)state;
    const model_scenario *s = SCENARIO("grow: fjj | ss", setup_2, fjj, s2);
    model_is_found(
        s, &(model_mutation){"grow", "store", "public_entries", false, memory_order_relaxed});
    model_is_found(s, &(model_mutation){"tine__deque_take", "load", "public_entries", false,
                                        memory_order_relaxed});
}

static void long_ones(void **state)
{
    (void)state;
    model_holds(SCENARIO("grow: fjj | srs", setup_2, fjj, srs));
    model_holds(SCENARIO("full: fffjjj | srs", setup_2, fffjjj, srs));
    model_holds(SCENARIO("no memory: fjj | s | rs", setup_2_no_memory, fjj, s1, rs));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing),
        cmocka_unit_test(no_room),
        cmocka_unit_test(orders_are_needed),
    };
    const struct CMUnitTest long_tests[] = {cmocka_unit_test(long_ones)};
    return model_main(argc, argv, tests, long_tests);
}
