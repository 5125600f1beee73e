/* The positions of bits one after the other, for write_positions: `step` at a time, some of them in
 * vain, as a branch for each would be guessed wrong too often (Langdale and Lemire 2019). A file
 * that includes this defines before:
 *
 *     unsigned lowest_bit(uint64_t bits)   its number; anything for 0
 */
#ifndef TINE_CSV_POSITIONS_H
#define TINE_CSV_POSITIONS_H
#include "base/bits.h"

static inline size_t write_each(uint32_t *to, const uint64_t *masks, size_t n, uint32_t at,
                                unsigned step)
{
    const uint32_t *begin = to;
    for (size_t i = 0; i < n; i++, at += 64) {
        unsigned count = tine__popcount64(masks[i]), done = 0;
        uint64_t bits = masks[i];
        do {
            for (unsigned k = 0; k < step; k++) {
                to[done + k] = at + lowest_bit(bits);
                bits &= bits - 1;
            }
            done += step;
        } while (done < count);
        to += count;
    }
    return (size_t)(to - begin);
}

#endif
