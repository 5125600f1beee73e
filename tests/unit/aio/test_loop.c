/* The loop as such, by the operation that does nothing but wait: the order of ends, cancellation,
 * scopes, deadlines, continuations, the close. */
#define _GNU_SOURCE
#include "unit/aio/support.h"

#include <stdlib.h>

#define MANY 10000

static tine_future *sleep_in(tine_loop *loop, int64_t delay_ns, const tine_io_options *options)
{
    tine_future *future;
    assert_int_equal(tine_loop_sleep(loop, delay_ns, options, &future, NULL), TINE_OK);
    return future;
}

static void a_sleep_takes_its_time(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    int64_t began_ns = now_ns();
    tine_future *future = begin_sleep(loop, 20 * MS);
    assert_false(tine_future_done(future));
    assert_int_equal(tine_future_status(future), TINE_END);
    assert_int_equal(tine_future_wait(future, 2 * MS, NULL), TINE_ETIMEDOUT);
    assert_int_equal(wait_release(future), TINE_OK);
    assert_true(now_ns() - began_ns >= 20 * MS);
    for (int64_t delay_ns = -1; delay_ns <= 1; delay_ns++)
        assert_int_equal(wait_release(begin_sleep(loop, delay_ns)), TINE_OK);
    assert_int_equal(tine_loop_close(&loop), TINE_OK);
    assert_null(loop);
}

static void sleeps_end_in_the_order_of_their_times(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future *futures[10];
    tine_completed *completed;
    for (size_t i = 0; i < 10; i++)
        futures[i] = begin_sleep(loop, (int64_t)(30 + (i * 7 % 10) * 15) * MS);
    assert_int_equal(tine_as_completed(futures, 10, &completed, NULL), TINE_OK);
    for (size_t k = 0; k < 10; k++) {
        size_t i;
        assert_int_equal(tine_completed_next(completed, TINE_FOREVER, &i, NULL), TINE_OK);
        assert_int_equal(i * 7 % 10, k);
    }
    tine_completed_close(&completed);
    for (size_t i = 0; i < 10; i++)
        tine_future_release(futures[i]);
    tine_loop_close(&loop);
}

static void ten_thousand_sleep_on_one_thread(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future **futures = calloc(MANY, sizeof *futures);
    int64_t began_ns = now_ns();
    for (int i = 0; i < MANY; i++)
        futures[i] = begin_sleep(loop, (100 + i % 50) * MS);
    assert_int_equal(tine_wait_all(futures, MANY, TINE_FOREVER, NULL), TINE_OK);
    assert_true(now_ns() - began_ns >= 149 * MS);
    for (int i = 0; i < MANY; i++)
        tine_future_release(futures[i]);
    free(futures);
    tine_loop_close(&loop);
}

/* ---- cancellation */

static void a_cancelled_sleep_ends_at_once(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future *future = begin_sleep(loop, TINE_FOREVER);
    tine_error error;
    assert_true(tine_future_cancel(future));
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_ECANCELED);
    assert_true(*error.message);
    assert_false(tine_future_cancel(future));
    tine_future_release(future);
    tine_loop_close(&loop);
}

static void any_of_many_are_cancelled(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future **futures = calloc(MANY, sizeof *futures);
    bool *cancelled = calloc(MANY, sizeof *cancelled);
    srand(3);
    for (int i = 0; i < MANY; i++)
        futures[i] = begin_sleep(loop, (rand() % 40) * MS);
    for (int i = 0; i < MANY; i++) {
        int k = rand() % MANY;
        cancelled[k] = tine_future_cancel(futures[k]) || cancelled[k];
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(wait_release(futures[i]), cancelled[i] ? TINE_ECANCELED : TINE_OK);
    free(cancelled);
    free(futures);
    tine_loop_close(&loop);
}

static void the_close_cancels_what_is_under_way(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future *futures[100];
    for (int i = 0; i < 100; i++)
        futures[i] = begin_sleep(loop, TINE_FOREVER);
    assert_int_equal(tine_loop_close(&loop), TINE_OK);
    for (int i = 0; i < 100; i++) {
        assert_true(tine_future_done(futures[i]));
        assert_int_equal(wait_release(futures[i]), TINE_ECANCELED);
    }
    assert_int_equal(tine_loop_close(&loop), TINE_OK);
    assert_int_equal(tine_loop_close(NULL), TINE_OK);
}

/* ---- time limits and scopes */

static void an_operation_out_of_time_says_so(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    options.timeout_ns = 10 * MS;
    tine_error error;
    tine_future *future = sleep_in(loop, TINE_FOREVER, &options);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_ETIMEDOUT);
    assert_string_equal(error.message, "the time allowed for this was over");
    tine_future_release(future);
    options.timeout_ns = 10000 * MS;
    assert_int_equal(wait_release(sleep_in(loop, 5 * MS, &options)), TINE_OK);
    options.timeout_ns = -1;
    assert_int_equal(tine_loop_sleep(loop, 1, &options, &future, NULL), TINE_EINVAL);
    tine_loop_close(&loop);
}

