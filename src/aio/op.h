/* Operations, and the loop that carries them to their end.
 *
 * An operation lies in its future, a promise (task/future.h), as the argument of the promise's
 * task. It is made by any thread, queued, and from then on belongs to the loop's thread, which
 * calls its kind's `step`: at the beginning, and whenever something that it waits for has come. For
 * the time of a step the promise is taken, so that nobody can cancel it: what the caller lent (a
 * buffer, a context) is touched in steps alone, and is the caller's again once the future has
 * ended. An operation that has lent it to somebody else holds on to the promise in between; then it
 * is asked to end, for whatever reason, and does so when it can.
 *
 * Whoever cancels the future ends it in their own thread, and leaves the operation to the loop by a
 * letter. So every operation of the loop ends once: settled by the loop, or dropped by somebody
 * else. Then its kind's `clean` is called until nothing is left of it: a child to be reaped, an
 * attempt that was asked to stop. Only then does the loop let go of the future.
 *
 * A continuation without a pool runs in the loop's thread in the middle of a settling. It can make
 * operations, which arrive later, and cancel some; it never changes what the loop is going
 * through. */
#ifndef TINE_AIO_OP_H
#define TINE_AIO_OP_H
#include <tine.h>
#include "aio/timers.h"

typedef struct tine__op tine__op;

/* In a letter. */
enum {
    TINE__ARRIVED = 1u << 0, /* it is the loop's from now on */
    TINE__DROPPED = 1u << 1, /* its future was cancelled */
    TINE__POKED = 1u << 2,   /* what it waits for outside of the loop has come */
    TINE__ASKED = 1u << 3    /* somebody wants to cancel its future, but found it taken */
};

typedef struct tine__op_kind {
    /* TINE_END: it goes on, and has said what it waits for (watch, pause); else its end, and then
     * `error` is the loop's record, which a failure fills. `events`: of the descriptor that it has
     * watched; 0: something else. */
    tine_status (*step)(tine__op *op, unsigned events, tine_error *error);
    /* After the end; TINE_END: it goes on, as with a step. NULL: there is nothing to clean. */
    tine_status (*clean)(tine__op *op);
} tine__op_kind;

/* The first member of every kind's struct. */
struct tine__op {
    const tine__op_kind *kind;
    tine_loop *loop;
    tine_future *future; /* the loop's reference */
    size_t value_size;

    /* Guarded by the loop's mutex. */
    tine__op *next_letter;
    unsigned letter; /* 0: there is none, and it is not in the list */
    bool queued;     /* the loop has been told of it */
    bool dropped;

    /* The loop's thread's. */
    bool over;          /* settled or dropped */
    bool holds;         /* between its steps the promise stays taken; set by these */
    bool poked;         /* a letter has said so; taken back by steps */
    tine_status asked;  /* why it is to end; TINE_OK: it is not, or it does not hold on */
    bool settled;       /* by the loop: read in the thread that ends the future */
    bool scoped;        /* its scope has to be asked */
    tine_status status; /* TINE_END until it is settled */
    const void *result; /* settled with TINE_OK: value_size bytes */
    tine__op *next_live, **live_link;
    int64_t deadline_ns;                     /* of the operation; INT64_MAX: none */
    int64_t pause_ns;                        /* its kind asks for a step then; INT64_MAX: no */
    tine__timer timer;                       /* for the earlier of the two */
    bool timed;                              /* it is in the loop's timers */
    int fd;                                  /* that it watches */
    unsigned events;                         /* 0: it watches none */
    tine__op *next_watcher, *watcher_before; /* NULL: it is the first of its descriptor's */
};

/* ---- op.c: by any thread */

/* What all options have in common, checked. */
typedef struct tine__op_options {
    tine_scope *scope;
    int64_t timeout_ns;
    size_t value_size;
} tine__op_options;

TINE_MUST_USE tine_status tine__op_options_read(tine__op_options *out, const tine_io_options *given,
                                                size_t value_size, tine_error *error);

/* Makes a future with a copy of `op`, of which the kind's own members are set, `size` bytes in all.
 * It is to be queued then. future_out is checked. */
TINE_MUST_USE tine_status tine__op_make(tine_loop *loop, const tine__op_kind *kind, tine__op *op,
                                        size_t size, const tine__op_options *options,
                                        tine_future **future_out, tine__op **op_out,
                                        tine_error *error);
void tine__op_queue(tine__op *op);

/* TINE_EINVAL for a negative one. */
TINE_MUST_USE tine_status tine__check_descriptor(int fd, tine_error *error);

/* Both, for whoever has nothing to do in between. */
TINE_MUST_USE tine_status tine__op_begin(tine_loop *loop, const tine__op_kind *kind, tine__op *op,
                                         size_t size, const tine_io_options *options,
                                         size_t value_size, tine_future **future_out,
                                         tine_error *error);

/* Asks for a step, or a cleaning. The operation must not be over and clean before that. */
void tine__op_poke(tine__op *op);

/* ---- op.c and watch.c: in a step or a cleaning. Each returns TINE_END, or why it cannot be done
 */

/* A step when the descriptor is ready, once. */
TINE_MUST_USE tine_status tine__op_watch(tine__op *op, int fd, unsigned events, tine_error *error);
/* A step after that time; the last call counts. */
TINE_MUST_USE tine_status tine__op_pause(tine__op *op, int64_t pause_ns);

#endif
