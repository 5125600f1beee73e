/* Waiting for many descriptors at once: epoll on Linux, poll elsewhere. A descriptor is armed for
 * its next event, and then has to be armed again: so nothing has to be taken back, neither from a
 * descriptor that nobody waits for any more nor from one that was closed meanwhile. */
#ifndef TINE_OS_POLLER_H
#define TINE_OS_POLLER_H
#include <tine.h>

struct pollfd;

typedef struct tine__poller {
    int wake_in, wake_out; /* readable when somebody has called; written to call. May be the same */
#if TINE_OS_POSIX || !defined __linux__
    const tine_allocator *allocator;
    struct pollfd *armed; /* those that are armed, behind wake_in */
    size_t n_armed, capacity;
    size_t *where; /* of each descriptor, in `armed`; 0: it is not */
    size_t n_where;
#else
    int epoll;
#endif
} tine__poller;

typedef struct tine__poll_event {
    int fd;
    unsigned events; /* TINE_READABLE, TINE_WRITABLE; both for an error or the other side's end */
} tine__poll_event;

/* The allocator is kept until close. */
TINE_MUST_USE tine_status tine__poller_open(tine__poller *poller, const tine_allocator *allocator,
                                            tine_error *error);
void tine__poller_close(tine__poller *poller);

/* By the thread that waits. Replaces what the descriptor was armed for. TINE_EINVAL for one that is
 * always ready, as a regular file is. */
TINE_MUST_USE tine_status tine__poller_arm(tine__poller *poller, int fd, unsigned events,
                                           tine_error *error);

/* Waits until there are events, somebody calls, or `deadline_ns` of tine__now_ns() (INT64_MAX: for
 * ever) is past, by less than a millisecond as far as the system can; returns the number of events,
 * up to n. An event may be left from somebody who does not wait any more. */
size_t tine__poller_wait(tine__poller *poller, int64_t deadline_ns, tine__poll_event *events,
                         size_t n);

/* Any thread: the present wait, or the next one, ends. */
void tine__poller_wake(tine__poller *poller);

#endif
