/* The asymmetric barrier: membarrier (Linux 4.14) interrupts the other CPUs that run threads of
 * this process, which takes some microseconds, and is a fence to all others by the switch that took
 * them off theirs. */
#define _GNU_SOURCE
#include "os/barrier.h"

#if !TINE_OS_POSIX && defined __linux__
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

bool tine__heavy_barrier_exists(void)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void tine__heavy_barrier(void)
{
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

#else

bool tine__heavy_barrier_exists(void)
{
    return false;
}

void tine__heavy_barrier(void)
{
}

#endif
