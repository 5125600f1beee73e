#define _GNU_SOURCE
#include "os/clock.h"

#include <time.h>

int64_t tine__now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t tine__deadline_after(int64_t timeout_ns)
{
    int64_t deadline;
    if (timeout_ns <= 0)
        return 0;
    if (timeout_ns == INT64_MAX)
        return INT64_MAX;
    if (__builtin_add_overflow(tine__now_ns(), timeout_ns, &deadline))
        return INT64_MAX - 1;
    return deadline;
}
