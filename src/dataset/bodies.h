/* What a terminal does on its pool besides reading: a body for each of n parts of the work. */
#ifndef TINE_DATASET_BODIES_H
#define TINE_DATASET_BODIES_H
#include "dataset/call.h"

typedef tine_status (*tine__part_fn)(void *ctx, size_t part, tine_error *error);

/* Runs them on the call's pool, in its scope, in the default floating-point environment. */
TINE_MUST_USE tine_status tine__bodies_run(const tine__call *call, tine__part_fn fn, void *ctx,
                                           size_t n, tine_error *error);

/* For a loop that is at element i: now and then asks whether the body should stop. */
TINE_MUST_USE tine_status tine__body_pause(size_t i, tine_error *error);

#endif