static void a_cancelled_scope_ends_its_operations(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    assert_int_equal(tine_scope_open(NULL, &options.scope, NULL), TINE_OK);
    tine_future *in = sleep_in(loop, TINE_FOREVER, &options);
    tine_future *out = begin_sleep(loop, 60 * MS);
    tine_scope_cancel(options.scope);
    assert_int_equal(tine_scope_wait(options.scope, NULL), TINE_ECANCELED);
    assert_int_equal(wait_release(in), TINE_ECANCELED);
    assert_int_equal(tine_loop_sleep(loop, 1, &options, &in, NULL), TINE_ECANCELED);
    assert_null(in);
    tine_scope_close(&options.scope);
    assert_int_equal(wait_release(out), TINE_OK);
    tine_loop_close(&loop);
}

static void a_scope_above_ends_them_soon(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_scope *above;
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    assert_int_equal(tine_scope_open(NULL, &above, NULL), TINE_OK);
    assert_int_equal(tine_scope_open(above, &options.scope, NULL), TINE_OK);
    tine_future *future = sleep_in(loop, TINE_FOREVER, &options);
    sleep_ms(5);
    tine_scope_cancel(above);
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    tine_scope_close(&options.scope);
    tine_scope_close(&above);
    tine_loop_close(&loop);
}

static void a_scope_out_of_time_ends_them_soon(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    tine_error error;
    assert_int_equal(tine_scope_open(NULL, &options.scope, NULL), TINE_OK);
    tine_future *futures[3];
    for (int i = 0; i < 3; i++)
        futures[i] = sleep_in(loop, TINE_FOREVER, &options);
    sleep_ms(5);
    int64_t began_ns = now_ns();
    tine_scope_set_timeout(options.scope, 20 * MS);
    assert_int_equal(tine_scope_wait(options.scope, &error), TINE_ETIMEDOUT);
    assert_true(now_ns() - began_ns >= 20 * MS);
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(wait_release(futures[i]), TINE_OK);
    tine_scope_close(&options.scope);
    tine_loop_close(&loop);
}

static void a_scope_waits_for_its_operations(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    assert_int_equal(tine_scope_open(NULL, &options.scope, NULL), TINE_OK);
    int64_t began_ns = now_ns();
    for (int i = 1; i <= 3; i++)
        tine_future_release(sleep_in(loop, i * 10 * MS, &options));
    assert_int_equal(tine_scope_wait(options.scope, NULL), TINE_OK);
    assert_true(now_ns() - began_ns >= 30 * MS);
    tine_scope_close(&options.scope);
    tine_loop_close(&loop);
}

/* ---- continuations */

typedef struct chain {
    tine_loop *loop;
    tine_future *sleeping;
    tine_status waited, closed;
    atomic_int n;
} chain;

static tine_status count_end(const tine_future *done, void *arg, void *value)
{
    (void)value;
    atomic_fetch_add(&((chain *)arg)->n, 1);
    return tine_future_status(done);
}

static void a_task_follows_an_operation(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_pool *pool = open_pool(2);
    chain c = {.loop = loop};
    for (int i = 0; i < 2; i++) {
        tine_future *future = begin_sleep(loop, 5 * MS), *next;
        assert_int_equal(
            tine_future_then(future, i ? pool : NULL, count_end, &c, NULL, &next, NULL), TINE_OK);
        assert_int_equal(wait_release(next), TINE_OK);
        assert_int_equal(atomic_load(&c.n), i + 1);
        tine_future_release(future);
    }
    tine_future *future = begin_sleep(loop, TINE_FOREVER), *next;
    assert_int_equal(tine_future_then(future, pool, count_end, &c, NULL, &next, NULL), TINE_OK);
    tine_loop_close(&loop);
    assert_int_equal(wait_release(next), TINE_ECANCELED);
    tine_future_release(future);
    tine_pool_close(&pool);
}

static void a_worker_waits_for_an_operation(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_pool *pool = open_pool(1);
    tine_future *sleeping = begin_sleep(loop, 10 * MS), *futures[2];
    chain c = {.loop = loop};
    futures[0] = submit(pool, count_task, &c.n);
    futures[1] = sleeping;
    size_t index;
    assert_int_equal(tine_wait_any(&futures[1], 1, TINE_FOREVER, &index, NULL), TINE_OK);
    assert_int_equal(tine_wait_all(futures, 2, TINE_FOREVER, NULL), TINE_OK);
    tine_future_release(sleeping);
    tine_future_release(futures[0]);
    tine_pool_close(&pool);
    tine_loop_close(&loop);
}

/* What would wait for itself is refused; what does not wait goes on. */
static tine_status misuse(const tine_future *done, void *arg, void *value)
{
    (void)done;
    (void)value;
    chain *c = arg;
    tine_loop *same = c->loop;
    c->closed = tine_loop_close(&same);
    c->waited = tine_future_wait(c->sleeping, TINE_FOREVER, NULL);
    tine_future *more;
    tine_status status = tine_loop_sleep(c->loop, 1, NULL, &more, NULL);
    if (status == TINE_OK)
        status = tine_future_then(more, NULL, count_end, c, NULL, NULL, NULL);
    tine_future_release(more);
    tine_future_cancel(c->sleeping);
    return status;
}

