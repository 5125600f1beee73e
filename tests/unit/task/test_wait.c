#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>

/* With every worker held at a gate, what is done is done by whoever waits. */
typedef struct held {
    tine_pool *pool;
    gate gate;
    tine_future *block[8];
    unsigned n;
} held;

static void hold(held *h, unsigned n)
{
    *h = (held){.pool = open_pool(n), .n = n};
    for (unsigned i = 0; i < n; i++)
        h->block[i] = submit(h->pool, gate_task, &h->gate);
    await_int(&h->gate.arrived, (int)n);
}

static void let_go(held *h)
{
    atomic_store(&h->gate.open, 1);
    for (unsigned i = 0; i < h->n; i++)
        assert_int_equal(wait_release(h->block[i]), TINE_OK);
    tine_pool_close(&h->pool);
}

static void a_wait_for_ever_runs_the_task_and_no_other(void **state)
{
    (void)state;
    held h;
    atomic_int awaited = 0, other = 0;
    hold(&h, 2);
    tine_future *before = submit(h.pool, count_task, &other);
    tine_future *future = submit(h.pool, count_task, &awaited);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, NULL), TINE_OK);
    assert_int_equal(awaited, 1);
    assert_int_equal(other, 0);
    let_go(&h);
    assert_int_equal(other, 1);
    tine_future_release(before);
    tine_future_release(future);
}

static void a_bounded_wait_starts_nothing(void **state)
{
    (void)state;
    held h;
    atomic_int count = 0;
    tine_error error;
    size_t index;
    hold(&h, 1);
    tine_future *future = submit(h.pool, count_task, &count);
    assert_int_equal(tine_future_wait(future, 0, &error), TINE_ETIMEDOUT);
    assert_int_equal(tine_future_wait(future, 5 * MS, &error), TINE_ETIMEDOUT);
    assert_int_equal(tine_wait_all(&future, 1, 5 * MS, &error), TINE_ETIMEDOUT);
    assert_int_equal(tine_wait_any(&future, 1, 5 * MS, &index, &error), TINE_ETIMEDOUT);
    assert_false(tine_future_done(future));
    assert_int_equal(count, 0);
    let_go(&h);
    assert_int_equal(tine_future_wait(future, 0, &error), TINE_OK);
    tine_future_release(future);
}

static tine_status count_then(const tine_future *done, void *arg, void *value)
{
    return tine_future_done(done) ? count_task(arg, value) : 1;
}

static void a_wait_follows_then(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        held h;
        atomic_int count = 0;
        hold(&h, 1);
        tine_future *last = submit(h.pool, count_task, &count);
        for (int i = 0; i < 50; i++) {
            tine_pool *where = kind == 0 || (kind == 2 && i % 2) ? h.pool : NULL;
            tine_future *next;
            assert_int_equal(tine_future_then(last, where, count_then, &count, NULL, &next, NULL),
                             TINE_OK);
            tine_future_release(last);
            last = next;
        }
        assert_int_equal(wait_release(last), TINE_OK);
        assert_int_equal(count, 51);
        let_go(&h);
    }
}

static tine_status return_task(void *arg, void *value)
{
    (void)value;
    return (tine_status)(intptr_t)arg;
}

static void wait_all_reports_the_lowest(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 8; n = n ? 2 * n : 1) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_future *futures[100];
        tine_error error;
        for (intptr_t i = 0; i < 100; i++)
            futures[i] = submit(pool, return_task, (void *)(i > 40 && i % 7 == 0 ? i : 0));
        assert_int_equal(tine_wait_all(futures, 100, TINE_FOREVER, &error), 42);
        assert_int_equal(error.index, 42);
        assert_int_equal(tine_wait_all(futures, 40, 0, &error), TINE_OK);
        assert_int_equal(tine_wait_all(NULL, 0, 0, &error), TINE_OK);
        for (int i = 0; i < 100; i++)
            tine_future_release(futures[i]);
        tine_pool_close(&pool);
    }
}

