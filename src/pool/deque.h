/* The deque of forked frames: its owner pushes and pops at the bottom, anyone steals at the top.
 *
 * Chase and Lev, "Dynamic circular work-stealing deque" (2005), with the C11 orders of Lê, Pop,
 * Cohen and Zappa Nardelli, "Correct and efficient work-stealing for weak memory models" (2013),
 * except that the two fences became seq_cst accesses of top and bottom, which race detectors
 * understand: pop stores bottom, then loads top; a thief loads top, then bottom. In the one order
 * of all seq_cst accesses, a thief that still sees the old bottom read top before the owner did; so
 * the owner sees that top and settles the last frame by compare-and-swap, as the thief does.
 *
 * A push's store of bottom is seq_cst too: it is the owner's half of the parking protocol
 * (pool/worker.c). */
#ifndef TINE_POOL_DEQUE_H
#define TINE_POOL_DEQUE_H
#include <tine.h>
#include <stdatomic.h>

struct tine__frame;
typedef struct tine__ring tine__ring;

typedef struct tine__deque {
    /* Frames top ... bottom - 1 are in it. Thieves and the owner move top by compare-and-swap, only
     * upwards: a frame at `top` stays the same frame as long as top does. */
    _Alignas(64) _Atomic int64_t top;
    /* Only the owner stores bottom; a thief's load pairs with the push that stored it. */
    _Alignas(64) _Atomic int64_t bottom;
    /* Only the owner stores ring, when it grows; thieves load it after bottom. */
    _Atomic(tine__ring *) ring;
    const tine_allocator *allocator;
} tine__deque;

/* An empty deque, with room for TINE__DEQUE_ROOM frames: a push beyond that allocates. False when
 * memory is short; tine__deque_free is then allowed, not needed. */
#define TINE__DEQUE_ROOM 64
TINE_MUST_USE bool tine__deque_init(tine__deque *deque, const tine_allocator *allocator);

/* No thread may use it any more. Rings that were outgrown are kept until here, since a thief may
 * still read one. */
void tine__deque_free(tine__deque *deque);

/* The owner's side. Push: false when memory is short, and then nothing has changed. Pop: the frame
 * pushed last, or NULL if thieves have taken all. */
bool tine__deque_push(tine__deque *deque, struct tine__frame *frame);
struct tine__frame *tine__deque_pop(tine__deque *deque);

/* The thief's side, in two steps, so that a thief can check between them whether it still wants the
 * frame. Look: the oldest frame, and where it is; NULL if there is none. Take: true if that frame
 * is now the thief's. A take that succeeds proves that the frame was in the deque all the time
 * since the look. */
struct tine__frame *tine__deque_look(tine__deque *deque, int64_t *at_out);
bool tine__deque_take(tine__deque *deque, int64_t at);

#endif
