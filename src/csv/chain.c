#include "csv/chain.h"
#include "base/error.h"
#include "os/clock.h"

#define ASK_EVERY_NS 20000000 /* a stop is noticed so soon while a lane waits */

tine_status tine__chain_init(tine__chain *chain, tine_error *error)
{
    *chain = (tine__chain){0};
    atomic_init(&chain->failed, UINT64_MAX);
    tine_status status = tine__mutex_init(&chain->mutex, error);
    if (status != TINE_OK)
        return status;
    chain->has_mutex = true;
    status = tine__cond_init(&chain->moved, error);
    chain->has_cond = status == TINE_OK;
    return status;
}

void tine__chain_destroy(tine__chain *chain)
{
    if (chain->has_cond)
        tine__cond_destroy(&chain->moved);
    if (chain->has_mutex)
        tine__mutex_destroy(&chain->mutex);
}

tine_status tine__chain_await(tine__chain *chain, uint64_t turn, tine__stop_fn stop,
                              tine__prefix *prefix_out)
{
    tine_status status = TINE_OK;
    tine__mutex_lock(&chain->mutex);
    while (chain->next != turn && status == TINE_OK) {
        if (tine__chain_failed_before(chain, turn))
            status = TINE_END;
        else if (!tine__cond_wait(&chain->moved, &chain->mutex, tine__deadline_after(ASK_EVERY_NS)))
            status = stop();
    }
    *prefix_out = chain->prefix;
    tine__mutex_unlock(&chain->mutex);
    return status;
}

void tine__chain_publish(tine__chain *chain, uint64_t turn, const tine__prefix *next)
{
    tine__mutex_lock(&chain->mutex);
    chain->next = turn + 1;
    chain->prefix = *next;
    tine__cond_broadcast(&chain->moved);
    tine__mutex_unlock(&chain->mutex);
}

void tine__chain_fail(tine__chain *chain, uint64_t turn, const tine_error *error)
{
    tine__mutex_lock(&chain->mutex);
    if (!tine__chain_failed_before(chain, turn + 1)) {
        chain->failure = *error;
        atomic_store_explicit(&chain->failed, turn, memory_order_relaxed);
    }
    tine__cond_broadcast(&chain->moved);
    tine__mutex_unlock(&chain->mutex);
}
