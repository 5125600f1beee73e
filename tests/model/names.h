/* What the scenario has told about its objects. */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H
#include "model/model.h"

void names_reset(void);
/* NULL: it has none. */
const char *names_of(uintptr_t address, unsigned *index_out, bool *is_array_out);
bool names_are_exclusive(uintptr_t address);
unsigned names_owner(uintptr_t address);

#endif
