/* Descriptors run out: what fails says so, what waits goes on. */
#define _GNU_SOURCE
#include "unit/aio/support.h"

#include <errno.h>
#include <sys/resource.h>

/* Takes all descriptors that there are, up to a limit. */
static size_t take_descriptors(int *fds, size_t room)
{
    size_t n = 0;
    while (n < room && (fds[n] = dup(0)) >= 0)
        n++;
    assert_true(n < room);
    return n;
}

static void descriptors_run_out_and_come_back(void **state)
{
    (void)state;
    enum { LIMIT = 200 };
    struct rlimit before, low;
    int taken[LIMIT];
    char address[40];
    tine_loop *loop = open_loop();
    tine_error error;
    int listening = listen_anywhere(address, sizeof address);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = LIMIT;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    size_t n = take_descriptors(taken, LIMIT);

    tine_future *failing = begin_connect(loop, address);
    assert_int_equal(tine_future_wait(failing, TINE_FOREVER, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, EMFILE);
    tine_future_release(failing);

    close(taken[--n]);
    int client = wait_io(begin_connect(loop, address)).fd;
    tine_future *accepting = begin_accept(loop, listening);
    assert_int_equal(tine_future_wait(accepting, 30 * MS, NULL), TINE_ETIMEDOUT);
    assert_false(tine_future_done(accepting));
    close(taken[--n]);
    int server = wait_io(accepting).fd;

    assert_int_equal(wait_io(begin_write(loop, client, "ok", 2)).n_bytes, 2);
    char text[2];
    assert_int_equal(wait_io(begin_read(loop, server, text, 2)).n_bytes, 2);
    while (n)
        close(taken[--n]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    close(client);
    close(server);
    close(listening);
    tine_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(descriptors_run_out_and_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
