/* Futures that go from hand to hand: threads submit, wait, cancel, follow and release at random,
 * with claims by workers, waiters and cancellers racing; and the futures outlive their pool. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <pthread.h>
#include <sched.h>

enum { THREADS = 5, CELLS = 64, BATCH = 40 };

typedef struct table {
    tine_pool *pool;
    _Atomic(tine_future *) cells[CELLS]; /* a reference each */
    atomic_int n_begun, n_ended, n_submitted, n_wrong;
    atomic_bool closed;
} table;

typedef struct hand {
    table *table;
    unsigned random;
    int rounds; /* of one that submits; 0: one that does not use the pool */
} hand;

static unsigned draw(hand *h, unsigned below)
{
    h->random = h->random * 1103515245u + 12345u;
    return (h->random >> 16) % below;
}

static void check(table *t, bool good)
{
    if (!good)
        atomic_fetch_add(&t->n_wrong, 1);
}

/* The value tells whether it is this task's: the tables' address, twice if there is room. */
static tine_status mark_task(void *arg, void *value)
{
    table *t = arg;
    atomic_fetch_add_explicit(&t->n_begun, 1, memory_order_relaxed);
    memcpy(value, &t, sizeof t);
    return TINE_OK;
}

static tine_status fail_task(void *arg, void *value)
{
    (void)mark_task(arg, value);
    return tine_fail(9, 3, "nine");
}

static tine_status mark_then(const tine_future *done, void *arg, void *value)
{
    check(arg, tine_future_done(done));
    return mark_task(arg, value);
}

static void count_free(void *arg)
{
    atomic_fetch_add_explicit(&((table *)arg)->n_ended, 1, memory_order_relaxed);
}

static tine_task_options options_of(hand *h)
{
    static const size_t sizes[] = {sizeof(table *), 16, 17, 200};
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.value_size = sizes[draw(h, 4)];
    if (draw(h, 4) == 0) {
        options.arg_free = count_free;
        atomic_fetch_add(&h->table->n_submitted, 1);
    }
    return options;
}

static void inspect(table *t, tine_future *future)
{
    tine_error error = {0};
    if (!tine_future_done(future))
        return;
    tine_status status = tine_future_status(future);
    const void *value = tine_future_value(future);
    check(t, status == TINE_OK || status == 9 || status == TINE_ECANCELED);
    check(t, (status == TINE_OK) == (value != NULL));
    check(t, !value || memcmp(value, &t, sizeof t) == 0);
    check(t, tine_future_wait(future, 0, &error) == status);
    check(t, status != 9 || (error.index == 3 && strcmp(error.message, "nine") == 0));
}

/* Puts it into a cell; what was there is the caller's. */
static tine_future *put(hand *h, tine_future *future)
{
    return atomic_exchange(&h->table->cells[draw(h, CELLS)], future);
}

static void use(hand *h, tine_future *future)
{
    table *t = h->table;
    tine_task_options options;
    tine_future *next;
    switch (draw(h, 6)) {
    case 0:
        tine_future_cancel(future);
        break;
    case 1:
        (void)!tine_future_wait(future, TINE_FOREVER, NULL);
        check(t, tine_future_done(future));
        break;
    case 2:
        if (!h->rounds)
            break;
        options = options_of(h);
        check(t, tine_future_then(future, draw(h, 2) ? t->pool : NULL, mark_then, t, &options,
                                  &next, NULL) == TINE_OK);
        tine_future_release(put(h, next));
        break;
    case 3:
        (void)!tine_future_wait(future, 100000, NULL);
        break;
    default:
        inspect(t, future);
    }
}

static void submit_one(hand *h)
{
    tine_task_options options = options_of(h);
    tine_future *future;
    tine_status status = tine_submit(h->table->pool, draw(h, 8) ? mark_task : fail_task, h->table,
                                     &options, &future, NULL);
    check(h->table, status == TINE_OK);
    tine_future_release(put(h, future));
}

static void iterate(hand *h, tine_future **futures)
{
    tine_completed *completed;
    size_t n = draw(h, 2 * BATCH), index;
    check(h->table, tine_as_completed(futures, BATCH, &completed, NULL) == TINE_OK);
    for (size_t i = 0; i < n; i++) {
        tine_status status = tine_completed_next(completed, TINE_FOREVER, &index, NULL);
        check(h->table, status == (i < BATCH ? TINE_OK : TINE_END));
        check(h->table, status != TINE_OK || tine_future_done(futures[index]));
    }
    tine_completed_close(&completed);
}

static void submit_batch(hand *h)
{
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    tine_future *futures[BATCH];
    options.value_size = sizeof(table *);
    check(h->table, tine_submit_many(h->table->pool, mark_task, h->table, 0, BATCH, &options,
                                     futures, NULL) == TINE_OK);
    if (draw(h, 2))
        iterate(h, futures);
    else
        check(h->table, tine_wait_all(futures, BATCH / 2, TINE_FOREVER, NULL) == TINE_OK);
    for (int i = 0; i < BATCH; i++)
        tine_future_release(i % 8 ? futures[i] : put(h, futures[i]));
}

static void *submit_main(void *arg)
{
    hand *h = arg;
    for (int i = 0; i < h->rounds; i++) {
        tine_future *future = put(h, NULL);
        if (future)
            use(h, future);
        if (future && draw(h, 2))
            future = put(h, future);
        tine_future_release(future);
        if (draw(h, 20))
            submit_one(h);
        else
            submit_batch(h);
    }
    return NULL;
}

/* Goes on while the pool closes, and after it. */
static void *release_main(void *arg)
{
    hand *h = arg;
    while (!atomic_load(&h->table->closed) || draw(h, 500)) {
        tine_future *future = put(h, NULL), *other = tine_future_retain(future);
        if (future && draw(h, 2))
            use(h, future);
        if (!atomic_load(&h->table->closed))
            future = put(h, future);
        tine_future_release(future);
        tine_future_release(other);
        if (!other)
            sched_yield();
    }
    return NULL;
}

static void run(unsigned n_workers, size_t queue_limit, int rounds, bool cancels)
{
    table t = {.n_wrong = 0};
    hand hands[2 * THREADS];
    pthread_t threads[2 * THREADS];
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = n_workers;
    options.queue_limit = queue_limit;
    assert_int_equal(tine_pool_open(&options, &t.pool, NULL), TINE_OK);
    for (unsigned i = 0; i < 2 * THREADS; i++) {
        hands[i] = (hand){&t, 11 * i + n_workers, i < THREADS ? rounds : 0};
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < THREADS ? submit_main : release_main, &hands[i]),
            0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (cancels)
        tine_pool_cancel(t.pool);
    atomic_store(&t.closed, true);
    tine_pool *pool = t.pool;
    tine_pool_close(&pool);
    for (int i = THREADS; i < 2 * THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < CELLS; i++)
        tine_future_release(t.cells[i]);
    assert_int_equal(t.n_wrong, 0);
    assert_int_equal(t.n_ended, t.n_submitted);
}

static void futures_go_from_hand_to_hand(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        run(1, 0, 4000, i == 1);
        run(2, 0, 4000, i == 1);
        run(3, 5, 1000, i == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(futures_go_from_hand_to_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
