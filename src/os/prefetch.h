/* Fetches a cache line that is about to be written: once, for writing, where a load and then a store
 * would fetch it twice if another CPU has it. */
#ifndef TINE_OS_PREFETCH_H
#define TINE_OS_PREFETCH_H

/* Any address, valid or not. Compilers make this a fetch for reading where the instruction is not
 * part of the architecture's first version; x86-64 CPUs that lack it do nothing. */
static inline void tine__prefetch_write(const void *p)
{
#if defined __x86_64__
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
    __builtin_prefetch(p, 1);
#endif
}

#endif
