/* The shared memory of a pool, cut into rooms. What is known about them is kept in the program's
 * own memory, where no worker can write. Freed rooms are used again, the latest first: their pages
 * are there. */
#ifndef TINE_PROC_ROOMS_H
#define TINE_PROC_ROOMS_H
#include <tine.h>
#include "os/thread.h"

typedef struct tine__room {
    struct tine__room *next;
    unsigned char *p;
    size_t size;
} tine__room;

#define TINE__ROOM_CLASSES 256

typedef struct tine__rooms {
    const tine_allocator *allocator;
    unsigned char *base;
    size_t size;
    tine__mutex mutex; /* guards what follows */
    size_t used;       /* bytes from base on that are cut, */
    size_t n_cached;   /* and of these, bytes that are free and have their pages */
    tine__room *free[TINE__ROOM_CLASSES];
    tine__room *named; /* those that are found by their address */
} tine__rooms;

TINE_MUST_USE tine_status tine__rooms_open(tine__rooms *rooms, const tine_allocator *allocator,
                                           tine_error *error);
void tine__rooms_close(tine__rooms *rooms);

/* At least `size` bytes, aligned to a page; NULL: no memory. */
tine__room *tine__room_take(tine__rooms *rooms, size_t size);
/* NULL is allowed. */
void tine__room_give(tine__rooms *rooms, tine__room *room);

/* The same by address. */
void *tine__rooms_alloc(tine__rooms *rooms, size_t size);
/* False: there is no such room. */
bool tine__rooms_free(tine__rooms *rooms, void *p);

static inline bool tine__rooms_hold(const tine__rooms *rooms, const void *p, size_t n)
{
    uintptr_t at = (uintptr_t)p, base = (uintptr_t)rooms->base;
    return at >= base && at - base <= rooms->size && n <= rooms->size - (at - base);
}

#endif
