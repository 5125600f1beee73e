/* Threads, mutexes and condition variables over pthreads. */
#define _GNU_SOURCE
#include "os/thread.h"
#include "os/system_error.h"
#include "base/size.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined __linux__ && !TINE_OS_POSIX
#include <sys/syscall.h>
#endif

static void *enter(void *p)
{
    tine__thread *thread = p;
#if defined __linux__ && !TINE_OS_POSIX
    if (thread->name[0])
        pthread_setname_np(pthread_self(), thread->name);
    thread->affinity.thread_id = syscall(SYS_gettid);
    thread->affinity.kept_off = -1;
#endif
    thread->run(thread->arg);
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
static int create_blocked(tine__thread *thread, const pthread_attr_t *attr)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&thread->handle, attr, enter, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

tine_status tine__thread_start(tine__thread *thread, void (*run)(void *arg), void *arg,
                               size_t stack_size, const char *name, tine_error *error)
{
    thread->run = run;
    thread->arg = arg;
    snprintf(thread->name, sizeof thread->name, "%s", name ? name : "");
    pthread_attr_t attr;
    int failure = pthread_attr_init(&attr);
    if (!failure) {
        failure = pthread_attr_setstacksize(&attr, usable_stack(stack_size));
        if (!failure)
            failure = create_blocked(thread, &attr);
        pthread_attr_destroy(&attr);
    }
    return failure
               ? tine__error_system(error, failure,
                                    "cannot start a thread with a stack of %zu bytes", stack_size)
               : TINE_OK;
}

void tine__thread_join(tine__thread *thread)
{
    pthread_join(thread->handle, NULL);
}

void tine__thread_yield(void)
{
    sched_yield();
}

#if defined __linux__ && !TINE_OS_POSIX

/* To that CPU, or to all others (off). */
static void restrict_to(tine__affinity *a, int cpu, bool off)
{
    pid_t id = (pid_t)a->thread_id;
    if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(id, sizeof a->own, &a->own) != 0 ||
        !CPU_ISSET(cpu, &a->own))
        return;
    if (off) {
        a->reduced = a->own;
        CPU_CLR(cpu, &a->reduced);
    } else {
        CPU_ZERO(&a->reduced);
        CPU_SET(cpu, &a->reduced);
    }
    a->kept_off = off ? cpu : -1;
    a->restricted =
        CPU_COUNT(&a->reduced) > 0 && sched_setaffinity(id, sizeof a->reduced, &a->reduced) == 0;
}

void tine__thread_keep_off(tine__thread *thread)
{
    tine__affinity *a = &thread->affinity;
    int cpu = sched_getcpu();
    if (a->restricted && a->kept_off == cpu)
        return;
    tine__thread_roam(thread);
    restrict_to(a, cpu, true);
}

void tine__thread_keep_on(tine__thread *thread)
{
    tine__thread_roam(thread);
    restrict_to(&thread->affinity, sched_getcpu(), false);
}

void tine__thread_stay_off(tine__thread *thread)
{
    if (!thread->affinity.restricted)
        restrict_to(&thread->affinity, thread->affinity.kept_off, true);
}

/* Unless somebody else has decided meanwhile where the thread is to run. */
void tine__thread_roam(tine__thread *thread)
{
    tine__affinity *a = &thread->affinity;
    pid_t id = (pid_t)a->thread_id;
    cpu_set_t now;
    if (a->restricted && sched_getaffinity(id, sizeof now, &now) == 0 &&
        CPU_EQUAL(&now, &a->reduced))
        (void)sched_setaffinity(id, sizeof a->own, &a->own);
    a->restricted = false;
}

#else

void tine__thread_keep_off(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_keep_on(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_stay_off(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_roam(tine__thread *thread)
{
    (void)thread;
}

#endif

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
