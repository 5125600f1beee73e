#include "dataset/bodies.h"
#include "base/error.h"
#include "task/scope.h"

/* Well below a millisecond's work. */
#define PAUSE_EVERY 1024

typedef struct parts {
    tine__part_fn fn;
    void *ctx;
} parts;

static tine_status body(size_t begin, size_t end, void *ctx)
{
    const parts *p = ctx;
    tine_status status = TINE_OK;
    tine_error error;
    for (size_t i = begin; status == TINE_OK && i < end; i++)
        status = p->fn(p->ctx, i, &error);
    return status == TINE_OK ? TINE_OK : tine_fail(status, -1, "%s", error.message);
}

tine_status tine__bodies_run(const tine__call *call, tine__part_fn fn, void *ctx, size_t n,
                             tine_error *error)
{
    parts p = {fn, ctx};
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.scope = call->run.scope;
    options.grain = 1;
    tine_status status = tine_parallel_for(call->run.pool, 0, n, body, &p, &options, error);
    if (status != TINE_OK && error)
        error->index = -1; /* a part's number means nothing to the user */
    return status;
}

tine_status tine__body_pause(size_t i, tine_error *error)
{
    tine_status stop = i % PAUSE_EVERY ? TINE_OK : tine__stop_status();
    return stop == TINE_OK ? TINE_OK : tine__stop_error(error, stop);
}
