/* The memory model itself: small programs whose outcomes are known. Each thread's loads make up an
 * outcome; the set of outcomes that are reached must be the set that the model permits. */
#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <cmocka.h>

typedef struct variables {
    _Atomic uint64_t x, y;
    unsigned r[4]; /* each written by one thread */
} variables;

/* Bit o: the outcome o, whose bit i is r[i], was reached. */
static unsigned outcomes;

#define OUTCOME(a, b, c, d) (1u << ((a) | (b) << 1 | (c) << 2 | (d) << 3))

static void setup(void *state)
{
    variables *v = state;
    model_name(&v->x, sizeof v->x, 1, "x");
    model_name(&v->y, sizeof v->y, 1, "y");
}

static void note_outcome(void *state)
{
    const variables *v = state;
    outcomes |= OUTCOME(v->r[0] & 1, v->r[1] & 1, v->r[2] & 1, v->r[3] & 1);
}

static unsigned explore(const model_scenario *scenario)
{
    outcomes = 0;
    model_holds(scenario);
    return outcomes;
}

#define STORE(v, value, order) atomic_store_explicit(&(v), value, memory_order_##order)
#define LOAD(v, order) (unsigned)atomic_load_explicit(&(v), memory_order_##order)
#define THREAD(name, ...)                                                                          \
    static void name(void *state)                                                                  \
    {                                                                                              \
        variables *v = state;                                                                      \
        __VA_ARGS__                                                                                \
    }
#define SCENARIO(title, ...)                                                                       \
    &(model_scenario)                                                                              \
    {                                                                                              \
        .name = title, .state_size = sizeof(variables), .setup = setup, .check = note_outcome,     \
        .threads = {__VA_ARGS__}, .names = {                                                       \
            "one",                                                                                 \
            "two",                                                                                 \
            "three",                                                                               \
            "four"                                                                                 \
        }                                                                                          \
    }

/* ---- store buffering */

THREAD(sb_one, STORE(v->x, 1, relaxed); v->r[0] = LOAD(v->y, relaxed);)
THREAD(sb_two, STORE(v->y, 1, relaxed); v->r[1] = LOAD(v->x, relaxed);)
THREAD(sb_one_acq, STORE(v->x, 1, release); v->r[0] = LOAD(v->y, acquire);)
THREAD(sb_two_acq, STORE(v->y, 1, release); v->r[1] = LOAD(v->x, acquire);)
THREAD(sb_one_sc, STORE(v->x, 1, seq_cst); v->r[0] = LOAD(v->y, seq_cst);)
THREAD(sb_two_sc, STORE(v->y, 1, seq_cst); v->r[1] = LOAD(v->x, seq_cst);)

#define BOTH OUTCOME(1, 0, 0, 0) | OUTCOME(0, 1, 0, 0) | OUTCOME(1, 1, 0, 0)

static void store_buffering(void **state)
{
    (void)state;
    unsigned all = OUTCOME(0, 0, 0, 0) | BOTH;
    assert_int_equal(explore(SCENARIO("SB relaxed", sb_one, sb_two)), all);
    assert_int_equal(explore(SCENARIO("SB release/acquire", sb_one_acq, sb_two_acq)), all);
    assert_int_equal(explore(SCENARIO("SB one seq_cst", sb_one_acq, sb_two_sc)), all);
    assert_int_equal(explore(SCENARIO("SB seq_cst", sb_one_sc, sb_two_sc)), BOTH);
}

/* The asymmetric barrier: both halves are needed. */
THREAD(sb_light, STORE(v->x, 1, relaxed); atomic_signal_fence(memory_order_seq_cst);
       v->r[0] = LOAD(v->y, relaxed);)
THREAD(sb_heavy, STORE(v->y, 1, relaxed); model_heavy_barrier(); v->r[1] = LOAD(v->x, relaxed);)

static void asymmetric_store_buffering(void **state)
{
    (void)state;
    unsigned all = OUTCOME(0, 0, 0, 0) | BOTH;
    assert_int_equal(explore(SCENARIO("SB heavy, light", sb_light, sb_heavy)), BOTH);
    assert_int_equal(explore(SCENARIO("SB heavy, nothing", sb_one, sb_heavy)), all);
    assert_int_equal(explore(SCENARIO("SB nothing, light", sb_light, sb_two)), all);
}

/* ---- message passing */

