/* Threads, mutexes and condition variables. */
#ifndef TINE_OS_THREAD_H
#define TINE_OS_THREAD_H
#include <tine.h>
#include <pthread.h>
#include <sched.h>

/* Where a thread may run, while it is kept off a CPU: see tine__thread_keep_off. */
typedef struct tine__affinity {
#if defined __linux__ && !TINE_OS_POSIX
    long thread_id;
    int kept_off;    /* the CPU; -1: none */
    bool restricted; /* `own` is what it is without that, `reduced` what was set */
    cpu_set_t own, reduced;
#else
    char nothing;
#endif
} tine__affinity;

typedef struct tine__thread { /* stays where it is from start to join */
    pthread_t handle;
    void (*run)(void *arg);
    void *arg;
    char name[16]; /* what Linux allows, its NUL included */
    tine__affinity affinity;
} tine__thread;

/* Starts a thread with a stack of stack_size bytes (rounded up to what the system asks for), named
 * `name` (cut to what it allows; NULL: unnamed), with every signal blocked. TINE_EIO with sys_errno
 * if it cannot. */
TINE_MUST_USE tine_status tine__thread_start(tine__thread *thread, void (*run)(void *arg),
                                             void *arg, size_t stack_size, const char *name,
                                             tine_error *error);
void tine__thread_join(tine__thread *thread);

/* Lets another thread have the CPU, for those who wait for something that will not take long. */
void tine__thread_yield(void);

/* Whoever is about to wake a thread that sleeps keeps it off the CPU that they themselves are on:
 * the system tends to put it there, where it waits until its waker's time is over, for
 * milliseconds. As such a call takes about as long as it takes to wake a thread, a thread that goes
 * to sleep again can stay off that CPU by itself: who woke it once is likely to do so again, and
 * then has nothing to do. Nothing happens where there are no such calls, or where the thread may
 * run nowhere else.
 *
 * Where all other CPUs are taken, the waker keeps the thread on its own instead, for when it leaves
 * it: else the system might let it wait for one of the others although this one is idle.
 *
 * keep_off and keep_on are for one waker at a time, stay_off for the thread itself, roam for
 * either.
 */
void tine__thread_keep_off(tine__thread *thread);
void tine__thread_keep_on(tine__thread *thread);
void tine__thread_stay_off(tine__thread *thread);
void tine__thread_roam(tine__thread *thread);

typedef struct tine__mutex {
    pthread_mutex_t handle;
} tine__mutex;

/* For a mutex that nobody else knows yet, where it must not fail. */
#define TINE__MUTEX_INIT ((tine__mutex){PTHREAD_MUTEX_INITIALIZER})

TINE_MUST_USE tine_status tine__mutex_init(tine__mutex *mutex, tine_error *error);
void tine__mutex_destroy(tine__mutex *mutex);
void tine__mutex_lock(tine__mutex *mutex);
void tine__mutex_unlock(tine__mutex *mutex);

typedef struct tine__cond { /* on the monotonic clock */
    pthread_cond_t handle;
} tine__cond;

TINE_MUST_USE tine_status tine__cond_init(tine__cond *cond, tine_error *error);
void tine__cond_destroy(tine__cond *cond);
void tine__cond_signal(tine__cond *cond);
void tine__cond_broadcast(tine__cond *cond);
/* Waits until signalled or `deadline_ns` of tine__now_ns() (INT64_MAX: for ever) has passed; false:
 * it has. May wake without cause. */
bool tine__cond_wait(tine__cond *cond, tine__mutex *mutex, int64_t deadline_ns);

#endif
