/* A deque for scenarios, and what its owner and others do to it, written as pool/executor.h and
 * pool/worker.c do it. */
#ifndef MODEL_DEQUE_H
#define MODEL_DEQUE_H
#include "model/model.h"
#include "pool/deque.h"

enum { FRAMES = 4, OWNER = 0 };

typedef struct tine__frame {
    uint64_t content; /* plain: 1 from before the fork until the frame is joined */
    _Atomic uint64_t done;
    bool in_deque;
    bool joined;
    unsigned n_run[MODEL_THREADS];
} frame;

typedef struct deque_state {
    tine__deque deque;
    frame frames[FRAMES];
    unsigned n_forked; /* the owner's: frames in use now, and at most */
    unsigned n_frames;
    bool no_memory;
} deque_state;

void deque_setup(void *state);
/* Every frame that was joined was run once, and all others once at most; those that were not run
 * are in the deque. */
void deque_check(void *state);

/* The owner. */
void deque_fork(deque_state *s);
void deque_join(deque_state *s);
/* Others. */
void deque_steal(deque_state *s);
void deque_ask_or_steal(deque_state *s);
void deque_raise(deque_state *s);

#endif
