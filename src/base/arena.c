#include "base/arena.h"
#include "base/alloc.h"
#include "base/size.h"

#include <string.h>

/* Blocks double up to a bound, so that small arenas stay small and large ones need few blocks. */
#define FIRST_BLOCK 1024
#define LARGEST_BLOCK ((size_t)1 << 20)

struct tine__arena_block {
    tine__arena_block *next;
    size_t size; /* of `bytes` */
    _Alignas(max_align_t) unsigned char bytes[];
};

void tine__arena_init(tine__arena *arena, const tine_allocator *allocator)
{
    *arena = (tine__arena){.allocator = allocator};
}

static bool add_block(tine__arena *arena, size_t at_least)
{
    size_t size = arena->blocks ? tine__min(2 * arena->blocks->size, LARGEST_BLOCK) : FIRST_BLOCK;
    size = tine__max(size, at_least);
    size_t total;
    if (!tine__size_add(size, sizeof(tine__arena_block), &total))
        return false;
    tine__arena_block *block = tine__alloc(arena->allocator, total, _Alignof(max_align_t));
    if (!block)
        return false;
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->used = 0;
    return true;
}

void *tine__arena_alloc(tine__arena *arena, size_t size, size_t alignment)
{
    size_t begin = (arena->used + alignment - 1) & ~(alignment - 1);
    if (!arena->blocks || begin > arena->blocks->size || size > arena->blocks->size - begin) {
        if (!add_block(arena, size))
            return NULL;
        begin = 0;
    }
    arena->used = begin + size;
    return arena->blocks->bytes + begin;
}

char *tine__arena_copy(tine__arena *arena, const void *bytes, size_t n)
{
    size_t size;
    char *copy = tine__size_add(n, 1, &size) ? tine__arena_alloc(arena, size, 1) : NULL;
    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

void tine__arena_free(tine__arena *arena)
{
    while (arena->blocks) {
        tine__arena_block *block = arena->blocks;
        arena->blocks = block->next;
        tine__free(arena->allocator, block, sizeof *block + block->size, _Alignof(max_align_t));
    }
    arena->used = 0;
}
