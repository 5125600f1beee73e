/* The contents of fields by AVX2, 64 bytes at a time, more than there are where those may be read:
 * most fields are done in one step, without a branch on their size. Of doubled quotes, which an odd
 * number of quotes lies before, the first is dropped: eight bytes close up by a shuffle that is
 * looked up by what is kept of them (the idea: Lemire, Kurz and Rupp, Stream VByte, 2018). */
#include "base/bits.h"
#include "csv/prefix_clmul.h"
#include "csv/set_bits.h"
#include "csv/values.h"

#include <string.h>

static const uint8_t set_bits[256][8] = TINE__SET_BITS;

enum { STEP = 64 };

typedef struct copying {
    __m256i quote;
    uint64_t if_quote; /* all ones: there are quotes; else 0 */
    char *to;
    uint64_t odd; /* all ones: the quotes of the field so far are odd in number; else 0 */
} copying;

/* Writes those of 64 bytes whose bit in `keep` is set, one behind the other. */
static TINE__INLINE void put_kept(copying *c, const char *from, uint64_t keep)
{
    for (unsigned i = 0; i < STEP; i += 8, keep >>= 8) {
        __m128i eight = _mm_loadl_epi64((const void *)(from + i));
        __m128i row = _mm_loadl_epi64((const void *)set_bits[keep & 0xff]);
        _mm_storel_epi64((void *)c->to, _mm_shuffle_epi8(eight, row));
        c->to += tine__popcount64(keep & 0xff);
    }
}

/* The n <= 64 next bytes of a field, of which 64 can be read. */
static TINE__INLINE void put_step(copying *c, const char *from, size_t n)
{
    __m256i low = _mm256_loadu_si256((const void *)from);
    __m256i high = _mm256_loadu_si256((const void *)(from + 32));
    uint32_t in_low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, c->quote));
    uint32_t in_high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, c->quote));
    uint64_t there = _bzhi_u64(~UINT64_C(0), (unsigned)n);
    uint64_t quotes = (in_low | (uint64_t)in_high << 32) & there & c->if_quote;
    if (quotes) {
        uint64_t odd = prefix_xor(quotes) ^ c->odd;
        put_kept(c, from, there & ~(quotes & odd));
        c->odd = (uint64_t)((int64_t)odd >> 63);
        return;
    }
    _mm256_storeu_si256((void *)c->to, low);
    _mm256_storeu_si256((void *)(c->to + 32), high);
    c->to += n;
}

/* A content of n bytes; there may be bytes behind it up to `end`. */
static TINE__INLINE void put_content(copying *c, const char *from, size_t n, const char *end)
{
    char copy[STEP];
    for (; n > STEP; from += STEP, n -= STEP)
        put_step(c, from, STEP);
    if (end - from < STEP) {
        memset(copy, 0, STEP);
        if (n)
            memcpy(copy, from, n);
        from = copy;
    }
    put_step(c, from, n);
    c->odd = 0;
}

void tine__strings_avx2(const tine__fields *fields, int quote, char *to, int32_t *offsets)
{
    copying c = {_mm256_set1_epi8((char)quote), quote < 0 ? 0 : ~UINT64_C(0), to + offsets[0], 0};
    const char *end = fields->text + fields->end[fields->n - 1];
    for (unsigned i = 0; i < fields->n; i++) {
        const char *from = fields->text + fields->begin[i];
        size_t n = fields->end[i] - fields->begin[i];
        bool quoted = n && (unsigned char)*from == quote;
        put_content(&c, from + quoted, n - 2 * quoted, end);
        offsets[i + 1] = (int32_t)(c.to - to);
    }
}
