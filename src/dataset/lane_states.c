#include "dataset/lane_states.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

static void *of_lane(const tine__lane_states *states, size_t lane)
{
    return (char *)states->block + lane * states->stride;
}

void tine__lane_states_forget(tine__lane_states *states)
{
    for (size_t i = 0; states->block && i < states->n_lanes; i++)
        tine__aggs_end(&states->aggs, of_lane(states, i));
    tine__free(states->aggs.allocator, states->block, states->n_lanes * states->stride,
               TINE__ALIGN);
    states->block = NULL;
}

tine_status tine__lane_states_make(tine__lane_states *states, const tine__call *call,
                                   tine_error *error)
{
    states->n_lanes = call->n_lanes;
    size_t size = tine__max(states->aggs.size, 1);
    if (!tine__size_round_up(size, TINE__ALIGN, &states->stride))
        return tine__error_no_memory(error);
    states->block =
        tine__alloc_array(call->allocator, states->n_lanes, states->stride, TINE__ALIGN);
    if (!states->block)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < states->n_lanes; i++)
        tine__aggs_start(&states->aggs, of_lane(states, i));
    return TINE_OK;
}

tine_status tine__lane_states_update(void *states, size_t lane, const tine__piece *piece,
                                     tine_error *error)
{
    const tine__lane_states *s = states;
    return tine__aggs_update(&s->aggs, of_lane(s, lane), NULL, piece->batch,
                             piece->partition->ordinal, error);
}

tine_status tine__lane_states_merge(tine__lane_states *states, void **merged_out, tine_error *error)
{
    tine_status status = TINE_OK;
    *merged_out = of_lane(states, 0);
    for (size_t i = 1; status == TINE_OK && i < states->n_lanes; i++)
        status = tine__aggs_merge(&states->aggs, *merged_out, of_lane(states, i), error);
    return status;
}