static void wait_any_gives_the_lowest_that_is_done(void **state)
{
    (void)state;
    held h;
    gate second = {0};
    size_t index = 99;
    atomic_int count = 0;
    hold(&h, 1);
    tine_pool *other = open_pool(1);
    tine_future *futures[9];
    futures[0] = tine_future_retain(h.block[0]);
    for (int i = 1; i < 9; i++)
        futures[i] =
            submit(other, i == 1 ? gate_task : count_task, i == 1 ? (void *)&second : &count);
    await_int(&second.arrived, 1);
    /* Neither 0 nor 1 can be helped; 2 is claimed. */
    assert_int_equal(tine_wait_any(futures, 9, TINE_FOREVER, &index, NULL), TINE_OK);
    assert_int_equal(index, 2);
    assert_int_equal(count, 1);
    atomic_store(&second.open, 1);
    assert_int_equal(tine_wait_any(futures, 2, TINE_FOREVER, &index, NULL), TINE_OK);
    assert_int_equal(index, 1);
    assert_int_equal(tine_wait_any(futures, 0, TINE_FOREVER, &index, NULL), TINE_EINVAL);
    for (int i = 0; i < 9; i++)
        tine_future_release(futures[i]);
    tine_pool_close(&other);
    let_go(&h);
}

/* Submits and waits, to the given depth. */
typedef struct nest {
    tine_pool *pool;
    int depth;
} nest;

static tine_status nest_task(void *arg, void *value)
{
    (void)value;
    nest *n = arg;
    if (!n->depth)
        return TINE_OK;
    nest inner[2] = {{n->pool, n->depth - 1}, {n->pool, n->depth - 1}};
    tine_future *futures[2];
    for (int i = 0; i < 2; i++)
        if (tine_submit(n->pool, nest_task, &inner[i], NULL, &futures[i], NULL) != TINE_OK)
            return 1;
    tine_status status = tine_wait_all(futures, 2, TINE_FOREVER, NULL);
    for (int i = 0; i < 2; i++)
        tine_future_release(futures[i]);
    return status;
}

static void nested_waits_do_not_deadlock(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n *= 2) {
        nest root = {open_pool(n), 8};
        assert_int_equal(wait_release(submit(root.pool, nest_task, &root)), TINE_OK);
        tine_future *unhelped = submit(root.pool, nest_task, &root);
        assert_int_equal(tine_future_wait(unhelped, 60000 * MS, NULL), TINE_OK);
        tine_future_release(unhelped);
        tine_pool_close(&root.pool);
    }
}

/* Takes the lock, and waits for a task of its own while it holds it. A wait that ran another of
 * these would meet the lock on its own stack. */
typedef struct locked {
    tine_pool *pool;
    pthread_mutex_t *mutex;
    atomic_int *count;
} locked;

static tine_status locked_task(void *arg, void *value)
{
    (void)value;
    locked *l = arg;
    tine_future *inner;
    if (pthread_mutex_lock(l->mutex) != 0)
        return 1;
    tine_status status = tine_submit(l->pool, count_task, l->count, NULL, &inner, NULL);
    if (status == TINE_OK)
        status = wait_release(inner);
    pthread_mutex_unlock(l->mutex);
    return status;
}

static void locks_may_be_held_across_a_wait(void **state)
{
    (void)state;
    enum { TASKS = 300 };
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &attr);
    for (unsigned n = 1; n <= 8; n *= 2) {
        atomic_int count = 0;
        locked l = {open_pool(n), &mutex, &count};
        tine_future *futures[TASKS];
        for (int i = 0; i < TASKS; i++)
            futures[i] = submit(l.pool, locked_task, &l);
        assert_int_equal(tine_wait_all(futures, TASKS, TINE_FOREVER, NULL), TINE_OK);
        for (int i = 0; i < TASKS; i++)
            tine_future_release(futures[i]);
        assert_int_equal(count, TASKS);
        tine_pool_close(&l.pool);
    }
    pthread_mutex_destroy(&mutex);
    pthread_mutexattr_destroy(&attr);
}

static tine_status self_task(void *arg, void *value)
{
    (void)value;
    gate *g = ((void **)arg)[1];
    pass_gate(g);
    return tine_future_wait(**(tine_future ***)arg, TINE_FOREVER, NULL);
}

static void waiting_for_oneself_is_refused(void **state)
{
    (void)state;
    gate g = {0};
    tine_future *self;
    void *arg[2] = {&self, &g};
    tine_pool *pool = open_pool(1);
    self = submit(pool, self_task, arg);
    await_int(&g.arrived, 1);
    atomic_store(&g.open, 1);
    assert_int_equal(wait_release(self), TINE_EINVAL);
    tine_pool_close(&pool);
}

static tine_status follow_then(const tine_future *done, void *arg, void *value)
{
    (void)done;
    (void)value;
    if (arg)
        atomic_fetch_add((atomic_int *)arg, 1);
    return TINE_OK;
}

