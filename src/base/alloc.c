#include "base/alloc.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

static void *heap_alloc(void *ctx, size_t size, size_t alignment)
{
    (void)ctx;
    if (alignment <= _Alignof(max_align_t))
        return malloc(size);
    size_t rounded; /* aligned_alloc wants a multiple of the alignment */
    if (!tine__size_round_up(size, alignment, &rounded))
        return NULL;
    return aligned_alloc(alignment, rounded);
}

static void heap_free(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)ctx;
    (void)size;
    (void)alignment;
    free(p);
}

static void *heap_realloc(void *ctx, void *p, size_t old_size, size_t new_size, size_t alignment)
{
    if (alignment <= _Alignof(max_align_t))
        return realloc(p, new_size);
    void *fresh = heap_alloc(ctx, new_size, alignment);
    if (fresh && p) {
        memcpy(fresh, p, tine__min(old_size, new_size));
        free(p);
    }
    return fresh;
}

const tine_allocator *tine__heap(void)
{
    static const tine_allocator heap = {heap_alloc, heap_realloc, heap_free, NULL};
    return &heap;
}

const tine_allocator *tine__allocator_or_heap(const tine_allocator *allocator)
{
    return allocator ? allocator : tine__heap();
}

void *tine__alloc(const tine_allocator *a, size_t size, size_t alignment)
{
    return size ? a->alloc(a->ctx, size, alignment) : NULL;
}

void *tine__alloc_zeroed(const tine_allocator *a, size_t size, size_t alignment)
{
    void *p = tine__alloc(a, size, alignment);
    if (p)
        memset(p, 0, size);
    return p;
}

void *tine__alloc_array(const tine_allocator *a, size_t n, size_t size, size_t alignment)
{
    size_t total;
    return tine__size_mul(n, size, &total) ? tine__alloc(a, total, alignment) : NULL;
}

void tine__free(const tine_allocator *a, void *p, size_t size, size_t alignment)
{
    if (p)
        a->free(a->ctx, p, size, alignment);
}

bool tine__grow(const tine_allocator *a, void **array, size_t *capacity, size_t used, size_t needed,
                size_t element_size, size_t alignment)
{
    if (needed <= *capacity)
        return true;
    size_t target = *capacity + *capacity / 2;
    target = tine__max(tine__max(target, needed), 16);
    void *fresh = tine__alloc_array(a, target, element_size, alignment);
    if (!fresh)
        return false;
    if (used)
        memcpy(fresh, *array, used * element_size);
    tine__free(a, *array, *capacity * element_size, alignment);
    *array = fresh;
    *capacity = target;
    return true;
}

char *tine__string_copy(const tine_allocator *a, const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = tine__alloc(a, size, 1);
    if (copy)
        memcpy(copy, s, size);
    return copy;
}

void tine__string_free(const tine_allocator *a, char *s)
{
    if (s)
        tine__free(a, s, strlen(s) + 1, 1);
}
