/* Scopes, and the one question that every long call asks: should it stop? */
#ifndef TINE_TASK_SCOPE_H
#define TINE_TASK_SCOPE_H
#include <tine.h>
#include "base/body.h"

/* What the current body is told: TINE_OK to go on; TINE_ECANCELED if its task, its pool or a scope
 * above it was cancelled; TINE_ETIMEDOUT if a deadline of its own or of a scope has passed. TINE_OK
 * outside a body. The clock is read only where there is a deadline. */
tine_status tine__stop_status(void);

/* Whether what runs in the scope is over; NULL: it never is. */
tine_status tine__scope_status(const tine_scope *scope);

/* When that will be by its deadlines, as they are now; INT64_MAX: they have none. */
int64_t tine__scope_deadline(const tine_scope *scope);

/* The same as a failure with a message. */
tine_status tine__stop_error(tine_error *error, tine_status stop);

/* Makes the future the scope's youngest member. TINE_ECANCELED or TINE_ETIMEDOUT, and no member, if
 * the scope is over or a member has failed. */
TINE_MUST_USE tine_status tine__scope_join(tine_scope *scope, tine_future *future,
                                           tine_error *error);

/* Ends the membership of a future that is done; its failure, if it has one, cancels the members
 * that joined after it. The scope may be gone afterwards. */
void tine__scope_leave(tine_scope *scope, tine_future *future);

#endif
