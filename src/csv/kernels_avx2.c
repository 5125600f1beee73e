/* The kernels by AVX2. */
#include "os/vectors_x86.h"
#include <stdint.h>

static inline unsigned lowest_bit(uint64_t bits)
{
    return (unsigned)_tzcnt_u64(bits);
}

#include "csv/positions.h"
#include "csv/set_bits.h"

typedef struct bytes {
    __m256i parts[2];
} bytes;

static inline bytes bytes_load(const char *p)
{
    const __m256i *v = (const void *)p;
    return (bytes){{_mm256_loadu_si256(v), _mm256_loadu_si256(v + 1)}};
}

static inline uint64_t bytes_equal(bytes x, unsigned char c)
{
    __m256i all = _mm256_set1_epi8((char)c);
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x.parts[0], all));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x.parts[1], all));
    return low | (uint64_t)high << 32;
}

static inline uint64_t bytes_either(bytes x, unsigned char c, unsigned char d)
{
    __m256i all_c = _mm256_set1_epi8((char)c), all_d = _mm256_set1_epi8((char)d);
    uint32_t half[2];
    for (unsigned i = 0; i < 2; i++)
        half[i] = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(
            _mm256_cmpeq_epi8(x.parts[i], all_c), _mm256_cmpeq_epi8(x.parts[i], all_d)));
    return half[0] | (uint64_t)half[1] << 32;
}

typedef struct seen {
    __m256i any;
} seen;

static inline void seen_add(seen *s, bytes x, unsigned char c)
{
    __m256i all = _mm256_set1_epi8((char)c);
    for (unsigned i = 0; i < 2; i++)
        s->any = _mm256_or_si256(s->any, _mm256_cmpeq_epi8(x.parts[i], all));
}

static inline bool seen_any(seen s)
{
    return !_mm256_testz_si256(s.any, s.any);
}

/* As wide as they are needed: widening them takes longer than reading four times as much from the
 * first cache. */
static const _Alignas(32) uint32_t set_bits[256][8] = TINE__SET_BITS;

/* Eight bits at a time, whatever they are: there is no branch to be guessed wrong. */
static inline uint32_t *write_mask(uint32_t *to, uint64_t bits, uint32_t at)
{
    const __m256i eight = _mm256_set1_epi32(8);
    __m256i base = _mm256_set1_epi32((int)at);
    for (unsigned i = 0; i < 8; i++, bits >>= 8) {
        __m256i row = _mm256_load_si256((const void *)set_bits[bits & 0xff]);
        _mm256_storeu_si256((void *)to, _mm256_add_epi32(row, base));
        base = _mm256_add_epi32(base, eight);
        to += tine__popcount64(bits & 0xff);
    }
    return to;
}

static inline size_t count_bits(const uint64_t *masks, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += tine__popcount64(masks[i]);
    return count;
}

/* Where they lie far apart they are found one by one. */
static inline size_t write_positions(uint32_t *to, const uint64_t *masks, size_t n, uint32_t at)
{
    const unsigned few = 4;
    size_t count = count_bits(masks, n);
    if (count <= few * n)
        return write_each(to, masks, n, at, few);
    for (size_t i = 0; i < n; i++, at += 64)
        to = write_mask(to, masks[i], at);
    return count;
}

#include "csv/prefix_clmul.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_avx2 = {"avx2",
                                          summarize,
                                          index_text,
                                          tine__int64s_avx2,
                                          tine__doubles_avx2,
                                          tine__dates_avx2,
                                          tine__timestamps_avx2,
                                          tine__utf8_avx2,
                                          tine__strings_avx2};
