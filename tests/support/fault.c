#define _GNU_SOURCE
#include "support/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Written by the arming thread; read by every thread that makes a call. A call's number is unique,
 * so exactly one call meets its number in due[kind]. 0: none will. */
static atomic_long due[FAULT_KINDS];
static atomic_int due_errno;
static atomic_long calls[FAULT_KINDS];
static atomic_bool fired;
static atomic_long live_blocks;

void fault_arm_errno(fault_kind kind, long n, int sys_errno)
{
    fault_disarm();
    atomic_store(&fired, false);
    atomic_store(&due_errno, sys_errno);
    atomic_store(&due[kind], atomic_load(&calls[kind]) + n);
}

void fault_arm(fault_kind kind, long n)
{
    int usual = kind == FAULT_ALLOC || kind == FAULT_MMAP                           ? ENOMEM
                : kind == FAULT_THREAD || kind == FAULT_FORK || kind == FAULT_CLONE ? EAGAIN
                                                                                    : EIO;
    fault_arm_errno(kind, n, usual);
}

bool fault_disarm(void)
{
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        atomic_store(&due[kind], 0);
    return atomic_load(&fired);
}

long fault_count(fault_kind kind)
{
    return atomic_load(&calls[kind]);
}

long fault_live_blocks(void)
{
    return atomic_load(&live_blocks);
}

/* Counts the call; true if it is the one to fail, and errno is set. */
static bool fails(fault_kind kind)
{
    long number = atomic_fetch_add(&calls[kind], 1) + 1;
    if (number != atomic_load(&due[kind]))
        return false;
    atomic_store(&fired, true);
    errno = atomic_load(&due_errno);
    return true;
}

static void *counted(void *block)
{
    if (block)
        atomic_fetch_add(&live_blocks, 1);
    return block;
}

/* ---- the wrapped calls; the linker makes __real_x the original ---- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails(FAULT_ALLOC) ? NULL : counted(__real_malloc(size));
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return fails(FAULT_ALLOC) ? NULL : counted(__real_calloc(n, size));
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
    if (fails(FAULT_ALLOC))
        return NULL;
    void *fresh = __real_realloc(block, size);
    return block ? fresh : counted(fresh);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails(FAULT_ALLOC) ? NULL : counted(__real_aligned_alloc(alignment, size));
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    if (block)
        atomic_fetch_sub(&live_blocks, 1);
    __real_free(block);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
    return fails(FAULT_THREAD) ? errno : __real_pthread_create(thread, attr, run, arg);
}

ssize_t __real_read(int fd, void *dst, size_t n);
ssize_t __wrap_read(int fd, void *dst, size_t n);
ssize_t __wrap_read(int fd, void *dst, size_t n)
{
    return fails(FAULT_READ) ? -1 : __real_read(fd, dst, n);
}

#define WRAP_PREAD(name, offset_type)                                                              \
    ssize_t __real_##name(int fd, void *dst, size_t n, offset_type offset);                        \
    ssize_t __wrap_##name(int fd, void *dst, size_t n, offset_type offset);                        \
    ssize_t __wrap_##name(int fd, void *dst, size_t n, offset_type offset)                         \
    {                                                                                              \
        return fails(FAULT_PREAD) ? -1 : __real_##name(fd, dst, n, offset);                        \
    }
WRAP_PREAD(pread, off_t)
WRAP_PREAD(pread64, off64_t)

#define WRAP_OPEN(name)                                                                            \
    int __real_##name(const char *path, int flags, ...);                                           \
    int __wrap_##name(const char *path, int flags, ...);                                           \
    int __wrap_##name(const char *path, int flags, ...)                                            \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;                                  \
        va_end(args);                                                                              \
        return fails(FAULT_OPEN) ? -1 : __real_##name(path, flags, mode);                          \
    }
WRAP_OPEN(open)
WRAP_OPEN(open64)

#define WRAP_FSTAT(name, stat_type)                                                                \
    int __real_##name(int fd, stat_type *out);                                                     \
    int __wrap_##name(int fd, stat_type *out);                                                     \
    int __wrap_##name(int fd, stat_type *out)                                                      \
    {                                                                                              \
        return fails(FAULT_FSTAT) ? -1 : __real_##name(fd, out);                                   \
    }
WRAP_FSTAT(fstat, struct stat)
WRAP_FSTAT(fstat64, struct stat64)

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    return fails(FAULT_FORK) ? -1 : __real_fork();
}

/* Of the four arguments that there may be more of, none is used. */
int __real_clone(int (*run)(void *), void *stack, int flags, void *arg, ...);
int __wrap_clone(int (*run)(void *), void *stack, int flags, void *arg, ...);
int __wrap_clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
    return fails(FAULT_CLONE) ? -1 : __real_clone(run, stack, flags, arg);
}

int __real_socketpair(int domain, int type, int protocol, int ends[2]);
int __wrap_socketpair(int domain, int type, int protocol, int ends[2]);
int __wrap_socketpair(int domain, int type, int protocol, int ends[2])
{
    return fails(FAULT_SOCKETPAIR) ? -1 : __real_socketpair(domain, type, protocol, ends);
}

#define WRAP_MMAP(name, offset_type)                                                               \
    void *__real_##name(void *at, size_t size, int protection, int flags, int fd,                  \
                        offset_type offset);                                                       \
    void *__wrap_##name(void *at, size_t size, int protection, int flags, int fd,                  \
                        offset_type offset);                                                       \
    void *__wrap_##name(void *at, size_t size, int protection, int flags, int fd,                  \
                        offset_type offset)                                                        \
    {                                                                                              \
        return fails(FAULT_MMAP) ? MAP_FAILED                                                      \
                                 : __real_##name(at, size, protection, flags, fd, offset);         \
    }
WRAP_MMAP(mmap, off_t)
WRAP_MMAP(mmap64, off64_t)
