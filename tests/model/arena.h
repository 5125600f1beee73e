/* Memory of a run: never used twice, so that an access to a freed block is noticed, and at the same
 * addresses whatever the order of the threads. */
#ifndef MODEL_ARENA_H
#define MODEL_ARENA_H
#include "model/model.h"

void arena_reset(void);
uint64_t arena_hash(void);
bool arena_is_freed(uintptr_t address);
/* Whether the value is what allocated memory is filled with. */
bool arena_is_poison(uint64_t value, size_t size);

#endif
