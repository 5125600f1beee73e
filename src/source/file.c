/* Files and descriptors. A regular file is seekable, from the descriptor's position on; anything
 * else that can be read is a pipe. */
#include "source/kind.h"
#include "base/error.h"
#include "os/file.h"

#include <stdio.h>

#define POLL_SLICE_NS 50000000 /* how late a cancelled wait for a pipe may notice */

typedef struct file_source {
    tine_source base;
    int fd;
    bool owned;             /* opened here, closed here */
    uint64_t begin;         /* of the source in the file */
    tine__file_info opened; /* what the file was when the source was made */
} file_source;

static tine_status file_read_at(tine_source *source, uint64_t offset, void *dst, size_t n,
                                size_t *n_read_out, tine_error *error)
{
    file_source *f = (file_source *)source;
    return tine__file_read_at(f->fd, f->begin + offset, dst, n, n_read_out, error);
}

static tine_status file_read(tine_source *source, void *dst, size_t n, size_t *n_read_out,
                             tine_status (*stop)(void), tine_error *error)
{
    file_source *f = (file_source *)source;
    return tine__file_read_some(f->fd, dst, n, n_read_out, stop, POLL_SLICE_NS, error);
}

static tine_status file_unchanged(tine_source *source, tine_error *error)
{
    file_source *f = (file_source *)source;
    tine__file_info now;
    if (!source->seekable)
        return TINE_OK;
    tine_status status = tine__file_info_get(f->fd, &now, error);
    if (status || (now.size == f->opened.size && now.changed_ns == f->opened.changed_ns))
        return status;
    return tine__error_set(
        error, TINE_ECHANGED, "'%s' changed while it was read: it had %llu bytes and has %llu",
        source->name, (unsigned long long)f->opened.size, (unsigned long long)now.size);
}

static void file_destroy(tine_source *source)
{
    file_source *f = (file_source *)source;
    if (f->owned)
        tine__file_close(f->fd);
}

static const tine__source_kind file_kind = {sizeof(file_source), file_read_at, file_read,
                                            file_unchanged, file_destroy};

static tine_status look(file_source *f, tine_error *error)
{
    tine_status status = tine__file_info_get(f->fd, &f->opened, error);
    if (status || !f->opened.seekable)
        return status;
    if (!f->owned)
        status = tine__file_position(f->fd, &f->begin, error);
    f->base.seekable = true;
    f->base.n_bytes = f->opened.size > f->begin ? f->opened.size - f->begin : 0;
    return status;
}

static tine_status make(int fd, bool owned, const char *name, tine_source **source_out,
                        tine_error *error)
{
    file_source *f = tine__source_new(&file_kind, name);
    if (!f)
        return tine__error_no_memory(error);
    f->fd = fd;
    f->owned = owned;
    tine_status status = look(f, error);
    if (status) {
        tine__error_source(error, name);
        tine__source_discard(&f->base);
        return status;
    }
    *source_out = &f->base;
    return TINE_OK;
}

tine_status tine_source_file(const char *path, tine_source **source_out, tine_error *error)
{
    int fd;
    if (!path || !source_out)
        return tine__error_set(error, TINE_EINVAL, "tine_source_file: path or source_out is NULL");
    *source_out = NULL;
    tine_status status = tine__file_open(path, &fd, error);
    if (status)
        return status;
    status = make(fd, true, path, source_out, error);
    if (status)
        tine__file_close(fd);
    return status;
}

tine_status tine_source_fd(int fd, tine_source **source_out, tine_error *error)
{
    char name[32];
    if (fd < 0 || !source_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_source_fd: fd is %d and must not be negative, or source_out "
                               "is NULL",
                               fd);
    *source_out = NULL;
    snprintf(name, sizeof name, "fd %d", fd);
    return make(fd, false, name, source_out, error);
}
