/* write_positions for kernels_template.h, one bit after the other, but a fixed number at a time,
 * some of them in vain: a branch for each would be guessed wrong too often (Langdale and Lemire
 * 2019). */
#ifndef TINE_CSV_POSITIONS_H
#define TINE_CSV_POSITIONS_H
#include "base/bits.h"

static inline size_t write_positions(uint32_t *to, const uint64_t *masks, size_t n, uint32_t at)
{
    const unsigned step = 8;
    const uint32_t *begin = to;
    for (size_t i = 0; i < n; i++, at += 64) {
        unsigned count = tine__popcount64(masks[i]);
        uint64_t bits = masks[i];
        for (unsigned done = 0; done < count; done += step)
            for (unsigned k = done; k < done + step; k++) {
                to[k] = at + (bits ? tine__ctz64(bits) : 0);
                bits &= bits - 1;
            }
        to += count;
    }
    return (size_t)(to - begin);
}

#endif
