/* The future: a task and its end, with a small value, in one cache line. What few tasks have (a
 * scope, a predecessor, a copy of the argument, functions that free, a timeout, a larger value) is
 * in its details, a block of their own.
 *
 * Life. A future is made WAITING (for its predecessor), or it waits in its pool's queue, or runs,
 * and ends DONE. The step to running is the claim: it is made once, by whoever gets the job out of
 * the queue (pool/queue.h) or takes WAITING away with the lock: a worker, a waiter that helps, or
 * whoever cancels; and the claimer alone concludes the future, by running it or by deciding its
 * status.
 *
 * References. One for each handle that was given out, one for the claimer to come, one for the
 * predecessor's list while it is in it (which becomes the claimer's).
 *
 * Lock. A bit of the word, for some instructions at a time, and not at all if nobody waits for the
 * future and nothing follows it. A future that is locked does not become DONE. It is taken before a
 * shard's and a pool's; a scope's is never held together with another.
 *
 * While a future that has a pool is not done, its pool is open: close waits for what was submitted
 * and what was promised. So whoever claims a future, or holds the lock of one that is not done, may
 * use its pool. */
#ifndef TINE_TASK_FUTURE_H
#define TINE_TASK_FUTURE_H
#include "pool/executor.h"

/* In a future's word. */
enum {
    TINE__DONE = 1u << 0,    /* set once, with release: publishes status, value and record */
    TINE__WAITING = 1u << 1, /* for its predecessor; cleared with the lock */
    TINE__LOCKED = 1u << 2,
    TINE__WATCHED = 1u << 3,   /* there are watchers; changed with the lock */
    TINE__CANCELLED = 1u << 4, /* set by anyone, read by the body: a request to stop */
    TINE__DETAILED = 1u << 5,  /* constant */
    TINE__VALUED = 1u << 6,    /* constant: its value has a size */
    TINE__ONE_REF = 1u << 7    /* the rest counts references, up to 33 million */
};

typedef struct tine__details {
    tine_future *future;
    bool follows;         /* its function is `then` */
    bool promised;        /* it is a promise: `before` is its keeper's task, and goes on */
    tine_future *before;  /* the predecessor, a reference until DONE; NULL: none */
    tine__watcher behind; /* in the list of `before`, guarded by its lock; has no parker */
    /* Guarded by the lock: the one behind this on the way to `heir_for`, which somebody waits for
     * and which this was seen to lead to. Valid until DONE. */
    tine_future *heir;
    const tine_future *heir_for;
    tine_future *next_ready; /* the concluding thread's own */
    void *value;
    void (*asked)(void *arg); /* of a promise; see there */
    void (*arg_free)(void *arg);
    void (*value_free)(void *value);
    int64_t timeout_ns; /* TINE_FOREVER: none */

    /* For a pool of processes. */
    size_t arg_size, value_size;
    bool arg_is_shared; /* the copy of the argument is in shared memory of its own, until the end */
    unsigned n_retries, n_tries; /* left, and had; like `due_ns` the claimer's */
    int64_t due_ns;              /* when the next one may be */

    tine_scope *scope;                           /* NULL: of none */
    uint64_t number;                             /* in the scope, by order of submission, from 0 */
    struct tine__details *younger, **elder_link; /* guarded by the scope's mutex: its members */
    struct tine__details *next_cancelled; /* owned by whoever has set CANCELLED for the scope */

    size_t size, alignment; /* of the block */
} tine__details;

struct tine_future {
    tine__job job;
    _Atomic uint32_t word;
    union {
        unsigned epoch; /* before it runs: the pool's when it was submitted. If that is past, the
                           pool was cancelled */
        tine_status status; /* afterwards */
    };
    union {
        tine_task_fn fn;
        tine_then_fn then; /* details->follows */
    };
    void *arg; /* or how long the argument is that is packed into `value`, see TINE__PACKED */
    tine__watcher
        *watchers; /* guarded by the lock: who waits, and what follows; the latest first */
    union {
        _Alignas(16) unsigned char value[16]; /* without details */
        struct {
            tine__details *details; /* DETAILED */
            tine_error *record; /* DONE and failed; NULL: there is no more to say than the status */
        };
    };
};
_Static_assert(sizeof(tine_future) == TINE__BLOCK_SIZE, "a future is a block of the queue");

static inline uint32_t tine__future_word(const tine_future *future)
{
    return atomic_load_explicit(&future->word, memory_order_acquire);
}

