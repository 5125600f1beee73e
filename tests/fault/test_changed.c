/* A file that shrinks, grows or is written again while a terminal reads it. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <tine.h>

enum { N_ROWS = 20000, PARTITION = 4096 };

typedef struct meddler { /* does `meddle` to the file when the first batch comes */
    char path[32];
    int fd;
    void (*meddle)(int fd);
    bool done;
} meddler;

static void shrink(int fd)
{
    assert_int_equal(ftruncate(fd, PARTITION + 100), 0);
}

static void shrink_to_nothing(int fd)
{
    assert_int_equal(ftruncate(fd, 0), 0);
}

static void grow(int fd)
{
    assert_int_equal(pwrite(fd, "1,2\n", 4, lseek(fd, 0, SEEK_END)), 4);
}

static void write_again(int fd)
{
    struct timespec tick = {0, 20000000}; /* the clock of file times may be that coarse */
    nanosleep(&tick, NULL);
    assert_int_equal(pwrite(fd, "a,b\n", 4, 0), 4);
}

static void leave_alone(int fd)
{
    (void)fd;
}

static tine_status on_batch(const tine_batch *batch, size_t partition, void *ctx)
{
    meddler *m = ctx;
    (void)batch;
    (void)partition;
    if (!m->done)
        m->meddle(m->fd);
    m->done = true;
    return TINE_OK;
}

static void make_file(meddler *m)
{
    strcpy(m->path, "/tmp/tine-changed-XXXXXX");
    m->fd = mkstemp(m->path);
    assert_true(m->fd >= 0);
    char line[32];
    assert_int_equal(write(m->fd, "a,b\n", 4), 4);
    for (int i = 0; i < N_ROWS; i++) {
        int n = snprintf(line, sizeof line, "%d,%d\n", i, i);
        assert_int_equal(write(m->fd, line, (size_t)n), n);
    }
}

static tine_status read_while(void (*meddle)(int fd), tine_error *error)
{
    meddler m = {.meddle = meddle};
    make_file(&m);
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.partition_size = PARTITION;
    tine_dataset *data = NULL;
    assert_int_equal(tine_csv_open_file(m.path, &options, &data, NULL), TINE_OK);
    tine_status status = tine_dataset_for_each(data, NULL, on_batch, &m, error);
    if (status)
        assert_string_equal(error->source, m.path);
    tine_dataset_release(data);
    close(m.fd);
    unlink(m.path);
    return status;
}

static void a_file_that_is_left_alone_is_read(void **state)
{
    (void)state;
    tine_error error;
    assert_int_equal(read_while(leave_alone, &error), TINE_OK);
}

static void a_file_that_shrinks_is_an_error(void **state)
{
    (void)state;
    tine_error error;
    assert_int_equal(read_while(shrink, &error), TINE_ECHANGED);
    assert_int_equal(error.byte_offset, PARTITION + 100);
    assert_int_equal(read_while(shrink_to_nothing, &error), TINE_ECHANGED);
}

static void a_file_that_grows_is_an_error(void **state)
{
    (void)state;
    tine_error error;
    assert_int_equal(read_while(grow, &error), TINE_ECHANGED);
}

static void a_file_that_is_written_again_is_an_error(void **state)
{
    (void)state;
    tine_error error;
    assert_int_equal(read_while(write_again, &error), TINE_ECHANGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_left_alone_is_read),
        cmocka_unit_test(a_file_that_shrinks_is_an_error),
        cmocka_unit_test(a_file_that_grows_is_an_error),
        cmocka_unit_test(a_file_that_is_written_again_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
