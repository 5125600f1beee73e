#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>

/* Runs fn(arg) as a task. */
typedef struct body {
    void (*fn)(void *arg);
    void *arg;
} body;

static tine_status body_task(void *arg, void *value)
{
    (void)value;
    body *b = arg;
    b->fn(b->arg);
    return TINE_OK;
}

static void run_on(tine_pool *pool, void (*fn)(void *arg), void *arg)
{
    body b = {fn, arg};
    tine_future *future = submit(pool, body_task, &b);
    assert_int_equal(tine_future_wait(future, pool ? 120000 * MS : TINE_FOREVER, NULL), TINE_OK);
    tine_future_release(future);
}

/* On no pool, and on pools of 1 to 8 workers. */
static void run_everywhere(void (*fn)(void *arg), void (*check)(void *arg), void *arg)
{
    for (unsigned n = 0; n <= 8; n = n ? 2 * n : 1) {
        tine_pool *pool = n ? open_pool(n) : NULL;
        run_on(pool, fn, arg);
        check(arg);
        tine_pool_close(&pool);
    }
}

static void fib(void *arg)
{
    long n = *(long *)arg;
    if (n < 2)
        return;
    long a = n - 1, b = n - 2;
    tine_frame frame;
    tine_fork(&frame, fib, &b);
    fib(&a);
    tine_join(&frame);
    *(long *)arg = a + b;
}

static void check_fib(void *arg)
{
    assert_int_equal(*(long *)arg, 75025);
    *(long *)arg = 25;
}

static void a_full_tree(void **state)
{
    (void)state;
    long n = 25;
    run_everywhere(fib, check_fib, &n);
}

/* ThreadSanitizer keeps no stacks deeper than 65,536 calls, and AddressSanitizer takes its time. */
#if defined __has_feature
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#elif defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#endif
#if defined SANITIZED
#define DEEP 10000
#define WIDE 100000
#else
#define DEEP 100000
#define WIDE 1000000
#endif

/* A chain of calls, the rest of it in the forked call or in the call that goes on. */
typedef struct chain {
    int left;
    bool in_fork;
    atomic_int *count;
} chain;

static void descend(void *arg)
{
    chain *c = arg;
    atomic_fetch_add(c->count, 1);
    if (!c->left)
        return;
    chain rest = {c->left - 1, c->in_fork, c->count}, leaf = {0, c->in_fork, c->count};
    tine_frame frame;
    tine_fork(&frame, descend, c->in_fork ? &rest : &leaf);
    descend(c->in_fork ? &leaf : &rest);
    tine_join(&frame);
}

static void deep_trees(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n *= 2)
        for (int in_fork = 0; in_fork < 2; in_fork++) {
            tine_pool_options options = TINE_POOL_OPTIONS_INIT;
            options.n_workers = n;
            options.stack_size = (size_t)512 << 20; /* what the same calls would need serially */
            tine_pool *pool;
            assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
            atomic_int count = 0;
            chain c = {DEEP, in_fork, &count};
            run_on(pool, descend, &c);
            assert_int_equal(count, 2 * DEEP + 1);
            tine_pool_close(&pool);
        }
}

static void add_one(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void wide_tree(void *arg)
{
    static tine_frame frames[WIDE];
    for (int i = 0; i < WIDE; i++)
        tine_fork(&frames[i], add_one, arg);
    for (int i = WIDE; i-- > 0;)
        tine_join(&frames[i]);
}

static void check_wide(void *arg)
{
    assert_int_equal(*(atomic_int *)arg, WIDE);
    *(atomic_int *)arg = 0;
}

static void a_wide_tree(void **state)
{
    (void)state;
    atomic_int count = 0;
    run_everywhere(wide_tree, check_wide, &count);
}

/* Every body forks and joins with its own lock held, and wants the lock of its tree for a moment
 * before. A join that ran an unrelated body would try to lock what its own stack holds. */
typedef struct locked {
    pthread_mutex_t *mutex;
    atomic_int *count;
} locked;

static void work_little(void *arg)
{
    locked *l = arg;
    for (int i = 0; i < 50; i++)
        atomic_fetch_add(l->count, 1);
}

static tine_status locked_task(void *arg, void *value)
{
    (void)value;
    locked *l = arg;
    if (pthread_mutex_lock(l->mutex) != 0)
        return 1;
    tine_frame frames[4];
    for (int i = 0; i < 4; i++)
        tine_fork(&frames[i], work_little, l);
    for (int i = 4; i-- > 0;)
        tine_join(&frames[i]);
    pthread_mutex_unlock(l->mutex);
    return TINE_OK;
}

static void locks_may_be_held_across_a_join(void **state)
{
    (void)state;
    enum { TASKS = 200 };
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &attr);
    for (unsigned n = 1; n <= 4; n++) {
        atomic_int count = 0;
        locked l = {&mutex, &count};
        tine_future *futures[TASKS];
        tine_pool *pool = open_pool(n);
        for (int i = 0; i < TASKS; i++)
            futures[i] = submit(pool, locked_task, &l);
        assert_int_equal(tine_wait_all(futures, TASKS, TINE_FOREVER, NULL), TINE_OK);
        for (int i = 0; i < TASKS; i++)
            tine_future_release(futures[i]);
        assert_int_equal(count, TASKS * 200);
        tine_pool_close(&pool);
    }
    pthread_mutex_destroy(&mutex);
    pthread_mutexattr_destroy(&attr);
}

