/* An arena: many small objects with one lifetime, freed together. Not thread-safe. */
#ifndef TINE_BASE_ARENA_H
#define TINE_BASE_ARENA_H
#include <tine.h>

typedef struct tine__arena_block tine__arena_block;
typedef struct tine__arena {
    const tine_allocator *allocator;
    tine__arena_block *blocks; /* newest first; only the newest has room */
    size_t used;               /* bytes taken in the newest block */
} tine__arena;

void tine__arena_init(tine__arena *arena, const tine_allocator *allocator);

/* Room of that size and alignment (at most _Alignof(max_align_t)); NULL when memory is short. Lives
 * until the arena is freed. A size of 0 gives a valid, empty room. */
void *tine__arena_alloc(tine__arena *arena, size_t size, size_t alignment);

/* A copy of n bytes, terminated by a NUL that is not counted. */
char *tine__arena_copy(tine__arena *arena, const void *bytes, size_t n);

void tine__arena_free(tine__arena *arena);

#endif
