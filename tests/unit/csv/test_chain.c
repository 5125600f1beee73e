/* The chain: turns come in order whoever asks first, and the failure that counts is the lowest
 * partition's. Assertions are made by the main thread alone. */
#include "csv/chain.h"
#include "base/error.h"
#include "cmocka_all.h"

#include <pthread.h>
#include <time.h>

static _Atomic unsigned asked; /* by never_told, from every thread */

static tine_status never_told(void)
{
    atomic_fetch_add(&asked, 1);
    return TINE_OK;
}

static tine_status told_at_once(void)
{
    return TINE_ECANCELED;
}

typedef struct waiter {
    tine__chain *chain;
    uint64_t turn;
    pthread_t thread;
    _Atomic bool done; /* set by the thread behind the rest, which it publishes */
    tine_status status;
    tine__prefix prefix;
} waiter;

static void *await(void *arg)
{
    waiter *w = arg;
    w->status = tine__chain_await(w->chain, w->turn, never_told, &w->prefix);
    atomic_store(&w->done, true);
    return NULL;
}

/* Waits for its turn and passes on one record more. */
static void *take_part(void *arg)
{
    waiter *w = arg;
    await(w);
    tine__prefix next = w->prefix;
    next.records++;
    next.lines += w->turn;
    tine__chain_publish(w->chain, w->turn, &next);
    return NULL;
}

static void start(waiter *w, tine__chain *chain, uint64_t turn, void *(*run)(void *))
{
    w->chain = chain;
    w->turn = turn;
    atomic_init(&w->done, false);
    assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void turns_come_in_order(void **state)
{
    (void)state;
    enum { N = 24 };
    tine__chain chain;
    waiter waiters[N];
    assert_int_equal(tine__chain_init(&chain, NULL), TINE_OK);
    for (size_t i = N; i-- > 0;) /* the last one asks first */
        start(&waiters[i], &chain, i, take_part);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
        assert_int_equal(waiters[i].status, TINE_OK);
        assert_int_equal(waiters[i].prefix.records, i);
        assert_int_equal(waiters[i].prefix.lines, i * (i - 1) / 2);
    }
    assert_int_equal(chain.next, N);
    tine__chain_destroy(&chain);
}

static tine_error failure(tine_status status)
{
    tine_error error;
    tine__error_set(&error, status, "status %d", status);
    return error;
}

static void the_lowest_failure_is_kept(void **state)
{
    (void)state;
    tine__chain chain;
    tine_error four = failure(14), two = failure(12), three = failure(13), again = failure(22);
    assert_int_equal(tine__chain_init(&chain, NULL), TINE_OK);
    assert_false(tine__chain_failed_before(&chain, UINT64_MAX));
    tine__chain_fail(&chain, 4, &four);
    assert_int_equal(chain.failure.status, 14);
    assert_false(tine__chain_failed_before(&chain, 4));
    assert_true(tine__chain_failed_before(&chain, 5));
    tine__chain_fail(&chain, 2, &two);
    tine__chain_fail(&chain, 3, &three);
    tine__chain_fail(&chain, 2, &again); /* of one partition the first one counts */
    assert_int_equal(chain.failure.status, 12);
    assert_string_equal(chain.failure.message, "status 12");
    assert_int_equal(atomic_load(&chain.failed), 2);
    tine__chain_destroy(&chain);
}

static void a_lower_failure_ends_the_wait(void **state)
{
    (void)state;
    tine__chain chain;
    waiter below, above;
    tine_error error = failure(9);
    assert_int_equal(tine__chain_init(&chain, NULL), TINE_OK);
    start(&below, &chain, 1, await);
    start(&above, &chain, 3, await);
    sleep_ms(5);
    tine__chain_fail(&chain, 2, &error);
    assert_int_equal(pthread_join(above.thread, NULL), 0);
    assert_int_equal(above.status, TINE_END);
    sleep_ms(30); /* the other one looks around more than once, and goes on waiting */
    assert_false(atomic_load(&below.done));
    tine__chain_publish(&chain, 0, &(tine__prefix){.records = 7});
    assert_int_equal(pthread_join(below.thread, NULL), 0);
    assert_int_equal(below.status, TINE_OK);
    assert_int_equal(below.prefix.records, 7);
    assert_true(atomic_load(&asked) > 0);
    tine__chain_destroy(&chain);
}

static void a_waiter_can_be_stopped(void **state)
{
    (void)state;
    tine__chain chain;
    tine__prefix prefix;
    assert_int_equal(tine__chain_init(&chain, NULL), TINE_OK);
    assert_int_equal(tine__chain_await(&chain, 1, told_at_once, &prefix), TINE_ECANCELED);
    /* Whoever has the turn need not wait, and is not asked. */
    assert_int_equal(tine__chain_await(&chain, 0, told_at_once, &prefix), TINE_OK);
    tine__chain_destroy(&chain);
}

static void one_that_never_was_can_be_destroyed(void **state)
{
    (void)state;
    tine__chain chain = {0};
    tine__chain_destroy(&chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_come_in_order),
        cmocka_unit_test(the_lowest_failure_is_kept),
        cmocka_unit_test(a_lower_failure_ends_the_wait),
        cmocka_unit_test(a_waiter_can_be_stopped),
        cmocka_unit_test(one_that_never_was_can_be_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
