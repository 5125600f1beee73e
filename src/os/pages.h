/* Large memory: arrays that grow to any size, and the pages under them. */
#ifndef TINE_OS_PAGES_H
#define TINE_OS_PAGES_H
#include <tine.h>
#include <stdbool.h>

/* Advises the system, for a large block that has not been touched yet, to use large pages: several
 * times quicker to come by, and found without a walk through tables. Never fails; whatever memory
 * the block's allocator took it from, its contents stay what they are. */
void tine__pages_expect(void *block, size_t size);

/* As tine__alloc_zeroed, with that advice. */
void *tine__pages_alloc_zeroed(const tine_allocator *a, size_t size, size_t alignment);

/* An array of bytes that grows by its allocator's realloc, which for a large block moves pages, not
 * what is in them. */
typedef struct tine__pages { /* all zero: empty */
    void *data;              /* aligned to a cache line, inside the block */
    void *block;
    size_t size; /* of the block */
} tine__pages;

/* Room for `needed` bytes, of which the first `used` are kept. Grows by half or more. False: no
 * memory, and nothing has changed. */
bool tine__pages_grow(tine__pages *pages, const tine_allocator *a, size_t used, size_t needed);
void tine__pages_free(tine__pages *pages, const tine_allocator *a);

#endif
