#include "os/isa.h"

#if defined __x86_64__ && defined __GNUC__

#include <cpuid.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Compilers differ in whether __builtin_cpu_supports knows it. */
static bool has_lzcnt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT);
}

static unsigned ask(void)
{
    __builtin_cpu_init();
    unsigned isa = 0;
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") &&
        __builtin_cpu_supports("pclmul"))
        isa |= TINE__ISA_CLMUL;
    if (isa && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2") && has_lzcnt())
        isa |= TINE__ISA_AVX2;
    if (__builtin_cpu_supports("fma"))
        isa |= TINE__ISA_FMA;
    return isa;
}

#define ASKED (1u << 31)

/* Asked once: in a virtual machine each cpuid is a trip to the host, of microseconds. Written by
 * whoever finds it 0, and by all with the same; it orders nothing. */
static atomic_uint isa_known;

unsigned tine__isa(void)
{
    unsigned isa = atomic_load_explicit(&isa_known, memory_order_relaxed);
    if (!isa) {
        isa = ask() | ASKED;
        atomic_store_explicit(&isa_known, isa, memory_order_relaxed);
    }
    return isa & ~ASKED;
}

#else

unsigned tine__isa(void)
{
    return 0;
}

#endif
