/* The chain that hands the prefix (state, records and lines so far) from partition to partition,
 * and the failure that counts: the one of the lowest partition.
 *
 * A lane waits for its predecessor alone, which has been claimed by then and publishes before it
 * waits for anything but its own predecessor: so the chain always moves. */
#ifndef TINE_CSV_CHAIN_H
#define TINE_CSV_CHAIN_H
#include "csv/input.h"
#include "csv/split.h"
#include <stdatomic.h>

typedef struct tine__chain {
    bool has_mutex, has_cond;
    tine__mutex mutex; /* guards next, prefix and failure */
    tine__cond moved;
    uint64_t next;       /* whose turn it is: partitions are counted as they are claimed */
    tine__prefix prefix; /* what comes before it in its source */
    tine_error failure;
    /* The lowest partition that failed, UINT64_MAX: none. Written under the mutex; read without it
     * to learn early that work is in vain, which orders nothing. */
    _Atomic uint64_t failed;
} tine__chain;

TINE_MUST_USE tine_status tine__chain_init(tine__chain *chain, tine_error *error);
void tine__chain_destroy(tine__chain *chain); /* takes a zeroed one */

/* Waits for the turn of a partition. TINE_END: a lower one has failed. Else OK or what `stop` says.
 */
TINE_MUST_USE tine_status tine__chain_await(tine__chain *chain, uint64_t turn, tine__stop_fn stop,
                                            tine__prefix *prefix_out);
/* Gives the turn to the next partition. */
void tine__chain_publish(tine__chain *chain, uint64_t turn, const tine__prefix *next);

/* Records a failure of a partition, if no lower one has failed. */
void tine__chain_fail(tine__chain *chain, uint64_t turn, const tine_error *error);

static inline bool tine__chain_failed_before(const tine__chain *chain, uint64_t turn)
{
    return atomic_load_explicit(&chain->failed, memory_order_relaxed) < turn;
}

#endif
