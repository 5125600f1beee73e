/* write_positions for kernels_template.h where there is nothing better. */
#ifndef TINE_CSV_POSITIONS_EACH_H
#define TINE_CSV_POSITIONS_EACH_H
#include "base/bits.h"

static inline unsigned lowest_bit(uint64_t bits)
{
    return tine__ctz64(bits | UINT64_C(1) << 63);
}

#include "csv/positions.h"

static inline size_t write_positions(uint32_t *to, const uint64_t *masks, size_t n, uint32_t at)
{
    return write_each(to, masks, n, at, 8);
}

#endif
