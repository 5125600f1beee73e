#define _GNU_SOURCE
#include "support/pool.h"

/* What became of a task's argument and value. */
typedef struct fate {
    atomic_int ran, arg_freed, value_freed;
    tine_status returns;
} fate;

static tine_status fate_task(void *arg, void *value)
{
    fate *f = *(fate **)arg;
    if (value) {
        for (size_t i = 0; i < sizeof(fate *); i++)
            if (((unsigned char *)value)[i])
                return 99;
        memcpy(value, &f, sizeof f);
    }
    atomic_fetch_add(&f->ran, 1);
    return f->returns;
}

static tine_status fate_then(const tine_future *done, void *arg, void *value)
{
    if (!tine_future_done(done))
        return 98;
    return fate_task(arg, value);
}

static void fate_arg_free(void *arg)
{
    atomic_fetch_add(&(*(fate **)arg)->arg_freed, 1);
}

static void fate_value_free(void *value)
{
    fate *f;
    memcpy(&f, value, sizeof f);
    atomic_fetch_add(&f->value_freed, 1);
}

/* The argument is copied, so the local one may go. */
static const tine_task_options fate_options = {.struct_size = sizeof(tine_task_options),
                                               .arg_size = sizeof(fate *),
                                               .value_size = sizeof(fate *),
                                               .arg_free = fate_arg_free,
                                               .value_free = fate_value_free};

static tine_future *submit_fate(tine_pool *pool, fate *f)
{
    tine_future *future;
    assert_int_equal(tine_submit(pool, fate_task, &f, &fate_options, &future, NULL), TINE_OK);
    return future;
}

static tine_future *then_fate(tine_future *before, tine_pool *pool, fate *f)
{
    tine_future *future;
    assert_int_equal(tine_future_then(before, pool, fate_then, &f, &fate_options, &future, NULL),
                     TINE_OK);
    return future;
}

static void assert_fate(const fate *f, int ran)
{
    assert_int_equal(f->ran, ran);
    assert_int_equal(f->arg_freed, 1);
    assert_int_equal(f->value_freed, ran && f->returns == TINE_OK);
}

static void runs_and_gives_its_value(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 2; n++) {
        fate f = {0};
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_future *future = submit_fate(pool, &f);
        if (!pool)
            assert_true(tine_future_done(future));
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, NULL), TINE_OK);
        assert_int_equal(tine_future_status(future), TINE_OK);
        assert_ptr_equal(*(fate *const *)tine_future_value(future), &f);
        assert_int_equal(f.arg_freed, 1);
        assert_int_equal(f.value_freed, 0);
        tine_pool_close(&pool); /* the future outlives the pool */
        assert_ptr_equal(*(fate *const *)tine_future_value(future), &f);
        tine_future_release(tine_future_retain(future));
        tine_future_release(future);
        assert_fate(&f, 1);
    }
}

static tine_status telling_task(void *arg, void *value)
{
    (void)arg;
    (void)value;
    return tine_fail(41, 7, "seven is too many");
}

static void a_failure_has_its_record(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 2; n++) {
        fate f = {.returns = 42};
        tine_error error;
        tine_pool *pool = n ? open_pool(n) : NULL;
        tine_future *future = submit_fate(pool, &f), *telling = submit(pool, telling_task, NULL);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), 42);
        assert_int_equal(error.status, 42);
        assert_null(tine_future_value(future));
        assert_int_equal(tine_future_wait(telling, TINE_FOREVER, &error), 41);
        assert_int_equal(error.index, 7);
        assert_string_equal(error.message, "seven is too many");
        tine_future_release(future);
        tine_future_release(telling);
        tine_pool_close(&pool);
        assert_fate(&f, 1);
    }
}

static void values_are_aligned(void **state)
{
    (void)state;
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    atomic_int count = 0;
    options.value_size = 3;
    for (size_t align = 1; align <= 4096; align *= 2) {
        tine_future *future;
        options.value_align = align;
        assert_int_equal(tine_submit(NULL, count_task, &count, &options, &future, NULL), TINE_OK);
        assert_int_equal((uintptr_t)tine_future_value(future) % align, 0);
        tine_future_release(future);
    }
}