THREAD(mp_write, STORE(v->x, 1, relaxed); STORE(v->y, 1, release);)
THREAD(mp_write_relaxed, STORE(v->x, 1, relaxed); STORE(v->y, 1, relaxed);)
THREAD(mp_read, v->r[0] = LOAD(v->y, acquire); v->r[1] = LOAD(v->x, relaxed);)
THREAD(mp_read_relaxed, v->r[0] = LOAD(v->y, relaxed); v->r[1] = LOAD(v->x, relaxed);)
THREAD(mp_pass, atomic_fetch_add_explicit(&v->y, 2, memory_order_relaxed);)

static void message_passing(void **state)
{
    (void)state;
    unsigned ordered = OUTCOME(0, 0, 0, 0) | OUTCOME(0, 1, 0, 0) | OUTCOME(1, 1, 0, 0);
    unsigned all = ordered | OUTCOME(1, 0, 0, 0);
    assert_int_equal(explore(SCENARIO("MP", mp_write, mp_read)), ordered);
    assert_int_equal(explore(SCENARIO("MP relaxed store", mp_write_relaxed, mp_read)), all);
    assert_int_equal(explore(SCENARIO("MP relaxed load", mp_write, mp_read_relaxed)), all);
    assert_int_equal(explore(SCENARIO("MP over a fetch_add", mp_write, mp_read, mp_pass)), ordered);
}

/* ---- others */

THREAD(lb_one, v->r[0] = LOAD(v->x, relaxed); STORE(v->y, 1, relaxed);)
THREAD(lb_two, v->r[1] = LOAD(v->y, relaxed); STORE(v->x, 1, relaxed);)

/* Permitted by C11; not by the model, nor by x86 and what compilers do for it. */
static void load_buffering_is_not_modelled(void **state)
{
    (void)state;
    assert_int_equal(explore(SCENARIO("LB relaxed", lb_one, lb_two)),
                     OUTCOME(0, 0, 0, 0) | OUTCOME(1, 0, 0, 0) | OUTCOME(0, 1, 0, 0));
}

THREAD(coherence_write, STORE(v->x, 1, relaxed);)
THREAD(coherence_read, v->r[0] = LOAD(v->x, relaxed); v->r[1] = LOAD(v->x, relaxed);)

static void coherence(void **state)
{
    (void)state;
    assert_int_equal(explore(SCENARIO("CoRR", coherence_write, coherence_read)),
                     OUTCOME(0, 0, 0, 0) | OUTCOME(0, 1, 0, 0) | OUTCOME(1, 1, 0, 0));
}

THREAD(iriw_x, STORE(v->x, 1, seq_cst);)
THREAD(iriw_y, STORE(v->y, 1, seq_cst);)
THREAD(iriw_xy, v->r[0] = LOAD(v->x, seq_cst); v->r[1] = LOAD(v->y, seq_cst);)
THREAD(iriw_yx, v->r[2] = LOAD(v->y, seq_cst); v->r[3] = LOAD(v->x, seq_cst);)
THREAD(iriw_xy_acq, v->r[0] = LOAD(v->x, acquire); v->r[1] = LOAD(v->y, acquire);)
THREAD(iriw_yx_acq, v->r[2] = LOAD(v->y, acquire); v->r[3] = LOAD(v->x, acquire);)

static void independent_reads_of_independent_writes(void **state)
{
    (void)state;
    unsigned split = OUTCOME(1, 0, 1, 0);
    assert_int_equal(explore(SCENARIO("IRIW seq_cst", iriw_x, iriw_y, iriw_xy, iriw_yx)),
                     0xffff & ~split);
    assert_int_equal(explore(SCENARIO("IRIW acquire", iriw_x, iriw_y, iriw_xy_acq, iriw_yx_acq)),
                     0xffff);
}

/* 2+2W: both objects end with the value that was written first by the program order. */
THREAD(ww_one, STORE(v->x, 1, relaxed); STORE(v->y, 2, relaxed);)
THREAD(ww_two, STORE(v->y, 1, relaxed); STORE(v->x, 2, relaxed);)
THREAD(ww_one_sc, STORE(v->x, 1, seq_cst); STORE(v->y, 2, seq_cst);)
THREAD(ww_two_sc, STORE(v->y, 1, seq_cst); STORE(v->x, 2, seq_cst);)

