/* Descriptors: pipes and sockets, from both sides, whole and broken. */
#define _GNU_SOURCE
#include "unit/aio/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

static void close_both(int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

/* ---- pipes */

static void a_pipe_is_read_as_bytes_come(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        int fds[2];
        char text[10];
        assert_int_equal(pipe2(fds, flags), 0);
        tine_future *reading = begin_read(loop, fds[0], text, sizeof text);
        sleep_ms(2);
        assert_false(tine_future_done(reading));
        assert_int_equal(wait_io(begin_write(loop, fds[1], "abc", 3)).n_bytes, 3);
        tine_io io = wait_io(reading);
        assert_int_equal(io.n_bytes, 3);
        assert_int_equal(io.fd, -1);
        assert_memory_equal(text, "abc", 3);
        reading = begin_read(loop, fds[0], text, sizeof text);
        close(fds[1]);
        assert_int_equal(wait_io(reading).n_bytes, 0);
        close(fds[0]);
    }
    tine_loop_close(&loop);
}

/* More than a pipe holds, so that both sides wait for one another. */
static void all_is_written(void **state)
{
    (void)state;
    enum { SIZE = 3000000 };
    tine_loop *loop = open_loop();
    char *out = malloc(SIZE), *in = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        out[i] = (char)(i * 7 + i / 1000);
    for (int kind = 0; kind < 3; kind++) {
        int fds[2];
        if (kind < 2)
            assert_int_equal(pipe2(fds, kind ? O_NONBLOCK : 0), 0);
        else
            assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        tine_future *writing = begin_write(loop, fds[1], out, SIZE);
        size_t n = 0;
        memset(in, 0, SIZE);
        while (n < SIZE)
            n += wait_io(begin_read(loop, fds[0], in + n, SIZE - n)).n_bytes;
        assert_int_equal(wait_io(writing).n_bytes, SIZE);
        assert_memory_equal(in, out, SIZE);
        close_both(fds);
    }
    free(in);
    free(out);
    tine_loop_close(&loop);
}

static void nothing_is_written_to_who_is_gone(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    for (int kind = 0; kind < 2; kind++) {
        int fds[2];
        tine_error error;
        assert_int_equal(kind ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
        close(fds[0]);
        tine_future *future = begin_write(loop, fds[1], "abc", 3);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EIO);
        assert_int_equal(error.sys_errno, EPIPE);
        assert_int_equal(error.byte_offset, 0);
        tine_future_release(future);
        close(fds[1]);
    }
    tine_loop_close(&loop);
}

static void a_read_is_over_in_time(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    options.timeout_ns = 10 * MS;
    tine_future *future;
    int fds[2];
    char text[10] = "?";
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(tine_loop_read(loop, fds[0], text, sizeof text, &options, &future, NULL),
                     TINE_OK);
    assert_int_equal(wait_release(future), TINE_ETIMEDOUT);
    assert_int_equal(write(fds[1], "abc", 3), 3);
    sleep_ms(5);
    assert_string_equal(text, "?");
    assert_int_equal(wait_io(begin_read(loop, fds[0], text, sizeof text)).n_bytes, 3);
    close_both(fds);
    tine_loop_close(&loop);
}

/* What was read was handed over, what was not is there still: nothing lost, nothing twice. */
static void a_cancelled_read_takes_nothing_along(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    unsigned char sent = 0, got = 0;
    for (int i = 0; i < 3000; i++) {
        unsigned char byte = 0;
        tine_future *future = begin_read(loop, fds[0], &byte, 1);
        assert_int_equal(write(fds[1], &sent, 1), 1);
        sent++;
        tine_future_cancel(future);
        tine_status status = wait_release(future);
        assert_true(status == TINE_OK || status == TINE_ECANCELED);
        if (status == TINE_ECANCELED)
            assert_int_equal(wait_io(begin_read(loop, fds[0], &byte, 1)).n_bytes, 1);
        assert_int_equal(byte, got);
        got++;
    }
    close_both(fds);
    tine_loop_close(&loop);
}

