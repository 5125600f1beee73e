/* The kernels in portable C: masks of 64 bytes from eight words of eight. */
#include "csv/kernels.h"
#include "base/bits.h"

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* The bytes of a little-endian word that are 0, as 8 bits. No byte's carry reaches the next, so
 * that each bit is exact; the product gathers the eight top bits (Warren, Hacker's Delight, 2013,
 * 6-1). */
static inline uint64_t zero_bytes(uint64_t word)
{
    uint64_t low = EACH_BYTE(0x7f);
    uint64_t top = ~(((word & low) + low) | word | low);
    return ((top >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline uint64_t load_little_endian(const char *p)
{
    uint64_t word = tine__load64(p);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

typedef struct block { /* bit i: byte i of 64 is ... */
    uint64_t delimiter, quote, cr, lf;
} block;

static inline block block_of(const tine__marks *marks, const char *text)
{
    block b = {0};
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = load_little_endian(text + 8 * i);
        b.delimiter |= zero_bytes(word ^ EACH_BYTE(marks->delimiter)) << (8 * i);
        b.quote |= zero_bytes(word ^ EACH_BYTE(marks->quote)) << (8 * i);
        b.cr |= zero_bytes(word ^ EACH_BYTE('\r')) << (8 * i);
        b.lf |= zero_bytes(word ^ EACH_BYTE('\n')) << (8 * i);
    }
    if (!marks->has_quote)
        b.quote = 0;
    return b;
}

/* The same of the n < 64 bytes that end a text. */
static block last_block(const tine__marks *marks, const char *text, size_t n)
{
    char copy[64] = {0};
    memcpy(copy, text, n);
    block b = block_of(marks, copy);
    uint64_t there = (UINT64_C(1) << n) - 1;
    return (block){b.delimiter & there, b.quote & there, b.cr & there, b.lf & there};
}

/* Bit i: an odd number of the bits 0 ... i is set. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* ---- summarize ---- */

typedef struct summary {
    tine__halves *out;
    uint64_t inside;   /* all ones: inside, if the chunk was entered outside */
    uint64_t start[2]; /* 1: the byte before is a line end that counts */
    uint64_t after_cr; /* 1: it is a CR */
} summary;

static inline void count_half(summary *s, unsigned half, uint64_t starts, size_t at)
{
    if (starts && s->out->records[half] == 0)
        s->out->first[half] = at + tine__ctz64(starts);
    s->out->records[half] += tine__popcount64(starts);
}

/* `last` is the number of the block's last byte: behind it nothing starts. */
static inline void summarize_block(summary *s, const tine__marks *marks, block b, size_t at,
                                   unsigned last)
{
    uint64_t inside = prefix_xor(b.quote) ^ s->inside;
    uint64_t behind_cr = b.cr << 1 | s->after_cr;
    uint64_t ends = b.cr | b.lf;
    uint64_t no_start = marks->blank_is_record ? b.lf & behind_cr : ends;
    uint64_t may_start = ~no_start & (~UINT64_C(0) >> (63 - last));
    uint64_t outer = ends & ~inside, inner = ends & inside;
    count_half(s, 0, (outer << 1 | s->start[0]) & may_start, at);
    count_half(s, 1, (inner << 1 | s->start[1]) & may_start, at);
    s->out->lines += tine__popcount64(b.cr | (b.lf & ~behind_cr));
    s->start[0] = outer >> 63;
    s->start[1] = inner >> 63;
    s->after_cr = b.cr >> 63;
    s->inside = (uint64_t) - (int64_t)((inside >> last) & 1);
}

static void summarize(const tine__marks *marks, const char *text, size_t n, tine__halves *out)
{
    *out = (tine__halves){.first = {n, n}};
    summary s = {.out = out};
    size_t at = 0;
    for (; n - at >= 64; at += 64)
        summarize_block(&s, marks, block_of(marks, text + at), at, 63);
    if (at < n)
        summarize_block(&s, marks, last_block(marks, text + at, n - at), at,
                        (unsigned)(n - at - 1));
    out->odd = s.inside != 0;
}

/* ---- index ---- */

static inline void write_positions(tine__index *index, uint64_t bits, size_t at)
{
    size_t n = tine__popcount64(bits);
    uint32_t *to = index->ends + index->n_ends;
    /* Four at a time, some of them in vain: a branch for each would be guessed wrong too often. */
    for (size_t done = 0; done < n; done += 4, to += 4)
        for (unsigned i = 0; i < 4; i++) {
            to[i] = (uint32_t)(at + (bits ? tine__ctz64(bits) : 0));
            bits &= bits - 1;
        }
    index->n_ends += n;
}

/* `last` is the number of the block's last byte. */
static inline bool index_block(tine__index *index, block b, size_t at, unsigned last)
{
    uint64_t inside = prefix_xor(b.quote) ^ index->inside;
    uint64_t ends = b.cr | b.lf;
    uint64_t lines = (b.cr | (b.lf & ~(b.cr << 1 | index->after_cr))) & ~inside;
    uint64_t field_ends = (b.delimiter | ends) & ~inside;
    uint64_t opening = b.quote & inside, closing = b.quote & ~inside;
    uint64_t may_open = (field_ends | closing) << 1 | index->may_open;
    uint64_t behind_closing = closing << 1 | index->closed;
    uint64_t there = ~UINT64_C(0) >> (63 - last);
    uint64_t bad =
        (opening & ~may_open) | (behind_closing & ~(b.delimiter | ends | b.quote) & there);
    write_positions(index, (b.delimiter & ~inside) | lines, at);
    index->n_lines += tine__popcount64(lines);
    index->may_open = ((field_ends | closing) >> last) & 1;
    index->closed = (closing >> last) & 1;
    index->after_cr = (b.cr >> last) & 1;
    index->inside = (uint64_t) - (int64_t)((inside >> last) & 1);
    return bad == 0;
}

static bool index_text(const tine__marks *marks, const char *text, size_t begin, size_t end,
                       tine__index *index)
{
    bool good = true;
    size_t at = begin;
    for (; end - at >= 64; at += 64)
        good &= index_block(index, block_of(marks, text + at), at, 63);
    if (at < end)
        good &= index_block(index, last_block(marks, text + at, end - at), at,
                            (unsigned)(end - at - 1));
    return good;
}

const tine__kernels *tine__kernels_scalar(void)
{
    static const tine__kernels kernels = {summarize, index_text};
    return &kernels;
}
