/* Parking. On Linux the permit itself is the futex word; elsewhere a condition variable announces
 * its change. The permit is set with release and taken with acquire order, so what the waker wrote
 * before it unparked is seen by the one it lets go. */
#define _GNU_SOURCE
#include "os/park.h"
#include "os/clock.h"

/* Takes the permit if it is there. */
static bool take(tine__parker *p)
{
    return atomic_exchange_explicit(&p->permit, 0, memory_order_acquire) != 0;
}

#if !TINE_OS_POSIX && defined __linux__
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

tine_status tine__parker_init(tine__parker *parker, tine_error *error)
{
    (void)error;
    atomic_init(&parker->permit, 0);
    return TINE_OK;
}

void tine__parker_destroy(tine__parker *parker)
{
    (void)parker;
}

/* Sleeps while the permit is 0; the bitset form takes an absolute monotonic time. */
static void sleep_until(tine__parker *p, int64_t deadline_ns)
{
    enum { SECOND = 1000000000 };
    struct timespec t = {.tv_sec = (time_t)(deadline_ns / SECOND),
                         .tv_nsec = (long)(deadline_ns % SECOND)};
    syscall(SYS_futex, &p->permit, FUTEX_WAIT_BITSET_PRIVATE, 0,
            deadline_ns == INT64_MAX ? NULL : &t, NULL, FUTEX_BITSET_MATCH_ANY);
}

bool tine__park(tine__parker *parker, int64_t deadline_ns)
{
    while (!take(parker)) {
        if (deadline_ns != INT64_MAX && tine__now_ns() >= deadline_ns)
            return false;
        sleep_until(parker, deadline_ns);
    }
    return true;
}

void tine__unpark(tine__parker *parker)
{
    if (atomic_exchange_explicit(&parker->permit, 1, memory_order_release) == 0)
        syscall(SYS_futex, &parker->permit, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#else

tine_status tine__parker_init(tine__parker *parker, tine_error *error)
{
    atomic_init(&parker->permit, 0);
    tine_status status = tine__mutex_init(&parker->mutex, error);
    if (status)
        return status;
    status = tine__cond_init(&parker->cond, error);
    if (status)
        tine__mutex_destroy(&parker->mutex);
    return status;
}

void tine__parker_destroy(tine__parker *parker)
{
    tine__cond_destroy(&parker->cond);
    tine__mutex_destroy(&parker->mutex);
}

bool tine__park(tine__parker *parker, int64_t deadline_ns)
{
    bool taken, in_time = true;
    tine__mutex_lock(&parker->mutex);
    while (!(taken = take(parker)) && in_time)
        in_time = tine__cond_wait(&parker->cond, &parker->mutex, deadline_ns);
    tine__mutex_unlock(&parker->mutex);
    return taken;
}

void tine__unpark(tine__parker *parker)
{
    tine__mutex_lock(&parker->mutex);
    atomic_store_explicit(&parker->permit, 1, memory_order_release);
    tine__cond_signal(&parker->cond);
    tine__mutex_unlock(&parker->mutex);
}

#endif