static void bad_submissions_free_the_argument(void **state)
{
    (void)state;
    fate f = {0}, *arg = &f;
    tine_future *future = (void *)&f;
    tine_error error;
    tine_task_options options = fate_options;
    options.value_align = 3;
    assert_int_equal(tine_submit(NULL, fate_task, &arg, &options, &future, &error), TINE_EINVAL);
    assert_null(future);
    assert_fate(&f, 0);
    options.value_align = 8192;
    assert_int_equal(tine_submit(NULL, fate_task, &arg, &options, &future, &error), TINE_EINVAL);
    options = fate_options;
    options.value_size = SIZE_MAX;
    assert_int_equal(tine_submit(NULL, fate_task, &arg, &options, &future, &error), TINE_ENOMEM);
    assert_int_equal(tine_submit(NULL, NULL, &arg, &fate_options, &future, &error), TINE_EINVAL);
    assert_int_equal(f.arg_freed, 4);
    assert_int_equal(tine_future_then(NULL, NULL, fate_then, &arg, &fate_options, &future, &error),
                     TINE_EINVAL);
    assert_int_equal(f.arg_freed, 5);
    struct {
        tine_task_options known;
        int unknown;
    } newer = {fate_options, 1};
    newer.known.struct_size = sizeof newer;
    assert_int_equal(tine_submit(NULL, fate_task, &arg, &newer.known, &future, &error),
                     TINE_EINVAL);
    assert_int_equal(f.arg_freed, 6);
    assert_int_equal(tine_future_wait(NULL, 0, &error), TINE_EINVAL);
}

static void a_forgotten_future_runs(void **state)
{
    (void)state;
    fate f = {0}, *arg = &f;
    tine_pool *pool = open_pool(1);
    assert_int_equal(tine_submit(pool, fate_task, &arg, &fate_options, NULL, NULL), TINE_OK);
    tine_pool_close(&pool);
    assert_fate(&f, 1);
}

static void cancelled_before_it_starts(void **state)
{
    (void)state;
    gate g = {0};
    fate f = {0};
    tine_pool *pool = open_pool(1);
    tine_future *block = submit(pool, gate_task, &g), *future;
    await_int(&g.arrived, 1);
    future = submit_fate(pool, &f);
    assert_int_equal(tine_future_status(future), TINE_END);
    assert_true(tine_future_cancel(future));
    assert_false(tine_future_cancel(future));
    assert_int_equal(tine_future_status(future), TINE_ECANCELED);
    assert_null(tine_future_value(future));
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    atomic_store(&g.open, 1);
    assert_int_equal(wait_release(block), TINE_OK);
    assert_false(tine_future_cancel(NULL));
    tine_pool_close(&pool);
    assert_fate(&f, 0);
}

static tine_status until_stopped(void *arg, void *value)
{
    (void)value;
    atomic_fetch_add((atomic_int *)arg, 1);
    while (!tine_stopping())
        sleep_ms(1);
    return 3;
}

static void cancelled_while_it_runs(void **state)
{
    (void)state;
    atomic_int running = 0;
    tine_pool *pool = open_pool(2);
    tine_future *future = submit(pool, until_stopped, &running);
    await_int(&running, 1);
    assert_false(tine_future_cancel(future));
    assert_int_equal(wait_release(future), 3);
    tine_pool_close(&pool);
}

static void a_timeout_stops_the_body(void **state)
{
    (void)state;
    atomic_int running = 0;
    tine_error error;
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    tine_future *future;
    options.timeout_ns = 5 * MS;
    tine_pool *pool = open_pool(1);
    assert_int_equal(tine_submit(pool, until_stopped, &running, &options, &future, NULL), TINE_OK);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_ETIMEDOUT);
    assert_non_null(strstr(error.message, "5000000 ns"));
    tine_future_release(future);
    tine_pool_close(&pool);
    assert_int_equal(tine_submit(NULL, until_stopped, &running, &options, &future, NULL), TINE_OK);
    assert_int_equal(wait_release(future), TINE_ETIMEDOUT);
}

static void then_runs_whatever_became_of_the_predecessor(void **state)
{
    (void)state;
    for (int cancelled = 0; cancelled < 2; cancelled++)
        for (int on_pool = 0; on_pool < 2; on_pool++) {
            gate g = {0};
            fate first = {.returns = 4}, second = {.returns = 5}, third = {0};
            tine_pool *pool = open_pool(1), *where = on_pool ? pool : NULL;
            tine_future *block = submit(pool, gate_task, &g), *a, *b, *c, *d;
            await_int(&g.arrived, 1);
            a = submit_fate(pool, &first);
            b = then_fate(a, where, &second);
            c = then_fate(b, where, &third);
            if (cancelled)
                assert_true(tine_future_cancel(a));
            atomic_store(&g.open, 1);
            assert_int_equal(wait_release(c), TINE_OK);
            assert_int_equal(wait_release(a), cancelled ? TINE_ECANCELED : 4);
            fate late = {0};
            d = then_fate(b, where, &late); /* b has ended */
            assert_int_equal(wait_release(b), 5);
            assert_int_equal(wait_release(d), TINE_OK);
            wait_release(block);
            tine_pool_close(&pool);
            assert_fate(&first, !cancelled);
            assert_fate(&second, 1);
            assert_fate(&third, 1);
            assert_fate(&late, 1);
        }
}

