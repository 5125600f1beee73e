/* The floating-point environment. A body computes with the default one (round to nearest, no flush
 * to zero, no traps), whatever the program around it has set, and the program gets its own back. */
#ifndef TINE_OS_FP_H
#define TINE_OS_FP_H
#include <fenv.h>

typedef struct tine__fp {
    fenv_t saved;
} tine__fp;

void tine__fp_enter(tine__fp *fp);
void tine__fp_leave(const tine__fp *fp);

#endif
