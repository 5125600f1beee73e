/* Reading and writing what may have to be waited for. */
#include "aio/op.h"
#include "os/stream.h"
#include "base/error.h"

typedef struct stream_op {
    tine__op op;
    int fd;
    void *dst;       /* to read into; lent */
    const char *src; /* to write from; lent */
    size_t n;
    tine_io io;
} stream_op;

static tine_status read_step(tine__op *op, unsigned events, tine_error *error)
{
    stream_op *s = (stream_op *)op;
    tine_status status = tine__stream_read(s->fd, events != 0, s->dst, s->n, &s->io.n_bytes, error);
    op->result = &s->io;
    return status == TINE_END ? tine__op_watch(op, s->fd, TINE_READABLE, error) : status;
}

/* Until all is written. */
static tine_status write_step(tine__op *op, unsigned events, tine_error *error)
{
    stream_op *s = (stream_op *)op;
    op->result = &s->io;
    while (s->io.n_bytes < s->n) {
        size_t n = 0;
        tine_status status = tine__stream_write(s->fd, events != 0, s->src + s->io.n_bytes,
                                                s->n - s->io.n_bytes, &n, error);
        if (status == TINE_END)
            return tine__op_watch(op, s->fd, TINE_WRITABLE, error);
        if (status != TINE_OK) {
            error->byte_offset = s->io.n_bytes;
            return status;
        }
        s->io.n_bytes += n;
        events = 0;
    }
    return TINE_OK;
}

static const tine__op_kind read_kind = {read_step, NULL};
static const tine__op_kind write_kind = {write_step, NULL};

static tine_status begin(tine_loop *loop, const tine__op_kind *kind, stream_op *s, bool has_buffer,
                         const tine_io_options *options, tine_future **future_out,
                         tine_error *error)
{
    tine_status status = tine__check_descriptor(s->fd, error);
    if (status == TINE_OK && !has_buffer && s->n)
        status = tine__error_set(error, TINE_EINVAL, "the buffer of %zu bytes is NULL", s->n);
    s->io.fd = -1;
    return status == TINE_OK ? tine__op_begin(loop, kind, &s->op, sizeof *s, options, sizeof s->io,
                                              future_out, error)
                             : status;
}

tine_status tine_loop_read(tine_loop *loop, int fd, void *dst, size_t n,
                           const tine_io_options *options, tine_future **future_out,
                           tine_error *error)
{
    stream_op s = {.fd = fd, .dst = dst, .n = n};
    return begin(loop, &read_kind, &s, dst != NULL, options, future_out, error);
}

tine_status tine_loop_write(tine_loop *loop, int fd, const void *src, size_t n,
                            const tine_io_options *options, tine_future **future_out,
                            tine_error *error)
{
    stream_op s = {.fd = fd, .src = src, .n = n};
    return begin(loop, &write_kind, &s, src != NULL, options, future_out, error);
}
