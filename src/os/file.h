/* Files and descriptors: EINTR and short reads end here. */
#ifndef TINE_OS_FILE_H
#define TINE_OS_FILE_H
#include <tine.h>

typedef struct tine__file_info {
    bool seekable;      /* a regular file: size is known and bytes can be read at any offset */
    uint64_t size;      /* bytes, if seekable */
    int64_t changed_ns; /* time of the last change of content */
    uint64_t device, inode;
} tine__file_info;

/* Read-only, close-on-exec. TINE_EIO with sys_errno if it cannot be opened; a directory is TINE_EIO
 * with EISDIR. The message names the path; error->source is set to it. */
TINE_MUST_USE tine_status tine__file_open(const char *path, int *fd_out, tine_error *error);
void tine__file_close(int fd);
TINE_MUST_USE tine_status tine__file_info_get(int fd, tine__file_info *info_out, tine_error *error);

/* Where the next read would start; TINE_EIO where a descriptor has no position. */
TINE_MUST_USE tine_status tine__file_position(int fd, uint64_t *position_out, tine_error *error);

/* Reads n bytes at `offset`; fewer only at the end of the file. */
TINE_MUST_USE tine_status tine__file_read_at(int fd, uint64_t offset, void *dst, size_t n,
                                             size_t *n_read_out, tine_error *error);

/* Writes n bytes at `offset`. A failure gives the offset that it happened at. */
TINE_MUST_USE tine_status tine__file_write_at(int fd, uint64_t offset, const void *src, size_t n,
                                              size_t *n_written_out, tine_error *error);

/* Reads what is there, at most n bytes; 0: the end. Waits for data in slices of `slice_ns` and asks
 * `stop` between them; a stop status ends the wait and is returned. */
TINE_MUST_USE tine_status tine__file_read_some(int fd, void *dst, size_t n, size_t *n_read_out,
                                               tine_status (*stop)(void), int64_t slice_ns,
                                               tine_error *error);

#endif
