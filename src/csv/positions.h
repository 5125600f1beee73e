/* write_positions for kernels_template.h, one bit after the other, but a fixed number at a time,
 * some of them in vain: a branch for each would be guessed wrong too often (Langdale and Lemire
 * 2019). */
#ifndef TINE_CSV_POSITIONS_H
#define TINE_CSV_POSITIONS_H
#include "base/bits.h"

static inline void write_positions(uint32_t *to, uint64_t bits, uint32_t at)
{
    const unsigned step = 8;
    for (; bits; to += step)
        for (unsigned i = 0; i < step; i++) {
            to[i] = at + (bits ? tine__ctz64(bits) : 0);
            bits &= bits - 1;
        }
}

#endif
