/* Arrays that grow to any size without being copied. */
#ifndef TINE_OS_GROWING_H
#define TINE_OS_GROWING_H
#include <tine.h>
#include <stdbool.h>

/* An array of bytes that grows by its allocator's realloc, which for a large block moves pages, not
 * what is in them. */
typedef struct tine__growing { /* all zero: empty */
    void *data;                /* aligned to a cache line, inside the block */
    void *block;
    size_t size; /* of the block */
} tine__growing;

/* Room for `needed` bytes, of which the first `used` are kept. Grows by half or more. False: no
 * memory, and nothing has changed. */
bool tine__growing_reserve(tine__growing *array, const tine_allocator *a, size_t used,
                           size_t needed);
void tine__growing_free(tine__growing *array, const tine_allocator *a);

#endif
