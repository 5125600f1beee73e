#include "dataset/callback.h"
#include "base/error.h"

void tine__callback_enter(tine__body *body, tine_error *record)
{
    const tine__body *around = tine__body_current();
    *body = around ? *around : (tine__body){.deadline_ns = INT64_MAX};
    body->record = record;
    body->failed = false;
    tine__body_enter(body);
}

tine_status tine__callback_leave(tine__body *body, tine_status returned, uint64_t index)
{
    tine__body_leave(body);
    return tine__body_result(body, returned, (int64_t)index);
}
