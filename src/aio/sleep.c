/* Operations that do nothing but wait: for a time, for a descriptor. */
#include "aio/op.h"
#include "base/error.h"
#include "os/clock.h"

typedef struct sleep_op {
    tine__op op;
    int64_t until_ns;
} sleep_op;

static tine_status sleep_step(tine__op *op, unsigned events, tine_error *error)
{
    const sleep_op *s = (sleep_op *)op;
    (void)events;
    (void)error;
    int64_t left_ns = s->until_ns - tine__now_ns();
    return left_ns > 0 ? tine__op_pause(op, left_ns) : TINE_OK;
}

static const tine__op_kind sleep_kind = {sleep_step, NULL};

tine_status tine_loop_sleep(tine_loop *loop, int64_t delay_ns, const tine_io_options *options,
                            tine_future **future_out, tine_error *error)
{
    sleep_op s = {.until_ns = tine__deadline_after(delay_ns)};
    return tine__op_begin(loop, &sleep_kind, &s.op, sizeof s, options, 0, future_out, error);
}

typedef struct ready_op {
    tine__op op;
    int fd;
    unsigned events;
    tine_io io;
} ready_op;

static tine_status ready_step(tine__op *op, unsigned events, tine_error *error)
{
    ready_op *r = (ready_op *)op;
    if (!events)
        return tine__op_watch(op, r->fd, r->events, error);
    r->io.events = events & r->events;
    op->result = &r->io;
    return TINE_OK;
}

static const tine__op_kind ready_kind = {ready_step, NULL};

tine_status tine_loop_ready(tine_loop *loop, int fd, unsigned events,
                            const tine_io_options *options, tine_future **future_out,
                            tine_error *error)
{
    ready_op r = {.fd = fd, .events = events, .io = {.fd = -1}};
    if (!events || events & ~(TINE_READABLE | TINE_WRITABLE))
        return tine__error_set(error, TINE_EINVAL,
                               "events is %u: it is TINE_READABLE, TINE_WRITABLE or both", events);
    tine_status status = tine__check_descriptor(fd, error);
    return status == TINE_OK ? tine__op_begin(loop, &ready_kind, &r.op, sizeof r, options,
                                              sizeof r.io, future_out, error)
                             : status;
}
