/* Threads still wait for futures of a pool that another thread closes: they may help, or find it
 * all done by the workers, but never meet a pool that is gone. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>

enum { ROUNDS = 300, WAITERS = 3, TASKS = 8 };

typedef struct waiter {
    tine_future *futures[TASKS];
    atomic_int *ready;
    int failures;
} waiter;

static void *waiter_main(void *arg)
{
    waiter *w = arg;
    atomic_fetch_add(w->ready, 1);
    for (int i = TASKS; i-- > 0;)
        w->failures += tine_future_wait(w->futures[i], TINE_FOREVER, NULL) != TINE_OK;
    return NULL;
}

static void waits_while_the_pool_closes(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        tine_pool *pool = open_pool(1 + round % 3);
        atomic_int count = 0, ready = 0;
        tine_future *futures[TASKS];
        waiter waiters[WAITERS];
        pthread_t threads[WAITERS];
        for (int i = 0; i < TASKS; i++)
            futures[i] = submit(pool, count_task, &count);
        for (int i = 0; i < WAITERS; i++) {
            waiters[i] = (waiter){.ready = &ready};
            memcpy(waiters[i].futures, futures, sizeof futures);
            assert_int_equal(pthread_create(&threads[i], NULL, waiter_main, &waiters[i]), 0);
        }
        if (round % 2)
            while (atomic_load(&ready) < WAITERS)
                ;
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
        assert_int_equal(count, TASKS);
        for (int i = 0; i < WAITERS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(waiters[i].failures, 0);
        }
        for (int i = 0; i < TASKS; i++)
            tine_future_release(futures[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(waits_while_the_pool_closes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
