/* The monotonic clock. */
#ifndef TINE_OS_CLOCK_H
#define TINE_OS_CLOCK_H
#include <stdint.h>

/* Nanoseconds since some fixed point; never goes back; never INT64_MAX. */
int64_t tine__now_ns(void);

/* now + timeout_ns. TINE_FOREVER alone gives INT64_MAX, which every waiting function takes for "no
 * deadline"; what is beyond the clock's range is a deadline just below it, and a timeout at or
 * below 0 one that has passed. */
int64_t tine__deadline_after(int64_t timeout_ns);

#endif
