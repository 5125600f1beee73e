#include "proc/rooms.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "base/size.h"
#include "os/shared.h"

#define LEAST ((size_t)4096)
#define LEAST_MAP ((size_t)64 << 20)

/* So many bytes of free rooms keep their pages. */
#define MOST_CACHED ((size_t)128 << 20)

tine_status tine__rooms_open(tine__rooms *rooms, const tine_allocator *allocator, tine_error *error)
{
    *rooms = (tine__rooms){.allocator = allocator};
    void *base;
    tine_status status = tine__mutex_init(&rooms->mutex, error);
    if (status != TINE_OK)
        return status;
    status = tine__shared_map(tine__max(tine__memory_size(), LEAST_MAP), LEAST_MAP, &base,
                              &rooms->size, error);
    rooms->base = base;
    if (status != TINE_OK)
        tine__mutex_destroy(&rooms->mutex);
    return status;
}

static void delete_all(const tine_allocator *allocator, tine__room *room)
{
    for (tine__room *next; room; room = next) {
        next = room->next;
        TINE__DELETE(allocator, room);
    }
}

void tine__rooms_close(tine__rooms *rooms)
{
    if (!rooms->base)
        return;
    for (size_t i = 0; i < TINE__ROOM_CLASSES; i++)
        delete_all(rooms->allocator, rooms->free[i]);
    delete_all(rooms->allocator, rooms->named);
    tine__shared_unmap(rooms->base, rooms->size);
    rooms->base = NULL;
    tine__mutex_destroy(&rooms->mutex);
}

/* Four classes to each doubling: a room is at most a quarter and a page larger than what was asked
 * for. */
static size_t class_of(size_t *size)
{
    size_t n = tine__max(*size, LEAST) - 1;
    size_t log = 63 - tine__clz64(n), step = tine__max((size_t)1 << (log - 2), LEAST);
    *size = (n / step + 1) * step;
    return 4 * log + (n / step) % 4;
}

static tine__room *cut(tine__rooms *rooms, size_t size)
{
    if (size > rooms->size - rooms->used)
        return NULL;
    tine__room *room = TINE__NEW(rooms->allocator, tine__room);
    if (!room)
        return NULL;
    room->p = rooms->base + rooms->used;
    room->size = size;
    rooms->used += size;
    return room;
}

tine__room *tine__room_take(tine__rooms *rooms, size_t size)
{
    if (size > rooms->size)
        return NULL;
    size_t class = class_of(&size);
    tine__mutex_lock(&rooms->mutex);
    tine__room *room = rooms->free[class];
    if (room) {
        rooms->free[class] = room->next;
        rooms->n_cached -= tine__min(rooms->n_cached, room->size);
    } else {
        room = cut(rooms, size);
    }
    tine__mutex_unlock(&rooms->mutex);
    return room;
}

void tine__room_give(tine__rooms *rooms, tine__room *room)
{
    if (!room)
        return;
    size_t size = room->size, class = class_of(&size);
    tine__mutex_lock(&rooms->mutex);
    if (rooms->n_cached + room->size > MOST_CACHED)
        tine__shared_discard(room->p, room->size);
    else
        rooms->n_cached += room->size;
    room->next = rooms->free[class];
    rooms->free[class] = room;
    tine__mutex_unlock(&rooms->mutex);
}

void *tine__rooms_alloc(tine__rooms *rooms, size_t size)
{
    tine__room *room = tine__room_take(rooms, size);
    if (!room)
        return NULL;
    tine__mutex_lock(&rooms->mutex);
    room->next = rooms->named;
    rooms->named = room;
    tine__mutex_unlock(&rooms->mutex);
    return room->p;
}

bool tine__rooms_free(tine__rooms *rooms, void *p)
{
    tine__mutex_lock(&rooms->mutex);
    tine__room **link = &rooms->named, *room;
    while ((room = *link) && room->p != p)
        link = &room->next;
    if (room)
        *link = room->next;
    tine__mutex_unlock(&rooms->mutex);
    tine__room_give(rooms, room);
    return room != NULL;
}
