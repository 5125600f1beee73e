/* Every kind of source: what it promises, how it fails, and who frees what. */
#define _GNU_SOURCE
#include "source/source.h"
#include "base/body.h"
#include "support/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static char path[] = "/tmp/tine-source-XXXXXX";

static tine_status go_on(void)
{
    return TINE_OK;
}

static int write_file(void **state)
{
    (void)state;
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    bool written = fd >= 0 && write(fd, "0123456789", 10) == 10;
    close(fd);
    return !written;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void a_file_is_read_at_any_offset(void **state)
{
    (void)state;
    char text[4];
    tine_source *source;
    assert_int_equal(tine_source_file(path, &source, NULL), TINE_OK);
    assert_true(tine__source_seekable(source));
    assert_int_equal(tine__source_size(source), 10);
    assert_string_equal(tine__source_name(source), path);
    assert_null(tine__source_bytes(source));
    assert_int_equal(tine__source_read_at(source, 6, text, 4, NULL), TINE_OK);
    assert_memory_equal(text, "6789", 4);
    assert_int_equal(tine__source_unchanged(source, NULL), TINE_OK);
    assert_ptr_equal(tine__source_retain(source), source);
    tine_source_release(source);
    assert_int_equal(tine__source_read_at(source, 0, text, 1, NULL), TINE_OK);
    tine_source_release(source);
    tine_source_release(NULL);
}

static void a_file_that_shrinks_has_changed(void **state)
{
    (void)state;
    char text[4];
    tine_error error;
    tine_source *source;
    assert_int_equal(tine_source_file(path, &source, NULL), TINE_OK);
    assert_int_equal(truncate(path, 7), 0);
    assert_int_equal(tine__source_read_at(source, 6, text, 4, &error), TINE_ECHANGED);
    assert_int_equal(error.byte_offset, 7);
    assert_string_equal(error.source, path);
    assert_int_equal(tine__source_unchanged(source, &error), TINE_ECHANGED);
    assert_string_equal(error.source, path);
    tine_source_release(source);
}

static void a_file_rewritten_in_place_has_changed(void **state)
{
    (void)state;
    tine_source *source;
    assert_int_equal(tine_source_file(path, &source, NULL), TINE_OK);
    int fd = open(path, O_WRONLY);
    assert_int_equal(write(fd, "x", 1), 1);
    const struct timespec other[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(futimens(fd, other), 0); /* clocks of files are coarse */
    close(fd);
    assert_int_equal(tine__source_unchanged(source, NULL), TINE_ECHANGED);
    tine_source_release(source);
}

static void a_failed_read_names_the_source(void **state)
{
    (void)state;
    char text[4];
    tine_error error;
    tine_source *source;
    assert_int_equal(tine_source_file(path, &source, NULL), TINE_OK);
    fault_arm(FAULT_PREAD, 1);
    tine_status status = tine__source_read_at(source, 2, text, 4, &error);
    assert_true(fault_disarm());
    assert_true(status == TINE_EIO && error.sys_errno == EIO && error.byte_offset == 2);
    assert_string_equal(error.source, path);
    tine_source_release(source);
}

/* Every call of the kind fails in turn while a file's source is made. */
static void fail_in_turn(fault_kind kind, tine_status expected)
{
    bool fired = true;
    long blocks = fault_live_blocks();
    int free_fd = dup(0);
    close(free_fd);
    for (long n = 1; fired; n++) {
        tine_source *source;
        fault_arm(kind, n);
        tine_status status = tine_source_file(path, &source, NULL);
        fired = fault_disarm();
        assert_int_equal(status, fired ? expected : TINE_OK);
        if (fired)
            assert_null(source);
        tine_source_release(source);
        assert_int_equal(fault_live_blocks(), blocks);
        int fd = dup(0);
        assert_int_equal(fd, free_fd);
        close(fd);
    }
}

static void a_source_that_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    fail_in_turn(FAULT_ALLOC, TINE_ENOMEM);
    fail_in_turn(FAULT_OPEN, TINE_EIO);
    fail_in_turn(FAULT_FSTAT, TINE_EIO);
}

static void a_descriptor_starts_at_its_position(void **state)
{
    (void)state;
    char text[7];
    tine_source *source;
    int fd = open(path, O_RDONLY);
    assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
    assert_int_equal(tine_source_fd(fd, &source, NULL), TINE_OK);
    assert_int_equal(tine__source_size(source), 7);
    assert_int_equal(tine__source_read_at(source, 0, text, 7, NULL), TINE_OK);
    assert_memory_equal(text, "3456789", 7);
    tine_source_release(source);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
    assert_int_equal(lseek(fd, 30, SEEK_SET), 30);
    assert_int_equal(tine_source_fd(fd, &source, NULL), TINE_OK);
    assert_int_equal(tine__source_size(source), 0);
    tine_source_release(source);
    assert_int_equal(close(fd), 0);
}

static void a_pipe_is_read_once_in_order(void **state)
{
    (void)state;
    char text[8];
    size_t n;
    int pipes[2];
    tine_source *source;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], "abcde", 5), 5);
    close(pipes[1]);
    assert_int_equal(tine_source_fd(pipes[0], &source, NULL), TINE_OK);
    assert_false(tine__source_seekable(source));
    assert_true(tine__source_take(source));
    assert_false(tine__source_take(source));
    assert_int_equal(tine__source_read(source, text, 2, &n, go_on, NULL), TINE_OK);
    assert_int_equal(n, 2);
    assert_int_equal(tine__source_read(source, text, 8, &n, go_on, NULL), TINE_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(text, "cde", 3);
    tine_source_release(source);
    assert_int_equal(close(pipes[0]), 0);
}

