#include "base/budget.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

/* Relaxed order everywhere: the counter guards no other memory. */
static bool take(tine__budget *b, size_t size)
{
    size_t used = atomic_load_explicit(&b->used, memory_order_relaxed);
    size_t total;
    do {
        if (!tine__size_add(used, size, &total) || total > b->limit) {
            atomic_fetch_add_explicit(&b->refused, 1, memory_order_relaxed);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&b->used, &used, total, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static void give(tine__budget *b, size_t size)
{
    atomic_fetch_sub_explicit(&b->used, size, memory_order_relaxed);
}

static void *budget_alloc(void *ctx, size_t size, size_t alignment)
{
    tine__budget *b = ctx;
    if (!take(b, size))
        return NULL;
    void *p = tine__alloc(b->parent, size, alignment);
    if (!p)
        give(b, size);
    return p;
}

static void budget_free(void *ctx, void *p, size_t size, size_t alignment)
{
    tine__budget *b = ctx;
    if (!p)
        return;
    tine__free(b->parent, p, size, alignment);
    give(b, size);
}

static void *budget_realloc(void *ctx, void *p, size_t old_size, size_t new_size, size_t alignment)
{
    tine__budget *b = ctx;
    if (!take(b, new_size)) /* both blocks may exist at once while the parent copies */
        return NULL;
    void *fresh = b->parent->realloc(b->parent->ctx, p, old_size, new_size, alignment);
    give(b, fresh ? old_size : new_size);
    return fresh;
}

void tine__budget_init(tine__budget *budget, const tine_allocator *parent, size_t limit)
{
    budget->allocator = (tine_allocator){budget_alloc, budget_realloc, budget_free, budget};
    budget->parent = parent;
    budget->limit = limit ? limit : SIZE_MAX;
    atomic_init(&budget->used, 0);
    atomic_init(&budget->refused, 0);
}

tine_status tine__budget_fail(const tine__budget *budget, tine_error *error)
{
    if (!atomic_load_explicit(&budget->refused, memory_order_relaxed))
        return tine__error_no_memory(error);
    return tine__error_set(error, TINE_ENOMEM,
                           "the memory limit of %zu bytes is reached; raise memory_limit, or use "
                           "fewer workers or smaller partitions",
                           budget->limit);
}
