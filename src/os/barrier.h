/* An asymmetric barrier: Dekker's pattern in which one side, the frequent one, has no fence. The
 * rare side calls the heavy barrier between its store and its load; the frequent side only keeps
 * the compiler from exchanging the two (tine__light_barrier). When the heavy barrier returns, every
 * thread of the process has had a full fence at some point since the call: so of a frequent store
 * and load and a rare store and load, at least one load sees the other side's store. */
#ifndef TINE_OS_BARRIER_H
#define TINE_OS_BARRIER_H
#include <stdatomic.h>
#include <stdbool.h>

/* Whether the system has one (Linux: membarrier, private expedited). Where it has not, the frequent
 * side needs sequentially consistent accesses. */
bool tine__heavy_barrier_exists(void);
void tine__heavy_barrier(void);

static inline void tine__light_barrier(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

#endif
