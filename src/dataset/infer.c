/* tine_dataset_infer: a pass for the types alone. */
#include "base/error.h"
#include "dataset/settle.h"

tine_status tine_dataset_infer(const tine_dataset *dataset, const tine_run *run,
                               tine_dataset **dataset_out, tine_error *error)
{
    if (!dataset_out)
        return tine__error_set(error, TINE_EINVAL, "tine_dataset_infer: dataset_out is NULL");
    *dataset_out = NULL;
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    tine__terminal terminal = {
        .batch_bytes = TINE__BATCH_BYTES,
        .n_columns = dataset->n_columns,
        .columns = dataset->columns,
    };
    if (!tine__csv_rereadable(dataset->csv))
        status = tine__error_set(error, TINE_EINVAL,
                                 "a pipe is read only once: give the types in tine_csv_options, or "
                                 "copy it to a file first");
    else if (!dataset->settled)
        status = tine__run_evidence(&call, &terminal, error);
    if (status == TINE_OK)
        status = tine__plan_settle(dataset, call.types, dataset_out, error);
    return tine__call_close(&call, status, error);
}
