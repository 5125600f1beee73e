/* Connections, from both sides. */
#include "aio/op.h"
#include "os/stream.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* How soon an accept that found no descriptor left tries again. */
#define EXHAUSTED_PAUSE_NS 10000000

/* ---- connect */

/* As long as the longest path of a local socket allows. */
#define MAX_ADDRESS 128

typedef struct connect_op {
    tine__op op;
    tine_io io; /* fd: the socket; -1: not yet */
    char address[MAX_ADDRESS];
} connect_op;

static tine_status connect_step(tine__op *op, unsigned events, tine_error *error)
{
    connect_op *c = (connect_op *)op;
    op->result = &c->io;
    if (events)
        return tine__socket_connected(c->io.fd, c->address, error);
    tine_status status = tine__socket_connect(c->address, &c->io.fd, error);
    return status == TINE_END ? tine__op_watch(op, c->io.fd, TINE_WRITABLE, error) : status;
}

/* Nobody gets a socket that is not connected. */
static tine_status connect_clean(tine__op *op)
{
    connect_op *c = (connect_op *)op;
    if (op->status != TINE_OK && c->io.fd >= 0)
        tine__stream_close(c->io.fd);
    return TINE_OK;
}

static const tine__op_kind connect_kind = {connect_step, connect_clean};

static tine_status check_address(const char *address, tine_error *error)
{
    if (!address)
        return tine__error_set(error, TINE_EINVAL, "the address is NULL");
    if (strlen(address) >= MAX_ADDRESS)
        return tine__error_set(error, TINE_EINVAL, "the address '%.*s...' is too long",
                               tine__error_name(address), address);
    return TINE_OK;
}

tine_status tine_loop_connect(tine_loop *loop, const char *address, const tine_io_options *options,
                              tine_future **future_out, tine_error *error)
{
    connect_op c = {.io = {.fd = -1}};
    tine_status status = check_address(address, error);
    if (status != TINE_OK)
        return status;
    strcpy(c.address, address);
    return tine__op_begin(loop, &connect_kind, &c.op, sizeof c, options, sizeof c.io, future_out,
                          error);
}

/* ---- accept */

typedef struct accept_op {
    tine__op op;
    int fd;
    tine_io io;
} accept_op;

/* A connection that there is no descriptor for stays where it is, ready all the time: whoever waits
 * for it looks again after a pause, instead of at once. */
static tine_status accept_step(tine__op *op, unsigned events, tine_error *error)
{
    accept_op *a = (accept_op *)op;
    op->result = &a->io;
    tine_status status = tine__socket_accept(a->fd, events != 0, &a->io.fd, error);
    if (status == TINE_END)
        return tine__op_watch(op, a->fd, TINE_READABLE, error);
    if (status != TINE_OK && tine__socket_exhausted(error))
        return tine__op_pause(op, EXHAUSTED_PAUSE_NS);
    return status;
}

static const tine__op_kind accept_kind = {accept_step, NULL};

tine_status tine_loop_accept(tine_loop *loop, int fd, const tine_io_options *options,
                             tine_future **future_out, tine_error *error)
{
    accept_op a = {.fd = fd, .io = {.fd = -1}};
    tine_status status = tine__check_descriptor(fd, error);
    return status == TINE_OK ? tine__op_begin(loop, &accept_kind, &a.op, sizeof a, options,
                                              sizeof a.io, future_out, error)
                             : status;
}

tine_status tine_listen(const char *address, int *fd_out, tine_error *error)
{
    if (!fd_out)
        return tine__error_set(error, TINE_EINVAL, "fd_out is NULL");
    tine_status status = check_address(address, error);
    return status == TINE_OK ? tine__socket_listen(address, fd_out, error) : status;
}