static void count(void *ctx)
{
    ++*(int *)ctx;
}

static void memory_is_freed_once_at_the_last_release(void **state)
{
    (void)state;
    int freed = 0;
    char text[2];
    tine_source *source;
    assert_int_equal(tine_source_memory("abc", 3, count, &freed, &source, NULL), TINE_OK);
    assert_memory_equal(tine__source_bytes(source), "abc", 3);
    assert_int_equal(tine__source_read_at(source, 1, text, 2, NULL), TINE_OK);
    assert_memory_equal(text, "bc", 2);
    tine__source_retain(source);
    tine_source_release(source);
    assert_int_equal(freed, 0);
    tine_source_release(source);
    assert_int_equal(freed, 1);
    fault_arm(FAULT_ALLOC, 1);
    assert_int_equal(tine_source_memory("abc", 3, count, &freed, &source, NULL), TINE_ENOMEM);
    assert_true(fault_disarm());
    assert_int_equal(freed, 1);
    assert_int_equal(tine_source_memory(NULL, 3, NULL, NULL, &source, NULL), TINE_EINVAL);
    assert_int_equal(tine_source_memory(NULL, 0, NULL, NULL, &source, NULL), TINE_OK);
    tine_source_release(source);
}

typedef struct letters { /* a user's source of n letters "a"; negative: its size fails */
    int64_t n;
    int closed;
} letters;

static tine_status letters_size(void *ctx, uint64_t *size_out)
{
    const letters *l = ctx;
    *size_out = (uint64_t)l->n;
    return l->n < 0 ? tine_fail(42, -1, "no size today") : TINE_OK;
}

static tine_status letters_read_at(void *ctx, uint64_t offset, void *dst, size_t n,
                                   size_t *n_read_out)
{
    (void)ctx;
    if (offset == 3) /* words, and then success */
        (void)tine_fail(3, 3, "forget it");
    if (offset == 13)
        return tine_fail(13, 5, "bad luck");
    *n_read_out = n - (offset == 1) + (offset == 2); /* one short there, one too many here */
    memset(dst, 'a', n);
    return TINE_OK;
}

static tine_status letters_read(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    letters *l = ctx;
    *n_read_out = l->n > 0 && n ? 1 : 0;
    if (*n_read_out)
        *(char *)dst = 'a';
    l->n -= (int64_t)*n_read_out;
    return TINE_OK;
}

static void letters_close(void *ctx)
{
    ((letters *)ctx)->closed++;
}

static const tine_source_vtable letters_vtable = {sizeof(tine_source_vtable), letters_size,
                                                  letters_read_at, letters_read, letters_close};

static void a_custom_source_speaks_through_the_record(void **state)
{
    (void)state;
    letters l = {.n = 20};
    char text[2];
    tine_error error = {.status = 77};
    tine_source *source;
    assert_int_equal(tine_source_custom(&letters_vtable, &l, "letters", &source, NULL), TINE_OK);
    assert_int_equal(tine__source_size(source), 20);
    assert_int_equal(tine__source_read_at(source, 3, text, 2, &error), TINE_OK);
    assert_true(error.status == 77 && error.message[0] == '\0');
    assert_int_equal(tine__source_read_at(source, 0, text, 2, NULL), TINE_OK);
    assert_int_equal(tine__source_read_at(source, 13, text, 2, &error), 13);
    assert_true(error.status == 13 && error.index == 5);
    assert_string_equal(error.message, "bad luck");
    assert_string_equal(error.source, "letters");
    assert_int_equal(tine__source_read_at(source, 1, text, 2, &error), TINE_ECHANGED);
    assert_int_equal(error.byte_offset, 2);
    assert_int_equal(tine__source_read_at(source, 2, text, 2, &error), TINE_EINVAL);
    assert_null(tine__body_current());
    assert_int_equal(l.closed, 0);
    tine_source_release(source);
    assert_int_equal(l.closed, 1);
}

