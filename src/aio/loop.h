/* The loop itself: see aio/op.h for what it does with operations. */
#ifndef TINE_AIO_LOOP_H
#define TINE_AIO_LOOP_H
#include "aio/op.h"
#include "aio/timers.h"
#include "os/poller.h"
#include "os/thread.h"

struct tine_loop {
    tine_allocator allocator;
    tine__poller poller;
    tine__thread thread;
    tine_future *life; /* a promise, done when the thread ends: whose keeper's task it is */

    tine__mutex mutex; /* guards everything down to `closing` */
    tine__op *letters, **last_letter;
    bool sleeps;      /* the thread waits, and is to be called if there are letters */
    uint64_t n_begun; /* operations that were made and are to end */
    bool closing;

    /* The thread's. */
    uint64_t n_ended;
    tine__op *live;  /* operations that have arrived and are not clean */
    size_t n_scoped; /* of these, how many have a scope */
    tine__timers timers;
    tine__op **watched; /* by descriptor: who watches it */
    size_t n_watched;
    int dispatched;          /* the descriptor whose watchers are being called; -1: none */
    int64_t scopes_asked_ns; /* when that was last done */
    tine_error record;       /* of the operation that is being settled */
};

/* ---- op.c: by the loop's thread. After each the operation may be gone */

/* The next operation that there is a letter for, or NULL. */
tine__op *tine__letter_read(tine_loop *loop, unsigned *letter_out);
void tine__letter_answer(tine__op *op, unsigned letter);

void tine__op_advance(tine__op *op, unsigned events);
/* One whose promise is taken. */
void tine__op_settle(tine__op *op, tine_status status);
/* Ends it for a reason that is not its own, or asks it to end. */
void tine__op_give_up(tine__op *op, tine_status status);
/* One of its times has come. */
void tine__op_fall_due(tine__op *op, int64_t now_ns);
/* Whether it is to end for its scope's sake. */
void tine__op_ask_scope(tine__op *op);

/* ---- watch.c */

void tine__op_unwatch(tine__op *op);
void tine__loop_dispatch(tine_loop *loop, const tine__poll_event *event);

#endif
