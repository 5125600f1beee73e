/* The executor: threads that run jobs (submitted from anywhere, each from the queue once) and
 * frames (forked by a running body, on its stack). What a job or a frame means is the task layer's
 * affair; here they are functions to call.
 *
 * A slot is a place that a body can run in: a deque and a parker. Workers own slots 0 ... n - 1 for
 * life; TINE__WAITER_SLOTS more are taken by outside threads while they run bodies. */
#ifndef TINE_POOL_EXECUTOR_H
#define TINE_POOL_EXECUTOR_H
#include "base/body.h"
#include "os/fp.h"
#include "os/park.h"
#include "os/thread.h"
#include "pool/deque.h"
#include "pool/queue.h"
#include "pool/watch.h"

/* How many outside threads can run bodies of one pool at once; others wait for a slot. */
#define TINE__WAITER_SLOTS 64

/* More workers than any machine has CPUs: a number beyond is a mistake. */
#define TINE__MAX_WORKERS 65536u

/* In `places`. */
#define TINE__ONE_GUEST ((uint64_t)1 << 32)

typedef struct tine__slot tine__slot;

/* A forked call, on the stack of whoever forked it until it is joined. */
typedef struct tine__frame {
    void (*fn)(void *arg);
    /* Whose it is. 0: it is in no deque, the join runs it. Then a pointer and bits: the body that
     * forked it; once STOLEN, stored by the thief when it has the frame, the thief's slot. JOINING
     * is or'ed in by an owner that is about to park. DONE is exchanged in by the thief as its last
     * access, which pairs with the owner's load. */
    _Atomic uintptr_t holder;
    void *arg;
    /* The thief's until it is DONE: whether the call has said something by tine_fail, and what;
     * NULL: there was no memory to keep it, or nobody wanted to know. */
    bool spoke;
    tine_error *said;
} tine__frame;

/* Bits of a frame's holder; bodies and slots are aligned for them. */
enum {
    TINE__FRAME_STOLEN = 1,
    TINE__FRAME_JOINING = 2,
    TINE__FRAME_DONE = 4,
    TINE__FRAME_SELF = 8, /* fn gets the frame itself, not `arg` (tine_fork.h) */
    TINE__FRAME_BITS = 15
};

/* What the task layer does with a job that was taken from the queue. */
typedef struct tine__job_calls {
    void (*run)(tine__job *job, tine__slot *slot);
    void (*drop)(tine__job *job); /* the pool was cancelled: end it without running it */
} tine__job_calls;

/* Whoever needs to know when a slot becomes free marks it under the mutex, and the thread that has
 * it comes by under the mutex when it leaves. A thread that leaves a slot unmarked does not touch
 * the pool any more. */
enum { TINE__FREE, TINE__TAKEN, TINE__MARKED };

struct tine__slot {
    tine__deque deque;
    /* A waiter slot: whether a thread has it (enum). By compare-and-swap and exchange alone. */
    _Alignas(64) atomic_int taken;
    tine_pool *pool;
    unsigned index;
    tine__parker parker; /* for the thread that has the slot */
    tine__slot *next;    /* guarded by the pool's mutex: in the list of idle workers */
    bool idle;           /* guarded by the pool's mutex: in that list */
    /* Set by the worker that enters the list; cleared (release) by whoever has taken it off, when
     * they have done to the sleeping thread what they had to. The worker loads it (acquire). */
    atomic_bool asleep;
    /* The worker's own while it is awake, else its waker's: it may not roam; it might not since it
     * last woke. */
    bool placed, was_placed;
    unsigned turn;     /* the worker's own: what it looks at first, and whom it robs */
    unsigned cpu;      /* the worker's own: where it was when it last looked */
    unsigned shard;    /* the worker's own: where it has last found a job, */
    unsigned n_in_row; /* and how many batches there one after the other */
    /* Jobs that have ended in this slot. Stored by the thread that has it; read by whoever closes
     * the pool (acquire, pairs with that store: what the jobs have submitted is counted before). */
    _Atomic uint64_t n_ended;
    _Alignas(64) tine__batch batch; /* a worker's jobs that it will come to next */
    tine__thread thread;
};

