/* Everything at once, for as long as one likes: TINE_STRESS_SECONDS, 2 if it is not set. Outside
 * threads run loops, submit and gather, fork in tasks, cancel scopes and open pools of their own,
 * and pause in between for about as long as workers look on before they sleep, so that parking
 * meets everything that should wake. A call that does not return in time is a lost wake-up: the
 * test ends with the name of it. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>
#include <stdlib.h>
#include <tine_fork.h>

enum { THREADS = 5, TASKS = 40, ELEMENTS = 64, FIB = 16, FIB_VALUE = 987 };
#define STUCK_NS (60000 * MS)

typedef struct player {
    tine_pool *pool; /* of all */
    unsigned random;
    int64_t end_ns;
    _Atomic(const char *) doing; /* by the player; read by who watches */
    atomic_llong since_ns;
    atomic_int wrong, games;
} player;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static unsigned draw(player *p, unsigned below)
{
    p->random = p->random * 1103515245u + 12345u;
    return (p->random >> 16) % below;
}

static void expect(player *p, bool so)
{
    if (!so)
        atomic_fetch_add(&p->wrong, 1);
}

static void spin_for(int64_t ns)
{
    for (int64_t end = now_ns() + ns; now_ns() < end;)
        ;
}

/* ---- what tasks do */

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

static void fib_by_call(void *arg)
{
    long *n = arg;
    if (*n < 2)
        return;
    long left = *n - 1, right = *n - 2;
    tine_frame frame;
    tine_fork(&frame, fib_by_call, &left);
    fib_by_call(&right);
    tine_join(&frame);
    *n = left + right;
}

static tine_status fib_task(void *arg, void *value)
{
    long *result = value;
    *result = FIB;
    if (arg)
        *result = fib(tine_place_here(), FIB);
    else
        fib_by_call(result);
    return TINE_OK;
}

/* A long call whose forks nobody sees until somebody raises them. */
static void wait_for_help(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static tine_status busy_task(void *arg, void *value)
{
    (void)value;
    tine_frame frames[3];
    atomic_int n = 0;
    for (int i = 0; i < 3; i++)
        tine_fork(&frames[i], wait_for_help, &n);
    spin_for(*(int64_t *)arg);
    for (int i = 3; i-- > 0;)
        tine_join(&frames[i]);
    return n == 3 ? TINE_OK : 9;
}

static tine_status square(size_t i, const void *in, void *out, void *ctx)
{
    (void)ctx;
    *(long *)out = *(const long *)in * (long)i;
    return TINE_OK;
}

static tine_status until_stopped(void *arg, void *value)
{
    (void)arg;
    (void)value;
    for (int i = 0; i < 1000 && !tine_stopping(); i++)
        spin_for(1000);
    return TINE_OK;
}

/* ---- games */

static void loop(player *p)
{
    long in[ELEMENTS] = {0}, out[ELEMENTS];
    size_t n = draw(p, ELEMENTS);
    for (size_t i = 0; i < n; i++)
        in[i] = (long)i;
    expect(p, tine_parallel_map(p->pool, square, NULL, in, sizeof *in, out, sizeof *out, n, NULL,
                                NULL) == TINE_OK);
    for (size_t i = 0; i < n; i++)
        expect(p, out[i] == (long)(i * i));
}

static void gather(player *p, bool typed, int64_t timeout_ns)
{
    tine_future *futures[TASKS];
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    unsigned n = 1 + draw(p, TASKS);
    options.value_size = sizeof(long);
    for (unsigned i = 0; i < n; i++)
        expect(p, tine_submit(p->pool, fib_task, typed ? p : NULL, &options, &futures[i], NULL) ==
                      TINE_OK);
    expect(p, tine_wait_all(futures, n, timeout_ns, NULL) == TINE_OK);
    for (unsigned i = 0; i < n; i++) {
        expect(p, *(const long *)tine_future_value(futures[i]) == FIB_VALUE);
        tine_future_release(futures[i]);
    }
}

static void gather_helping(player *p)
{
    gather(p, true, TINE_FOREVER);
}

static void gather_waiting(player *p)
{
    gather(p, false, STUCK_NS);
}

static void keep_busy(player *p)
{
    int64_t ns = draw(p, 300) * 1000;
    tine_future *future = submit(p->pool, busy_task, &ns);
    expect(p, wait_release(future) == TINE_OK);
}

static void cancel(player *p)
{
    tine_scope *scope;
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    expect(p, tine_scope_open(NULL, &scope, NULL) == TINE_OK);
    options.scope = scope;
    for (int i = 0; i < 8; i++)
        expect(p, tine_submit(p->pool, until_stopped, NULL, &options, NULL, NULL) == TINE_OK);
    spin_for(draw(p, 100) * 1000);
    tine_scope_cancel(scope);
    tine_scope_close(&scope);
}

static void open_another(player *p)
{
    tine_pool *shared = p->pool;
    p->pool = open_pool(1 + draw(p, 3));
    loop(p);
    gather_waiting(p);
    expect(p, tine_pool_close(&p->pool) == TINE_OK);
    p->pool = shared;
}

static const struct {
    const char *name;
    void (*play)(player *p);
} games[] = {
    {"loop", loop},
    {"gather_helping", gather_helping},
    {"gather_waiting", gather_waiting},
    {"keep_busy", keep_busy},
    {"cancel", cancel},
    {"open_another", open_another},
};

static void pause_for_a_while(player *p)
{
    static const int64_t pauses_ns[] = {0, 0, 5000, 45000, 50000, 55000, 100000, 1000000};
    int64_t ns = pauses_ns[draw(p, 8)];
    struct timespec t = {.tv_nsec = (long)ns};
    if (ns)
        nanosleep(&t, NULL);
}

static void *play_main(void *arg)
{
    player *p = arg;
    while (now_ns() < p->end_ns) {
        unsigned i = draw(p, sizeof games / sizeof games[0]);
        atomic_store(&p->since_ns, now_ns());
        atomic_store(&p->doing, games[i].name);
        games[i].play(p);
        atomic_store(&p->doing, NULL);
        atomic_fetch_add(&p->games, 1);
        pause_for_a_while(p);
    }
    return NULL;
}

static void watch(player *players, int64_t end_ns)
{
    while (now_ns() < end_ns) {
        sleep_ms(20);
        for (int i = 0; i < THREADS; i++) {
            const char *doing = atomic_load(&players[i].doing);
            if (doing && now_ns() - atomic_load(&players[i].since_ns) > STUCK_NS) {
                fprintf(stderr, "player %d is stuck in %s\n", i, doing);
                abort();
            }
        }
    }
}

static void nobody_gets_stuck(void **state)
{
    (void)state;
    static player players[THREADS];
    const char *seconds = getenv("TINE_STRESS_SECONDS");
    int64_t end_ns = now_ns() + (seconds ? atoll(seconds) : 2) * 1000000000;
    pthread_t threads[THREADS];
    tine_pool *pool = open_pool(2);
    for (int i = 0; i < THREADS; i++) {
        players[i] = (player){.pool = pool, .random = (unsigned)i + 1, .end_ns = end_ns};
        assert_int_equal(pthread_create(&threads[i], NULL, play_main, &players[i]), 0);
    }
    watch(players, end_ns);
    int n_games = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(players[i].wrong, 0);
        n_games += players[i].games;
    }
    assert_int_equal(tine_pool_close(&pool), TINE_OK);
    print_message("%d games\n", n_games);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_gets_stuck)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
