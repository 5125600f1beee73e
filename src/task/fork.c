/* Fork and join in a body: the frame carries what the forked body inherits, by a pointer to the
 * body that forked it, which outlives it since it joins. */
#include "task/place.h"

#include <assert.h>
#include <stddef.h>

typedef struct fork_frame {
    tine__frame frame;
    void (*fn)(void *arg);
    void *arg;
    const tine__body *parent;
} fork_frame;
static_assert(sizeof(fork_frame) <= sizeof(tine_frame), "a frame holds all of a fork");
static_assert(_Alignof(fork_frame) <= _Alignof(tine_frame), "a frame is aligned for a fork");

/* A forked call returns no status, so there is no record for tine_fail to write. */
static void run(tine__frame *frame, tine__slot *slot)
{
    fork_frame *f = (fork_frame *)frame;
    tine__body body = tine__body_part(f->parent, slot, NULL);
    tine__body_enter(&body);
    f->fn(f->arg);
    tine__body_leave(&body);
}

void tine_fork(tine_frame *frame, void (*fn)(void *arg), void *arg)
{
    fork_frame *f = (fork_frame *)frame;
    const tine__body *body = tine__body_current();
    f->fn = fn;
    f->arg = arg;
    f->parent = body;
    f->frame.run = run;
    f->frame.owner = NULL;
    if (!body)
        fn(arg);
    else if (!body->pool)
        run(&f->frame, NULL);
    else
        tine__frame_fork(&f->frame, &body->pool->slots[body->slot]);
}

void tine_join(tine_frame *frame)
{
    fork_frame *f = (fork_frame *)frame;
    if (f->frame.owner)
        tine__frame_join(&f->frame);
}
