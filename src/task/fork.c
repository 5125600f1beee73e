/* Fork and join in a body. What the forked body inherits it finds through a pointer to the body
 * that forked it, which outlives it since it joins. */
#include "pool/executor.h"

#include <assert.h>

static_assert(sizeof(tine__frame) <= sizeof(tine_frame), "a frame holds all of a fork");
static_assert(_Alignof(tine__frame) <= _Alignof(tine_frame), "a frame is aligned for a fork");

void tine_fork(tine_frame *frame, void (*fn)(void *arg), void *arg)
{
    tine__frame *f = (tine__frame *)frame;
    tine__body *body = tine__current;
    f->fn = fn;
    f->arg = arg;
    if (body && body->at)
        tine__frame_fork(f, body);
    else
        f->body = NULL;
}

void tine_join(tine_frame *frame)
{
    tine__frame_join((tine__frame *)frame);
}
