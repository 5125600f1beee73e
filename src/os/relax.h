/* A word to the CPU from a thread that looks at the same thing again and again. */
#ifndef TINE_OS_RELAX_H
#define TINE_OS_RELAX_H

static inline void tine__relax(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__ || defined __arm__
    __asm__ volatile("yield");
#endif
}

#endif
