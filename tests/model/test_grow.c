/* The split deque with room for one frame, where the second grows and the third does not fit. */
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

DEQUE_THREAD(setup_1, deque_setup(s); FORK)
DEQUE_THREAD(setup_no_memory, deque_setup(s); FORK s->no_memory = true;)
DEQUE_THREAD(fj, FORK JOIN)
DEQUE_THREAD(ffjj, FORK FORK JOIN JOIN)
DEQUE_THREAD(fffjjj, FORK FORK FORK JOIN JOIN JOIN)
DEQUE_THREAD(s2, STEAL STEAL)
DEQUE_THREAD(srs, STEAL RAISE STEAL)

static void growing(void **state)
{
    (void)state;
    model_holds(SCENARIO("grow: ffjj | ss", deque_setup, ffjj, s2));
    model_holds(SCENARIO("grow: fj | srs", setup_1, fj, srs));
    model_holds(SCENARIO("grow: ffjj | srs", deque_setup, ffjj, srs));
}

static void no_room(void **state)
{
    (void)state;
    model_holds(SCENARIO("full: fffjjj | ss", deque_setup, fffjjj, s2));
    model_holds(SCENARIO("full: fffjjj | srs", deque_setup, fffjjj, srs));
    model_holds(SCENARIO("no memory: fj | srs", setup_no_memory, fj, srs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing),
        cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
