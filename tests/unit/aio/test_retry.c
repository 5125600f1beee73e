/* Attempts on the loop, on a pool and here and now: how many, how long apart, and how they stop. */
#define _GNU_SOURCE
#include "unit/aio/support.h"

typedef struct plan {
    tine_loop *loop;
    tine_pool *pool;
    unsigned n_failures; /* before the success */
    atomic_int n_begun, n_running;
    int64_t begun_ns[20];
    gate gate;
    bool gated;
} plan;

static tine_status attempt_task(void *arg, void *value)
{
    plan *p = arg;
    int number = atomic_load(&p->n_begun);
    if (p->gated)
        pass_gate(&p->gate);
    if ((unsigned)number <= p->n_failures)
        return tine_fail(70 + number, -1, "attempt %d fails", number);
    *(int *)value = number;
    return TINE_OK;
}

static tine_status start_task(unsigned attempt, void *ctx, tine_future **future_out)
{
    plan *p = ctx;
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.value_size = sizeof(int);
    p->begun_ns[attempt] = now_ns();
    atomic_fetch_add(&p->n_begun, 1);
    return tine_submit(p->pool, attempt_task, p, &options, future_out, NULL);
}

static tine_future *retry(plan *p, tine_attempt_fn start, const tine_retry_options *retry,
                          const tine_io_options *options)
{
    tine_future *future;
    assert_int_equal(tine_loop_retry(p->loop, start, p, retry, options, &future, NULL), TINE_OK);
    return future;
}

static tine_retry_options quick(void)
{
    return (tine_retry_options){.struct_size = sizeof(tine_retry_options),
                                .n_attempts = 6,
                                .first_pause_ns = 2 * MS,
                                .longest_pause_ns = 8 * MS,
                                .seed = 1,
                                .value_size = sizeof(int)};
}

static void it_goes_on_until_one_succeeds(void **state)
{
    (void)state;
    tine_pool *pools[2] = {NULL, open_pool(2)};
    tine_loop *loop = open_loop();
    const tine_retry_options options = quick();
    for (int i = 0; i < 2; i++) {
        plan p = {.loop = loop, .pool = pools[i], .n_failures = 4};
        tine_future *future = retry(&p, start_task, &options, NULL);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, NULL), TINE_OK);
        assert_int_equal(*(const int *)tine_future_value(future), 5);
        tine_future_release(future);
        for (int k = 0; k < 4; k++) {
            int64_t whole_ns = (k < 2 ? 2 << k : 8) * MS;
            assert_true(p.begun_ns[k + 1] - p.begun_ns[k] >= whole_ns / 2);
        }
    }
    tine_loop_close(&loop);
    tine_pool_close(&pools[1]);
}

static void the_last_failure_is_its_own(void **state)
{
    (void)state;
    tine_retry_options options = quick();
    plan p = {.loop = open_loop(), .n_failures = 20};
    tine_error error;
    options.n_attempts = 3;
    tine_future *future = retry(&p, start_task, &options, NULL);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), 73);
    assert_string_equal(error.message, "attempt 3 fails");
    tine_future_release(future);
    tine_loop_close(&p.loop);
}

static bool only_first(tine_status status, const tine_error *error, void *ctx)
{
    return status == 71 && strcmp(error->message, "attempt 1 fails") == 0 && ctx;
}

static void the_caller_says_what_is_worth_it(void **state)
{
    (void)state;
    tine_retry_options options = quick();
    plan p = {.loop = open_loop(), .n_failures = 20};
    options.again = only_first;
    assert_int_equal(wait_release(retry(&p, start_task, &options, NULL)), 72);
    tine_loop_close(&p.loop);
}

static tine_status start_nothing(unsigned attempt, void *ctx, tine_future **future_out)
{
    (void)future_out;
    atomic_fetch_add(&((plan *)ctx)->n_begun, 1);
    return attempt < 2 ? tine_fail(71, -1, "not today") : TINE_OK;
}

static void an_attempt_may_fail_to_start(void **state)
{
    (void)state;
    const tine_retry_options options = quick();
    plan p = {.loop = open_loop()};
    tine_error error;
    tine_future *future = retry(&p, start_nothing, &options, NULL);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EINVAL);
    assert_int_equal(p.n_begun, 3);
    tine_future_release(future);
    tine_loop_close(&p.loop);
}

/* ---- stopping */

