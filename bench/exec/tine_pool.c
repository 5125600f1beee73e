/* What Tine's peers share: a pool, and an allocator that counts for it. */
#include "tine_pool.h"
#include <stdatomic.h>
#include <string.h>

tine_pool *exec_tine_pool;

/* ---- an allocator that counts ---- */

static atomic_uint_fast64_t n_allocated; /* bytes; by every thread, relaxed: it orders nothing */

static void *count_alloc(void *ctx, size_t size, size_t alignment)
{
    (void)ctx;
    atomic_fetch_add_explicit(&n_allocated, size, memory_order_relaxed);
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void count_free(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)ctx;
    (void)alignment;
    if (p)
        atomic_fetch_sub_explicit(&n_allocated, size, memory_order_relaxed);
    free(p);
}

static void *count_realloc(void *ctx, void *p, size_t old_size, size_t new_size, size_t alignment)
{
    void *q = count_alloc(ctx, new_size, alignment);
    if (!q)
        return NULL;
    if (p)
        memcpy(q, p, old_size < new_size ? old_size : new_size);
    count_free(ctx, p, old_size, alignment);
    return q;
}

uint64_t exec_tine_allocated(void)
{
    return atomic_load_explicit(&n_allocated, memory_order_relaxed);
}

/* ---- a pool ---- */

void exec_tine_open(unsigned n_workers)
{
    const tine_allocator allocator = {count_alloc, count_realloc, count_free, NULL};
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    tine_error error;
    options.n_workers = n_workers;
    options.allocator = exec_counting() ? &allocator : NULL;
    bench_check(tine_pool_open(&options, &exec_tine_pool, &error), &error);
}

void exec_tine_close(void)
{
    bench_check(tine_pool_close(&exec_tine_pool), NULL);
}

/* ---- work for it ---- */

typedef struct call {
    void (*fn)(void *arg);
    void *arg;
} call;

static tine_status run_call(void *arg, void *value)
{
    const call *c = arg;
    (void)value;
    c->fn(c->arg);
    return TINE_OK;
}

/* A wait without limit might run fn in this thread, which comes on top of the workers; one with a
 * limit never does. */
void exec_tine_run(void (*fn)(void *arg), void *arg)
{
    call c = {fn, arg};
    tine_future *future;
    tine_error error;
    bench_check(tine_submit(exec_tine_pool, run_call, &c, NULL, &future, &error), &error);
    bench_check(tine_future_wait(future, TINE_FOREVER - 1, &error), &error);
    tine_future_release(future);
}
