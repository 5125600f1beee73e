#include "os/isa.h"
#include "reduce/exact_loops.h"

const tine__exact_loops *tine__exact_loops_at(size_t i)
{
    const unsigned avx2 = TINE__ISA_AVX2 | TINE__ISA_FMA;
    if ((tine__isa() & avx2) != avx2)
        i++;
    const tine__exact_loops *const all[] = {&tine__exact_loops_avx2, &tine__exact_loops_plain};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}
