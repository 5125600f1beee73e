/* The current body: what a thread knows about the user's callback that it is running. It is the one
 * piece of state outside handles: a thread-local pointer to a frame on that thread's own stack. */
#ifndef TINE_BASE_BODY_H
#define TINE_BASE_BODY_H
#include <tine.h>
#include <stdatomic.h>

struct tine__slot;

typedef struct tine__body {
    /* The body's place in its pool, first (tine_fork.h); NULL: of none. Aligned so that a pointer
     * to a body has room for bits (pool/executor.h). */
    _Alignas(16) struct tine__slot *at;
    struct tine__body *outer; /* the body that was interrupted by a wait or a nested verb */
    tine_pool *pool;          /* NULL: run here and now in the calling thread */
    tine_scope *scope;        /* parent of what the body starts; NULL: none */
    int64_t deadline_ns;      /* monotonic; INT64_MAX: none */
    tine_future *task;        /* what this is a part of; NULL: of no task */
    /* The body that called the loop that this is a part of, if that runs on another pool: it
     * outlives this, and is stopped with its own pool. NULL: there is none. */
    const struct tine__body *caller;
    /* In a worker process: a word that the program sets when the body is to stop; else NULL. */
    const _Atomic uint32_t *stop;
    unsigned worker;    /* in a worker process: its index; else 0 */
    unsigned epoch;     /* the pool's count of cancellations when the task or verb began */
    tine_error *record; /* where tine_fail writes; NULL: nobody asked for a message */
    bool failed;        /* tine_fail was called and *record, if any, is filled */
} tine__body;

/* The innermost body of this thread, or NULL. At a fixed distance from the thread's pointer, since
 * every fork reads it: a call of the loader would cost more than the fork. */
extern _Thread_local tine__body *tine__current
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline tine__body *tine__body_current(void)
{
    return tine__current;
}

/* Makes `body` the current one, and the one before current again. `outer` is set here. */
static inline void tine__body_enter(tine__body *body)
{
    body->outer = tine__current;
    tine__current = body;
}

static inline void tine__body_leave(tine__body *body)
{
    tine__current = body->outer;
}

/* What a callback's return value means: fills body->record if the callback failed without a word of
 * its own, makes its status the returned one and its index `index` if it named none, and readies
 * the body for the next call. Returns `returned`. */
tine_status tine__body_result(tine__body *body, tine_status returned, int64_t index);

/* tine_fail with a record that is filled already. In a body. */
tine_status tine__body_fail(const tine_error *error);

/* A callback that is called in the middle of something, as a body of its own inside the current
 * one. What it says by tine_fail is kept here until it has failed: one that says something and then
 * returns TINE_OK leaves the caller's record as it was. */
typedef struct tine__callback {
    tine__body body;
    tine_error said;
    tine_error *record; /* of the caller; NULL: nobody asked for a message */
} tine__callback;

/* Every call of such a callback is between the two. Leave returns `returned`, having filled the
 * record if that is a failure; see tine__body_result for `index`. */
void tine__callback_enter(tine__callback *callback, tine_error *record);
tine_status tine__callback_leave(tine__callback *callback, tine_status returned, int64_t index);

#endif
