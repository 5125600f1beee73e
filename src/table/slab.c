#include "table/slab.h"
#include "base/alloc.h"
#include "base/size.h"
#include "os/pages.h"

static const size_t header = (sizeof(tine__slab) + TINE__ALIGN - 1) / TINE__ALIGN * TINE__ALIGN;

tine__slab *tine__slab_create(const tine_allocator *allocator, size_t size)
{
    size_t unit = size < TINE__HUGE_PAGE ? TINE__ALIGN : TINE__HUGE_PAGE;
    if (!tine__size_add(size, header, &size) || !tine__size_round_up(size, unit, &size))
        return NULL;
    tine__slab *slab = tine__pages_alloc(allocator, size);
    if (!slab)
        return NULL;
    *slab = (tine__slab){.allocator = *allocator, .size = size, .used = header};
    atomic_init(&slab->references, 1);
    return slab;
}

/* The last one out must see what all others did to the memory. */
void tine__slab_release(tine__slab *slab)
{
    if (!slab || atomic_fetch_sub_explicit(&slab->references, 1, memory_order_acq_rel) > 1)
        return;
    const tine_allocator allocator = slab->allocator;
    tine__pages_free(&allocator, slab, slab->size);
}

void *tine__slab_take(tine__slab *slab, size_t size)
{
    if (!tine__size_round_up(size, TINE__ALIGN, &size) || size > slab->size - slab->used)
        return NULL;
    void *room = (char *)slab + slab->used;
    slab->used += size;
    atomic_fetch_add_explicit(&slab->references, 1, memory_order_relaxed);
    return room;
}
