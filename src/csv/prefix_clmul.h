/* prefix_xor for kernels_template.h: a product without carries by all ones adds up, in each bit,
 * those below it (Langdale and Lemire, Parsing gigabytes of JSON per second, 2019). */
#ifndef TINE_CSV_PREFIX_CLMUL_H
#define TINE_CSV_PREFIX_CLMUL_H
#include "os/vectors_x86.h"
#include <stdint.h>

static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

#endif