struct tine_pool {
    tine_allocator allocator;
    tine__slot *slots;
    tine__queue *queue; /* outlives the pool as long as futures do */
    const tine__job_calls *jobs;
    unsigned n_workers, n_slots;
    unsigned n_parkers; /* slots that have a parker; all, and with a deque, once the pool is open */
    unsigned n_threads; /* threads that are started; all, once the pool is open */
    tine_status (*on_start)(unsigned worker, void *ctx);
    void (*on_stop)(unsigned worker, void *ctx);
    void *ctx;

    tine__mutex mutex; /* guards everything down to `places` */
    bool closing;
    bool finished;    /* workers end instead of parking */
    tine__slot *idle; /* workers that are parked or about to, latest first */
    unsigned n_idle;
    unsigned n_staying; /* threads that keep the pool open and have no slot: they wait for one,
                           or end a job outside */
    unsigned n_marked;  /* slots */
    bool owes;          /* a worker may sleep in spite of work, since its place was a guest's */
    unsigned n_ready;   /* workers that have come through on_start */
    tine__watcher *watchers; /* threads that wait for a slot, or for the workers to start */
    unsigned failed_worker;  /* the lowest whose on_start failed, with this record */
    tine_error start_error;

    /* Workers parked (low half) and guests taking part (high half). If more are parked than there
     * are guests, one may be woken; if fewer, one must stand down. Parked is written under the
     * mutex; guests by those who come and go. Read by everyone who has made work public, and by
     * workers on the look-out. All are seq_cst: its increment by a worker that is going to sleep
     * pairs with what is made public before the load (pool/worker.c). */
    _Alignas(64) _Atomic uint64_t places;
    /* Whether a thread that takes a slot marks it itself: closing, or there are watchers. Written
     * under the mutex; read by those who have just taken one. Both seq_cst, as the change of
     * `taken`: either the taker sees this, or whoever has set it and then marks sees the taker. */
    _Alignas(64) atomic_bool heeds;
    /* Slots below this have ever been used. Raised before the first push to a slot; read by
     * thieves. */
    _Atomic unsigned n_seen;
    bool has_heavy_barrier; /* as the deques know, too */
    unsigned n_cpus;
    /* Of each worker, the CPUs around the one that it was on when it began or last went to sleep
     * (tine__cpu_neighbours). Stored by the worker, read by thieves; relaxed, old values do no
     * harm. Not in the slots: whoever looks at many finds them in few cache lines. */
    _Atomic unsigned *neighbours;
    /* How often the pool was cancelled. Bodies remember what it was when they began. */
    _Atomic unsigned epoch;
};

/* ---- executor.c: life, queue, slots */

/* `options` complete and checked, n_workers not 0. */
TINE_MUST_USE tine_status tine__executor_open(const tine_pool_options *options,
                                              const tine__job_calls *jobs, tine_pool **pool_out,
                                              tine_error *error);
/* Runs what was submitted and promised, waits until nobody stays, joins, frees. Not from a thread
 * that has a slot of the pool. */
void tine__executor_close(tine_pool *pool);

/* Starts a new epoch, and drops every job that waits in the queue now. */
void tine__executor_cancel(tine_pool *pool);

/* Keeps the pool open while a thread without a slot is about to end a job, or to push one that was
 * promised. Whoever does has a job that has not ended, so the pool is open. */
void tine__executor_stay(tine_pool *pool);
void tine__executor_go(tine_pool *pool);

/* Counts a job of the pool as ended, in that slot or (NULL) outside. Every job that was promised
 * ends once; only then may the pool close. Whoever ended it leaves its slot, goes, or lies down
 * later, and looks whether it was the last. */
void tine__executor_count_end(tine_pool *pool, tine__slot *slot);

