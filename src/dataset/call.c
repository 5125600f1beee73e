#include "dataset/call.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "proc/crew.h"

#include <string.h>

static tine_status check_run(const tine_run *run, tine_error *error)
{
    if (run->cluster)
        return tine__error_set(error, TINE_ENOTSUP,
                               "tine_run.cluster: this version runs on one machine; leave it NULL");
    if (run->trace_path)
        return tine__error_set(error, TINE_ENOTSUP,
                               "tine_run.trace_path: this version writes no traces; leave it NULL");
    const tine_pool *pool = tine__pool_here(run->pool);
    if (pool && pool->crew)
        return tine__error_set(error, TINE_ENOTSUP,
                               "tine_run.pool: terminals run on threads; use the pool of processes "
                               "in your callbacks");
    return TINE_OK;
}

static void free_columns(tine__call *call)
{
    size_t n = tine__csv_n_columns(call->plan->csv);
    TINE__DELETE_ARRAY(call->allocator, call->types, n);
    TINE__DELETE_ARRAY(call->allocator, call->seen, n);
    TINE__DELETE_ARRAY(call->allocator, call->witnesses, n);
}

static bool make_columns(tine__call *call)
{
    size_t n = tine__csv_n_columns(call->plan->csv);
    call->types = TINE__NEW_ARRAY(call->allocator, tine_type, n);
    call->seen = TINE__NEW_ARRAY(call->allocator, tine__sightings, n);
    call->witnesses = TINE__NEW_ARRAY(call->allocator, tine__witness, n);
    if (!call->types || !call->seen || !call->witnesses)
        return false;
    memcpy(call->types, call->plan->types, n * sizeof *call->types);
    for (size_t i = 0; i < n; i++) {
        tine__sightings_init(&call->seen[i], tine__csv_column_at(call->plan->csv, i)->evidence);
        call->witnesses[i] = (tine__witness){.ordinal = UINT64_MAX};
    }
    return true;
}

tine_status tine__call_open(tine__call *call, const tine_dataset *plan, const tine_run *run,
                            tine_error *error)
{
    memset(call, 0, sizeof *call);
    if (!plan)
        return tine__error_set(error, TINE_EINVAL, "the dataset is NULL");
    tine_status status = tine__options_read(&call->run, sizeof call->run, run, "tine_run", error);
    if (status == TINE_OK)
        status = check_run(&call->run, error);
    if (status != TINE_OK)
        return status;
    call->plan = plan;
    call->keeper = tine__csv_allocator(plan->csv);
    tine__budget_init(&call->budget, call->keeper, call->run.memory_limit);
    call->allocator = &call->budget.allocator;
    call->n_lanes = tine_pool_workers(call->run.pool);
    call->final = plan->settled || !tine__csv_rereadable(plan->csv);
    tine__progress_init(&call->progress, call->run.progress, call->run.progress_ctx);
    if (make_columns(call))
        return TINE_OK;
    free_columns(call);
    return tine__budget_fail(&call->budget, error);
}

static tine_status fail_with_groups(const tine__call *call, tine_error *error)
{
    return tine__error_set(error, TINE_ENOMEM,
                           "the memory limit of %zu bytes is reached, at %zu groups in the tables "
                           "of %zu workers; raise memory_limit, or use fewer workers",
                           call->run.memory_limit, call->n_groups, call->n_lanes);
}

tine_status tine__call_close(tine__call *call, tine_status status, tine_error *error)
{
    free_columns(call);
    tine__progress_last(&call->progress);
    bool refused = atomic_load_explicit(&call->budget.refused, memory_order_relaxed) != 0;
    if (status != TINE_ENOMEM || !refused)
        return status;
    return call->n_groups ? fail_with_groups(call, error) : tine__budget_fail(&call->budget, error);
}

void tine__sightings_init(tine__sightings *seen, tine__evidence evidence)
{
    for (unsigned bit = 0; bit < TINE__SEEN_BITS; bit++)
        seen->ordinal[bit] = evidence >> bit & 1 ? 0 : UINT64_MAX;
}

void tine__sightings_add(tine__sightings *seen, tine__evidence fresh, uint64_t ordinal)
{
    for (unsigned bit = 0; fresh; bit++, fresh >>= 1)
        if (fresh & 1)
            seen->ordinal[bit] = ordinal;
}

void tine__sightings_join(tine__sightings *seen, const tine__sightings *other)
{
    for (unsigned bit = 0; bit < TINE__SEEN_BITS; bit++)
        if (other->ordinal[bit] < seen->ordinal[bit])
            seen->ordinal[bit] = other->ordinal[bit];
}

static tine__evidence evidence_until(const tine__sightings *seen, uint64_t last)
{
    tine__evidence evidence = 0;
    for (unsigned bit = 0; bit < TINE__SEEN_BITS; bit++)
        if (seen->ordinal[bit] != UINT64_MAX && seen->ordinal[bit] <= last)
            evidence |= (tine__evidence)1 << bit;
    return evidence;
}

bool tine__call_may_change(const tine__call *call, size_t column)
{
    return !call->final && tine__plan_unsettled(call->plan, column);
}

bool tine__call_settle(tine__call *call, uint64_t last)
{
    bool changed = false;
    for (size_t i = 0; i < tine__csv_n_columns(call->plan->csv); i++) {
        if (!tine__plan_unsettled(call->plan, i))
            continue;
        tine_type type = tine__evidence_type(evidence_until(&call->seen[i], last));
        type = type == TINE_AUTO ? TINE_STRING : type;
        changed |= type != call->types[i];
        call->types[i] = type;
    }
    call->final = true;
    return changed;
}
