/* Who accesses what. As long as an object is known to be written by one thread at most, and
 * accessed by others only if by nobody written, nothing depends on when an access to it happens; so
 * it need not be a step of its own. What is known grows from run to run; whenever it turns out to
 * have been too little, the exploration begins anew with what is known now. So in an exploration
 * that comes to its end it was enough. */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H
#include <stdbool.h>
#include <stdint.h>

void usage_forget(void);
/* Notes the access. Whether it depends on the accesses of others, as far as is known. */
bool usage_depends(uintptr_t address, unsigned thread, bool writes);
/* Whether an access since the last call has made others depend on it for the first time. */
bool usage_has_changed(void);

#endif