static void a_custom_pipe_gathers_short_reads(void **state)
{
    (void)state;
    letters l = {.n = 3};
    char text[8];
    size_t n;
    tine_source *source;
    tine_source_vtable vtable = letters_vtable;
    vtable.size = NULL;
    assert_int_equal(tine_source_custom(&vtable, &l, NULL, &source, NULL), TINE_OK);
    assert_false(tine__source_seekable(source));
    assert_int_equal(tine__source_read(source, text, 8, &n, go_on, NULL), TINE_OK);
    assert_int_equal(n, 3);
    tine_source_release(source);
    assert_int_equal(l.closed, 1);
}

static void a_custom_source_that_fails_stays_the_callers(void **state)
{
    (void)state;
    letters l = {.n = -1};
    tine_error error;
    tine_source *source;
    tine_source_vtable vtable = letters_vtable;
    assert_int_equal(tine_source_custom(&vtable, &l, "letters", &source, &error), 42);
    assert_string_equal(error.message, "no size today");
    assert_null(source);
    vtable.size = NULL;
    vtable.read = NULL;
    assert_int_equal(tine_source_custom(&vtable, &l, "letters", &source, &error), TINE_EINVAL);
    vtable.struct_size = 1;
    assert_int_equal(tine_source_custom(&vtable, &l, "letters", &source, &error), TINE_EINVAL);
    assert_int_equal(l.closed, 0);
}

static tine_status says_end(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    (void)ctx;
    (void)dst;
    (void)n;
    (void)n_read_out;
    return TINE_END;
}

/* Who reads goes by TINE_END, and bytes that were already there would be lost. */
static void a_custom_source_does_not_end_by_a_status(void **state)
{
    (void)state;
    tine_source_vtable vtable = {.struct_size = sizeof vtable, .read = says_end};
    tine_source *source;
    tine_error error;
    char text[4];
    size_t n;
    assert_int_equal(tine_source_custom(&vtable, NULL, "mine", &source, NULL), TINE_OK);
    assert_int_equal(tine__source_read(source, text, 4, &n, go_on, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "TINE_END"));
    tine_source_release(source);
}

static tine_status talks_of_nothing(void *ctx, uint64_t *size_out)
{
    (void)ctx;
    *size_out = 0;
    (void)tine_fail(1, -1, "never mind");
    return TINE_OK;
}

static tine_status reads_nothing(void *ctx, uint64_t offset, void *dst, size_t n,
                                 size_t *n_read_out)
{
    (void)ctx;
    (void)offset;
    (void)dst;
    (void)n;
    *n_read_out = 0;
    return TINE_OK;
}

static void a_record_is_not_written_on_success(void **state)
{
    (void)state;
    tine_source_vtable vtable = {
        .struct_size = sizeof vtable, .size = talks_of_nothing, .read_at = reads_nothing};
    tine_source *source;
    tine_error error = {.status = 77};
    assert_int_equal(tine_source_custom(&vtable, NULL, "mine", &source, &error), TINE_OK);
    assert_int_equal(error.status, 77);
    tine_source_release(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_read_at_any_offset, write_file, remove_file),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks_has_changed, write_file, remove_file),
        cmocka_unit_test_setup_teardown(a_file_rewritten_in_place_has_changed, write_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(a_failed_read_names_the_source, write_file, remove_file),
        cmocka_unit_test_setup_teardown(a_source_that_cannot_be_made_leaves_nothing, write_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(a_descriptor_starts_at_its_position, write_file,
                                        remove_file),
        cmocka_unit_test(a_pipe_is_read_once_in_order),
        cmocka_unit_test(memory_is_freed_once_at_the_last_release),
        cmocka_unit_test(a_custom_source_speaks_through_the_record),
        cmocka_unit_test(a_custom_pipe_gathers_short_reads),
        cmocka_unit_test(a_custom_source_that_fails_stays_the_callers),
        cmocka_unit_test(a_custom_source_does_not_end_by_a_status),
        cmocka_unit_test(a_record_is_not_written_on_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
