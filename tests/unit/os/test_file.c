/* Files that fail, pipes that wait, reads that are interrupted. */
#define _GNU_SOURCE
#include "os/file.h"
#include "support/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const int64_t SLICE_NS = 1000000;

static tine_status go_on(void)
{
    return TINE_OK;
}

static atomic_int asked;

static tine_status stop_at_third(void)
{
    return atomic_fetch_add(&asked, 1) < 2 ? TINE_OK : TINE_ECANCELED;
}

static int file_of(const char *text)
{
    char path[] = "/tmp/tine-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static void opening_says_what_is_wrong(void **state)
{
    (void)state;
    int fd = -1;
    tine_error error;
    assert_int_equal(tine__file_open("/nowhere/at all", &fd, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, ENOENT);
    assert_non_null(strstr(error.message, "/nowhere/at all"));
    assert_string_equal(error.source, "/nowhere/at all");
    assert_int_equal(tine__file_open("/tmp", &fd, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, EISDIR);
    fault_arm_errno(FAULT_OPEN, 1, EACCES);
    tine_status status = tine__file_open("/dev/null", &fd, &error);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_EIO);
    assert_int_equal(error.sys_errno, EACCES);
    fault_arm(FAULT_FSTAT, 1);
    status = tine__file_open("/dev/null", &fd, &error);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_EIO);
    assert_int_equal(fd, -1);
}

static void an_interrupted_open_is_tried_again(void **state)
{
    (void)state;
    int fd;
    fault_arm_errno(FAULT_OPEN, 1, EINTR);
    tine_status status = tine__file_open("/dev/null", &fd, NULL);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_OK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    tine__file_close(fd);
}

static void reads_at_an_offset_end_where_the_file_ends(void **state)
{
    (void)state;
    char text[16];
    size_t n;
    tine_error error;
    int fd = file_of("0123456789");
    fault_arm_errno(FAULT_PREAD, 1, EINTR);
    tine_status status = tine__file_read_at(fd, 7, text, sizeof text, &n, NULL);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(text, "789", 3);
    assert_int_equal(tine__file_read_at(fd, 100, text, 1, &n, NULL), TINE_OK);
    assert_int_equal(n, 0);
    fault_arm(FAULT_PREAD, 1);
    status = tine__file_read_at(fd, 4, text, 2, &n, &error);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_EIO);
    assert_true(error.sys_errno == EIO && error.byte_offset == 4);
    tine__file_close(fd);
}

static void what_a_file_is(void **state)
{
    (void)state;
    tine__file_info info;
    uint64_t position;
    int fd = file_of("abc"), pipes[2];
    assert_int_equal(tine__file_info_get(fd, &info, NULL), TINE_OK);
    assert_true(info.seekable && info.size == 3 && info.changed_ns > 0);
    assert_int_equal(tine__file_position(fd, &position, NULL), TINE_OK);
    assert_int_equal(position, 3);
    tine__file_close(fd);
    assert_int_equal(tine__file_info_get(fd, &info, NULL), TINE_EIO);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(tine__file_info_get(pipes[0], &info, NULL), TINE_OK);
    assert_false(info.seekable);
    assert_int_equal(tine__file_position(pipes[0], &position, NULL), TINE_EIO);
    close(pipes[0]);
    close(pipes[1]);
}

static void pipes_are_read_to_their_end(void **state)
{
    (void)state;
    char text[8];
    size_t n;
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
    assert_int_equal(write(pipes[1], "ab", 2), 2);
    fault_arm_errno(FAULT_READ, 1, EAGAIN);
    tine_status status = tine__file_read_some(pipes[0], text, 8, &n, go_on, SLICE_NS, NULL);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_OK);
    assert_int_equal(n, 2);
    close(pipes[1]);
    assert_int_equal(tine__file_read_some(pipes[0], text, 8, &n, go_on, SLICE_NS, NULL), TINE_OK);
    assert_int_equal(n, 0);
    tine_error error;
    fault_arm(FAULT_READ, 1);
    status = tine__file_read_some(pipes[0], text, 8, &n, go_on, SLICE_NS, &error);
    assert_true(fault_disarm());
    assert_true(status == TINE_EIO && error.sys_errno == EIO);
    close(pipes[0]);
}

static void stop_ends_the_wait(void **state)
{
    (void)state;
    char text[8];
    size_t n;
    int pipes[2];
    tine_error error;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(tine__file_read_some(pipes[0], text, 8, &n, stop_at_third, SLICE_NS, &error),
                     TINE_ECANCELED);
    assert_int_equal(error.status, TINE_ECANCELED);
    assert_int_equal(atomic_load(&asked), 3);
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_says_what_is_wrong),
        cmocka_unit_test(an_interrupted_open_is_tried_again),
        cmocka_unit_test(reads_at_an_offset_end_where_the_file_ends),
        cmocka_unit_test(what_a_file_is),
        cmocka_unit_test(pipes_are_read_to_their_end),
        cmocka_unit_test(stop_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