static void a_continuation_cannot_wait_for_its_loop(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    chain c = {.loop = loop, .sleeping = begin_sleep(loop, TINE_FOREVER)};
    tine_future *first = begin_sleep(loop, 5 * MS), *next;
    assert_int_equal(tine_future_then(first, NULL, misuse, &c, NULL, &next, NULL), TINE_OK);
    assert_int_equal(wait_release(next), TINE_OK);
    assert_int_equal(c.closed, TINE_EINVAL);
    assert_int_equal(c.waited, TINE_EINVAL);
    assert_int_equal(wait_release(c.sleeping), TINE_ECANCELED);
    await_int(&c.n, 1);
    tine_future_release(first);
    tine_loop_close(&loop);
}

/* Each end begins the next, on the loop's thread, until the loop refuses. */
static tine_status again(const tine_future *done, void *arg, void *value)
{
    (void)value;
    chain *c = arg;
    tine_future *more;
    atomic_fetch_add(&c->n, 1);
    if (tine_future_status(done) == TINE_OK &&
        tine_loop_sleep(c->loop, 0, NULL, &more, NULL) == TINE_OK) {
        if (tine_future_then(more, NULL, again, c, NULL, NULL, NULL) != TINE_OK)
            return TINE_ENOMEM;
        tine_future_release(more);
    }
    return TINE_OK;
}

static void a_chain_without_end_is_ended_by_the_close(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    chain c = {.loop = loop};
    tine_future *first = begin_sleep(loop, 0);
    assert_int_equal(tine_future_then(first, NULL, again, &c, NULL, NULL, NULL), TINE_OK);
    await_int(&c.n, 1000);
    assert_int_equal(wait_release(begin_sleep(loop, MS)), TINE_OK);
    tine_loop_close(&loop);
    tine_future_release(first);
}

/* ---- options */

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future *future;
    tine_error error;
    tine_loop_options options = {.struct_size = 1};
    tine_loop *none;
    assert_int_equal(tine_loop_open(&options, &none, &error), TINE_EINVAL);
    assert_null(none);
    assert_int_equal(tine_loop_open(NULL, NULL, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_sleep(NULL, 1, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_sleep(loop, 1, NULL, NULL, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_ready(loop, 0, 0, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_ready(loop, 0, 4, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_ready(loop, -1, TINE_READABLE, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_read(loop, -1, &error, 1, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_read(loop, 0, NULL, 1, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_write(loop, 0, NULL, 1, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_accept(loop, -1, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_connect(loop, NULL, NULL, &future, &error), TINE_EINVAL);
    assert_int_equal(tine_loop_retry(loop, NULL, NULL, NULL, NULL, &future, &error), TINE_EINVAL);
    tine_loop_close(&loop);
}

/* In a body that has a scope, too, the loop belongs to nobody. */
static tine_status open_in_body(void *arg, void *value)
{
    (void)value;
    return tine_loop_open(NULL, arg, NULL);
}

static void a_loop_is_in_no_scope(void **state)
{
    (void)state;
    tine_pool *pool = open_pool(1);
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    tine_loop *loop = NULL;
    assert_int_equal(tine_scope_open(NULL, &options.scope, NULL), TINE_OK);
    assert_int_equal(tine_submit(pool, open_in_body, &loop, &options, NULL, NULL), TINE_OK);
    assert_int_equal(tine_scope_wait(options.scope, NULL), TINE_OK);
    tine_scope_close(&options.scope);
    assert_int_equal(wait_release(begin_sleep(loop, MS)), TINE_OK);
    tine_loop_close(&loop);
    tine_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleep_takes_its_time),
        cmocka_unit_test(sleeps_end_in_the_order_of_their_times),
        cmocka_unit_test(ten_thousand_sleep_on_one_thread),
        cmocka_unit_test(a_cancelled_sleep_ends_at_once),
        cmocka_unit_test(any_of_many_are_cancelled),
        cmocka_unit_test(the_close_cancels_what_is_under_way),
        cmocka_unit_test(an_operation_out_of_time_says_so),
        cmocka_unit_test(a_cancelled_scope_ends_its_operations),
        cmocka_unit_test(a_scope_above_ends_them_soon),
        cmocka_unit_test(a_scope_out_of_time_ends_them_soon),
        cmocka_unit_test(a_scope_waits_for_its_operations),
        cmocka_unit_test(a_task_follows_an_operation),
        cmocka_unit_test(a_worker_waits_for_an_operation),
        cmocka_unit_test(a_continuation_cannot_wait_for_its_loop),
        cmocka_unit_test(a_chain_without_end_is_ended_by_the_close),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(a_loop_is_in_no_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
