/* Allocation through the allocator of the owner. Every block is freed with the size and alignment it
 * was asked for, so that an allocator needs no header of its own and a budget can count exactly. */
#ifndef TINE_BASE_ALLOC_H
#define TINE_BASE_ALLOC_H
#include <tine.h>

/* What buffers of columns and of text are aligned to: a cache line and the widest vector. */
#define TINE__ALIGN 64

/* The C library's heap. */
const tine_allocator *tine__heap(void);

/* `allocator`, or the heap for NULL. */
const tine_allocator *tine__allocator_or_heap(const tine_allocator *allocator);

/* NULL when the allocation fails or size is 0. */
void *tine__alloc(const tine_allocator *a, size_t size, size_t alignment);
void *tine__alloc_zeroed(const tine_allocator *a, size_t size, size_t alignment);
void tine__free(const tine_allocator *a, void *p, size_t size, size_t alignment);

/* The same for n objects of a type, the product checked. */
void *tine__alloc_array(const tine_allocator *a, size_t n, size_t size, size_t alignment);
#define TINE__NEW(a, type) ((type *)tine__alloc_zeroed((a), sizeof(type), _Alignof(type)))
#define TINE__NEW_ARRAY(a, type, n)                                                                \
    ((type *)tine__alloc_array((a), (n), sizeof(type), _Alignof(type)))
#define TINE__DELETE(a, p) tine__free((a), (p), sizeof *(p), _Alignof(__typeof__(*(p))))
#define TINE__DELETE_ARRAY(a, p, n)                                                                \
    tine__free((a), (p), (n) * sizeof *(p), _Alignof(__typeof__(*(p))))

/* Grows an array that holds `used` elements to hold at least `needed`, by half or more, so that n
 * appends cost O(n). On failure the array stays as it was and false is returned. */
bool tine__grow(const tine_allocator *a, void **array, size_t *capacity, size_t used, size_t needed,
                size_t element_size, size_t alignment);

/* A copy of the string; freed with tine__string_free. */
char *tine__string_copy(const tine_allocator *a, const char *s);
void tine__string_free(const tine_allocator *a, char *s);

#endif
