/* Descriptors and who watches them. Several operations may watch one, for the same event or for
 * different ones: the poller is armed for what any of them wants. Each watches for one event, and
 * again in its next step. */
#include "aio/loop.h"
#include "base/alloc.h"
#include "base/error.h"
#include "task/future.h"

static bool make_room(tine_loop *loop, int fd)
{
    size_t known = loop->n_watched;
    if (!tine__grow(&loop->allocator, (void **)&loop->watched, &loop->n_watched, known,
                    (size_t)fd + 1, sizeof *loop->watched, _Alignof(tine__op *)))
        return false;
    for (; known < loop->n_watched; known++)
        loop->watched[known] = NULL;
    return true;
}

static tine_status arm(tine_loop *loop, int fd, tine_error *error)
{
    unsigned events = 0;
    for (const tine__op *op = loop->watched[fd]; op; op = op->next_watcher)
        events |= op->events;
    return events ? tine__poller_arm(&loop->poller, fd, events, error) : TINE_OK;
}

tine_status tine__op_watch(tine__op *op, int fd, unsigned events, tine_error *error)
{
    tine_loop *loop = op->loop;
    if (!make_room(loop, fd))
        return tine__error_no_memory(error);
    tine__op *first = loop->watched[fd];
    op->fd = fd;
    op->events = events;
    op->next_watcher = first;
    op->watcher_before = NULL;
    if (first)
        first->watcher_before = op;
    loop->watched[fd] = op;
    if (loop->dispatched == fd) /* it will be armed once for all of them */
        return TINE_END;
    tine_status status = arm(loop, fd, error);
    if (status == TINE_OK)
        return TINE_END;
    tine__op_unwatch(op);
    return status;
}

void tine__op_unwatch(tine__op *op)
{
    if (!op->events)
        return;
    op->events = 0;
    if (op->watcher_before)
        op->watcher_before->next_watcher = op->next_watcher;
    else
        op->loop->watched[op->fd] = op->next_watcher;
    if (op->next_watcher)
        op->next_watcher->watcher_before = op->watcher_before;
}

/* The poller cannot be armed: whoever still watches ends. */
static void fail_watchers(tine_loop *loop, int fd, tine_status status)
{
    for (tine__op *op = loop->watched[fd], *next; op; op = next) {
        next = op->next_watcher;
        tine__op_unwatch(op);
        if (op->holds || tine__promise_take(op->future))
            tine__op_settle(op, status);
    }
}

void tine__loop_dispatch(tine_loop *loop, const tine__poll_event *event)
{
    int fd = event->fd;
    loop->dispatched = fd;
    for (tine__op *op = loop->watched[fd], *next; op; op = next) {
        next = op->next_watcher;
        if (op->events & event->events)
            tine__op_advance(op, event->events);
    }
    loop->dispatched = -1;
    tine_status status = arm(loop, fd, &loop->record);
    if (status != TINE_OK)
        fail_watchers(loop, fd, status);
}