static void note_finals(void *state)
{
    variables *v = state;
    outcomes |= OUTCOME(LOAD(v->x, relaxed) == 1, LOAD(v->y, relaxed) == 1, 0, 0);
}

static void writes_in_opposite_orders(void **state)
{
    (void)state;
    model_scenario relaxed = *SCENARIO("2+2W relaxed", ww_one, ww_two);
    model_scenario ordered = *SCENARIO("2+2W seq_cst", ww_one_sc, ww_two_sc);
    relaxed.check = ordered.check = note_finals;
    unsigned some = OUTCOME(0, 0, 0, 0) | OUTCOME(1, 0, 0, 0) | OUTCOME(0, 1, 0, 0);
    assert_int_equal(explore(&relaxed), some | OUTCOME(1, 1, 0, 0));
    assert_int_equal(explore(&ordered), some);
}

/* ---- read-modify-writes, races, waiting */

THREAD(add_twice, atomic_fetch_add_explicit(&v->x, 1, memory_order_relaxed);
       atomic_fetch_add_explicit(&v->x, 1, memory_order_relaxed);)
THREAD(add_by_comparing, uint64_t old = 0;
       while (!atomic_compare_exchange_weak_explicit(&v->x, &old, old + 1, memory_order_relaxed,
                                                     memory_order_relaxed));)

static void check_sum(void *state)
{
    variables *v = state;
    model_check(LOAD(v->x, relaxed) == 5);
}

static void nothing_comes_between(void **state)
{
    (void)state;
    model_scenario s =
        *SCENARIO("fetch_add, compare_exchange", add_twice, add_twice, add_by_comparing);
    s.check = check_sum;
    model_holds(&s);
}

typedef struct box {
    _Atomic uint64_t full;
    uint64_t content;
} box;

static void fill(void *state)
{
    box *b = state;
    model_write(&b->content, 7);
    atomic_store_explicit(&b->full, 1, memory_order_release);
}

static void wait_and_empty(void *state)
{
    box *b = state;
    while (!atomic_load_explicit(&b->full, memory_order_acquire))
        model_relax();
    model_check(model_read(&b->content) == 7);
}

static void set_up_nothing(void *state)
{
    (void)state;
}

static void plain_objects_must_not_race(void **state)
{
    (void)state;
    model_scenario s = {.name = "spinning on a flag",
                        .state_size = sizeof(box),
                        .setup = set_up_nothing,
                        .threads = {fill, wait_and_empty},
                        .names = {"fill", "empty"},
                        .check = set_up_nothing};
    model_holds(&s);
    model_is_found(&s, &(model_mutation){"fill", "store", NULL, false, memory_order_relaxed});
    model_is_found(&s,
                   &(model_mutation){"wait_and_empty", "load", NULL, false, memory_order_relaxed});
}

static void circles_are_noticed(void **state)
{
    (void)state;
    model_scenario s = {.name = "spinning for ever",
                        .state_size = sizeof(box),
                        .setup = set_up_nothing,
                        .threads = {wait_and_empty, wait_and_empty},
                        .names = {"one", "two"},
                        .check = set_up_nothing};
    model_is_found(&s, NULL);
}

static void sleep_on_full(void *state)
{
    box *b = state;
    model_await(&b->full, 1, 0);
    model_check(model_read(&b->content) == 7);
}

static void sleepers_are_noticed(void **state)
{
    (void)state;
    model_scenario s = {.name = "waiting for a permit",
                        .state_size = sizeof(box),
                        .setup = set_up_nothing,
                        .threads = {fill, sleep_on_full},
                        .names = {"fill", "sleep"},
                        .check = set_up_nothing};
    model_holds(&s);
    s.name = "two wait for one permit";
    s.threads[2] = sleep_on_full;
    s.names[2] = "sleep more";
    model_is_found(&s, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_buffering),
        cmocka_unit_test(asymmetric_store_buffering),
        cmocka_unit_test(message_passing),
        cmocka_unit_test(load_buffering_is_not_modelled),
        cmocka_unit_test(coherence),
        cmocka_unit_test(independent_reads_of_independent_writes),
        cmocka_unit_test(writes_in_opposite_orders),
        cmocka_unit_test(nothing_comes_between),
        cmocka_unit_test(plain_objects_must_not_race),
        cmocka_unit_test(circles_are_noticed),
        cmocka_unit_test(sleepers_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
