#include "dataset/runner.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "task/scope.h"

static void use(tine__pass *pass, const size_t *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pass->column_slot[columns[i]] == SIZE_MAX) {
            pass->column_slot[columns[i]] = pass->n_slots;
            pass->slot_column[pass->n_slots++] = columns[i];
        }
    pass->max_view = tine__max(pass->max_view, n);
}

/* Which columns are used, by whom does not matter. */
static tine_status lay_out(tine__pass *pass, tine_error *error)
{
    const tine_dataset *plan = pass->call->plan;
    size_t n = tine__csv_n_columns(plan->csv);
    pass->slot_column = TINE__NEW_ARRAY(pass->call->allocator, size_t, n);
    pass->column_slot = TINE__NEW_ARRAY(pass->call->allocator, size_t, n);
    if (!pass->slot_column || !pass->column_slot)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        pass->column_slot[i] = SIZE_MAX;
    for (size_t i = 0; i < plan->n_filters; i++)
        use(pass, plan->filters[i]->columns, plan->filters[i]->n_columns);
    use(pass, pass->terminal->columns, pass->terminal->n_columns);
    return TINE_OK;
}

static void free_layout(tine__pass *pass)
{
    size_t n = tine__csv_n_columns(pass->call->plan->csv);
    TINE__DELETE_ARRAY(pass->call->allocator, pass->slot_column, n);
    TINE__DELETE_ARRAY(pass->call->allocator, pass->column_slot, n);
}

typedef struct lanes {
    tine__pass *pass;
    tine__runner *runners;
} lanes;

/* A failure in the rows is the scan's to tell, and no failure of the body: that would stop the
 * lanes that are still at work before it. */
static tine_status lane_body(size_t begin, size_t end, void *ctx)
{
    lanes *l = ctx;
    for (size_t i = begin; i < end; i++) {
        tine_error error;
        tine_status status = tine__runner_open(&l->runners[i], l->pass, i, &error);
        if (status != TINE_OK)
            return tine_fail(status, -1, "%s", error.message);
        tine__runner_run(&l->runners[i]);
    }
    return TINE_OK;
}

static tine_status run_lanes(tine__pass *pass, tine_error *error)
{
    tine__call *call = pass->call;
    size_t n = call->n_lanes;
    lanes l = {pass,
               tine__alloc_zeroed(call->allocator, n * sizeof *l.runners, _Alignof(tine__runner))};
    if (!l.runners)
        return tine__error_no_memory(error);
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.scope = call->run.scope;
    options.grain = 1;
    tine_status status = tine_parallel_for(call->run.pool, 0, n, lane_body, &l, &options, error);
    for (size_t i = 0; i < n; i++)
        tine__runner_close(&l.runners[i]);
    TINE__DELETE_ARRAY(call->allocator, l.runners, n);
    return status;
}

/* The first failure in the rows is the pass's, unless the lanes were stopped from outside the scan,
 * which then only knows that it was stopped. */
static tine_status scan_and_close(tine__pass *pass, tine_error *error)
{
    tine_error stopped = {0}, failed = {0};
    tine__progress_pass_begins(&pass->call->progress);
    tine_status lanes_status = run_lanes(pass, &stopped);
    tine__progress_pass_ends(&pass->call->progress, pass->scan);
    tine_status status = tine__scan_close(&pass->scan, &failed);
    if (lanes_status != TINE_OK && (status == TINE_OK || status == TINE_ECANCELED)) {
        stopped.index = -1; /* a lane's number means nothing to the user */
        return tine__error_copy(error, &stopped);
    }
    return status == TINE_OK ? TINE_OK : tine__error_copy(error, &failed);
}

tine_status tine__pass_run(tine__call *call, const tine__terminal *terminal, tine__pass_kind kind,
                           tine__outcome *outcome_out, tine_error *error)
{
    tine__pass pass = {.call = call, .terminal = terminal, .kind = kind};
    atomic_init(&pass.failed_at, UINT64_MAX);
    atomic_init(&pass.wrong_at, UINT64_MAX);
    tine__scan_options options = {
        .batch_bytes = terminal->batch_bytes,
        .allocator = call->allocator,
        .stop = tine__stop_status,
    };
    tine_status status = lay_out(&pass, error);
    if (status == TINE_OK)
        status = tine__scan_open(call->plan->csv, &options, &pass.scan, error);
    if (status == TINE_OK)
        status = scan_and_close(&pass, error);
    free_layout(&pass);
    *outcome_out = (tine__outcome){
        atomic_load_explicit(&pass.failed_at, memory_order_relaxed),
        atomic_load_explicit(&pass.wrong_at, memory_order_relaxed),
    };
    return status;
}
