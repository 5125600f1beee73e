/* prefix_xor for kernels_template.h, by doubling. */
#ifndef TINE_CSV_PREFIX_SHIFTS_H
#define TINE_CSV_PREFIX_SHIFTS_H
#include <stdint.h>

static inline uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

#endif