static tine_future *then(tine_future *before, tine_pool *pool, atomic_int *count)
{
    tine_future *next;
    assert_int_equal(tine_future_then(before, pool, follow_then, count, NULL, &next, NULL),
                     TINE_OK);
    return next;
}

static void waiting_for_what_follows_oneself_is_refused(void **state)
{
    (void)state;
    for (int on_pool = 0; on_pool < 2; on_pool++) {
        gate g = {0};
        tine_future *second, *third;
        void *arg[2] = {&third, &g};
        tine_pool *pool = open_pool(1);
        tine_future *self = submit(pool, self_task, arg);
        await_int(&g.arrived, 1);
        second = then(self, on_pool ? pool : NULL, NULL);
        third = then(second, on_pool ? pool : NULL, NULL);
        atomic_store(&g.open, 1);
        assert_int_equal(wait_release(self), TINE_EINVAL);
        assert_int_equal(wait_release(third), TINE_OK);
        tine_future_release(second);
        tine_pool_close(&pool);
    }
}

/* With the worker held, the waiter runs every link itself: a climb for each would take minutes. */
static void a_long_chain_is_climbed_once(void **state)
{
    (void)state;
    enum { N = 20000 };
    held h;
    atomic_int count = 0;
    hold(&h, 1);
    tine_future *last = submit(h.pool, count_task, &count);
    for (int i = 0; i < N; i++) {
        tine_future *next = then(last, h.pool, &count);
        tine_future_release(last);
        last = next;
    }
    assert_int_equal(wait_release(last), TINE_OK);
    assert_int_equal(count, N + 1);
    let_go(&h);
}

static void *wait_main(void *future)
{
    return (void *)(intptr_t)tine_future_wait(future, TINE_FOREVER, NULL);
}

/* What the waiter climbed to goes on; what it waits for does not depend on that any more. */
static void a_chain_may_be_cut_while_it_is_waited_for(void **state)
{
    (void)state;
    for (int cut = 0; cut < 5; cut++) {
        held h;
        atomic_int count = 0;
        pthread_t thread;
        void *status;
        hold(&h, 1);
        tine_future *links[6] = {h.block[0]};
        for (int i = 1; i < 6; i++)
            links[i] = then(links[i - 1], h.pool, &count);
        assert_int_equal(pthread_create(&thread, NULL, wait_main, links[5]), 0);
        sleep_ms(3);
        if (cut)
            assert_true(tine_future_cancel(links[cut]));
        else
            atomic_store(&h.gate.open, 1);
        pthread_join(thread, &status);
        assert_int_equal((intptr_t)status, TINE_OK);
        assert_int_equal(count, 5 - cut);
        for (int i = 1; i < 6; i++)
            tine_future_release(links[i]);
        let_go(&h);
    }
}

/* One visit for all, and other pools in between. */
static void wait_all_runs_what_nobody_has_started(void **state)
{
    (void)state;
    enum { N = 100 };
    held h[2];
    atomic_int count = 0;
    tine_future *futures[N];
    hold(&h[0], 1);
    hold(&h[1], 2);
    for (int i = 0; i < N; i++)
        futures[i] = submit(h[i / 3 % 2].pool, count_task, &count);
    assert_int_equal(tine_wait_all(futures, N, TINE_FOREVER, NULL), TINE_OK);
    assert_int_equal(count, N);
    for (int i = 0; i < N; i++)
        tine_future_release(futures[i]);
    let_go(&h[0]);
    let_go(&h[1]);
}

static void as_completed_gives_them_in_that_order(void **state)
{
    (void)state;
    enum { N = 20 };
    gate gates[N] = {{0}};
    tine_future *futures[N];
    tine_completed *completed;
    size_t index = N;
    tine_pool *pool = open_pool(N);
    for (int i = 0; i < N; i++)
        futures[i] = submit(pool, gate_task, &gates[i]);
    for (int i = 0; i < 3; i++) { /* have ended before */
        atomic_store(&gates[2 - i].open, 1);
        assert_int_equal(tine_future_wait(futures[2 - i], TINE_FOREVER, NULL), TINE_OK);
    }
    assert_int_equal(tine_as_completed(futures, N, &completed, NULL), TINE_OK);
    for (size_t i = 0; i < N; i++)
        await_int(&gates[i].arrived, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tine_completed_next(completed, 0, &index, NULL), TINE_OK);
        assert_int_equal(index, i);
    }
    assert_int_equal(tine_completed_next(completed, MS, &index, NULL), TINE_ETIMEDOUT);
    for (size_t i = 3; i < N; i++) {
        size_t which = 3 + i * 7 % (N - 3);
        atomic_store(&gates[which].open, 1);
        assert_int_equal(
            tine_completed_next(completed, i % 2 ? TINE_FOREVER : 60000 * MS, &index, NULL),
            TINE_OK);
        assert_int_equal(index, which);
    }
    assert_int_equal(tine_completed_next(completed, TINE_FOREVER, &index, NULL), TINE_END);
    tine_completed_close(&completed);
    assert_null(completed);
    tine_completed_close(&completed);
    for (int i = 0; i < N; i++)
        tine_future_release(futures[i]);
    tine_pool_close(&pool);
}

