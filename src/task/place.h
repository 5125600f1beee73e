/* Bodies of the task layer: where they run, and what they inherit. */
#ifndef TINE_TASK_PLACE_H
#define TINE_TASK_PLACE_H
#include "base/body.h"
#include "pool/executor.h"

/* A body on that slot that is a part of nothing yet. NULL: here and now, that is on the slot of the
 * body this thread is in, if it is in one. */
static inline tine__body tine__body_on(tine__slot *slot)
{
    const tine__body *here = tine__body_current();
    tine__body body = {.deadline_ns = INT64_MAX};
    body.at = slot ? slot : here ? here->at : NULL;
    body.pool = body.at ? body.at->pool : NULL;
    body.worker = here ? here->worker : 0;
    if (body.pool)
        body.epoch = atomic_load_explicit(&body.pool->epoch, memory_order_relaxed);
    return body;
}

#endif
