/* Child processes. The operation is the wait for the end; whoever gives it up gives up the child,
 * which is killed and collected. */
#include "aio/op.h"
#include "base/error.h"
#include "base/options.h"
#include "os/child.h"
#include "os/stream.h"

/* Where nothing tells of a child's end, it is asked for, less and less often. */
#define FIRST_PAUSE_NS 1000000
#define LONGEST_PAUSE_NS 50000000

typedef struct child_op {
    tine__op op;
    tine__child child;
    int64_t pause_ns;
    bool killed, gone; /* gone: it is collected */
    tine_exit exit;
} child_op;

static tine_status pause(child_op *c)
{
    int64_t pause_ns = c->pause_ns;
    if (c->pause_ns < LONGEST_PAUSE_NS)
        c->pause_ns *= 2;
    return tine__op_pause(&c->op, pause_ns);
}

static tine_status child_step(tine__op *op, unsigned events, tine_error *error)
{
    child_op *c = (child_op *)op;
    (void)events;
    op->result = &c->exit;
    tine_status status = tine__child_collect(&c->child, &c->exit, error);
    c->gone = status != TINE_END;
    if (c->gone)
        return status;
    if (c->child.handle < 0)
        return pause(c);
    return tine__op_watch(op, c->child.handle, TINE_READABLE, error);
}

static tine_status child_clean(tine__op *op)
{
    child_op *c = (child_op *)op;
    if (c->gone)
        return TINE_OK;
    if (!c->killed) {
        tine__child_kill(&c->child);
        c->killed = true;
        c->pause_ns = FIRST_PAUSE_NS;
    }
    return tine__child_collect(&c->child, &c->exit, NULL) == TINE_END ? pause(c) : TINE_OK;
}

static const tine__op_kind child_kind = {child_step, child_clean};

static tine_status read_options(tine_command *out, const tine_command *given, tine_error *error)
{
    tine_status status = tine__options_read(out, sizeof *out, given, "tine_command", error);
    if (status != TINE_OK)
        return status;
    if (!out->argv || !out->argv[0])
        return tine__error_set(error, TINE_EINVAL, "the command has no argv[0], the program");
    for (int i = 0; i < TINE__STANDARD; i++)
        if (out->stdio[i] > TINE_STDIO_NULL)
            return tine__error_set(error, TINE_EINVAL, "stdio[%d] is %d, which means nothing", i,
                                   (int)out->stdio[i]);
    return TINE_OK;
}

/* Before it is queued; nobody else has its future, but its scope may have ended it. */
static void take_back(tine__op *op, tine_future **future_out)
{
    ((child_op *)op)->gone = true;
    tine_future_cancel(op->future);
    tine__op_queue(op);
    tine_future_release(*future_out);
    *future_out = NULL;
}

tine_status tine_loop_spawn(tine_loop *loop, const tine_command *command,
                            const tine_io_options *options, tine_child *child_out,
                            tine_future **future_out, tine_error *error)
{
    child_op c = {.pause_ns = FIRST_PAUSE_NS};
    tine_command known;
    tine__op_options o;
    tine__op *op;
    if (!child_out)
        return tine__error_set(error, TINE_EINVAL, "child_out is NULL");
    tine_status status = read_options(&known, command, error);
    if (status == TINE_OK)
        status = tine__op_options_read(&o, options, sizeof c.exit, error);
    if (status == TINE_OK)
        status = tine__op_make(loop, &child_kind, &c.op, sizeof c, &o, future_out, &op, error);
    if (status != TINE_OK)
        return status;
    tine__child *child = &((child_op *)op)->child;
    int ours[TINE__STANDARD];
    status = tine__child_start(known.argv, known.env, known.stdio, child, ours, error);
    if (status != TINE_OK) {
        take_back(op, future_out);
        return status;
    }
    *child_out = (tine_child){child->pid, {ours[0], ours[1], ours[2]}};
    tine__op_queue(op);
    return TINE_OK;
}
