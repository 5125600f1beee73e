/* Memory for much data. Fresh memory is handed out by the system page by page, which takes longer
 * than to fill it; where a page can be huge, less than half as long. So what is large lies in whole
 * huge pages, if the system has some. */
#ifndef TINE_OS_PAGES_H
#define TINE_OS_PAGES_H
#include <tine.h>

#define TINE__HUGE_PAGE ((size_t)1 << 21)

/* As tine__alloc and tine__free, of an alignment that goes by the size: TINE__ALIGN, or that of
 * huge pages. */
void *tine__pages_alloc(const tine_allocator *a, size_t size);
void tine__pages_free(const tine_allocator *a, void *p, size_t size);

#endif
