/* The split deque with room enough: what can happen between its owner and others. */
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
#define EXPOSE deque_expose(s);
#define STEAL deque_steal(s);
#define ASK deque_ask(s);
#define RAISE deque_raise(s);

/* The first fork makes its frame public, the next are private. */
DEQUE_THREAD(setup_1, deque_setup(s); FORK)
DEQUE_THREAD(setup_2, deque_setup(s); FORK FORK)
DEQUE_THREAD(setup_3, deque_setup(s); FORK FORK FORK)

DEQUE_THREAD(j, JOIN)
DEQUE_THREAD(jj, JOIN JOIN)
DEQUE_THREAD(jjj, JOIN JOIN JOIN)
DEQUE_THREAD(fj, FORK JOIN)
DEQUE_THREAD(ffjj, FORK FORK JOIN JOIN)
DEQUE_THREAD(fjfj, FORK JOIN FORK JOIN)
DEQUE_THREAD(fjj, FORK JOIN JOIN)
DEQUE_THREAD(jfj, JOIN FORK JOIN)
DEQUE_THREAD(jfjj, JOIN FORK JOIN JOIN)
DEQUE_THREAD(ejj, EXPOSE JOIN JOIN)
DEQUE_THREAD(jfejj, JOIN FORK EXPOSE JOIN JOIN)
DEQUE_THREAD(fejj, FORK EXPOSE JOIN JOIN)
DEQUE_THREAD(s1, STEAL)
DEQUE_THREAD(s2, STEAL STEAL)
DEQUE_THREAD(as, ASK STEAL)
DEQUE_THREAD(rs, RAISE STEAL)
DEQUE_THREAD(srs, STEAL RAISE STEAL)
DEQUE_THREAD(srsrs, STEAL RAISE STEAL RAISE STEAL)
DEQUE_THREAD(jjffj, JOIN JOIN FORK FORK JOIN)

static void joins_against_steals(void **state)
{
    (void)state;
    model_holds(SCENARIO("j | s", setup_1, j, s1));
    model_holds(SCENARIO("fj | s", deque_setup, fj, s1));
    model_holds(SCENARIO("fjfj | ss", deque_setup, fjfj, s2));
    model_holds(SCENARIO("j | s | s", setup_1, j, s1, s1));
    model_holds(SCENARIO("fj | s | s", deque_setup, fj, s1, s1));
}

static void exposes_against_steals(void **state)
{
    (void)state;
    model_holds(SCENARIO("ejj | ss", setup_2, ejj, s2));
    model_holds(SCENARIO("ejj | s | s", setup_2, ejj, s1, s1));
    model_holds(SCENARIO("ffjj | as", deque_setup, ffjj, as));
    model_holds(SCENARIO("fjj | as | s", setup_1, fjj, as, s1));
}

static void joins_against_raisers(void **state)
{
    (void)state;
    model_holds(SCENARIO("jj | srs", setup_2, jj, srs));
    model_holds(SCENARIO("jj | s | rs", setup_2, jj, s1, rs));
    model_holds(SCENARIO("jjj | srs", setup_3, jjj, srs));
    model_holds(SCENARIO("fjj | srs", setup_1, fjj, srs));
    model_holds(SCENARIO("jfj | srs", setup_2, jfj, srs));
    model_holds(SCENARIO("jfjj | srs", setup_2, jfjj, srs));
    model_holds(SCENARIO("fejj | srs", setup_1, fejj, srs));
    model_holds(SCENARIO("jjffj | srsrs", setup_2, jjffj, srsrs));
}

static void orders_are_needed(void **state)
{
    (void)state;
    const model_scenario *steal = SCENARIO("fj | s", deque_setup, fj, s1);
    const model_scenario *raise = SCENARIO("fjj | srs", setup_1, fjj, srs);
    model_is_found(raise, &(model_mutation){NULL, "heavy", NULL, true, 0});
    model_is_found(raise, &(model_mutation){NULL, "light", NULL, true, 0});
    model_is_found(
        raise, &(model_mutation){"tine__deque_push", "store", "head", false, memory_order_relaxed});
    model_is_found(raise,
                   &(model_mutation){"head_to_raise", "load", "head", false, memory_order_relaxed});
    model_is_found(steal,
                   &(model_mutation){"swap_word", "compare", "word", false, memory_order_acquire});
}

static void states_are_merged_rightly(void **state)
{
    (void)state;
    model_counts(SCENARIO("fjfj | ss, one by one", deque_setup, fjfj, s2));
    model_counts(SCENARIO("ffjj | as, one by one", deque_setup, ffjj, as));
    model_counts(SCENARIO("ejj | s | s, one by one", setup_2, ejj, s1, s1));
}

static void long_ones(void **state)
{
    (void)state;
    model_holds(SCENARIO("jfejj | srs", setup_2, jfejj, srs));
    model_holds(SCENARIO("jj | rs | rs", setup_2, jj, rs, rs));
    model_holds(SCENARIO("fjj | rs | rs", setup_1, fjj, rs, rs));
    model_holds(SCENARIO("jfj | s | rs", setup_2, jfj, s1, rs));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_against_steals),      cmocka_unit_test(exposes_against_steals),
        cmocka_unit_test(joins_against_raisers),     cmocka_unit_test(orders_are_needed),
        cmocka_unit_test(states_are_merged_rightly),
    };
    const struct CMUnitTest long_tests[] = {cmocka_unit_test(long_ones)};
    return model_main(argc, argv, tests, long_tests);
}
