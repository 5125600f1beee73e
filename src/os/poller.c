/* The two ways to wait for descriptors. In both the thread that waits is called by a descriptor of
 * its own: an eventfd, or a pipe. */
#define _GNU_SOURCE
#include "os/poller.h"
#include "os/clock.h"
#include "os/system_error.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* For epoll_wait and poll: rounded up, since to be woken too early is to ask once more. */
static int milliseconds_until(int64_t deadline_ns)
{
    if (deadline_ns == INT64_MAX)
        return -1;
    int64_t left_ns = deadline_ns - tine__now_ns();
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = left_ns / 1000000 + (left_ns % 1000000 > 0);
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

void tine__poller_wake(tine__poller *poller)
{
    const uint64_t one = 1;
    while (write(poller->wake_out, &one, sizeof one) < 0 && errno == EINTR)
        ; /* if it is full, somebody has called already */
}

static void hear(tine__poller *poller)
{
    uint64_t calls[8];
    while (read(poller->wake_in, calls, sizeof calls) < 0 && errno == EINTR)
        ;
}

static tine_status always_ready(int fd, tine_error *error)
{
    return tine__error_set(error, TINE_EINVAL,
                           "descriptor %d is a regular file, which is always ready: read and write "
                           "it with tine_file_read and tine_file_write",
                           fd);
}

#if !TINE_OS_POSIX && defined __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define MOST_EVENTS 128

static int control(tine__poller *p, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(p->epoll, operation, fd, &event);
}

tine_status tine__poller_open(tine__poller *p, const tine_allocator *allocator, tine_error *error)
{
    (void)allocator;
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->epoll < 0)
        return tine__error_system(error, errno, "cannot open an epoll descriptor");
    p->wake_in = p->wake_out = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->wake_in < 0 || control(p, EPOLL_CTL_ADD, p->wake_in, EPOLLIN)) {
        int failure = errno;
        tine__poller_close(p);
        return tine__error_system(error, failure, "cannot open an eventfd");
    }
    return TINE_OK;
}

void tine__poller_close(tine__poller *p)
{
    if (p->wake_in >= 0)
        close(p->wake_in);
    close(p->epoll);
}

tine_status tine__poller_arm(tine__poller *p, int fd, unsigned events, tine_error *error)
{
    uint32_t wanted = EPOLLONESHOT;
    if (events & TINE_READABLE)
        wanted |= EPOLLIN | EPOLLRDHUP;
    if (events & TINE_WRITABLE)
        wanted |= EPOLLOUT;
    int failed = control(p, EPOLL_CTL_MOD, fd, wanted);
    if (failed && errno == ENOENT)
        failed = control(p, EPOLL_CTL_ADD, fd, wanted);
    if (failed && errno == EPERM)
        return always_ready(fd, error);
    return failed ? tine__error_system(error, errno, "cannot wait for descriptor %d", fd) : TINE_OK;
}

static unsigned meaning(uint32_t events)
{
    if (events & (EPOLLERR | EPOLLHUP))
        return TINE_READABLE | TINE_WRITABLE;
    return (events & (EPOLLIN | EPOLLRDHUP) ? TINE_READABLE : 0) |
           (events & EPOLLOUT ? TINE_WRITABLE : 0);
}

size_t tine__poller_wait(tine__poller *p, int64_t deadline_ns, tine__poll_event *events, size_t n)
{
    struct epoll_event found[MOST_EVENTS];
    int n_found = epoll_wait(p->epoll, found, (int)tine__min(n, MOST_EVENTS),
                             milliseconds_until(deadline_ns));
    size_t n_given = 0;
    for (int i = 0; i < n_found; i++) {
        if (found[i].data.fd == p->wake_in)
            hear(p);
        else
            events[n_given++] = (tine__poll_event){found[i].data.fd, meaning(found[i].events)};
    }
    return n_given;
}

#else

static bool make_nonblocking(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

tine_status tine__poller_open(tine__poller *p, const tine_allocator *allocator, tine_error *error)
{
    int ends[2];
    *p = (tine__poller){.allocator = allocator};
    if (pipe(ends))
        return tine__error_system(error, errno, "cannot open a pipe");
    p->wake_in = ends[0];
    p->wake_out = ends[1];
    tine_status status = TINE_OK;
    if (!make_nonblocking(ends[0]) || !make_nonblocking(ends[1]))
        status = tine__error_system(error, errno, "cannot prepare a pipe");
    else if (!tine__grow(allocator, (void **)&p->armed, &p->capacity, 0, 1, sizeof *p->armed,
                         _Alignof(struct pollfd)))
        status = tine__error_no_memory(error);
    if (status != TINE_OK) {
        tine__poller_close(p);
        return status;
    }
    p->armed[0] = (struct pollfd){.fd = p->wake_in, .events = POLLIN};
    p->n_armed = 1;
    return TINE_OK;
}

void tine__poller_close(tine__poller *p)
{
    close(p->wake_in);
    close(p->wake_out);
    TINE__DELETE_ARRAY(p->allocator, p->armed, p->capacity);
    TINE__DELETE_ARRAY(p->allocator, p->where, p->n_where);
}

/* Room for the descriptor in both arrays. */
static bool make_room(tine__poller *p, int fd)
{
    size_t known = p->n_where;
    if (!tine__grow(p->allocator, (void **)&p->where, &p->n_where, known, (size_t)fd + 1,
                    sizeof *p->where, _Alignof(size_t)))
        return false;
    for (; known < p->n_where; known++)
        p->where[known] = 0;
    return tine__grow(p->allocator, (void **)&p->armed, &p->capacity, p->n_armed, p->n_armed + 1,
                      sizeof *p->armed, _Alignof(struct pollfd));
}

tine_status tine__poller_arm(tine__poller *p, int fd, unsigned events, tine_error *error)
{
    struct stat info;
    if (fd < 0 || fstat(fd, &info))
        return tine__error_system(error, EBADF, "cannot wait for descriptor %d", fd);
    if (S_ISREG(info.st_mode))
        return always_ready(fd, error);
    if (!make_room(p, fd))
        return tine__error_no_memory(error);
    if (!p->where[fd])
        p->where[fd] = p->n_armed++;
    p->armed[p->where[fd]] =
        (struct pollfd){.fd = fd,
                        .events = (short)((events & TINE_READABLE ? POLLIN : 0) |
                                          (events & TINE_WRITABLE ? POLLOUT : 0))};
    return TINE_OK;
}

static unsigned meaning(short events)
{
    if (events & (POLLERR | POLLHUP | POLLNVAL))
        return TINE_READABLE | TINE_WRITABLE;
    return (events & POLLIN ? TINE_READABLE : 0) | (events & POLLOUT ? TINE_WRITABLE : 0);
}

/* The last one takes its place. */
static void disarm(tine__poller *p, size_t i)
{
    p->where[p->armed[i].fd] = 0;
    if (i < --p->n_armed) {
        p->armed[i] = p->armed[p->n_armed];
        p->where[p->armed[i].fd] = i;
    }
}

size_t tine__poller_wait(tine__poller *p, int64_t deadline_ns, tine__poll_event *events, size_t n)
{
    if (poll(p->armed, (nfds_t)p->n_armed, milliseconds_until(deadline_ns)) <= 0)
        return 0;
    if (p->armed[0].revents)
        hear(p);
    size_t n_given = 0;
    for (size_t i = p->n_armed; i-- > 1 && n_given < n;) {
        if (!p->armed[i].revents)
            continue;
        events[n_given++] = (tine__poll_event){p->armed[i].fd, meaning(p->armed[i].revents)};
        disarm(p, i);
    }
    return n_given;
}

#endif
