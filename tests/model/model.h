/* The model checker: runs a few small threads in every order, and lets every load return every
 * value that the memory model permits. README.md says what that means and what is assumed. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H
#include "model/access.h"
#include <tine.h>

enum { MODEL_THREADS = 4 };

/* A scenario. `state` is memory of state_size bytes, cleared and then set up anew for every run:
 * nothing may survive from one run to the next. The threads share it by atomics, by the plain
 * accesses below, and by nothing else; a field that one thread alone writes and only `check` reads
 * is allowed. */
typedef struct model_scenario {
    const char *name;
    size_t state_size;
    void (*setup)(void *state);
    void (*threads[MODEL_THREADS])(void *state);
    const char *names[MODEL_THREADS];
    /* After the end of all threads, or when none of them can go on. */
    void (*check)(void *state);
    /* Bit i: thread i may be asleep for ever at the end; `check` asks model_sleeps. */
    unsigned sleepers;
    /* Runs every schedule by itself, however many lead through the same state: for checking. */
    bool unmerged;
} model_scenario;

/* A change of the code that is to be found out. The accesses it concerns: those in `function`, of
 * that kind ("load", "store", "exchange", "compare", "heavy", "light", …), of the object of that
 * name. Each may be NULL: any. */
typedef struct model_mutation {
    const char *function, *kind, *object;
    bool omit;          /* the access does not happen (barriers only) */
    memory_order order; /* otherwise: this order at most */
} model_mutation;

typedef struct model_result {
    bool failed;
    bool gave_up;       /* more than the limit of states: what follows is no proof */
    bool mutated;       /* the mutation has concerned an access */
    size_t n_states;    /* different states of all threads and of the memory */
    size_t n_runs;      /* from the beginning to an end, or to a state that was met before */
    size_t n_ends;      /* of these, to an end */
    double n_schedules; /* sequences of steps from the beginning to an end; saturates */
    unsigned longest;   /* steps of the longest run */
    double seconds;
    char failure[256]; /* what failed */
    char *trace;       /* the run that failed, line by line; the caller frees it */
} model_result;

/* Explores the scenario until it fails or everything is explored. */
model_result model_explore(const model_scenario *scenario, const model_mutation *mutation);

/* ---- for setup */

/* Names an object; or n of them, `size` bytes from one to the next. */
void model_name(const volatile void *objects, size_t size, size_t n, const char *name);
/* Accesses must not race although the objects are atomic: two of them, one a write, by different
 * threads must be ordered by happens-before. */
void model_exclusive(const volatile void *objects, size_t size, size_t n);
/* The same for everything that model_allocator gives. */
void model_exclusive_blocks(void);
/* Only that thread writes the object. */
void model_owned(const volatile void *address, unsigned thread);

/* A variable of every thread's own. */
void model_thread_local(void **variable);

/* ---- for setup, threads and check */

/* An allocator that notices accesses to atomics in freed blocks, and reads of atomics that were
 * not written. */
const tine_allocator *model_allocator(void);
/* One of 0 … n - 1: each is tried. */
unsigned model_choose(unsigned n);
/* Accesses to plain objects that several threads use. A race is a failure. */
uint64_t model_read_at(const uint64_t *plain, model_site site);
void model_write_at(uint64_t *plain, uint64_t value, model_site site);
#define model_read(plain) model_read_at((plain), MODEL_SITE)
#define model_write(plain, value) model_write_at((plain), (value), MODEL_SITE)
/* A line in the trace. */
void model_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define model_check(condition)                                                                     \
    ((condition) ? (void)0 : model_fail("%s:%d: not %s", __FILE__, __LINE__, #condition))
/* Whether that thread can not go on. For check. */
bool model_sleeps(unsigned thread);
/* The present thread's number. */
unsigned model_thread(void);

#endif
