/* Parking and joining: the real workers. A thread that ends is busy with something else for ever,
 * so what it has forked and not joined is there for others. */
#include "model/pool_steps.h"
#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define POOL_THREAD(name, ...)                                                                     \
    static void name(void *state)                                                                  \
    {                                                                                              \
        pool_state *s = state;                                                                     \
        __VA_ARGS__                                                                                \
    }

POOL_THREAD(setup_1_worker, pool_setup(s, 1, true);)
POOL_THREAD(setup_2_workers, pool_setup(s, 2, true);)
POOL_THREAD(setup_private, pool_setup(s, 2, true); tine__deque_unlimit(&s->slots[0].deque);)
POOL_THREAD(setup_without_barrier, pool_setup(s, 2, false);)

/* Leapfrogging: call 0 forks and joins call 1, and whoever stole it then does something unrelated,
 * call 2. The joiner of call 0 must not get into that. */
POOL_THREAD(inside_0, pool_fork(s, 1); pool_join(s, 1);)
POOL_THREAD(inside_2, (void)s; model_check(model_thread() == 1);)
POOL_THREAD(setup_leapfrog, pool_setup(s, 2, true); s->forks[0].inside = inside_0;
            s->forks[2].inside = inside_2;)
POOL_THREAD(leapfrogger, pool_enter(s, 0); pool_fork(s, 0); pool_join(s, 0);)
POOL_THREAD(thief, pool_enter(s, 1); pool_steal(s, 0, 1); pool_fork_public(s, 2); pool_join(s, 2);)

POOL_THREAD(fork_1, pool_enter(s, 0); pool_fork(s, 0);)
POOL_THREAD(fork_join, pool_enter(s, 0); pool_fork(s, 0); pool_join(s, 0);)
POOL_THREAD(submit_1, pool_submit(s, 0);)
POOL_THREAD(setup_2_jobs, pool_setup(s, 2, true); pool_submit(s, 0); pool_submit(s, 1);)
POOL_THREAD(busy_with_first, pool_run_one(s, 0);)
POOL_THREAD(fork_and_join, pool_fork(s, 0); pool_join(s, 0);)
POOL_THREAD(guest_forks, pool_visit(s, fork_and_join);)
POOL_THREAD(guest_submits, pool_visit(s, submit_1);)
POOL_THREAD(worker_0, tine__worker_main(&s->slots[0]);)
POOL_THREAD(worker, tine__worker_main(&s->slots[1]);)

/* Whoever sleeps at the end sleeps because there is nothing to do. */
static void check_nothing_waits(void *state)
{
    pool_state *s = state;
    model_check(pool_is_empty(s));
    for (unsigned i = 0; i < MODEL_FORKS; i++)
        model_check(pool_times_run(&s->forks[i]) == (s->forks[i].content > 0));
    for (unsigned i = 0; i < MODEL_JOBS; i++)
        model_check(pool_times_run(&s->jobs[i].call) == (s->jobs[i].call.content > 0));
}

#define SCENARIO(title, before, ...)                                                               \
    (&(model_scenario){.name = title,                                                              \
                       .state_size = sizeof(pool_state),                                           \
                       .setup = before,                                                            \
                       .check = check_nothing_waits,                                               \
                       .threads = {__VA_ARGS__},                                                   \
                       .names = {"busy", "worker", "third"},                                       \
                       .sleepers = 2})

static void parking_against_forks(void **state)
{
    (void)state;
    model_holds(SCENARIO("park: private fork", setup_private, fork_1, worker));
    model_holds(SCENARIO("park: submit", setup_2_workers, submit_1, worker));
    model_holds(SCENARIO("park: batch", setup_2_jobs, busy_with_first, worker));
}

static void barriers_are_needed(void **state)
{
    (void)state;
    const model_scenario *s = SCENARIO("park: private fork", setup_private, fork_1, worker);
    model_is_found(s, &(model_mutation){NULL, "heavy", NULL, true, 0});
    model_is_found(s, &(model_mutation){"tine__light_barrier", "light", NULL, true, 0});
}

static void orders_are_needed(void **state)
{
    (void)state;
    model_is_found(
        SCENARIO("leapfrog", setup_leapfrog, leapfrogger, thief),
        &(model_mutation){"tine__deque_look", "load", "word", false, memory_order_relaxed});
    model_is_found(SCENARIO("no barrier: fork", setup_without_barrier, fork_1, worker),
                   &(model_mutation){"load_places", "load", "places", false, memory_order_acquire});
}

static void leapfrogging(void **state)
{
    (void)state;
    model_scenario *s = SCENARIO("leapfrog", setup_leapfrog, leapfrogger, thief);
    s->sleepers = 0;
    model_holds(s);
}

static void guests(void **state)
{
    (void)state;
    model_holds(SCENARIO("guest: fork join", setup_1_worker, guest_forks, worker_0));
    model_holds(SCENARIO("guest: submit", setup_1_worker, guest_submits, worker_0));
}

static void parking_without_a_heavy_barrier(void **state)
{
    (void)state;
    model_holds(SCENARIO("no barrier: fork", setup_without_barrier, fork_1, worker));
    model_holds(SCENARIO("no barrier: submit", setup_without_barrier, submit_1, worker));
}

static void parking_against_joins(void **state)
{
    (void)state;
    model_holds(SCENARIO("park: fork", setup_2_workers, fork_1, worker));
    model_holds(SCENARIO("park: fork join", setup_2_workers, fork_join, worker));
    model_holds(SCENARIO("no barrier: fork join", setup_without_barrier, fork_join, worker));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leapfrogging),
        cmocka_unit_test(parking_against_forks),
        cmocka_unit_test(barriers_are_needed),
        cmocka_unit_test(orders_are_needed),
        cmocka_unit_test(parking_without_a_heavy_barrier),
        cmocka_unit_test(guests),
    };
    const struct CMUnitTest long_tests[] = {
        cmocka_unit_test(parking_against_joins),
    };
    return model_main(argc, argv, tests, long_tests);
}