typedef struct inherited {
    tine_scope *scope;
    tine_pool *pool;
    atomic_int stopped;
} inherited;

static void until_stopped(void *arg)
{
    while (!tine_stopping())
        sleep_ms(1);
    atomic_fetch_add(&((inherited *)arg)->stopped, 1);
}

static tine_status inheriting_task(void *arg, void *value)
{
    (void)value;
    tine_frame frames[2];
    for (int i = 0; i < 2; i++)
        tine_fork(&frames[i], until_stopped, arg);
    tine_scope_cancel(((inherited *)arg)->scope);
    for (int i = 2; i-- > 0;)
        tine_join(&frames[i]);
    return 12;
}

static void forked_calls_inherit_the_scope(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        inherited x = {.pool = open_pool(n)};
        tine_error error;
        tine_future *future;
        assert_int_equal(tine_scope_open(NULL, &x.scope, NULL), TINE_OK);
        tine_task_options options = TINE_TASK_OPTIONS_INIT;
        options.scope = x.scope;
        assert_int_equal(tine_submit(x.pool, inheriting_task, &x, &options, &future, NULL), 0);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), 12);
        assert_int_equal(x.stopped, 2);
        tine_future_release(future);
        tine_scope_close(&x.scope);
        tine_pool_close(&x.pool);
    }
}

enum { SPEAKERS = 40 };

typedef struct speaker {
    int number;
    gate *gate; /* NULL: it does not wait */
} speaker;

static void speak(void *arg)
{
    const speaker *s = arg;
    if (s->gate)
        pass_gate(s->gate);
    (void)tine_fail(9, s->number, "this is number %d", s->number);
}

/* The joins are in reverse order, so the last word is that of the first call; `gate`: which others
 * run, for certain. */
static tine_status speaking_task(void *arg, void *value)
{
    (void)value;
    tine_frame frames[SPEAKERS];
    speaker speakers[SPEAKERS];
    gate *first = arg;
    for (int i = 0; i < SPEAKERS; i++) {
        speakers[i] = (speaker){i, i == 0 ? first : NULL};
        tine_fork(&frames[i], speak, &speakers[i]);
    }
    if (first) {
        await_int(&first->arrived, 1);
        atomic_store(&first->open, 1);
    }
    for (int i = SPEAKERS; i-- > 0;)
        tine_join(&frames[i]);
    return 12;
}

static void what_a_forked_call_says_is_said_at_its_join(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 3; n++) {
        gate first = {0};
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_future *future;
        tine_error error;
        assert_int_equal(
            tine_submit(pool, speaking_task, n > 1 ? &first : NULL, NULL, &future, NULL), 0);
        assert_int_equal(tine_future_wait(future, 60000 * MS, &error), 12);
        assert_string_equal(error.message, "this is number 0");
        assert_int_equal(error.index, 0);
        tine_future_release(future);
        tine_pool_close(&pool);
    }
}

static void outside_a_body_the_join_calls(void **state)
{
    (void)state;
    atomic_int count = 0;
    tine_frame frame;
    tine_fork(&frame, add_one, &count);
    tine_join(&frame);
    assert_int_equal(count, 1);
    assert_int_equal(tine_fail(5, 0, "no body"), 5);
    assert_false(tine_stopping());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_tree),
        cmocka_unit_test(deep_trees),
        cmocka_unit_test(a_wide_tree),
        cmocka_unit_test(locks_may_be_held_across_a_join),
        cmocka_unit_test(forked_calls_inherit_the_scope),
        cmocka_unit_test(what_a_forked_call_says_is_said_at_its_join),
        cmocka_unit_test(outside_a_body_the_join_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
