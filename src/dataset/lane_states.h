/* A row of states for each lane, on cache lines of its own, merged at the end: the aggregates are
 * exact and commutative, so what the lanes have happened to read does not show. */
#ifndef TINE_DATASET_LANE_STATES_H
#define TINE_DATASET_LANE_STATES_H
#include "dataset/aggs.h"
#include "dataset/pass.h"

typedef struct tine__lane_states {
    tine__aggs aggs;
    size_t n_lanes;
    size_t stride;
    void *block; /* NULL: none have been made */
} tine__lane_states;

/* The functions of a terminal over a tine__lane_states, whose aggregates are bound. */
TINE_MUST_USE tine_status tine__lane_states_make(tine__lane_states *states, const tine__call *call,
                                                 tine_error *error);
TINE_MUST_USE tine_status tine__lane_states_update(void *states, size_t lane,
                                                   const tine__piece *piece, tine_error *error);
/* Merges all into the first lane's, and returns those. */
TINE_MUST_USE tine_status tine__lane_states_merge(tine__lane_states *states, void **merged_out,
                                                  tine_error *error);
void tine__lane_states_forget(tine__lane_states *states);

#endif
