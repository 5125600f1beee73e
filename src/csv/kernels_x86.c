#include "csv/kernels.h"
#include "os/isa.h"

const tine__kernels *tine__kernels_at(size_t i)
{
    static const struct {
        unsigned needs;
        const tine__kernels *kernels;
    } all[] = {
        {TINE__ISA_AVX2, &tine__kernels_avx2},
        {TINE__ISA_CLMUL, &tine__kernels_clmul},
        {0, &tine__kernels_sse2},
        {0, &tine__kernels_scalar},
    };
    unsigned isa = tine__isa();
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if ((isa & all[k].needs) == all[k].needs && i-- == 0)
            return all[k].kernels;
    return NULL;
}
