/* Parking: one thread sleeps until another lets it go. A permit, as of a binary semaphore: an
 * unpark before the park makes that park return at once. A futex word on Linux, a condition
 * variable elsewhere. */
#ifndef TINE_OS_PARK_H
#define TINE_OS_PARK_H
#include "os/thread.h"
#include <stdatomic.h>

typedef struct tine__parker {
    _Atomic uint32_t
        permit; /* 1: an unpark is owed. Any thread sets it; only the parking thread clears it */
#if TINE_OS_POSIX || !defined __linux__
    tine__mutex mutex; /* guards the change of permit */
    tine__cond cond;
#endif
} tine__parker;

TINE_MUST_USE tine_status tine__parker_init(tine__parker *parker, tine_error *error);
void tine__parker_destroy(tine__parker *parker);
/* Called by one thread at a time. False: the deadline passed and no permit had come. */
bool tine__park(tine__parker *parker, int64_t deadline_ns);
/* Any thread. What it wrote before is visible to the thread that the permit lets go. The parker
 * must live until the call returns. */
void tine__unpark(tine__parker *parker);

#endif
