/* What tests of the loop share. */
#ifndef TESTS_UNIT_AIO_SUPPORT_H
#define TESTS_UNIT_AIO_SUPPORT_H
#include "support/pool.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static inline tine_loop *open_loop(void)
{
    tine_loop *loop;
    tine_error error;
    assert_int_equal(tine_loop_open(NULL, &loop, &error), TINE_OK);
    return loop;
}

static inline int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline tine_future *begin_sleep(tine_loop *loop, int64_t delay_ns)
{
    tine_future *future;
    assert_int_equal(tine_loop_sleep(loop, delay_ns, NULL, &future, NULL), TINE_OK);
    return future;
}

/* The operations of the loop, each waited for. */
static inline tine_io wait_io(tine_future *future)
{
    tine_error error;
    if (tine_future_wait(future, TINE_FOREVER, &error) != TINE_OK)
        fail_msg("%s", error.message);
    tine_io io = *(const tine_io *)tine_future_value(future);
    tine_future_release(future);
    return io;
}

static inline tine_future *begin_read(tine_loop *loop, int fd, void *dst, size_t n)
{
    tine_future *future;
    assert_int_equal(tine_loop_read(loop, fd, dst, n, NULL, &future, NULL), TINE_OK);
    return future;
}

static inline tine_future *begin_write(tine_loop *loop, int fd, const void *src, size_t n)
{
    tine_future *future;
    assert_int_equal(tine_loop_write(loop, fd, src, n, NULL, &future, NULL), TINE_OK);
    return future;
}

static inline tine_future *begin_connect(tine_loop *loop, const char *address)
{
    tine_future *future;
    tine_error error;
    if (tine_loop_connect(loop, address, NULL, &future, &error) != TINE_OK)
        fail_msg("%s", error.message);
    return future;
}

static inline tine_future *begin_accept(tine_loop *loop, int fd)
{
    tine_future *future;
    assert_int_equal(tine_loop_accept(loop, fd, NULL, &future, NULL), TINE_OK);
    return future;
}

/* Listens on a free port; its address is written out. */
static inline int listen_anywhere(char *address, size_t size)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;
    int fd;
    tine_error error;
    if (tine_listen("127.0.0.1:0", &fd, &error) != TINE_OK)
        fail_msg("%s", error.message);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    snprintf(address, size, "127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

#endif