static void many_wait_for_one_descriptor(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_future *readable[5], *writable;
    int fds[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(tine_loop_ready(loop, fds[0], TINE_READABLE, NULL, &readable[i], NULL),
                         TINE_OK);
    tine_future *reading = begin_read(loop, fds[0], &byte, 1);
    assert_int_equal(
        tine_loop_ready(loop, fds[0], TINE_WRITABLE | TINE_READABLE, NULL, &writable, NULL),
        TINE_OK);
    assert_int_equal(wait_io(writable).events, TINE_WRITABLE);
    assert_false(tine_future_done(readable[0]));
    assert_true(tine_future_cancel(readable[4]));
    assert_int_equal(wait_release(readable[4]), TINE_ECANCELED);
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(wait_io(readable[i]).events, TINE_READABLE);
    assert_int_equal(wait_io(reading).n_bytes, 1);
    close_both(fds);
    tine_loop_close(&loop);
}

static void a_descriptor_number_is_used_again(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    for (int i = 0; i < 300; i++) {
        int fds[2];
        char byte;
        assert_int_equal(pipe(fds), 0);
        tine_future *reading = begin_read(loop, fds[0], &byte, 1);
        if (i % 3 == 0) {
            assert_int_equal(write(fds[1], "x", 1), 1);
            assert_int_equal(wait_io(reading).n_bytes, 1);
        } else {
            tine_future_cancel(reading);
            assert_int_equal(wait_release(reading), TINE_ECANCELED);
        }
        close_both(fds);
    }
    tine_loop_close(&loop);
}

static void a_regular_file_is_no_stream(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    FILE *file = tmpfile();
    tine_future *future;
    tine_error error;
    assert_int_equal(tine_loop_ready(loop, fileno(file), TINE_READABLE, NULL, &future, NULL),
                     TINE_OK);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "tine_file_read"));
    tine_future_release(future);
    fclose(file);
    tine_loop_close(&loop);
}

static void what_is_no_descriptor_is_an_error(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    char byte;
    tine_error error;
    int fd = dup(0);
    close(fd);
    tine_future *future = begin_read(loop, fd, &byte, 1);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, EBADF);
    tine_future_release(future);
    tine_loop_close(&loop);
}

/* ---- files */

static void files_are_read_and_written_on_a_pool(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    int fd = fileno(file);
    tine_pool *pools[2] = {NULL, open_pool(1)};
    for (int i = 0; i < 2; i++) {
        tine_future *future;
        char text[20];
        tine_error error;
        assert_int_equal(tine_file_write(pools[i], fd, 5, "abcde", 5, NULL, &future, NULL),
                         TINE_OK);
        assert_int_equal(wait_io(future).n_bytes, 5);
        assert_int_equal(tine_file_read(pools[i], fd, 7, text, sizeof text, NULL, &future, NULL),
                         TINE_OK);
        assert_int_equal(wait_io(future).n_bytes, 3);
        assert_memory_equal(text, "cde", 3);
        int read_only = open("/proc/self/exe", O_RDONLY);
        assert_int_equal(tine_file_write(pools[i], read_only, 5, "abcde", 5, NULL, &future, NULL),
                         TINE_OK);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EIO);
        assert_int_equal(error.sys_errno, EBADF);
        assert_int_equal(error.byte_offset, 5);
        tine_future_release(future);
        close(read_only);
        assert_int_equal(tine_file_read(pools[i], -1, 7, text, 1, NULL, &future, &error),
                         TINE_EINVAL);
    }
    tine_pool_close(&pools[1]);
    fclose(file);
}

/* ---- sockets */

static void two_ends_of_a_connection_talk(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    char address[40], text[10];
    int listening = listen_anywhere(address, sizeof address);
    tine_future *accepting = begin_accept(loop, listening);
    int client = wait_io(begin_connect(loop, address)).fd;
    int server = wait_io(accepting).fd;
    assert_true(client >= 0 && server >= 0);
    tine_future *reading = begin_read(loop, server, text, sizeof text);
    assert_int_equal(wait_io(begin_write(loop, client, "ping", 4)).n_bytes, 4);
    assert_int_equal(wait_io(reading).n_bytes, 4);
    assert_memory_equal(text, "ping", 4);
    close(client);
    assert_int_equal(wait_io(begin_read(loop, server, text, sizeof text)).n_bytes, 0);
    close(server);
    close(listening);
    tine_loop_close(&loop);
}

static void a_local_socket_has_a_path(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    char address[60];
    int listening;
    snprintf(address, sizeof address, "unix:/tmp/tine-test-%d", (int)getpid());
    assert_int_equal(tine_listen(address, &listening, NULL), TINE_OK);
    int client = wait_io(begin_connect(loop, address)).fd;
    int server = wait_io(begin_accept(loop, listening)).fd;
    assert_int_equal(unlink(address + 5), 0);
    close(client);
    close(server);
    close(listening);
    tine_loop_close(&loop);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    static const char *const wrong[] = {
        "",           "localhost:80", "127.0.0.1", "127.0.0.1:", ":80",   "1.2.3.4:65536",
        "1.2.3.4:8x", "::1:80",       "[::1:80",   "[::1]80",    "unix:", "[127.0.0.1]:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tine_error error;
        int fd = -1;
        tine_future *future = begin_connect(loop, wrong[i]);
        assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EINVAL);
        assert_non_null(strstr(error.message, "is no address"));
        tine_future_release(future);
        assert_int_equal(tine_listen(wrong[i], &fd, &error), TINE_EINVAL);
        assert_int_equal(fd, -1);
    }
    tine_loop_close(&loop);
}

