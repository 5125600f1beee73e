#include "os/isa.h"
#include "reduce/column_loops.h"

const tine__column_loops *tine__column_loops_at(size_t i)
{
    i += !(tine__isa() & TINE__ISA_AVX2);
    const tine__column_loops *const all[] = {&tine__column_loops_avx2, &tine__column_loops_plain};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}