static tine_status start_sleep(unsigned attempt, void *ctx, tine_future **future_out)
{
    plan *p = ctx;
    atomic_fetch_add(&p->n_begun, 1);
    return tine_loop_sleep(p->loop, attempt ? TINE_FOREVER : 0, NULL, future_out, NULL);
}

static void the_value_is_of_the_size_that_was_asked_for(void **state)
{
    (void)state;
    tine_retry_options options = quick();
    options.value_size = 0;
    plan p = {.loop = open_loop()};
    assert_int_equal(wait_release(retry(&p, start_sleep, &options, NULL)), TINE_OK);
    options.value_size = 8; /* which no sleep has */
    assert_int_equal(wait_release(retry(&p, start_sleep, &options, NULL)), TINE_EINVAL);
    tine_loop_close(&p.loop);
}

static tine_status start_long_sleep(unsigned attempt, void *ctx, tine_future **future_out)
{
    return start_sleep(attempt + 1, ctx, future_out);
}

static void it_is_cancelled_with_its_attempt(void **state)
{
    (void)state;
    plan p = {.loop = open_loop()};
    tine_future *future = retry(&p, start_long_sleep, NULL, NULL);
    await_int(&p.n_begun, 1);
    tine_future_cancel(future);
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    options.timeout_ns = 10 * MS;
    assert_int_equal(wait_release(retry(&p, start_long_sleep, NULL, &options)), TINE_ETIMEDOUT);
    options.timeout_ns = 0;
    assert_int_equal(tine_scope_open(NULL, &options.scope, NULL), TINE_OK);
    future = retry(&p, start_long_sleep, NULL, &options);
    await_int(&p.n_begun, 3);
    tine_scope_cancel(options.scope);
    assert_int_equal(tine_scope_wait(options.scope, NULL), TINE_ECANCELED);
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    tine_scope_close(&options.scope);
    future = retry(&p, start_long_sleep, NULL, NULL);
    await_int(&p.n_begun, 4);
    tine_loop_close(&p.loop);
    assert_int_equal(wait_release(future), TINE_ECANCELED);
}

static void it_is_cancelled_in_a_pause(void **state)
{
    (void)state;
    tine_retry_options options = quick();
    options.first_pause_ns = options.longest_pause_ns = 100000 * MS;
    plan p = {.loop = open_loop(), .n_failures = 20};
    tine_future *future = retry(&p, start_task, &options, NULL);
    await_int(&p.n_begun, 1);
    sleep_ms(5);
    assert_true(tine_future_cancel(future));
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    tine_loop_close(&p.loop);
}

/* What it was lent is in use until the attempt has ended: it does not end before. */
static void it_waits_for_an_attempt_that_runs(void **state)
{
    (void)state;
    const tine_retry_options options = quick();
    plan p = {.loop = open_loop(), .pool = open_pool(1), .n_failures = 20, .gated = true};
    tine_future *future = retry(&p, start_task, &options, NULL);
    await_int(&p.gate.arrived, 1);
    assert_false(tine_future_cancel(future));
    assert_int_equal(tine_future_wait(future, 20 * MS, NULL), TINE_ETIMEDOUT);
    assert_false(tine_future_done(future));
    atomic_store(&p.gate.open, 1);
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    assert_int_equal(p.n_begun, 1);
    tine_loop_close(&p.loop);
    tine_pool_close(&p.pool);
}

static void wrong_pauses_are_refused(void **state)
{
    (void)state;
    tine_retry_options options = quick();
    plan p = {.loop = open_loop()};
    tine_future *future;
    options.first_pause_ns = -1;
    assert_int_equal(tine_loop_retry(p.loop, start_task, &p, &options, NULL, &future, NULL),
                     TINE_EINVAL);
    tine_loop_close(&p.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_until_one_succeeds),
        cmocka_unit_test(the_last_failure_is_its_own),
        cmocka_unit_test(the_caller_says_what_is_worth_it),
        cmocka_unit_test(an_attempt_may_fail_to_start),
        cmocka_unit_test(the_value_is_of_the_size_that_was_asked_for),
        cmocka_unit_test(it_is_cancelled_with_its_attempt),
        cmocka_unit_test(it_is_cancelled_in_a_pause),
        cmocka_unit_test(it_waits_for_an_attempt_that_runs),
        cmocka_unit_test(wrong_pauses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
