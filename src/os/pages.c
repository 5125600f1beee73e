#define _GNU_SOURCE
#include "os/pages.h"
#include "base/alloc.h"
#include "base/size.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !TINE_OS_POSIX && defined __linux__

#include <sys/mman.h>
#include <unistd.h>

/* A block of so many bytes holds a large page of 2 MiB at least, wherever it begins. */
#define LARGE ((size_t)4 << 20)

/* All pages that the block touches: a mapping that has been advised of in part is two mappings,
 * and cannot be moved as one any more. */
void tine__pages_expect(void *block, size_t size)
{
    if (!block || size < LARGE)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)block & ~(page - 1);
    uintptr_t end = ((uintptr_t)block + size + page - 1) & ~(page - 1);
    (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* advice: it may be refused */
}

#else

void tine__pages_expect(void *block, size_t size)
{
    (void)block;
    (void)size;
}

#endif

void *tine__pages_alloc_zeroed(const tine_allocator *a, size_t size, size_t alignment)
{
    void *p = tine__alloc(a, size, alignment);
    tine__pages_expect(p, size);
    if (p)
        memset(p, 0, size);
    return p;
}

/* What every allocator's realloc aligns to; that of the data is seen to here. */
#define BLOCK_ALIGN _Alignof(max_align_t)

static size_t capacity(const tine__pages *pages)
{
    return pages->size ? pages->size - TINE__ALIGN : 0;
}

static void *aligned(void *block)
{
    uintptr_t address = (uintptr_t)block;
    return (char *)block + ((0 - address) & (TINE__ALIGN - 1));
}

static void *resize(const tine__pages *pages, const tine_allocator *a, size_t size)
{
    return pages->block ? a->realloc(a->ctx, pages->block, pages->size, size, BLOCK_ALIGN)
                        : tine__alloc(a, size, BLOCK_ALIGN);
}

bool tine__pages_grow(tine__pages *pages, const tine_allocator *a, size_t used, size_t needed)
{
    if (needed <= capacity(pages))
        return true;
    size_t size = tine__max(needed, capacity(pages) + capacity(pages) / 2);
    if (!tine__size_add(size, TINE__ALIGN, &size))
        return false;
    size_t offset = (size_t)((char *)pages->data - (char *)pages->block);
    char *block = resize(pages, a, size);
    if (!block)
        return false;
    tine__pages_expect(block, size);
    *pages = (tine__pages){aligned(block), block, size};
    if (used && pages->data != block + offset)
        memmove(pages->data, block + offset, used);
    return true;
}

void tine__pages_free(tine__pages *pages, const tine_allocator *a)
{
    tine__free(a, pages->block, pages->size, BLOCK_ALIGN);
    *pages = (tine__pages){.size = 0};
}
