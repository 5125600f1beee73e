/* A deque for scenarios, and what its owner and others do with it: written as pool/executor.h and
 * pool/worker.c do it, without the pool around it. */
#ifndef MODEL_DEQUE_STEPS_H
#define MODEL_DEQUE_STEPS_H
#include "model/model.h"
#include "pool/deque.h"

enum { FORKS = 6, OWNER = 0 };

typedef struct tine__frame {
    uint64_t content; /* plain: 1 from before the fork until the join is over */
    _Atomic uint64_t done;
    bool in_deque;
    bool joined;
    unsigned n_run[MODEL_THREADS];
} frame;

typedef struct deque_state {
    tine__deque deque;
    frame frames[FORKS]; /* in the order of their forks, and never the same twice */
    unsigned n_forks;
    frame *open[FORKS]; /* forked and not joined */
    unsigned n_open;
    bool no_memory;
} deque_state;

/* An empty deque, whose first fork will be public. */
void deque_setup(void *state);
/* Frames that were joined have been run once; of the others, those have that were taken: the oldest
 * of those that are open. */
void deque_check(void *state);

/* The owner. */
void deque_fork(deque_state *s);
void deque_join(deque_state *s);
void deque_expose(deque_state *s);

/* Others. */
void deque_steal(deque_state *s);
void deque_ask(deque_state *s);
void deque_raise(deque_state *s);

#define DEQUE_THREAD(name, ...)                                                                    \
    static void name(void *state)                                                                  \
    {                                                                                              \
        deque_state *s = state;                                                                    \
        __VA_ARGS__                                                                                \
    }
#define DEQUE_SCENARIO(title, before, ...)                                                         \
    (&(model_scenario){.name = title,                                                              \
                       .state_size = sizeof(deque_state),                                          \
                       .setup = before,                                                            \
                       .check = deque_check,                                                       \
                       .threads = {__VA_ARGS__},                                                   \
                       .names = {"owner", "two", "three"}})

#endif
