/* The contents of fields by AVX2, so many bytes at a time that the longest of the fields is one
 * step as a rule, without a branch on its size; more than there are, where those may be read. Of
 * doubled quotes, which an odd number of quotes lies before, the first is dropped: eight bytes
 * close up by a shuffle that is looked up by what is kept of them (the idea: Lemire, Kurz and Rupp,
 * Stream VByte, 2018). */
#include "base/bits.h"
#include "csv/prefix_clmul.h"
#include "csv/set_bits.h"
#include "csv/values.h"

#include <string.h>

static const uint8_t set_bits[256][8] = TINE__SET_BITS;

typedef struct copying {
    __m256i quote;
    uint64_t if_quote; /* all ones: there are quotes; else 0 */
    char *to;
    uint64_t odd; /* all ones: the quotes of the field so far are odd in number; else 0 */
} copying;

/* Copies `step` bytes, 16, 32 or 64, and returns which are quotes. */
static TINE__INLINE uint64_t copy_step(const copying *c, const char *from, unsigned step)
{
    uint64_t quotes = 0;
    if (step == 16) {
        __m128i x = _mm_loadu_si128((const void *)from);
        _mm_storeu_si128((void *)c->to, x);
        return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm256_castsi256_si128(c->quote)));
    }
    for (unsigned i = 0; i < step; i += 32) {
        __m256i x = _mm256_loadu_si256((const void *)(from + i));
        _mm256_storeu_si256((void *)(c->to + i), x);
        uint32_t part = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, c->quote));
        quotes |= (uint64_t)part << i;
    }
    return quotes;
}

/* Writes those of `step` bytes whose bit in `keep` is set, one behind the other. */
static TINE__INLINE void put_kept(copying *c, const char *from, uint64_t keep, unsigned step)
{
    for (unsigned i = 0; i < step; i += 8, keep >>= 8) {
        __m128i eight = _mm_loadl_epi64((const void *)(from + i));
        __m128i row = _mm_loadl_epi64((const void *)set_bits[keep & 0xff]);
        _mm_storel_epi64((void *)c->to, _mm_shuffle_epi8(eight, row));
        c->to += tine__popcount64(keep & 0xff);
    }
}

/* The n <= step next bytes of a field, of which `step` can be read. */
static TINE__INLINE void put_step(copying *c, const char *from, size_t n, unsigned step)
{
    uint64_t there = _bzhi_u64(~UINT64_C(0), (unsigned)n);
    uint64_t quotes = copy_step(c, from, step) & there & c->if_quote;
    if (quotes) {
        uint64_t odd = prefix_xor(quotes) ^ c->odd;
        put_kept(c, from, there & ~(quotes & odd), step);
        c->odd = (uint64_t)((int64_t)odd >> 63); /* the bits behind the last quote are all alike */
    } else
        c->to += n;
}

/* A content of n bytes; there may be bytes behind it up to `end`. */
static TINE__INLINE void put_content(copying *c, const char *from, size_t n, const char *end,
                                     unsigned step)
{
    char copy[64];
    for (; n > step; from += step, n -= step)
        put_step(c, from, step, step);
    if (end - from < step) {
        memset(copy, 0, step);
        if (n)
            memcpy(copy, from, n);
        from = copy;
    }
    put_step(c, from, n, step);
    c->odd = 0;
}

static TINE__INLINE void put_contents(const tine__fields *fields, int quote, char *to,
                                      int32_t *offsets, unsigned step)
{
    copying c = {_mm256_set1_epi8((char)quote), quote < 0 ? 0 : ~UINT64_C(0), to + offsets[0], 0};
    const char *end = fields->text + fields->end[fields->n - 1];
    for (unsigned i = 0; i < fields->n; i++) {
        const char *from = fields->text + fields->begin[i];
        size_t n = fields->end[i] - fields->begin[i];
        bool quoted = n && (unsigned char)*from == quote;
        put_content(&c, from + quoted, n - 2 * quoted, end, step);
        offsets[i + 1] = (int32_t)(c.to - to);
    }
}

static uint32_t longest_of(const tine__fields *fields)
{
    uint32_t longest = 0;
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        uint32_t n = fields->end[i] - fields->begin[i];
        longest = n > longest ? n : longest;
    }
    return longest;
}

void tine__strings_avx2(const tine__fields *fields, int quote, char *to, int32_t *offsets)
{
    uint32_t longest = longest_of(fields);
    if (longest <= 16)
        put_contents(fields, quote, to, offsets, 16);
    else if (longest <= 32)
        put_contents(fields, quote, to, offsets, 32);
    else
        put_contents(fields, quote, to, offsets, 64);
}
