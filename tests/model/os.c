/* The model's own part of src/os, as far as the sources that it runs call it. */
#include "os/barrier.h"

bool tine__heavy_barrier_exists(void)
{
    return true;
}

void tine__heavy_barrier(void)
{
    model_heavy_barrier();
}
