#include "model/arena.h"
#include "model/explore.h"

#include <string.h>

enum { ARENA_SIZE = 1 << 15, BLOCKS = 64, POISON = 0xee };

typedef struct block {
    uintptr_t begin, end;
    bool freed;
} block;

/* One for each thread, and one for setup and check. */
static _Alignas(64) char arenas[MODEL_THREADS + 1][ARENA_SIZE];
static size_t used[MODEL_THREADS + 1];
static block blocks[BLOCKS];
static unsigned n_blocks;

void arena_reset(void)
{
    memset(used, 0, sizeof used);
    n_blocks = 0;
}

static void *arena_alloc(void *ctx, size_t size, size_t alignment)
{
    (void)ctx;
    thread *t = present_thread();
    unsigned i = t ? thread_number(t) : MODEL_THREADS;
    size_t begin = (used[i] + alignment - 1) / alignment * alignment;
    if (begin + size > ARENA_SIZE || n_blocks == BLOCKS)
        model_fail("the arena is full");
    used[i] = begin + size;
    char *p = arenas[i] + begin;
    memset(p, POISON, size);
    blocks[n_blocks++] = (block){(uintptr_t)p, (uintptr_t)p + size, false};
    return p;
}

static block *find_block(uintptr_t address)
{
    for (unsigned i = 0; i < n_blocks; i++)
        if (address >= blocks[i].begin && address < blocks[i].end)
            return &blocks[i];
    return NULL;
}

static void arena_free(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)ctx;
    (void)alignment;
    block *b = p ? find_block((uintptr_t)p) : NULL;
    if (!p)
        return;
    if (!b || b->freed || b->end - b->begin != size)
        model_fail("a free of what is not allocated");
    b->freed = true;
    memory_mark_freed(b->begin, b->end);
}

uint64_t arena_hash(void)
{
    uint64_t hash = 1;
    for (unsigned i = 0; i <= MODEL_THREADS; i++)
        hash = model_mix_bytes(hash, arenas[i], used[i]);
    for (unsigned i = 0; i < n_blocks; i++)
        hash = model_mix(hash, blocks[i].begin << 1 | blocks[i].freed);
    return hash;
}

bool arena_is_freed(uintptr_t address)
{
    const block *b = find_block(address);
    return b && b->freed;
}

bool arena_is_poison(uint64_t value, size_t size)
{
    uint64_t poison = 0;
    memset(&poison, POISON, size);
    return size == sizeof value && value == poison;
}

void model_exclusive_blocks(void)
{
    model_exclusive(arenas, sizeof arenas, 1);
}

const tine_allocator *model_allocator(void)
{
    static const tine_allocator allocator = {arena_alloc, NULL, arena_free, NULL};
    return &allocator;
}