static void a_then_can_be_cancelled_alone(void **state)
{
    (void)state;
    for (int on_pool = 0; on_pool < 2; on_pool++) {
        gate g = {0};
        fate first = {0}, second = {0}, third = {0};
        tine_pool *pool = open_pool(1), *where = on_pool ? pool : NULL;
        tine_future *block = submit(pool, gate_task, &g), *a, *b, *c;
        a = submit_fate(pool, &first);
        b = then_fate(a, where, &second);
        c = then_fate(b, NULL, &third);
        await_int(&g.arrived, 1);
        assert_true(tine_future_cancel(b));
        assert_int_equal(tine_future_status(c), TINE_OK); /* followed b, here */
        assert_false(tine_future_done(a));
        atomic_store(&g.open, 1);
        assert_int_equal(wait_release(a), TINE_OK);
        assert_int_equal(wait_release(b), TINE_ECANCELED);
        wait_release(c);
        wait_release(block);
        tine_pool_close(&pool);
        assert_fate(&first, 1);
        assert_fate(&second, 0);
        assert_fate(&third, 1);
    }
}

/* A pool that closes has promised to run what waits for the other pool. */
static void then_across_pools(void **state)
{
    (void)state;
    gate g = {0};
    fate f = {0};
    tine_pool *first = open_pool(1), *second = open_pool(1);
    tine_future *block = submit(first, gate_task, &g);
    tine_future_release(then_fate(block, second, &f));
    atomic_store(&g.open, 1);
    assert_int_equal(tine_pool_close(&second), TINE_OK);
    assert_fate(&f, 1);
    tine_future_release(block);
    tine_pool_close(&first);
}

static void long_chains_need_no_stack(void **state)
{
    (void)state;
    enum { N = 20000 };
    gate g = {0};
    fate f = {0};
    tine_pool *pool = open_pool(1);
    tine_future *last = submit(pool, gate_task, &g);
    for (int i = 0; i < N; i++) {
        tine_future *next = then_fate(last, NULL, &f);
        tine_future_release(last);
        last = next;
    }
    atomic_store(&g.open, 1);
    assert_int_equal(wait_release(last), TINE_OK);
    tine_pool_close(&pool);
    assert_int_equal(f.ran, N);
    assert_int_equal(f.arg_freed, N);
    assert_int_equal(f.value_freed, N);
}

static tine_status append_then(const tine_future *done, void *arg, void *value)
{
    (void)done;
    (void)value;
    char **text = arg;
    size_t n = strlen(*text);
    (*text)[n] = (char)('a' + n);
    return TINE_OK;
}

static void thens_run_in_the_order_they_were_made(void **state)
{
    (void)state;
    gate g = {0};
    char text[8] = "", *p = text;
    tine_pool *pool = open_pool(1);
    tine_future *first = submit(pool, gate_task, &g), *last;
    for (int i = 0; i < 2; i++)
        assert_int_equal(tine_future_then(first, NULL, append_then, &p, NULL, NULL, NULL), 0);
    assert_int_equal(tine_future_then(first, NULL, append_then, &p, NULL, &last, NULL), 0);
    atomic_store(&g.open, 1);
    assert_int_equal(wait_release(last), TINE_OK);
    assert_string_equal(text, "abc");
    tine_future_release(first);
    tine_pool_close(&pool);
}

static void a_cancelled_pool_drops_what_waits_for_others_too(void **state)
{
    (void)state;
    gate g = {0};
    fate first = {0}, second = {0}, third = {0}, later = {0};
    tine_pool *pool = open_pool(1);
    tine_future *running = submit(pool, gate_task, &g), *a, *b, *c;
    await_int(&g.arrived, 1);
    a = submit_fate(pool, &first);
    b = then_fate(a, pool, &second);
    c = then_fate(running, pool, &third);
    tine_pool_cancel(pool);
    assert_int_equal(tine_future_status(a), TINE_ECANCELED);
    tine_future *d = submit_fate(pool, &later);
    atomic_store(&g.open, 1);
    assert_int_equal(wait_release(b), TINE_ECANCELED);
    assert_int_equal(wait_release(c), TINE_ECANCELED);
    assert_int_equal(wait_release(d), TINE_OK);
    tine_future_release(a);
    tine_future_release(running);
    tine_pool_close(&pool);
    assert_fate(&first, 0);
    assert_fate(&second, 0);
    assert_fate(&third, 0);
    assert_fate(&later, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_and_gives_its_value),
        cmocka_unit_test(a_failure_has_its_record),
        cmocka_unit_test(values_are_aligned),
        cmocka_unit_test(bad_submissions_free_the_argument),
        cmocka_unit_test(a_forgotten_future_runs),
        cmocka_unit_test(cancelled_before_it_starts),
        cmocka_unit_test(cancelled_while_it_runs),
        cmocka_unit_test(a_timeout_stops_the_body),
        cmocka_unit_test(then_runs_whatever_became_of_the_predecessor),
        cmocka_unit_test(a_then_can_be_cancelled_alone),
        cmocka_unit_test(then_across_pools),
        cmocka_unit_test(long_chains_need_no_stack),
        cmocka_unit_test(thens_run_in_the_order_they_were_made),
        cmocka_unit_test(a_cancelled_pool_drops_what_waits_for_others_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
