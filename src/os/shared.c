#define _GNU_SOURCE
#include "os/shared.h"
#include "base/error.h"
#include "os/system_error.h"

#if !TINE_OS_POSIX && defined __linux__
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

tine_status tine__shared_map(size_t size, size_t least, void **base_out, size_t *size_out,
                             tine_error *error)
{
    for (;; size /= 2) {
        void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        *base_out = base == MAP_FAILED ? NULL : base;
        *size_out = size;
        if (*base_out)
            return TINE_OK;
        if (size / 2 < least)
            return errno == ENOMEM ? tine__error_no_memory(error)
                                   : tine__error_system(error, errno, "cannot map shared memory");
    }
}

void tine__shared_unmap(void *base, size_t size)
{
    if (base)
        munmap(base, size);
}

void tine__shared_populate(void *p, size_t n)
{
    (void)madvise(p, n, MADV_POPULATE_WRITE);
}

void tine__shared_discard(void *p, size_t n)
{
    (void)madvise(p, n, MADV_REMOVE);
}

size_t tine__memory_size(void)
{
    long n_pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return n_pages > 0 && page > 0 ? (size_t)n_pages * (size_t)page : (size_t)1 << 30;
}

/* Not the private form: others sleep on the word in their own address space. */
void tine__shared_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns)
{
    enum { SECOND = 1000000000 };
    struct timespec t = {.tv_sec = (time_t)(deadline_ns / SECOND),
                         .tv_nsec = (long)(deadline_ns % SECOND)};
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, deadline_ns == INT64_MAX ? NULL : &t, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

void tine__shared_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

#else

tine_status tine__shared_map(size_t size, size_t least, void **base_out, size_t *size_out,
                             tine_error *error)
{
    (void)size;
    (void)least;
    *base_out = NULL;
    *size_out = 0;
    return tine__error_set(error, TINE_ENOTSUP,
                           "pools of processes need Linux: use TINE_THREADS here");
}

void tine__shared_unmap(void *base, size_t size)
{
    (void)base;
    (void)size;
}

void tine__shared_populate(void *p, size_t n)
{
    (void)p;
    (void)n;
}

void tine__shared_discard(void *p, size_t n)
{
    (void)p;
    (void)n;
}

size_t tine__memory_size(void)
{
    return (size_t)1 << 30;
}

void tine__shared_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns)
{
    (void)word;
    (void)value;
    (void)deadline_ns;
}

void tine__shared_wake(_Atomic uint32_t *word)
{
    (void)word;
}

#endif
