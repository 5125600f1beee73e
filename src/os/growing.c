#define _GNU_SOURCE
#include "os/growing.h"
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

/* Large pages are several times quicker to come by, and found without a walk through tables. The
 * advice is for all pages that the block touches: a mapping that has been advised of in part is two
 * mappings, and cannot be moved as one any more. */
static void expect_large_pages(void *block, size_t size)
{
    if (!block || size < LARGE)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)block & ~(page - 1);
    uintptr_t end = ((uintptr_t)block + size + page - 1) & ~(page - 1);
    (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* advice: it may be refused */
}

#else

static void expect_large_pages(void *block, size_t size)
{
    (void)block;
    (void)size;
}

#endif

/* What every allocator's realloc aligns to; that of the data is seen to here. */
#define BLOCK_ALIGN _Alignof(max_align_t)

static size_t capacity(const tine__growing *array)
{
    return array->size ? array->size - TINE__ALIGN : 0;
}

static void *aligned(void *block)
{
    uintptr_t address = (uintptr_t)block;
    return (char *)block + ((0 - address) & (TINE__ALIGN - 1));
}

static void *resize(const tine__growing *array, const tine_allocator *a, size_t size)
{
    return array->block ? a->realloc(a->ctx, array->block, array->size, size, BLOCK_ALIGN)
                        : tine__alloc(a, size, BLOCK_ALIGN);
}

bool tine__growing_reserve(tine__growing *array, const tine_allocator *a, size_t used,
                           size_t needed)
{
    if (needed <= capacity(array))
        return true;
    size_t size = tine__max(needed, capacity(array) + capacity(array) / 2);
    if (!tine__size_add(size, TINE__ALIGN, &size))
        return false;
    size_t offset = (size_t)((char *)array->data - (char *)array->block);
    char *block = resize(array, a, size);
    if (!block)
        return false;
    expect_large_pages(block, size);
    *array = (tine__growing){aligned(block), block, size};
    if (used && array->data != block + offset)
        memmove(array->data, block + offset, used);
    return true;
}

void tine__growing_free(tine__growing *array, const tine_allocator *a)
{
    tine__free(a, array->block, array->size, BLOCK_ALIGN);
    *array = (tine__growing){.size = 0};
}
