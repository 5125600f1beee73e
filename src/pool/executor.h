/* The executor: threads that run jobs (submitted from anywhere, each from the queue once) and
 * frames (forked by a running body, on its stack). What a job or a frame means is the task layer's
 * affair; here they are functions to call.
 *
 * A slot is a place that a body can run in: a deque and a parker. Workers own slots 0 ... n - 1 for
 * life; TINE__WAITER_SLOTS more are taken by outside threads while they run bodies. */
#ifndef TINE_POOL_EXECUTOR_H
#define TINE_POOL_EXECUTOR_H
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

typedef struct tine__slot tine__slot;

/* A forked call, on the stack of whoever forked it until it is joined. */
typedef struct tine__frame {
    void (*run)(struct tine__frame *frame, tine__slot *slot);
    tine__slot *owner; /* who forked it, and joins it */
    /* 0: in the deque. Then the thief's slot, or'ed in by the thief; JOINING, set by an owner that
     * is about to park; DONE, exchanged in by the thief as its last access, which pairs with the
     * owner's load. */
    _Atomic uintptr_t state;
} tine__frame;

/* What the task layer does with a job that was taken from the queue. */
typedef struct tine__job_calls {
    void (*run)(tine__job *job, tine__slot *slot);
    void (*drop)(tine__job *job); /* the pool was cancelled: end it without running it */
} tine__job_calls;

struct tine__slot {
    tine__deque deque;
    tine_pool *pool;
    unsigned index;
    tine__parker parker; /* for the thread that has the slot */
    tine__slot *next;    /* guarded by the pool's mutex: in the list of idle or of free slots */
    bool idle;           /* guarded by the pool's mutex: a worker in the idle list */
    unsigned turn;       /* the worker's own: what it looks at first, and whom it robs */
    unsigned shard;      /* the worker's own: where it has last found a job, */
    unsigned n_in_row;   /* and how many there one after the other */
    /* Jobs that have ended in this slot. Stored by the thread that has it; read by whoever closes
     * the pool (acquire, pairs with that store: what the jobs have submitted is counted before). */
    _Atomic uint64_t n_ended;
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

    tine__mutex mutex; /* guards everything down to `surplus`, whose changes it guards */
    bool closing;
    bool finished; /* workers end instead of parking */
    tine__slot *idle; /* workers that are parked or about to, latest first */
    unsigned n_idle;
    tine__slot *free_slots;  /* waiter slots that nobody has */
    unsigned n_staying;      /* threads that keep the pool open: they have a waiter slot, wait for
                                one, or end a job outside */
    unsigned n_ready;        /* workers that have come through on_start */
    tine__watcher *watchers; /* threads that wait for a slot, or for the workers to start */
    unsigned failed_worker;  /* the lowest whose on_start failed, with this record */
    tine_error start_error;

    /* Workers parked less guests taking part: > 0, one may be woken; < 0, one must stand down.
     * Written under the mutex; read by everyone who pushes a frame and by workers on the look-out.
     * Its increment by a worker that is going to park pairs with the push (pool/worker.c). */
    _Atomic int surplus;
    /* Slots below this have ever been used. Raised under the mutex before the first push to a slot;
     * read by thieves. */
    _Atomic unsigned n_seen;
    /* How often the pool was cancelled. Bodies remember what it was when they began. */
    _Atomic unsigned epoch;
};

/* ---- executor.c: life, queue, slots */

/* `options` complete and checked, n_workers not 0. */
TINE_MUST_USE tine_status tine__executor_open(const tine_pool_options *options,
                                              const tine__job_calls *jobs,
                                              tine_pool **pool_out, tine_error *error);
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

/* With the mutex held: wakes a worker if one may run; wakes all; notices the end of a pool that
 * closes, after a change of anything that the end depends on. */
void tine__wake_one(tine_pool *pool);
void tine__wake_all(tine_pool *pool);
/* After something was made public: wakes a worker if one may run. */
void tine__announce(tine_pool *pool);
void tine__notice_end(tine_pool *pool);
/* Whether any job or frame waits. After an increment of `surplus`: see pool/worker.c. */
bool tine__work_waits(tine_pool *pool);

/* Forks the frame, whose `run` is set; joins it. By the thread that has the slot, in reverse
 * order. */
void tine__frame_fork(tine__frame *frame, tine__slot *slot);
void tine__frame_join(tine__frame *frame);

#endif
