/* Sockets are read and written with the flags of recv and send, which say for one call that it must
 * not wait; whatever is no socket has to be ready first, unless it is non-blocking itself. */
#define _GNU_SOURCE
#include "os/stream.h"
#include "os/system_error.h"
#include "base/error.h"
#include "base/size.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The most that one call is asked for: safe in a ssize_t. */
#define MOST_AT_ONCE ((size_t)1 << 30)

#define BACKLOG 1024

void tine__stream_close(int fd)
{
    close(fd);
}

static bool is_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && !(flags & O_NONBLOCK);
}

static bool means_not_now(int failure)
{
    return failure == EAGAIN || failure == EWOULDBLOCK;
}

tine_status tine__stream_read(int fd, bool ready, void *dst, size_t n, size_t *n_read_out,
                              tine_error *error)
{
    ssize_t got;
    n = tine__min(n, MOST_AT_ONCE);
    do {
        got = recv(fd, dst, n, MSG_DONTWAIT);
        if (got < 0 && errno == ENOTSOCK) {
            if (!ready && is_blocking(fd))
                return TINE_END;
            got = read(fd, dst, n);
        }
    } while (got < 0 && errno == EINTR);
    if (got < 0 && means_not_now(errno))
        return TINE_END;
    if (got < 0)
        return tine__error_system(error, errno, "cannot read from descriptor %d", fd);
    *n_read_out = (size_t)got;
    return TINE_OK;
}

/* To what is no socket. A pipe that is ready takes PIPE_BUF bytes without waiting. */
static ssize_t write_plain(int fd, bool ready, const void *src, size_t n)
{
    if (is_blocking(fd)) {
        if (!ready) {
            errno = EAGAIN;
            return -1;
        }
        n = tine__min(n, PIPE_BUF);
    }
    return write(fd, src, n);
}

tine_status tine__stream_write(int fd, bool ready, const void *src, size_t n, size_t *n_written_out,
                               tine_error *error)
{
    ssize_t put;
    n = tine__min(n, MOST_AT_ONCE);
    do {
        put = send(fd, src, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == ENOTSOCK)
            put = write_plain(fd, ready, src, n);
    } while (put < 0 && errno == EINTR);
    if (put < 0 && means_not_now(errno))
        return TINE_END;
    if (put < 0)
        return tine__error_system(error, errno, "cannot write to descriptor %d", fd);
    *n_written_out = (size_t)put;
    return TINE_OK;
}

/* ---- addresses */

typedef struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    };
    socklen_t size;
} address;

static bool parse_port(const char *text, in_port_t *port_out)
{
    unsigned port = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && port <= UINT16_MAX; p++)
        port = port * 10 + (unsigned)(*p - '0');
    *port_out = htons((uint16_t)port);
    return p > text && !*p && port <= UINT16_MAX;
}

static bool parse_local(const char *path, address *out)
{
    size_t n = strlen(path);
    if (!n || n >= sizeof out->local.sun_path)
        return false;
    out->local.sun_family = AF_UNIX;
    memcpy(out->local.sun_path, path, n + 1);
    out->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
    return true;
}

static bool parse_internet(const char *text, address *out)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    bool v6 = text[0] == '[';
    if (!colon || (v6 && (colon == text || colon[-1] != ']')))
        return false;
    const char *begin = text + v6, *end = colon - v6;
    if (end <= begin || (size_t)(end - begin) >= sizeof host)
        return false;
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = '\0';
    out->any.sa_family = v6 ? AF_INET6 : AF_INET;
    out->size = v6 ? sizeof out->v6 : sizeof out->v4;
    void *number = v6 ? (void *)&out->v6.sin6_addr : (void *)&out->v4.sin_addr;
    return inet_pton(out->any.sa_family, host, number) == 1 &&
           parse_port(colon + 1, v6 ? &out->v6.sin6_port : &out->v4.sin_port);
}

static tine_status parse(const char *text, address *out, tine_error *error)
{
    memset(out, 0, sizeof *out);
    bool local = strncmp(text, "unix:", 5) == 0;
    if (local ? parse_local(text + 5, out) : parse_internet(text, out))
        return TINE_OK;
    return tine__error_set(
        error, TINE_EINVAL,
        "'%.*s' is no address: write 127.0.0.1:80, [::1]:80 or unix:/path; names "
        "of hosts are not looked up",
        tine__error_name(text), text);
}

/* ---- sockets */

static tine_status open_socket(const char *text, address *out, int *fd_out, tine_error *error)
{
    tine_status status = parse(text, out, error);
    if (status != TINE_OK)
        return status;
    *fd_out = socket(out->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return *fd_out < 0 ? tine__error_system(error, errno, "cannot open a socket") : TINE_OK;
}

static tine_status close_failed(int fd, int failure, const char *doing, const char *text,
                                tine_error *error)
{
    close(fd);
    return tine__error_system(error, failure, "cannot %s '%.*s'", doing, tine__error_name(text),
                              text);
}

tine_status tine__socket_connect(const char *text, int *fd_out, tine_error *error)
{
    address to;
    int fd;
    tine_status status = open_socket(text, &to, &fd, error);
    if (status != TINE_OK)
        return status;
    int failure = connect(fd, &to.any, to.size) ? errno : 0;
    if (failure && failure != EINPROGRESS && failure != EINTR)
        return close_failed(fd, failure, "connect to", text, error);
    *fd_out = fd;
    return failure ? TINE_END : TINE_OK;
}

tine_status tine__socket_connected(int fd, const char *text, tine_error *error)
{
    int failure = 0;
    socklen_t size = sizeof failure;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size))
        failure = errno;
    return failure ? tine__error_system(error, failure, "cannot connect to '%.*s'",
                                        tine__error_name(text), text)
                   : TINE_OK;
}

tine_status tine__socket_listen(const char *text, int *fd_out, tine_error *error)
{
    address at;
    int fd, yes = 1;
    tine_status status = open_socket(text, &at, &fd, error);
    if (status != TINE_OK)
        return status;
    if ((at.any.sa_family != AF_UNIX &&
         setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)) ||
        bind(fd, &at.any, at.size) || listen(fd, BACKLOG))
        return close_failed(fd, errno, "listen on", text, error);
    *fd_out = fd;
    return TINE_OK;
}

/* Whether the connection was gone before it could be accepted: the next one may be there. */
static bool is_past(int failure)
{
    return failure == EINTR || failure == ECONNABORTED || failure == EPROTO;
}

tine_status tine__socket_accept(int fd, bool ready, int *fd_out, tine_error *error)
{
    int found;
    if (!ready && is_blocking(fd))
        return TINE_END;
    do
        found = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (found < 0 && is_past(errno));
    if (found < 0 && means_not_now(errno))
        return TINE_END;
    if (found < 0)
        return tine__error_system(error, errno, "cannot accept from descriptor %d", fd);
    *fd_out = found;
    return TINE_OK;
}

bool tine__socket_exhausted(const tine_error *error)
{
    int failure = error->sys_errno;
    return failure == EMFILE || failure == ENFILE || failure == ENOBUFS || failure == ENOMEM;
}
