#include "base/body.h"
#include "base/error.h"

_Thread_local tine__body *tine__current;

tine_status tine_fail(tine_status status, int64_t index, const char *format, ...)
{
    tine__body *body = tine__current;
    if (!body)
        return status;
    body->failed = true;
    if (body->record) {
        va_list args;
        va_start(args, format);
        tine__error_setv(body->record, status, format, args);
        va_end(args);
        body->record->index = index;
    }
    return status;
}

tine_status tine__body_fail(const tine_error *error)
{
    tine__current->failed = true;
    return tine__error_copy(tine__current->record, error);
}

tine_status tine__body_result(tine__body *body, tine_status returned, int64_t index)
{
    bool spoke = body->failed;
    body->failed = false;
    if (returned == TINE_OK || !body->record)
        return returned;
    if (!spoke)
        tine__error_set(body->record, returned, "the callback returned %d (%s)", returned,
                        tine_status_name(returned));
    body->record->status = returned;
    if (body->record->index < 0)
        body->record->index = index;
    return returned;
}

void tine__callback_enter(tine__callback *callback, tine_error *record)
{
    tine__body *body = &callback->body;
    *body = tine__current ? *tine__current : (tine__body){.deadline_ns = INT64_MAX};
    body->record = &callback->said;
    body->failed = false;
    callback->record = record;
    tine__body_enter(body);
}

tine_status tine__callback_leave(tine__callback *callback, tine_status returned, int64_t index)
{
    tine__body_leave(&callback->body);
    if (tine__body_result(&callback->body, returned, index) == TINE_OK)
        return TINE_OK;
    return tine__error_copy(callback->record, &callback->said);
}