static void as_completed_runs_what_nobody_has_started(void **state)
{
    (void)state;
    enum { N = 300 };
    for (int closes_early = 0; closes_early < 2; closes_early++) {
        held h;
        atomic_int count = 0;
        tine_future *futures[N];
        tine_completed *completed;
        bool given[N] = {false};
        hold(&h, 2);
        for (int i = 0; i < N; i++)
            futures[i] = i % 3 ? then(futures[i - 1], i % 3 == 1 ? h.pool : NULL, &count)
                               : submit(h.pool, count_task, &count);
        assert_int_equal(tine_as_completed(futures, N, &completed, NULL), TINE_OK);
        for (int i = 0; i < (closes_early ? N / 2 : N); i++) {
            size_t index = N;
            assert_int_equal(tine_completed_next(completed, TINE_FOREVER, &index, NULL), TINE_OK);
            assert_true(tine_future_done(futures[index]));
            assert_false(given[index]);
            given[index] = true;
        }
        tine_completed_close(&completed);
        for (int i = 0; i < N; i++)
            tine_future_release(futures[i]);
        let_go(&h);
        assert_int_equal(count, N);
    }
}

static tine_status own_completed_task(void *arg, void *value)
{
    (void)value;
    pass_gate(((void **)arg)[1]);
    tine_completed *completed;
    return tine_as_completed(*(tine_future ***)arg, 1, &completed, NULL);
}

static void as_completed_refuses_nonsense(void **state)
{
    (void)state;
    gate g = {0};
    tine_future *self, *none = NULL;
    tine_completed *completed = (void *)&g;
    void *arg[2] = {&self, &g};
    tine_pool *pool = open_pool(1);
    assert_int_equal(tine_as_completed(&none, 1, &completed, NULL), TINE_EINVAL);
    assert_null(completed);
    assert_int_equal(tine_as_completed(NULL, 1, &completed, NULL), TINE_EINVAL);
    assert_int_equal(tine_as_completed(NULL, 0, &completed, NULL), TINE_OK);
    assert_int_equal(tine_completed_next(completed, TINE_FOREVER, NULL, NULL), TINE_END);
    tine_completed_close(&completed);
    self = submit(pool, own_completed_task, arg);
    await_int(&g.arrived, 1);
    atomic_store(&g.open, 1);
    assert_int_equal(wait_release(self), TINE_EINVAL);
    tine_pool_close(&pool);
}

static void no_array_is_refused(void **state)
{
    (void)state;
    tine_error error;
    size_t index;
    assert_int_equal(tine_wait_all(NULL, 1, 0, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "array"));
    assert_int_equal(tine_wait_any(NULL, 1, 0, &index, &error), TINE_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_for_ever_runs_the_task_and_no_other),
        cmocka_unit_test(a_bounded_wait_starts_nothing),
        cmocka_unit_test(a_wait_follows_then),
        cmocka_unit_test(wait_all_reports_the_lowest),
        cmocka_unit_test(wait_any_gives_the_lowest_that_is_done),
        cmocka_unit_test(nested_waits_do_not_deadlock),
        cmocka_unit_test(locks_may_be_held_across_a_wait),
        cmocka_unit_test(waiting_for_oneself_is_refused),
        cmocka_unit_test(waiting_for_what_follows_oneself_is_refused),
        cmocka_unit_test(a_long_chain_is_climbed_once),
        cmocka_unit_test(a_chain_may_be_cut_while_it_is_waited_for),
        cmocka_unit_test(wait_all_runs_what_nobody_has_started),
        cmocka_unit_test(as_completed_gives_them_in_that_order),
        cmocka_unit_test(as_completed_runs_what_nobody_has_started),
        cmocka_unit_test(as_completed_refuses_nonsense),
        cmocka_unit_test(no_array_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
