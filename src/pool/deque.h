/* The deque of forked frames. Its owner pushes and pops at the head, anyone else takes at the tail;
 * it is split, and the owner's side of the split costs it neither a fence nor a locked instruction
 * (van Dijk and van de Pol, "Lace", 2014, after Acar, Charguéraud and Rainey, 2013).
 *
 * The frame at index i is the i-th that the owner has forked and not joined yet: an array indexed
 * by depth, no ring. So an entry is overwritten only after the frame in it was joined, and whoever
 * has won a frame may read its entry at leisure.
 *
 *      0 ... tail       tail ... split      split ... head
 *      taken            public              private
 *
 * tail, split and a version are one word. Others win the frame at tail by raising tail in it, the
 * owner moves split and, with it, raises the version; the version makes it impossible to mistake a
 * state of the deque for an earlier one that looked the same.
 *
 * Two more words let the owner do without that one. `limit`: a push that makes head pass it has
 * more to do, for one of three reasons: the array is full; somebody asks for public frames;
 * somebody sleeps, who has to be woken. `floor`: a frame at or above it is private for sure; below
 * it the owner asks the word. floor is at least split whenever the owner may pop.
 *
 * Raising. An owner that is busy for long answers no question, so a thread that would otherwise go
 * to sleep may make its private frames public itself. That is Dekker's pattern: it raises floor,
 * then reads head; the owner's pop lowers head, then reads floor. The pop has no fence, so the
 * raiser has the heavy one (os/barrier.h) between the two. Then either the owner sees the floor and
 * asks the word, or the raiser sees the head and leaves the frame alone. What the owner may do to
 * floor and split meanwhile raises the version, and with another version nothing is raised.
 *
 * Without a heavy barrier nothing is raised: limit stays 0, so that every push makes its frame
 * public. */
#ifndef TINE_POOL_DEQUE_H
#define TINE_POOL_DEQUE_H
#include <tine.h>
#include "os/barrier.h"
#include <stdatomic.h>

struct tine__frame;
typedef _Atomic(struct tine__frame *) tine__entry;

/* Frames that fit without an allocation, and at all: what is forked beyond is run by its join. */
#define TINE__DEQUE_ROOM 64
#define TINE__DEQUE_DOUBLINGS 13
#define TINE__DEQUE_MOST ((size_t)TINE__DEQUE_ROOM << TINE__DEQUE_DOUBLINGS)

typedef struct tine__deque {
    /* The owner alone stores head; whoever raises loads it (acquire, which pairs with the push that
     * wrote the frame's entry before). */
    _Alignas(64) _Atomic size_t head;
    /* The owner alone stores capacity, when it has grown; whoever raises loads it (relaxed: an
     * older one is less). head may pass it by one, until the owner has seen that there is no room.
     */
    _Atomic size_t capacity;
    tine__entry *entries; /* the owner's, as what follows */
    unsigned n_doublings;
    bool private;                                   /* frames may be: there is a heavy barrier */
    tine__entry *arrays[TINE__DEQUE_DOUBLINGS + 1]; /* the present one, and those it has outgrown,
                                                       in which somebody may still read */
    const tine_allocator *allocator;

    /* Read by the owner's every push and pop, written seldom. limit: the owner stores capacity,
     * anyone 0. floor: the owner stores, whoever raises only ever makes it greater. */
    _Alignas(64) _Atomic size_t limit;
    _Atomic size_t floor;

    /* tail, split and version. By compare-and-swap alone. */
    _Alignas(64) _Atomic uint64_t word;
    /* `entries` for others: the owner stores it (release) when it has grown, before it makes public
     * what is in the new ones; who has won a frame loads it (acquire). */
    _Atomic(tine__entry *) public_entries;
} tine__deque;

/* An empty deque. False when memory is short; tine__deque_free is then allowed, not needed. */
TINE_MUST_USE bool tine__deque_init(tine__deque *deque, bool has_heavy_barrier,
                                    const tine_allocator *allocator);

/* No thread may use it any more. */
void tine__deque_free(tine__deque *deque);

/* ---- the owner's side */

/* False: the limit is passed, and tine__deque_fits says whether the frame is in. The store of head
 * and the load of limit are one side of Dekker's pattern, whose other is a thread that is about to
 * sleep (pool/worker.c). */
static inline bool tine__deque_push(tine__deque *deque, struct tine__frame *frame)
{
    size_t i = atomic_load_explicit(&deque->head, memory_order_relaxed);
    atomic_store_explicit(&deque->entries[i], frame, memory_order_relaxed);
    atomic_store_explicit(&deque->head, i + 1, memory_order_release);
    tine__light_barrier();
    return i < atomic_load_explicit(&deque->limit, memory_order_relaxed);
}

/* After a push that has passed the limit. False: there is no room and the frame is not in. */
TINE_MUST_USE bool tine__deque_fits(tine__deque *deque);

/* Takes the frame that was pushed last. False: it may be public, and tine__deque_reclaim says what
 * has become of it. */
static inline bool tine__deque_pop(tine__deque *deque)
{
    size_t i = atomic_load_explicit(&deque->head, memory_order_relaxed) - 1;
    atomic_store_explicit(&deque->head, i, memory_order_relaxed);
    tine__light_barrier();
    return i >= atomic_load_explicit(&deque->floor, memory_order_relaxed);
}

/* After such a pop. True: the owner has the frame after all. False: somebody else has it; it stays
 * where it is, so that what is pushed meanwhile goes above it, until tine__deque_forget. */
TINE_MUST_USE bool tine__deque_reclaim(tine__deque *deque);

/* The frame pushed last, which others took, is joined. */
void tine__deque_forget(tine__deque *deque);

/* Makes private frames public: the older half of them, or all. */
void tine__deque_expose(tine__deque *deque);
void tine__deque_expose_all(tine__deque *deque);

/* Lets pushes pass again, until somebody asks. The owner then looks once more for those who asked
 * before. */
void tine__deque_unlimit(tine__deque *deque);

/* ---- others */

/* Asks the owner to stop at its next push. */
void tine__deque_ask(tine__deque *deque);

/* Looking and taking are two steps, so that a thread can check between them whether it still wants
 * a frame. Look: whether there is a public frame. Take: the frame, NULL if anything has changed
 * since the look. So a take that succeeds proves that nothing had, when that check was made. */
bool tine__deque_look(tine__deque *deque, uint64_t *seen_out);
struct tine__frame *tine__deque_take(tine__deque *deque, uint64_t seen);

/* Whether there are frames, private ones counted. */
bool tine__deque_is_empty(tine__deque *deque);

/* Makes private frames public although the owner does not stop. True: there may be public ones. */
bool tine__deque_raise(tine__deque *deque);

#endif
