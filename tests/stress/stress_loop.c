/* Threads that begin operations of one loop, cancel them and wait for them, all at once; the ends
 * are counted by continuations: each operation ends once. */
#define _GNU_SOURCE
#include "support/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_THREADS 4
#define N_ROUNDS 60
#define N_TOGETHER 40

typedef struct worker {
    tine_loop *loop;
    tine_pool *pool;
    unsigned seed;
    int fds[2];
    atomic_long n_begun, n_ended;
    tine_status status;
} worker;

static tine_status count_end(const tine_future *done, void *arg, void *value)
{
    (void)value;
    if (!tine_future_done(done))
        return 99;
    atomic_fetch_add(&((worker *)arg)->n_ended, 1);
    return TINE_OK;
}

static tine_status start_sleep(unsigned attempt, void *ctx, tine_future **future_out)
{
    return tine_loop_sleep(((worker *)ctx)->loop, attempt * 1000, NULL, future_out, NULL);
}

static tine_status begin(worker *w, char *byte, const tine_io_options *options, tine_future **out)
{
    int64_t delay_ns = rand_r(&w->seed) % 1000000;
    switch (rand_r(&w->seed) % 4) {
    case 0:
        return tine_loop_sleep(w->loop, delay_ns, options, out, NULL);
    case 1:
        return tine_loop_retry(w->loop, start_sleep, w, NULL, options, out, NULL);
    case 2:
        return tine_loop_read(w->loop, w->fds[0], byte, 1, options, out, NULL);
    default:
        return tine_loop_write(w->loop, w->fds[1], "x", 1, options, out, NULL);
    }
}

static tine_status play_round(worker *w, tine_scope *scope)
{
    tine_future *futures[N_TOGETHER];
    char bytes[N_TOGETHER];
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    for (int i = 0; i < N_TOGETHER; i++) {
        options.scope = i % 3 ? NULL : scope;
        options.timeout_ns = i % 5 ? 20 * MS : MS;
        tine_status status = begin(w, &bytes[i], &options, &futures[i]);
        options.scope = NULL;
        if (status == TINE_ECANCELED) /* an earlier one of the scope was out of time */
            status = begin(w, &bytes[i], &options, &futures[i]);
        if (status != TINE_OK)
            return status;
        atomic_fetch_add(&w->n_begun, 1);
        status =
            tine_future_then(futures[i], i % 2 ? w->pool : NULL, count_end, w, NULL, NULL, NULL);
        if (status != TINE_OK)
            return status;
    }
    for (int i = 0; i < N_TOGETHER / 2; i++)
        tine_future_cancel(futures[(unsigned)rand_r(&w->seed) % N_TOGETHER]);
    tine_scope_cancel(scope);
    for (int i = 0; i < N_TOGETHER; i++) {
        tine_status status = wait_release(futures[i]);
        if (status != TINE_OK && status != TINE_ECANCELED && status != TINE_ETIMEDOUT)
            return status;
    }
    return TINE_OK;
}

static void *play(void *arg)
{
    worker *w = arg;
    for (int i = 0; i < N_ROUNDS && w->status == TINE_OK; i++) {
        tine_scope *scope;
        w->status = tine_scope_open(NULL, &scope, NULL);
        if (w->status == TINE_OK)
            w->status = play_round(w, scope);
        tine_scope_close(&scope);
    }
    return NULL;
}

static void every_operation_ends_once(void **state)
{
    (void)state;
    tine_loop *loop;
    tine_pool *pool = open_pool(2);
    worker workers[N_THREADS];
    pthread_t threads[N_THREADS];
    assert_int_equal(tine_loop_open(NULL, &loop, NULL), TINE_OK);
    for (unsigned i = 0; i < N_THREADS; i++) {
        workers[i] = (worker){.loop = loop, .pool = pool, .seed = i + 1};
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, workers[i].fds), 0);
        assert_int_equal(pthread_create(&threads[i], NULL, play, &workers[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(tine_loop_close(&loop), TINE_OK);
    tine_pool_close(&pool);
    for (int i = 0; i < N_THREADS; i++) {
        assert_int_equal(workers[i].status, TINE_OK);
        assert_int_equal(workers[i].n_ended, workers[i].n_begun);
        close(workers[i].fds[0]);
        close(workers[i].fds[1]);
    }
}

/* Loops are closed while other threads cancel what is under way in them. */
static void *cancel_all(void *arg)
{
    tine_future **futures = arg;
    for (int i = 0; i < N_TOGETHER; i++)
        tine_future_cancel(futures[i]);
    return NULL;
}

static void a_loop_is_closed_while_others_cancel(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        tine_loop *loop;
        tine_future *futures[N_TOGETHER];
        pthread_t thread;
        assert_int_equal(tine_loop_open(NULL, &loop, NULL), TINE_OK);
        for (int i = 0; i < N_TOGETHER; i++)
            assert_int_equal(tine_loop_sleep(loop, TINE_FOREVER, NULL, &futures[i], NULL), TINE_OK);
        assert_int_equal(pthread_create(&thread, NULL, cancel_all, futures), 0);
        assert_int_equal(tine_loop_close(&loop), TINE_OK);
        assert_int_equal(pthread_join(thread, NULL), 0);
        for (int i = 0; i < N_TOGETHER; i++)
            assert_int_equal(wait_release(futures[i]), TINE_ECANCELED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_ends_once),
        cmocka_unit_test(a_loop_is_closed_while_others_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
