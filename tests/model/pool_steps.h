/* A pool for scenarios: the real executor and workers, on the model's threads. Slot 0 is a worker's
 * that the scenario plays itself, busy with one body; the other workers are real; the last slot is
 * for a guest. */
#ifndef MODEL_POOL_STEPS_H
#define MODEL_POOL_STEPS_H
#include "model/model.h"
#include "pool/executor.h"

enum { MODEL_FORKS = 4, MODEL_JOBS = 2, MODEL_SLOTS = 3 };

typedef struct call {
    tine__frame frame;
    uint64_t content;            /* plain: 1 from before the fork until the call; then 2 */
    void (*inside)(void *state); /* what else the call does; may be NULL */
    void *state;
    unsigned n_run[MODEL_THREADS];
} call;

typedef struct work_item {
    tine__job job;
    call call;
} work_item;

typedef struct pool_state {
    tine_pool pool;
    tine__slot slots[MODEL_SLOTS];
    call forks[MODEL_FORKS];
    work_item jobs[MODEL_JOBS];
    tine__body bodies[MODEL_THREADS];
} pool_state;

void pool_setup(pool_state *s, unsigned n_workers, bool has_heavy_barrier);
/* The present thread is in a body on that slot. */
void pool_enter(pool_state *s, unsigned slot);
void pool_fork(pool_state *s, unsigned i);
void pool_fork_public(pool_state *s, unsigned i);
void pool_join(pool_state *s, unsigned i);
/* The thread of that slot steals from the other, if there is something to steal. */
void pool_steal(pool_state *s, unsigned victim, unsigned thief);
/* An outside thread does that as a guest. */
void pool_visit(pool_state *s, void (*inside)(void *state));
void pool_submit(pool_state *s, unsigned i);
/* The thread of that slot wins what is in the queue, and runs the first of it. */
void pool_run_one(pool_state *s, unsigned slot);
unsigned pool_times_run(const call *c);
/* No frame in any deque and no job in the inbox. */
bool pool_is_empty(const pool_state *s);

#endif
