/* Makes the n-th allocation, thread, read, open or fstat fail.
 *
 * The linker's --wrap sends every such call of the executable's own objects through here: those of
 * the static libtine, and those of the test itself, which therefore arms just before the call under
 * test. Calls made inside shared libraries (cmocka, the C library) are not seen; a block that comes
 * from there (strdup, getline) must not be freed between two looks at fault_live_blocks.
 *
 * To fail each call in turn:
 *
 *     bool fired = true;
 *     for (long n = 1; fired; n++) {
 *         long blocks = fault_live_blocks();
 *         fault_arm(FAULT_ALLOC, n);
 *         tine_status status = call_under_test(...);
 *         fired = fault_disarm();
 *         assert_int_equal(status, fired ? TINE_ENOMEM : TINE_OK);
 *         ... if it succeeded, release what it made ...
 *         assert_int_equal(fault_live_blocks(), blocks);
 *     }
 */
#ifndef TESTS_SUPPORT_FAULT_H
#define TESTS_SUPPORT_FAULT_H
#include <stdbool.h>

typedef enum fault_kind {
    FAULT_ALLOC,  /* malloc, calloc, realloc, aligned_alloc: NULL with ENOMEM */
    FAULT_THREAD, /* pthread_create: EAGAIN */
    FAULT_PREAD,  /* EIO, as the ones below that say nothing else */
    FAULT_READ,
    FAULT_OPEN,
    FAULT_FSTAT,
    FAULT_FORK, /* EAGAIN; also in a process that has been forked since, which counts by itself */
    FAULT_CLONE,
    FAULT_SOCKETPAIR,
    FAULT_MMAP, /* ENOMEM */
    FAULT_KINDS
} fault_kind;

/* The n-th call of the kind from now on, by any thread, fails; n from 1. One kind at a time. */
void fault_arm(fault_kind kind, long n);

/* The same, with another errno. */
void fault_arm_errno(fault_kind kind, long n, int sys_errno);

/* Nothing fails any more; true if the armed call has failed. */
bool fault_disarm(void);

/* How many calls of the kind there have been since the program began. */
long fault_count(fault_kind kind);

/* Blocks allocated and not freed. */
long fault_live_blocks(void);

#endif
