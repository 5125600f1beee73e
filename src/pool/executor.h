/* The executor: threads that run jobs (submitted from anywhere, each from the inbox once) and
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

/* A submitted call. */
typedef struct tine__job {
    struct tine__job *next, **link; /* guarded by the pool's mutex; link NULL: not in the inbox */
    void (*run)(struct tine__job *job, tine__slot *slot);
    void (*drop)(struct tine__job *job); /* the pool was cancelled: end without running */
} tine__job;

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
    /* The worker's own while it is awake, else its waker's: it is kept off a CPU; it was since it
     * last woke. */
    bool kept_off, was_kept_off;
    unsigned turn; /* the worker's own: what it looks at first, and whom it robs */
    tine__thread thread;
};

struct tine_pool {
    tine_allocator allocator;
    tine__slot *slots;
    unsigned n_workers, n_slots;
    unsigned n_parkers; /* slots that have a parker; all, and with a deque, once the pool is open */
    unsigned n_threads; /* threads that are started; all, once the pool is open */
    tine_status (*on_start)(unsigned worker, void *ctx);
    void (*on_stop)(unsigned worker, void *ctx);
    void *ctx;

    tine__mutex mutex; /* guards everything down to `surplus`, whose changes it guards */
    bool closing;
    bool finished;                 /* workers end instead of parking */
    tine__job *inbox, **inbox_end; /* submitted, oldest first */
    size_t n_promised;             /* jobs that will be submitted when something else is done */
    tine__slot *idle;              /* workers that are parked or about to, latest first */
    unsigned n_idle;
    unsigned n_staying; /* threads that use the pool and have no slot: they wait for one */
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
    /* Jobs in the inbox, so that workers need not lock to see that it is empty. Written under the
     * mutex; a hint to those who read without it. */
    _Atomic size_t n_jobs;
    /* Slots below this have ever been used. Raised before the first push to a slot; read by
     * thieves. */
    _Atomic unsigned n_seen;
    bool has_heavy_barrier; /* as the deques know, too */
    unsigned n_cpus;
    _Atomic unsigned n_kept_off; /* workers awake and kept off a CPU; relaxed: it guards nothing */
    /* How often the pool was cancelled. Bodies remember what it was when they began. */
    _Atomic unsigned epoch;
};

/* ---- executor.c: life, inbox, slots */

/* `options` complete and checked, n_workers not 0. */
TINE_MUST_USE tine_status tine__executor_open(const tine_pool_options *options,
                                              tine_pool **pool_out, tine_error *error);
/* Runs what was submitted and promised, waits until nobody stays, joins, frees. Not from a thread
 * that has a slot of the pool. */
void tine__executor_close(tine_pool *pool);

void tine__executor_submit(tine_pool *pool, tine__job *job);
/* True: the job was in the inbox and is the caller's now. */
bool tine__executor_withdraw(tine_pool *pool, tine__job *job);
/* A promised job counts as submitted for close; it is either submitted or withdrawn later. */
void tine__executor_promise(tine_pool *pool);
void tine__executor_submit_promised(tine_pool *pool, tine__job *job);
void tine__executor_withdraw_promised(tine_pool *pool);
/* Drops every job that is in the inbox now, and starts a new epoch. */
void tine__executor_cancel(tine_pool *pool);

/* With the mutex held: takes the job out of the inbox. */
void tine__job_unlink(tine_pool *pool, tine__job *job);

/* With the mutex held: marks the slots that are taken. */
void tine__mark_slots(tine_pool *pool);

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

/* After work was made public: wakes a worker, if one sleeps whose place is free. `own`: the work is
 * in the deque of this thread, which is no worker, and will be gone when it leaves. True: another
 * one could be woken. */
bool tine__announce(tine_pool *pool, bool own);
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
