/* Programs started as children, and what becomes of them. */
#ifndef TINE_OS_CHILD_H
#define TINE_OS_CHILD_H
#include <tine.h>

typedef struct tine__child {
    int64_t pid;
    int handle; /* becomes readable when the child has ended; -1: the system has no such thing */
} tine__child;

/* The three standard descriptors. */
enum { TINE__STANDARD = 3 };

/* Opens a pipe where `stdio` says TINE_STDIO_PIPE, then starts the program. ours_out: this side's
 * ends, which do not block; -1: there is none. On failure nothing is left. */
TINE_MUST_USE tine_status tine__child_start(const char *const *argv, const char *const *env,
                                            const tine_stdio stdio[TINE__STANDARD],
                                            tine__child *child_out, int ours_out[TINE__STANDARD],
                                            tine_error *error);

/* TINE_END: it has not ended. TINE_OK: it is gone, and so is the handle. TINE_EIO: somebody else
 * has collected it. */
TINE_MUST_USE tine_status tine__child_collect(tine__child *child, tine_exit *exit_out,
                                              tine_error *error);

/* Of a child that is not collected. */
void tine__child_kill(const tine__child *child);

#endif
