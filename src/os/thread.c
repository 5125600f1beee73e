/* Threads, mutexes and condition variables over pthreads. */
#define _GNU_SOURCE
#include "os/thread.h"
#include "os/system_error.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NAME_SIZE = 16 }; /* what Linux allows, its NUL included */

typedef struct start { /* from the starting thread to the new one, which frees it */
    void (*run)(void *arg);
    void *arg;
    char name[NAME_SIZE];
} start;

static void *enter(void *p)
{
    start s = *(start *)p;
    TINE__DELETE(tine__heap(), (start *)p);
#if defined __linux__ && !TINE_OS_POSIX
    if (s.name[0])
        pthread_setname_np(pthread_self(), s.name);
#endif
    s.run(s.arg);
    return NULL;
}

static size_t usable_stack(size_t wanted)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t least = (size_t)PTHREAD_STACK_MIN, rounded;
    if (!tine__size_round_up(tine__max(wanted, least), page > 0 ? (size_t)page : 4096, &rounded))
        return wanted;
    return rounded;
}

/* With every signal blocked: the host program's handlers run on the host program's threads. */
static int create_blocked(pthread_t *handle, const pthread_attr_t *attr, start *s)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(handle, attr, enter, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

tine_status tine__thread_start(tine__thread *thread, void (*run)(void *arg), void *arg,
                               size_t stack_size, const char *name, tine_error *error)
{
    start *s = TINE__NEW(tine__heap(), start);
    if (!s)
        return tine__error_no_memory(error);
    s->run = run;
    s->arg = arg;
    snprintf(s->name, sizeof s->name, "%s", name ? name : "");
    pthread_attr_t attr;
    int failure = pthread_attr_init(&attr);
    if (!failure) {
        failure = pthread_attr_setstacksize(&attr, usable_stack(stack_size));
        if (!failure)
            failure = create_blocked(&thread->handle, &attr, s);
        pthread_attr_destroy(&attr);
    }
    if (!failure)
        return TINE_OK;
    TINE__DELETE(tine__heap(), s);
    return tine__error_system(error, failure, "cannot start a thread with a stack of %zu bytes",
                              stack_size);
}

void tine__thread_join(tine__thread *thread)
{
    pthread_join(thread->handle, NULL);
}

tine_status tine__mutex_init(tine__mutex *mutex, tine_error *error)
{
    int failure = pthread_mutex_init(&mutex->handle, NULL);
    return failure ? tine__error_system(error, failure, "cannot make a mutex") : TINE_OK;
}

void tine__mutex_destroy(tine__mutex *mutex)
{
    pthread_mutex_destroy(&mutex->handle);
}

void tine__mutex_lock(tine__mutex *mutex)
{
    pthread_mutex_lock(&mutex->handle);
}

void tine__mutex_unlock(tine__mutex *mutex)
{
    pthread_mutex_unlock(&mutex->handle);
}

tine_status tine__cond_init(tine__cond *cond, tine_error *error)
{
    pthread_condattr_t attr;
    int failure = pthread_condattr_init(&attr);
    if (!failure) {
        failure = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        if (!failure)
            failure = pthread_cond_init(&cond->handle, &attr);
        pthread_condattr_destroy(&attr);
    }
    return failure ? tine__error_system(error, failure, "cannot make a condition variable")
                   : TINE_OK;
}

void tine__cond_destroy(tine__cond *cond)
{
    pthread_cond_destroy(&cond->handle);
}

void tine__cond_signal(tine__cond *cond)
{
    pthread_cond_signal(&cond->handle);
}

void tine__cond_broadcast(tine__cond *cond)
{
    pthread_cond_broadcast(&cond->handle);
}

bool tine__cond_wait(tine__cond *cond, tine__mutex *mutex, int64_t deadline_ns)
{
    enum { SECOND = 1000000000 };
    if (deadline_ns == INT64_MAX) {
        pthread_cond_wait(&cond->handle, &mutex->handle);
        return true;
    }
    int64_t at = deadline_ns > 0 ? deadline_ns : 0;
    struct timespec t = {.tv_sec = (time_t)(at / SECOND), .tv_nsec = (long)(at % SECOND)};
    return pthread_cond_timedwait(&cond->handle, &mutex->handle, &t) == 0;
}