static void nobody_answers(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    char address[40];
    tine_error error;
    close(listen_anywhere(address, sizeof address));
    tine_future *future = begin_connect(loop, address);
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, ECONNREFUSED);
    assert_non_null(strstr(error.message, address));
    tine_future_release(future);
    tine_loop_close(&loop);
}

static void an_address_in_use_is_an_error(void **state)
{
    (void)state;
    char address[40];
    int fd = listen_anywhere(address, sizeof address), second = -1;
    tine_error error;
    assert_int_equal(tine_listen(address, &second, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, EADDRINUSE);
    close(fd);
}

/* ---- many at once */

/* A sends to B what B sends back, so often, on so many connections at once. */
typedef struct echo {
    tine_loop *loop;
    atomic_int *n_left;
    int client, server;
    int turns;
    char there, back;
} echo;

static tine_status turn(echo *e);

static tine_status came_back(const tine_future *done, void *arg, void *value)
{
    (void)value;
    echo *e = arg;
    const tine_io *io = tine_future_value(done);
    if (!io || io->n_bytes != 1 || e->back != (char)e->turns)
        return tine_fail(99, -1, "turn %d gave %d", e->turns, e->back);
    if (--e->turns > 0)
        return turn(e);
    atomic_fetch_sub(e->n_left, 1);
    return TINE_OK;
}

static tine_status came_there(const tine_future *done, void *arg, void *value)
{
    (void)value;
    echo *e = arg;
    tine_future *future;
    if (tine_future_status(done) != TINE_OK)
        return 99;
    tine_status status = tine_loop_write(e->loop, e->server, &e->there, 1, NULL, &future, NULL);
    if (status == TINE_OK)
        tine_future_release(future);
    return status;
}

static tine_status follow(tine_status status, tine_future *future, tine_then_fn fn, echo *e)
{
    if (status == TINE_OK) {
        status = tine_future_then(future, NULL, fn, e, NULL, NULL, NULL);
        tine_future_release(future);
    }
    return status;
}

static tine_status turn(echo *e)
{
    tine_future *future;
    char byte = (char)e->turns;
    tine_status status = tine_loop_read(e->loop, e->server, &e->there, 1, NULL, &future, NULL);
    status = follow(status, future, came_there, e);
    if (status == TINE_OK)
        status = tine_loop_read(e->loop, e->client, &e->back, 1, NULL, &future, NULL);
    status = follow(status, future, came_back, e);
    return status == TINE_OK && write(e->client, &byte, 1) != 1 ? 98 : status;
}

static void many_connections_at_once(void **state)
{
    (void)state;
    enum { N = 400, TURNS = 20 };
    tine_loop *loop = open_loop();
    char address[40];
    atomic_int n_left = N;
    int listening = listen_anywhere(address, sizeof address);
    echo *echoes = calloc(N, sizeof *echoes);
    for (int i = 0; i < N; i++) {
        tine_future *accepting = begin_accept(loop, listening);
        int client = wait_io(begin_connect(loop, address)).fd;
        echoes[i] = (echo){.loop = loop,
                           .n_left = &n_left,
                           .client = client,
                           .server = wait_io(accepting).fd,
                           .turns = TURNS};
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(turn(&echoes[i]), TINE_OK);
    for (int waited = 0; atomic_load(&n_left) > 0; waited++) {
        assert_true(waited < 20000);
        sleep_ms(1);
    }
    for (int i = 0; i < N; i++) {
        close(echoes[i].client);
        close(echoes[i].server);
    }
    free(echoes);
    close(listening);
    tine_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_is_read_as_bytes_come),
        cmocka_unit_test(all_is_written),
        cmocka_unit_test(nothing_is_written_to_who_is_gone),
        cmocka_unit_test(a_read_is_over_in_time),
        cmocka_unit_test(a_cancelled_read_takes_nothing_along),
        cmocka_unit_test(many_wait_for_one_descriptor),
        cmocka_unit_test(a_descriptor_number_is_used_again),
        cmocka_unit_test(a_regular_file_is_no_stream),
        cmocka_unit_test(what_is_no_descriptor_is_an_error),
        cmocka_unit_test(files_are_read_and_written_on_a_pool),
        cmocka_unit_test(two_ends_of_a_connection_talk),
        cmocka_unit_test(a_local_socket_has_a_path),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(an_address_in_use_is_an_error),
        cmocka_unit_test(many_connections_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
