/* The loops by the compiler's own means, on vectors of 16 bytes, which every CPU has or the
 * compiler can do without. */
#define VECTOR_BYTES 16
#include "base/bits.h"
#include "reduce/exact.h"
#include "reduce/exact_loops_template.h"

static inline words all_lanes(words mask)
{
    return mask & (words){mask[1], mask[0]};
}

static bool spread(const double *x, uint32_t groups, int64_t *chunk)
{
    bool finite = true;
    for (; groups; groups &= groups - 1) {
        const double *group = x + tine__ctz64(groups) * TINE__GROUP;
        for (size_t i = 0; i < TINE__GROUP; i++) {
            uint64_t bits = tine__double_bits(group[i]);
            finite &= tine__bits_are_finite(bits);
            tine__chunks_add_double(chunk, bits);
        }
    }
    return !finite;
}

const tine__exact_loops tine__exact_loops_plain = {"plain", extract, spread};
