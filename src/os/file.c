/* Files and descriptors. Every loop here is one of POSIX's two: try again on EINTR, go on after a
 * short transfer. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "os/file.h"
#include "os/system_error.h"
#include "base/error.h"
#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* The most that one call is asked for: what Linux transfers at a time, and safe in a ssize_t. */
#define MOST_AT_ONCE ((size_t)1 << 30)

void tine__file_close(int fd)
{
    close(fd); /* nothing was written, so there is nothing it could fail to do */
}

tine_status tine__file_open(const char *path, int *fd_out, tine_error *error)
{
    struct stat info;
    int fd, failure;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    failure = fd < 0 || fstat(fd, &info) ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
    if (!failure) {
        *fd_out = fd;
        return TINE_OK;
    }
    if (fd >= 0)
        tine__file_close(fd);
    tine__error_system(error, failure, "cannot open '%s'", path);
    tine__error_source(error, path);
    return TINE_EIO;
}

tine_status tine__file_info_get(int fd, tine__file_info *info_out, tine_error *error)
{
    struct stat s;
    if (fstat(fd, &s))
        return tine__error_system(error, errno, "cannot look at descriptor %d", fd);
    *info_out = (tine__file_info){
        .seekable = S_ISREG(s.st_mode),
        .size = S_ISREG(s.st_mode) ? (uint64_t)s.st_size : 0,
        .changed_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec,
        .device = (uint64_t)s.st_dev,
        .inode = (uint64_t)s.st_ino,
    };
    return TINE_OK;
}

tine_status tine__file_position(int fd, uint64_t *position_out, tine_error *error)
{
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (at < 0)
        return tine__error_system(error, errno, "cannot find the position of descriptor %d", fd);
    *position_out = (uint64_t)at;
    return TINE_OK;
}

tine_status tine__file_read_at(int fd, uint64_t offset, void *dst, size_t n, size_t *n_read_out,
                               tine_error *error)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fd, (char *)dst + done, tine__min(n - done, MOST_AT_ONCE),
                            (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            tine__error_system(error, errno, "cannot read %zu bytes at offset %llu", n - done,
                               (unsigned long long)(offset + done));
            if (error)
                error->byte_offset = offset + done;
            return TINE_EIO;
        }
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *n_read_out = done;
    return TINE_OK;
}

tine_status tine__file_write_at(int fd, uint64_t offset, const void *src, size_t n,
                                size_t *n_written_out, tine_error *error)
{
    size_t done = 0;
    while (done < n) {
        ssize_t put = pwrite(fd, (const char *)src + done, tine__min(n - done, MOST_AT_ONCE),
                             (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            tine__error_system(error, errno, "cannot write %zu bytes at offset %llu", n - done,
                               (unsigned long long)(offset + done));
            if (error)
                error->byte_offset = offset + done;
            return TINE_EIO;
        }
        done += (size_t)put;
    }
    *n_written_out = done;
    return TINE_OK;
}

/* TINE_OK: there is something to read, the end included. */
static tine_status wait_readable(int fd, tine_status (*stop)(void), int64_t slice_ns,
                                 tine_error *error)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t slice_ms = slice_ns / 1000000 + 1; /* 0 would spin */
    for (;;) {
        tine_status status = stop();
        if (status)
            return tine__error_set(error, status, "stopped while waiting for input");
        int ready = poll(&p, 1, slice_ms < INT_MAX ? (int)slice_ms : INT_MAX);
        if (ready > 0)
            return TINE_OK;
        if (ready < 0 && errno != EINTR)
            return tine__error_system(error, errno, "cannot wait for descriptor %d", fd);
    }
}

tine_status tine__file_read_some(int fd, void *dst, size_t n, size_t *n_read_out,
                                 tine_status (*stop)(void), int64_t slice_ns, tine_error *error)
{
    for (;;) {
        tine_status status = wait_readable(fd, stop, slice_ns, error);
        if (status)
            return status;
        ssize_t got = read(fd, dst, tine__min(n, MOST_AT_ONCE));
        if (got >= 0) {
            *n_read_out = (size_t)got;
            return TINE_OK;
        }
        if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return tine__error_system(error, errno, "cannot read from descriptor %d", fd);
    }
}