static inline bool tine__future_is_done(const tine_future *future)
{
    return tine__future_word(future) & TINE__DONE;
}

/* A task of another process that has no details has its argument where its value will be, if it is
 * no longer than this: it needs the one no more when it gets the other. */
#define TINE__PACKED sizeof(((tine_future *)0)->value)

static inline size_t tine__future_packed(const tine_future *future)
{
    uintptr_t n = (uintptr_t)future->arg;
    return n <= TINE__PACKED ? n : 0;
}

/* Whether no thread of this process can run it. */
static inline bool tine__future_is_remote(const tine_future *future)
{
    return future->job.shard && future->job.shard->queue->is_remote;
}

/* NULL: it has none. */
static inline tine__details *tine__future_details(const tine_future *future)
{
    uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
    return word & TINE__DETAILED ? future->details : NULL;
}

/* Whether one that cannot be run now may be later, for want of its predecessor or of a slot. */
static inline bool tine__future_may_start_later(const tine_future *future)
{
    if (tine__future_word(future) & TINE__WAITING)
        return !future->details->promised;
    return tine__job_is_unplaced(&future->job);
}

/* Of a future that is not done; NULL: it has none. */
static inline tine_pool *tine__future_pool(const tine_future *future)
{
    return future->job.shard ? future->job.shard->queue->pool : NULL;
}

void tine__future_lock(tine_future *future);
void tine__future_unlock(tine_future *future);

/* With the lock of a future that is not done. */
void tine__future_watch(tine_future *future, tine__watcher *watcher, tine__parker *parker);
/* With the lock. */
void tine__future_unwatch(tine_future *future, tine__watcher *watcher);

/* ---- wait.c */

/* Whether this thread is in the middle of the task, or of one that it follows. */
bool tine__future_is_own(tine_future *future);
/* Runs the future, or the first up the chain of predecessors that can start, if nobody has. False:
 * there is nothing to run, or no slot to run it in. */
bool tine__future_help(tine_future *future);

/* ---- future.c */

/* A claimed future goes back to where everybody may claim it. */
void tine__future_return(tine_future *future);

/* Ends a claimed future, whose reference it takes over, and every one that thereby becomes ready to
 * run in this thread: runs it on the slot, which is of its pool (NULL: of no pool), if `verdict` is
 * TINE_OK, else ends it with that status. */
void tine__future_conclude(tine_future *future, tine__slot *slot, tine_status verdict);

/* The same for one that has run elsewhere, in two steps: it gets its status, and if that is not
 * TINE_OK a copy of the record (NULL: there is none); and it ends, which calls the program's
 * functions. */
void tine__future_settle(tine_future *future, tine_status status, tine_error *record);
void tine__future_finish(tine_future *future);
/* Where its value goes; NULL: it has none. */
void *tine__future_room(const tine_future *future);

/* The status of a future that is done, and its record. */
tine_status tine__future_result(const tine_future *future, tine_error *error);

/* ---- promises: futures whose end comes from outside of every pool
 *
 * A promise is WAITING, not for a predecessor but for its keeper, who brings its end about. It is
 * cancelled like any other future, except at the moments for which the keeper has taken it: what
 * the caller lent to the operation is touched at these moments alone. */

/* Makes a promise, of no pool, in the scope that the options name or the body is in, with two
 * references: one for the caller to give away, one for the keeper. To conclude it with TINE_OK,
 * once it is taken, is to call fn, which hands over what has become of the operation, even if that
 * was cancelled meanwhile.
 * @param keeper the task that the keeper's thread is in the middle of, and that cannot wait for the
 *        promise therefore; retained; NULL: there is none
 * @param asked called with arg, under the promise's lock, when somebody wants to cancel the promise
 *        while it is taken; NULL: the keeper does not take it for long
 * @param arg, options as for tine_submit */
TINE_MUST_USE tine_status tine__promise_make(tine_future *keeper, tine_task_fn fn,
                                             void (*asked)(void *arg), void *arg,
                                             const tine_task_options *options,
                                             tine_future **promise_out, tine_error *error);

/* False: it was cancelled, and the keeper has but a reference to release. True: it is claimed, to
 * be put back or concluded, which takes over the keeper's reference. */
bool tine__promise_take(tine_future *promise);

/* False: it was cancelled meanwhile, is taken still, and to be concluded. */
bool tine__promise_put_back(tine_future *promise);

/* For the executor. */
extern const tine__job_calls tine__future_calls;

#endif
