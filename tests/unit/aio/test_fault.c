/* Every allocation and every thread fails in turn, under each call of the loop. */
#define _GNU_SOURCE
#include "support/fault.h"
#include "unit/aio/support.h"

#include <fcntl.h>
#include <sys/socket.h>

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* Everything is gone when the loop is closed: futures are released by its thread after their end.
 */
static void fail_each(fault_kind kind, tine_status failure, tine_status (*call)(tine_loop *loop))
{
    bool fired = true;
    for (long n = 1; fired; n++) {
        long blocks = fault_live_blocks();
        int descriptors = open_descriptors();
        tine_loop *loop = NULL;
        fault_arm(kind, n);
        tine_status status = tine_loop_open(NULL, &loop, NULL);
        if (status == TINE_OK)
            status = call(loop);
        tine_loop_close(&loop);
        fired = fault_disarm();
        assert_true(status == TINE_OK || (fired && status == failure));
        assert_int_equal(fault_live_blocks(), blocks);
        assert_int_equal(open_descriptors(), descriptors);
    }
}

static tine_status end_of(tine_status status, tine_future *future)
{
    return status == TINE_OK ? wait_release(future) : status;
}

static tine_status sleep_some(tine_loop *loop)
{
    tine_status status = TINE_OK;
    for (int i = 0; i < 20 && status == TINE_OK; i++) {
        tine_future *future;
        status = tine_loop_sleep(loop, i * 1000, NULL, &future, NULL);
        status = end_of(status, future);
    }
    return status;
}

static tine_status sleep_together(tine_loop *loop)
{
    tine_future *futures[40];
    int n = 0;
    tine_status status = TINE_OK;
    for (; n < 40 && status == TINE_OK; n += status == TINE_OK)
        status = tine_loop_sleep(loop, TINE_FOREVER, NULL, &futures[n], NULL);
    for (int i = 0; i < n; i++)
        tine_future_cancel(futures[i]);
    while (n) {
        tine_status end = wait_release(futures[--n]);
        if (end != TINE_ECANCELED)
            status = end;
    }
    return status;
}

static tine_status read_a_pipe(tine_loop *loop)
{
    int fds[2];
    char byte;
    tine_future *future;
    if (pipe(fds))
        return 1;
    tine_status status = tine_loop_read(loop, fds[0], &byte, 1, NULL, &future, NULL);
    if (write(fds[1], "x", 1) != 1)
        return 2;
    status = end_of(status, future);
    close(fds[0]);
    close(fds[1]);
    return status;
}

static tine_status run_a_child(tine_loop *loop)
{
    const char *const argv[] = {"true", NULL};
    tine_command command = {.struct_size = sizeof command, .argv = argv};
    tine_child child;
    tine_future *future;
    command.stdio[0] = TINE_STDIO_PIPE;
    tine_status status = tine_loop_spawn(loop, &command, NULL, &child, &future, NULL);
    if (status != TINE_OK)
        return status;
    close(child.fd[0]);
    return wait_release(future);
}

static tine_status connect_and_accept(tine_loop *loop)
{
    char address[60];
    int listening;
    tine_future *future;
    snprintf(address, sizeof address, "unix:/tmp/tine-fault-%d", (int)getpid());
    tine_status status = tine_listen(address, &listening, NULL);
    if (status != TINE_OK)
        return status;
    status = tine_loop_connect(loop, address, NULL, &future, NULL);
    if (status == TINE_OK) {
        status = tine_future_wait(future, TINE_FOREVER, NULL);
        if (status == TINE_OK)
            close(((const tine_io *)tine_future_value(future))->fd);
        tine_future_release(future);
    }
    if (status == TINE_OK)
        status = tine_loop_accept(loop, listening, NULL, &future, NULL);
    if (status == TINE_OK) {
        status = tine_future_wait(future, TINE_FOREVER, NULL);
        if (status == TINE_OK)
            close(((const tine_io *)tine_future_value(future))->fd);
        tine_future_release(future);
    }
    unlink(address + 5);
    close(listening);
    return status;
}

static tine_status start_sleep(unsigned attempt, void *ctx, tine_future **future_out)
{
    (void)attempt;
    return tine_loop_sleep(ctx, 1000, NULL, future_out, NULL);
}

static tine_status retry_a_sleep(tine_loop *loop)
{
    tine_future *future;
    tine_status status = tine_loop_retry(loop, start_sleep, loop, NULL, NULL, &future, NULL);
    return end_of(status, future);
}

static void each_call_unwinds(void **state)
{
    (void)state;
    tine_status (*const calls[])(tine_loop *) = {sleep_some,  sleep_together,     read_a_pipe,
                                                 run_a_child, connect_and_accept, retry_a_sleep};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fail_each(FAULT_ALLOC, TINE_ENOMEM, calls[i]);
        fail_each(FAULT_THREAD, TINE_EIO, calls[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_call_unwinds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
