/* A user's callback as a body of its own inside the one that runs it: what it says by tine_fail
 * ends up in a record of our choice. Every callback of a terminal is called between the two. */
#ifndef TINE_DATASET_CALLBACK_H
#define TINE_DATASET_CALLBACK_H
#include "base/body.h"

void tine__callback_enter(tine__body *body, tine_error *record);
/* Returns the callback's status, having filled the record if it is a failure; `index` is the
 * failure's, unless the callback named one. */
tine_status tine__callback_leave(tine__body *body, tine_status returned, uint64_t index);

#endif
