/* Threads, and the tree of what can happen: which thread goes next, and what it reads. */
#ifndef MODEL_EXPLORE_H
#define MODEL_EXPLORE_H
#include "model/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <ucontext.h>

/* What a thread is about to do, as far as it decides whether it can go on. */
typedef enum wait_kind {
    WAIT_NOT,
    WAIT_VALUE, /* for an object to be `wanted` */
    WAIT_NEWS,  /* for others to write something */
    WAIT_ENDED
} wait_kind;

typedef struct thread {
    view now;
    view lit;        /* what a full fence from outside makes visible for sure */
    bool light;      /* a compiler's barrier since the latest step */
    const char *top; /* of its stack, while it does not run */
    unsigned n_writes;
    unsigned n_seen; /* of the writes of others, when it relaxed last */
    bool circles;    /* there were none since it had relaxed before */
    bool shown;      /* it may go on, since nobody else can, and sees everything */
    bool failed_weakly;
    wait_kind wait;
    const object *awaited;
    uint64_t wanted;
    void *local; /* what the thread-local variable is, while the thread does not run */
    jmp_buf here;
    ucontext_t start;
} thread;

/* The thread that runs; NULL in setup and check. */
thread *present_thread(void);
unsigned thread_number(const thread *t);
/* Lets another thread go first, if it likes. Everything since the thread's previous step is part of
 * that step. */
void step(thread *t);
unsigned choose(unsigned n);
unsigned n_threads(void);
thread *thread_at(unsigned i);
/* How much the others have written. */
unsigned news_for(const thread *t);

const char *thread_name(const thread *t);
bool is_tracing(void);
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vtrace(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

const model_mutation *present_mutation(void);
void note_mutated(void);

#endif
