/* The public face of pools. */
#include "base/alloc.h"
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"
#include "os/cpu.h"
#include "task/future.h"
#include "task/process_tasks.h"

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
    if (o.kind != TINE_THREADS && o.kind != TINE_PROCESSES)
        return tine__error_set(error, TINE_EINVAL, "%d is no kind of pool", (int)o.kind);
    if (o.n_workers > TINE__MAX_WORKERS)
        return tine__error_set(error, TINE_EINVAL,
                               "%u workers are too many: a pool has up to %u; 0 means one per CPU",
                               o.n_workers, TINE__MAX_WORKERS);
    if (!o.n_workers)
        o.n_workers = tine__cpu_count();
    if (!o.stack_size)
        o.stack_size = DEFAULT_STACK_SIZE;
    if (o.kind == TINE_PROCESSES)
        return tine__process_pool_open(&o, pool_out, error);
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
    if (inside(*pool) || tine__pool_here(*pool) != *pool)
        return TINE_EINVAL;
    if ((*pool)->crew)
        tine__process_pool_close(*pool);
    else
        tine__executor_close(*pool);
    *pool = NULL;
    return TINE_OK;
}

void tine_pool_cancel(tine_pool *pool)
{
    if (!tine__pool_here(pool))
        return;
    if (pool->crew)
        tine__process_pool_cancel(pool);
    else
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
    if (!body)
        return 0;
    return body->at ? body->at->index : body->worker;
}

/* ---- memory that bodies of every kind of pool can reach */

/* Where there are no processes: before the memory, in room that keeps its alignment. */
typedef struct shared_head {
    _Alignas(TINE__ALIGN) size_t size;
} shared_head;

static void *alloc_here(const tine_allocator *allocator, size_t size)
{
    size_t whole;
    if (!tine__size_add(size, sizeof(shared_head), &whole))
        return NULL;
    shared_head *head = tine__alloc_zeroed(allocator, whole, _Alignof(shared_head));
    if (!head)
        return NULL;
    head->size = whole;
    return head + 1;
}

tine_status tine_shared_alloc(tine_pool *pool, size_t size, void **memory_out, tine_error *error)
{
    if (!memory_out)
        return tine__error_set(error, TINE_EINVAL, "memory_out is NULL: the memory needs an owner");
    *memory_out = NULL;
    if (!size)
        return tine__error_set(error, TINE_EINVAL, "the size is 0");
    pool = tine__pool_here(pool);
    if (pool && pool->crew)
        *memory_out = tine__rooms_alloc(&pool->crew->rooms, size);
    else
        *memory_out = alloc_here(pool ? &pool->allocator : tine__heap(), size);
    return *memory_out ? TINE_OK : tine__error_no_memory(error);
}

void tine_shared_free(tine_pool *pool, void *memory)
{
    pool = tine__pool_here(pool);
    if (!memory)
        return;
    if (pool && pool->crew) {
        (void)tine__rooms_free(&pool->crew->rooms, memory);
        return;
    }
    shared_head *head = (shared_head *)memory - 1;
    tine__free(pool ? &pool->allocator : tine__heap(), head, head->size, _Alignof(shared_head));
}
