/* Uneven fork trees from several bodies at once, with loops and waits inside: whoever parks, joins
 * or steals, every call is made once and its result is seen. */
#define _GNU_SOURCE
#include "support/pool.h"

typedef struct call {
    tine_pool *pool;
    unsigned seed;
    int depth;
    long result;
} call;

static tine_status add_range(size_t begin, size_t end, void *ctx)
{
    atomic_fetch_add((atomic_long *)ctx, (long)(end - begin));
    return TINE_OK;
}

static void tree(void *arg);

static tine_status tree_task(void *arg, void *value)
{
    (void)value;
    tree(arg);
    return TINE_OK;
}

/* By a loop, a task that is waited for, or nothing. */
static long extra(const call *c)
{
    if (c->seed % 5 == 0) {
        atomic_long sum = 0;
        (void)!tine_parallel_for(c->pool, 0, 10, add_range, &sum, NULL, NULL);
        return sum;
    }
    if (c->seed % 5 == 1) {
        call inner = {c->pool, c->seed / 3, c->depth - 2, 0};
        tine_future *future;
        if (tine_submit(c->pool, tree_task, &inner, NULL, &future, NULL) == TINE_OK)
            (void)wait_release(future);
        return inner.result;
    }
    return 1;
}

static void tree(void *arg)
{
    call *c = arg;
    if (c->depth <= 0) {
        c->result = 1;
        return;
    }
    unsigned n = c->seed % 4;
    call calls[3];
    tine_frame frames[3];
    for (unsigned i = 0; i < n; i++) {
        calls[i] = (call){c->pool, c->seed * 1103515245u / (i + 3) + i, c->depth - 1, 0};
        tine_fork(&frames[i], tree, &calls[i]);
    }
    c->result = extra(c);
    for (unsigned i = n; i-- > 0;) {
        tine_join(&frames[i]);
        c->result += calls[i].result;
    }
}

static void uneven_trees(void **state)
{
    (void)state;
    enum { ROOTS = 12 };
    long expected[ROOTS];
    for (unsigned n = 0; n <= 8; n = n ? 2 * n : 1) {
        call roots[ROOTS];
        tine_future *futures[ROOTS];
        tine_pool *pool = n ? open_pool(n) : NULL;
        for (unsigned i = 0; i < ROOTS; i++) {
            roots[i] = (call){pool, 12345 + 7919 * i, 16, 0};
            futures[i] = submit(pool, tree_task, &roots[i]);
        }
        for (unsigned i = 0; i < ROOTS; i++) {
            assert_int_equal(wait_release(futures[i]), TINE_OK);
            if (n)
                assert_int_equal(roots[i].result, expected[i]);
            expected[i] = roots[i].result;
        }
        tine_pool_close(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(uneven_trees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
