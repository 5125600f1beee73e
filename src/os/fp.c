#include "os/fp.h"

#if defined __x86_64__

/* All exceptions masked, round to nearest, no flush to zero; of the x87 with 64 bits. */
#define DEFAULT_MXCSR 0x1f80u
#define DEFAULT_X87 0x37fu
/* Exceptions that have occurred. */
#define MXCSR_FLAGS 0x3fu

static uint16_t read_x87(void)
{
    uint16_t word;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
}

static void write_x87(uint16_t word)
{
    __asm__ volatile("fldcw %0" : : "m"(word));
}

void tine__fp_enter(tine__fp *fp)
{
    fp->mxcsr = __builtin_ia32_stmxcsr();
    fp->x87 = read_x87();
    if ((fp->mxcsr & ~MXCSR_FLAGS) != DEFAULT_MXCSR)
        __builtin_ia32_ldmxcsr(DEFAULT_MXCSR);
    if (fp->x87 != DEFAULT_X87)
        write_x87(DEFAULT_X87);
}

/* With the program's flags: what a body has raised is no news of the program's. */
void tine__fp_leave(const tine__fp *fp)
{
    if (__builtin_ia32_stmxcsr() != fp->mxcsr)
        __builtin_ia32_ldmxcsr(fp->mxcsr);
    if (read_x87() != fp->x87)
        write_x87(fp->x87);
}

#else

void tine__fp_enter(tine__fp *fp)
{
    fegetenv(&fp->saved);
    fesetenv(FE_DFL_ENV);
}

void tine__fp_leave(const tine__fp *fp)
{
    fesetenv(&fp->saved);
}

#endif
