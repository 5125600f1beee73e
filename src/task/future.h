/* The future: a task and its end, in one block with its value and the copy of its argument.
 *
 * Life. A future is made WAITING (for its predecessor), QUEUED (in a pool's inbox) or RUNNING, and
 * ends DONE. The step to RUNNING is the claim: it is made once, under the future's mutex, by a
 * worker that took the job, by a waiter that helps, or by whoever cancels; and the claimer alone
 * concludes the future, by running it or by deciding its status.
 *
 * References. One for each handle that was given out, one for the inbox while the job is in it or
 * with the worker that took it from there, one for the predecessor's list of dependents.
 *
 * While a future that has a pool is not done, its pool is open: close waits for what was submitted
 * and what was promised. So whoever holds the mutex of a future that is not done may use its pool.
 *
 * A future's mutex is taken before a pool's; a scope's is never held together with another. */
#ifndef TINE_TASK_FUTURE_H
#define TINE_TASK_FUTURE_H
#include "pool/executor.h"

enum { TINE__WAITING, TINE__QUEUED, TINE__RUNNING, TINE__DONE };

struct tine_future {
    tine__job job;
    _Atomic size_t refs; /* whoever has one takes more; the last to give back (acq_rel) frees */

    tine__mutex mutex;                         /* guards what follows, and the changes of state */
    tine__watcher *watchers;                   /* woken when it becomes QUEUED or DONE */
    tine_future *dependents, **dependents_end; /* waiting for this, in order of tine_future_then */
    tine_future *before;                       /* while not DONE: the predecessor, a reference */
    /* Read without the mutex by those who only ask for DONE; its store (release) publishes value
     * and error, which until then are the claimer's. */
    _Atomic int state;

    _Atomic bool cancelled;      /* set by anyone, read by the body: a request to stop */
    tine_future *next_dependent; /* guarded by the mutex of `before` */
    tine_future *next_ready;     /* the concluding thread's own */

    tine_pool *pool; /* where it is submitted; NULL: where its predecessor ends */
    unsigned epoch; /* the pool's, when it was submitted: a later one means that it was cancelled */
    tine_task_fn fn; /* one of the two */
    tine_then_fn then;
    void *arg, *value;
    void (*arg_free)(void *arg);
    void (*value_free)(void *value);
    int64_t timeout_ns; /* TINE_FOREVER: none */

    tine_scope *scope;                  /* NULL: of none */
    uint64_t number;                    /* in the scope, by order of submission, from 0 */
    tine_future *younger, **elder_link; /* guarded by the scope's mutex: its list of members */
    tine_future *next_cancelled;        /* owned by whoever set `cancelled` for the scope */

    tine_allocator allocator;
    size_t size, alignment; /* of the block */
    tine_error error;       /* status alone is set if it is TINE_OK */
};

static inline bool tine__future_is_done(const tine_future *future)
{
    return atomic_load_explicit(&future->state, memory_order_acquire) == TINE__DONE;
}

/* With the future's mutex held: whether it had not started, and is the caller's to conclude now. */
bool tine__future_claim(tine_future *future);

/* Ends a claimed future, and every one that thereby becomes ready to run in this thread: runs it on
 * the slot (NULL: of no pool) if `verdict` is TINE_OK, else ends it with that status. */
void tine__future_conclude(tine_future *future, tine__slot *slot, tine_status verdict);

#endif
