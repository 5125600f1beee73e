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

/* In halves of 26 bits, whose products are doubles (Dekker 1971, "A floating-point technique for
 * extending the available precision"; the splitting is Veltkamp's). */
static inline reals upper_half(reals x)
{
    reals scaled = x * 0x1.0000002p27;
    return scaled - (scaled - x);
}

static inline reals product_error(reals x, reals y, reals product)
{
    reals x1 = upper_half(x), x2 = x - x1, y1 = upper_half(y), y2 = y - y1;
    return x2 * y2 - (((product - x1 * y1) - x2 * y1) - x1 * y2);
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

const tine__exact_loops tine__exact_loops_plain = {"plain", extract, extract_squares,
                                                   extract_products, spread};
