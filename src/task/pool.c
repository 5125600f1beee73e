/* The public face of pools. */
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"
#include "os/cpu.h"
#include "task/future.h"

#define DEFAULT_STACK_SIZE ((size_t)8 << 20)

tine_status tine_pool_open(const tine_pool_options *options, tine_pool **pool_out,
                           tine_error *error)
{
    if (!pool_out)
        return tine__error_set(error, TINE_EINVAL, "pool_out is NULL: the pool needs an owner");
    *pool_out = NULL;
    tine_pool_options o;
    tine_status status = tine__options_read(&o, sizeof o, options, "tine_pool_options", error);
    if (status != TINE_OK)
        return status;
    if (o.kind == TINE_PROCESSES)
        return tine__error_set(error, TINE_ENOTSUP,
                               "this version has no pools of processes: use TINE_THREADS");
    if (o.kind != TINE_THREADS)
        return tine__error_set(error, TINE_EINVAL, "%d is no kind of pool", (int)o.kind);
    if (o.n_workers > TINE__MAX_WORKERS)
        return tine__error_set(error, TINE_EINVAL,
                               "%u workers are too many: a pool has up to %u; 0 means one per CPU",
                               o.n_workers, TINE__MAX_WORKERS);
    if (!o.n_workers)
        o.n_workers = tine__cpu_count();
    if (!o.stack_size)
        o.stack_size = DEFAULT_STACK_SIZE;
    return tine__executor_open(&o, &tine__future_calls, pool_out, error);
}

static bool inside(const tine_pool *pool)
{
    for (const tine__body *body = tine__body_current(); body; body = body->outer)
        if (body->pool == pool)
            return true;
    return false;
}

tine_status tine_pool_close(tine_pool **pool)
{
    if (!pool || !*pool)
        return TINE_OK;
    if (inside(*pool))
        return TINE_EINVAL;
    tine__executor_close(*pool);
    *pool = NULL;
    return TINE_OK;
}

void tine_pool_cancel(tine_pool *pool)
{
    if (pool)
        tine__executor_cancel(pool);
}

unsigned tine_pool_workers(const tine_pool *pool)
{
    return pool ? pool->n_workers : 1;
}

unsigned tine_pool_slots(const tine_pool *pool)
{
    return pool ? pool->n_slots : 1;
}

unsigned tine_worker_index(void)
{
    const tine__body *body = tine__body_current();
    return body && body->at ? body->at->index : 0;
}
