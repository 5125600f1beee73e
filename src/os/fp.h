/* The floating-point environment. A body computes with the default one (round to nearest, no flush
 * to zero, no traps), whatever the program around it has set, and the program gets its own back.
 *
 * On x86-64 it is two registers, which cost little to read and more to write: they are written only
 * where they differ from what they should be. Elsewhere it is the C library's to know. */
#ifndef TINE_OS_FP_H
#define TINE_OS_FP_H
#include <fenv.h>
#include <stdint.h>

typedef struct tine__fp {
#if defined __x86_64__
    uint32_t mxcsr;
    uint16_t x87;
#else
    fenv_t saved;
#endif
} tine__fp;

void tine__fp_enter(tine__fp *fp);
void tine__fp_leave(const tine__fp *fp);

#endif
