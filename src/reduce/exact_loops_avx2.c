/* The loops by AVX2 with FMA. */
#define VECTOR_BYTES 32
#include "reduce/exact.h"
#include "reduce/exact_loops_template.h"

static inline words all_lanes(words mask)
{
    mask &= __builtin_shufflevector(mask, mask, 2, 3, 0, 1);
    return mask & __builtin_shufflevector(mask, mask, 1, 0, 3, 2);
}

static inline reals product_error(reals x, reals y, reals product)
{
    return __builtin_ia32_vfmaddpd256(x, y, -product);
}

/* Twice the chunks of every addition that can be: slot i holds what goes to chunk i and i + 1. One
 * such array for each lane, so that neighbours do not wait for one another's store. */
#define SLOTS (2048 / TINE__CHUNK_BITS)

typedef uint64_t pair __attribute__((vector_size(16)));

typedef struct slots {
    pair pairs[LANES][SLOTS];
} slots;

/* Takes four doubles apart as tine__scaled_of and tine__chunks_add_double do one. */
static inline words spread_vector(const double *x, slots *to)
{
    typedef int64_t integers __attribute__((vector_size(VECTOR_BYTES)));
    const words bits = (words) * (const unaligned_reals *)x;
    const words exponent = bits << 1 >> 53, subnormal = (words)(exponent == 0);
    const words mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | (~subnormal & (UINT64_C(1) << 52));
    const words position = exponent - 1 - subnormal;
    const words shift = position % TINE__CHUNK_BITS, sign = (words)((integers)bits < 0);
    const words low = (((mantissa << shift) & UINT32_MAX) ^ sign) - sign;
    const words high = ((mantissa >> (TINE__CHUNK_BITS - shift)) ^ sign) - sign;
    const words slot = position / TINE__CHUNK_BITS;
    const words even = __builtin_shufflevector(low, high, 0, 4, 2, 6);
    const words odd = __builtin_shufflevector(low, high, 1, 5, 3, 7);
    to->pairs[0][slot[0]] += __builtin_shufflevector(even, even, 0, 1);
    to->pairs[1][slot[1]] += __builtin_shufflevector(odd, odd, 0, 1);
    to->pairs[2][slot[2]] += __builtin_shufflevector(even, even, 2, 3);
    to->pairs[3][slot[3]] += __builtin_shufflevector(odd, odd, 2, 3);
    return (words)(exponent == 0x7ff);
}

static bool spread(const double *x, uint32_t groups, int64_t *chunk)
{
    slots to = {{{{0}}}};
    words special = {0};
    for (; groups; groups &= groups - 1) {
        const double *group = x + tine__ctz64(groups) * TINE__GROUP;
        for (size_t i = 0; i < TINE__GROUP; i += LANES) {
            fetch_ahead(group + i);
            special |= spread_vector(group + i, &to);
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        const pair sum = to.pairs[0][i] + to.pairs[1][i] + to.pairs[2][i] + to.pairs[3][i];
        chunk[i] += (int64_t)sum[0];
        chunk[i + 1] += (int64_t)sum[1];
    }
    return ~all_lanes(~special)[0];
}

const tine__exact_loops tine__exact_loops_avx2 = {"avx2", extract, extract_squares,
                                                  extract_products, spread};
