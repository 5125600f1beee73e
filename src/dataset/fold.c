/* tine_dataset_fold: a state for each partition that has rows; combine.h says how they become one.
 */
#include "base/alloc.h"
#include "base/body.h"
#include "base/error.h"
#include "dataset/combine.h"
#include "dataset/settle.h"
#include "os/fp.h"

typedef struct fold {
    tine__combiner combiner;
    tine_batch_fold_fn fn;
    size_t n_lanes;
    tine__node **leaves; /* by lane: of the partition it is at; NULL: no rows yet */
} fold;

static tine_status fold_batch(void *ctx, size_t lane, const tine__piece *piece, tine_error *error)
{
    fold *f = ctx;
    tine__node **leaf = &f->leaves[lane];
    tine_status status = TINE_OK;
    if (!*leaf)
        status = tine__combiner_leaf(&f->combiner, piece->partition, true, leaf, error);
    if (status != TINE_OK)
        return status;
    tine__callback callback;
    tine__callback_enter(&callback, error);
    status = f->fn((*leaf)->state, piece->batch, f->combiner.reducer.ctx);
    return tine__callback_leave(&callback, status, (int64_t)piece->partition->ordinal);
}

static tine_status partition_end(void *ctx, size_t lane, const tine__partition *partition,
                                 tine_error *error)
{
    fold *f = ctx;
    tine__node *leaf = f->leaves[lane];
    tine_status status = TINE_OK;
    if (!leaf)
        status = tine__combiner_leaf(&f->combiner, partition, false, &leaf, error);
    f->leaves[lane] = NULL;
    if (status != TINE_OK)
        return status;
    return tine__combiner_add(&f->combiner, partition->source, leaf, error);
}

/* The callbacks at the end run in the calling thread, but with a body's floating-point environment.
 */
static tine_status finish(fold *f, tine_error *error)
{
    tine__fp fp;
    tine_error failed = {0};
    tine__fp_enter(&fp);
    tine_status status = tine__combiner_finish(&f->combiner, &failed);
    tine__fp_leave(&fp);
    return status == TINE_OK ? TINE_OK : tine__error_copy(error, &failed);
}

static tine_status run_fold(tine__call *call, fold *f, tine_error *error)
{
    f->n_lanes = call->n_lanes;
    f->leaves =
        tine__alloc_zeroed(call->allocator, f->n_lanes * sizeof *f->leaves, _Alignof(tine__node *));
    if (!f->leaves)
        return tine__error_no_memory(error);
    tine__terminal terminal = {
        .ctx = f,
        .batch_bytes = TINE__BATCH_BYTES,
        .n_columns = call->plan->n_columns,
        .columns = call->plan->columns,
        .batch = fold_batch,
        .partition_end = partition_end,
    };
    tine_status status = tine__run_streaming(call, &terminal, error);
    for (size_t i = 0; i < f->n_lanes; i++)
        tine__combiner_drop(&f->combiner, f->leaves[i]);
    TINE__DELETE_ARRAY(call->allocator, f->leaves, f->n_lanes);
    return status == TINE_OK ? finish(f, error) : status;
}

tine_status tine_dataset_fold(const tine_dataset *dataset, const tine_run *run,
                              tine_batch_fold_fn fn, const tine_reducer *reducer, void *state_out,
                              tine_error *error)
{
    if (!fn || !reducer || !state_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_dataset_fold needs a fold, a reducer and a state_out");
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    fold f = {.fn = fn};
    status = tine__combiner_init(&f.combiner, reducer, state_out, call.allocator, error);
    if (status == TINE_OK) {
        status = run_fold(&call, &f, error);
        tine__combiner_destroy(&f.combiner);
    }
    return tine__call_close(&call, status, error);
}
