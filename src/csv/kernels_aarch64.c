#include "csv/kernels.h"

const tine__kernels *tine__kernels_at(size_t i)
{
    static const tine__kernels *const all[] = {&tine__kernels_neon, &tine__kernels_scalar};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}
