/* What kind of system the scenario is on. */
#ifndef MODEL_OS_H
#define MODEL_OS_H
#include <stdbool.h>

extern bool os_has_heavy_barrier;

#endif