/* With the mutex held: marks the slots that are taken. */
void tine__mark_slots(tine_pool *pool);

/* The slot of the innermost body of the pool that this thread is in, or NULL. */
tine__slot *tine__slot_of_thread(const tine_pool *pool);

/* A thread's stay in a pool while it runs bodies there. A thread that is inside a body of the pool
 * keeps that body's slot. */
typedef struct tine__visit {
    tine__slot *slot; /* NULL: of no pool, here and now */
    bool taken;       /* the slot is given back at the end */
    bool guest;       /* it takes part beside the workers: one of them stays parked for it */
    bool outermost;   /* the thread was in no body: its floating-point environment is kept in fp */
    tine__fp fp;
} tine__visit;

/* False if all slots are taken. */
bool tine__visit_try(tine__visit *visit, tine_pool *pool, bool guest);
/* Waits for a slot. Fails only if the thread has to wait and cannot. */
TINE_MUST_USE tine_status tine__visit_enter(tine__visit *visit, tine_pool *pool, bool guest,
                                            tine_error *error);
void tine__visit_leave(tine__visit *visit);

/* Wakes the parker whenever a slot becomes free, until unwatched; the pool stays open so long. */
void tine__executor_watch(tine_pool *pool, tine__watcher *watcher, tine__parker *parker);
void tine__executor_unwatch(tine_pool *pool, tine__watcher *watcher);

/* ---- worker.c: what workers do, parking, fork and join */

void tine__worker_main(void *slot);

/* After something was made public: wakes a worker, if one sleeps whose place is free. */
void tine__announce(tine_pool *pool);
/* With the mutex held: wakes all; notices the end of a pool that closes, after a change of anything
 * that the end depends on. */
void tine__wake_all(tine_pool *pool);
void tine__notice_end(tine_pool *pool);
/* Whether there is work, as seen by somebody who will not look again: from now on whoever makes
 * work announces it. After an increment of parked, or a decrement of guests. */
bool tine__work_waits(tine_pool *pool);

/* The rest of a fork and of a join that need more than the owner's side of the deque. `all`: every
 * frame is made public, not just some. */
void tine__fork_limited(tine__frame *frame, bool all);
void tine__join_limited(tine__frame *frame);

/* Forks the frame, whose fn and arg are set, from `body`, the current one, which has a place; joins
 * it. By the same thread, in reverse order. */
static inline void tine__frame_fork(tine__frame *frame, tine__body *body)
{
    atomic_init(&frame->holder, (uintptr_t)body);
    if (!tine__deque_push(&body->at->deque, frame))
        tine__fork_limited(frame, false);
}

/* The same, for whoever is about to run something long: others can take it at once. */
static inline void tine__frame_fork_public(tine__frame *frame, tine__body *body)
{
    atomic_init(&frame->holder, (uintptr_t)body);
    (void)tine__deque_push(&body->at->deque, frame);
    tine__fork_limited(frame, true);
}

/* Where there is no place: the join will run it. */
static inline void tine__frame_keep(tine__frame *frame)
{
    atomic_init(&frame->holder, 0);
}

static inline void tine__frame_join(tine__frame *frame)
{
    if (atomic_load_explicit(&frame->holder, memory_order_relaxed) == 0 ||
        tine__deque_pop(&tine__current->at->deque))
        frame->fn(frame->arg);
    else
        tine__join_limited(frame);
}

/* A body on that slot that is a part of `whole`: it is told to stop when `whole` is. Of `whole`,
 * which may be another thread's, nothing is read that changes. */
static inline tine__body tine__body_part(const tine__body *whole, tine__slot *at,
                                         tine_error *record)
{
    return (tine__body){.at = at,
                        .pool = whole->pool,
                        .scope = whole->scope,
                        .deadline_ns = whole->deadline_ns,
                        .task = whole->task,
                        .caller = whole->caller,
                        .epoch = whole->epoch,
                        .record = record};
}

#endif
