/* Streams: sockets, pipes and terminals, as far as a call can go without waiting. TINE_END from a
 * function here says: not now. */
#ifndef TINE_OS_STREAM_H
#define TINE_OS_STREAM_H
#include <tine.h>

/* Reads what is there, at most n bytes; 0: the end. `ready`: the descriptor was reported readable;
 * one that would block is not touched before. */
TINE_MUST_USE tine_status tine__stream_read(int fd, bool ready, void *dst, size_t n,
                                            size_t *n_read_out, tine_error *error);

/* Writes what there is room for, at most n bytes. Nobody gets a SIGPIPE who does not block it. */
TINE_MUST_USE tine_status tine__stream_write(int fd, bool ready, const void *src, size_t n,
                                             size_t *n_written_out, tine_error *error);

/* Addresses: "127.0.0.1:80", "[::1]:80", "unix:/path". Sockets made here do not block, and are
 * closed on exec. */

/* TINE_OK: connected; TINE_END: the connection is on its way, and the socket will be writable. */
TINE_MUST_USE tine_status tine__socket_connect(const char *address, int *fd_out, tine_error *error);
/* What has become of it. */
TINE_MUST_USE tine_status tine__socket_connected(int fd, const char *address, tine_error *error);

TINE_MUST_USE tine_status tine__socket_listen(const char *address, int *fd_out, tine_error *error);
TINE_MUST_USE tine_status tine__socket_accept(int fd, bool ready, int *fd_out, tine_error *error);

/* Whether the error of an accept is that there are no descriptors or no memory for sockets: it goes
 * away when somebody closes one. */
bool tine__socket_exhausted(const tine_error *error);

void tine__stream_close(int fd);

#endif
