/* Reading and writing files. No system tells when the bytes of a file are there, so a body of a
 * pool waits for them. */
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"
#include "os/file.h"

typedef struct transfer {
    int fd;
    uint64_t offset;
    void *dst; /* NULL: it is a write */
    const void *src;
    size_t n;
} transfer;

static tine_status carry_out(void *arg, void *value)
{
    const transfer *t = arg;
    tine_io *io = value;
    tine_error error;
    io->fd = -1;
    tine_status status =
        t->dst ? tine__file_read_at(t->fd, t->offset, t->dst, t->n, &io->n_bytes, &error)
               : tine__file_write_at(t->fd, t->offset, t->src, t->n, &io->n_bytes, &error);
    return status == TINE_OK ? TINE_OK : tine__body_fail(&error);
}

static tine_status begin(tine_pool *pool, transfer *t, const tine_io_options *given,
                         tine_future **future_out, tine_error *error)
{
    tine_io_options o;
    tine_task_options task = TINE_TASK_OPTIONS_INIT;
    if (t->fd < 0 || (!t->dst && !t->src) || !future_out)
        return tine__error_set(error, TINE_EINVAL,
                               "fd is %d and must not be negative, or the buffer or future_out is "
                               "NULL",
                               t->fd);
    tine_status status = tine__options_read(&o, sizeof o, given, "tine_io_options", error);
    if (status != TINE_OK)
        return status;
    task.scope = o.scope;
    task.timeout_ns = o.timeout_ns;
    task.arg_size = sizeof *t;
    task.value_size = sizeof(tine_io);
    return tine_submit(pool, carry_out, t, &task, future_out, error);
}

tine_status tine_file_read(tine_pool *pool, int fd, uint64_t offset, void *dst, size_t n,
                           const tine_io_options *options, tine_future **future_out,
                           tine_error *error)
{
    transfer t = {.fd = fd, .offset = offset, .dst = dst, .n = n};
    return begin(pool, &t, options, future_out, error);
}

tine_status tine_file_write(tine_pool *pool, int fd, uint64_t offset, const void *src, size_t n,
                            const tine_io_options *options, tine_future **future_out,
                            tine_error *error)
{
    transfer t = {.fd = fd, .offset = offset, .src = src, .n = n};
    return begin(pool, &t, options, future_out, error);
}
