#define _GNU_SOURCE
#include "os/pages.h"
#include "base/alloc.h"

#include <sys/mman.h>

static size_t alignment_for(size_t size)
{
    return size < TINE__HUGE_PAGE ? TINE__ALIGN : TINE__HUGE_PAGE;
}

void *tine__pages_alloc(const tine_allocator *a, size_t size)
{
    void *p = tine__alloc(a, size, alignment_for(size));
#if defined MADV_HUGEPAGE && !TINE_OS_POSIX
    if (p &&
        size >= TINE__HUGE_PAGE) /* advice, which may be of no use to this allocator's memory */
        (void)madvise(p, size & ~(TINE__HUGE_PAGE - 1), MADV_HUGEPAGE);
#endif
    return p;
}

void tine__pages_free(const tine_allocator *a, void *p, size_t size)
{
    tine__free(a, p, size, alignment_for(size));
}
