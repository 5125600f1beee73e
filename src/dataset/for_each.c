/* tine_dataset_for_each: every batch to the user. */
#include "base/body.h"
#include "base/error.h"
#include "dataset/settle.h"

typedef struct for_each {
    tine_batch_fn fn;
    void *ctx;
} for_each;

static tine_status call_user(void *ctx, size_t lane, const tine__piece *piece, tine_error *error)
{
    (void)lane;
    const for_each *f = ctx;
    uint64_t ordinal = piece->partition->ordinal;
    tine__callback callback;
    tine__callback_enter(&callback, error);
    tine_status status = f->fn(piece->batch, (size_t)ordinal, f->ctx);
    return tine__callback_leave(&callback, status, (int64_t)ordinal);
}

tine_status tine_dataset_for_each(const tine_dataset *dataset, const tine_run *run,
                                  tine_batch_fn fn, void *ctx, tine_error *error)
{
    if (!fn)
        return tine__error_set(error, TINE_EINVAL, "tine_dataset_for_each: fn is NULL");
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    for_each f = {fn, ctx};
    tine__terminal terminal = {
        .ctx = &f,
        .batch_bytes = TINE__BATCH_BYTES,
        .n_columns = dataset->n_columns,
        .columns = dataset->columns,
        .batch = call_user,
    };
    status = tine__run_streaming(&call, &terminal, error);
    return tine__call_close(&call, status, error);
}
