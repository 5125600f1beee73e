/* Fork and join in a body. What the forked body inherits it finds through a pointer to the body
 * that forked it, which outlives it since it joins. */
#include "pool/executor.h"

#include <assert.h>
#include <stddef.h>
#include <tine_fork.h>

static_assert(sizeof(tine__frame) <= sizeof(tine_frame), "a frame holds all of a fork");
static_assert(_Alignof(tine__frame) <= _Alignof(tine_frame), "a frame is aligned for a fork");

/* Layout 1 of tine_fork.h. When one of these no longer holds, it and the names of its functions get
 * the next number. */
#define SAME(type, field, type_1, field_1)                                                         \
    static_assert(offsetof(type, field) == offsetof(struct type_1, field_1), #field)
SAME(tine__body, at, tine_place_1_body, deque);
static_assert(offsetof(tine__slot, deque) == 0, "a slot begins with its deque");
SAME(tine__deque, head, tine_place_1_deque, head);
SAME(tine__deque, entries, tine_place_1_deque, entries);
SAME(tine__deque, limit, tine_place_1_deque, limit);
SAME(tine__deque, floor, tine_place_1_deque, floor);
SAME(tine__frame, fn, tine_place_1_frame, fn);
SAME(tine__frame, holder, tine_place_1_frame, holder);
static_assert((int)TINE__FRAME_SELF == (int)TINE_PLACE_1_SELF, "it means the same");
static_assert(sizeof(tine__frame) <= sizeof(struct tine_place_1_frame), "a frame holds all");

void tine_fork(tine_frame *frame, void (*fn)(void *arg), void *arg)
{
    tine__frame *f = (tine__frame *)frame;
    tine__body *body = tine__current;
    f->fn = fn;
    f->arg = arg;
    if (body && body->at)
        tine__frame_fork(f, body);
    else
        tine__frame_keep(f);
}

void tine_join(tine_frame *frame)
{
    tine__frame_join((tine__frame *)frame);
}

tine_place tine_place_here(void)
{
    tine__body *body = tine__current;
    if (!body || !body->at)
        return (tine_place){NULL, 0};
    return (tine_place){(struct tine_place_1_body *)body,
                        atomic_load_explicit(&body->at->deque.head, memory_order_relaxed)};
}

void tine_place_1_forked(struct tine_place_1_frame *frame)
{
    tine__fork_limited((tine__frame *)frame, false);
}

void tine_place_1_join(struct tine_place_1_frame *frame)
{
    tine__join_limited((tine__frame *)frame);
}
