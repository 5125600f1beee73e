/* The kernels by SSE2, which every x86-64 has. */
#include "csv/bytes_sse2.h"

static inline uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

#include "csv/positions.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_sse2 = {
    "sse2", summarize, index_text, tine__int64s_scalar, tine__doubles_scalar, tine__utf8_scalar};
