/* A block of memory that several batches of a table lie in, one behind the other, so that it can be
 * large enough for huge pages and they need not be. It is freed with the last of them. */
#ifndef TINE_TABLE_SLAB_H
#define TINE_TABLE_SLAB_H
#include <tine.h>
#include <stdatomic.h>

typedef struct tine__slab {
    _Atomic size_t
        references; /* of whoever fills it, and of what lies in it; any thread drops one */
    tine_allocator allocator;
    size_t size, used; /* with this header; whoever fills it takes from it */
} tine__slab;

/* With room for `size` bytes; NULL: no memory. */
tine__slab *tine__slab_create(const tine_allocator *allocator, size_t size);
/* Takes NULL. */
void tine__slab_release(tine__slab *slab);

/* Room for so many bytes, on cache lines of its own, and a reference; NULL: there is no such room.
 */
void *tine__slab_take(tine__slab *slab, size_t size);

#endif
