/* The kernels over 64 bytes at a time, whatever the instruction set. A file that includes this
 * defines before:
 *
 *     struct bytes                         64 bytes, in registers
 *     bytes bytes_load(const char *p)
 *     uint64_t bytes_equal(bytes x, unsigned char c)   bit i: byte i is c
 *     uint64_t bytes_either(bytes x, unsigned char c, unsigned char d)   it is one of two
 *     bool bytes_have(bytes x, unsigned char c)        bytes_equal would not give 0
 *     struct seen, zeroed; void seen_add(seen *s, bytes x, unsigned char c, unsigned char d);
 *     bool seen_any(seen s)                whether one of two was among all that was added
 *     uint64_t prefix_xor(uint64_t bits)   bit i: an odd number of the bits 0 ... i is set
 *     size_t write_positions(uint32_t *to, const uint64_t *masks, size_t n, uint32_t at)
 *                                          at + i for each set bit i of n masks of 64, and their
 *                                          number; TINE__INDEX_SLACK more words may be written
 *
 * and gets the functions summarize and index_text of a tine__kernels.
 *
 * Most blocks have no CR. The functions of a block are inlined twice, once for these, where what is
 * said of CRs falls out. And most texts have long runs with neither CR nor quote, of which little
 * needs to be known: where the run before was such a one, that is tried, and if it was wrong the
 * run is read again. */
#ifndef TINE_CSV_KERNELS_TEMPLATE_H
#define TINE_CSV_KERNELS_TEMPLATE_H
#include "csv/kernels.h"
#include "base/bits.h"
#include "base/size.h"

typedef struct block { /* bit i: byte i of 64 is ... */
    uint64_t delimiter, quote, cr, lf;
    unsigned last; /* the number of its last byte, behind which there is nothing */
} block;

static TINE__INLINE block block_of(const tine__marks *marks, const char *text)
{
    bytes x = bytes_load(text);
    return (block){
        .delimiter = bytes_equal(x, marks->delimiter),
        .quote = bytes_equal(x, marks->quote) & (uint64_t) - (int64_t)marks->has_quote,
        .cr = bytes_have(x, '\r') ? bytes_equal(x, '\r') : 0,
        .lf = bytes_equal(x, '\n'),
        .last = 63,
    };
}

/* The same of the n < 64 bytes that end a text. */
static block last_block(const tine__marks *marks, const char *text, size_t n)
{
    char copy[64] = {0};
    memcpy(copy, text, n);
    block b = block_of(marks, copy);
    uint64_t there = (UINT64_C(1) << n) - 1;
    return (block){b.delimiter & there, b.quote & there, b.cr & there, b.lf & there,
                   (unsigned)n - 1};
}

/* Of the block's last byte: all ones or nothing. */
static TINE__INLINE uint64_t spread_last(block b, uint64_t bits)
{
    return (uint64_t)((int64_t)(bits << (63 - b.last)) >> 63);
}

static TINE__INLINE uint64_t last_bit(block b, uint64_t bits)
{
    return (bits >> b.last) & 1;
}

/* Blocks that are taken at once. */
enum { RUN_BLOCKS = 64 };

/* What makes a run of blocks special beside CR: the quote, where there is one. */
static TINE__INLINE unsigned char quote_or_cr(const tine__marks *marks)
{
    return marks->has_quote ? marks->quote : '\r';
}

/* ---- summarize ---- */

typedef struct summary {
    bool blank_is_record;
    uint64_t inside;      /* all ones: inside, if the chunk was entered outside */
    uint64_t after_outer; /* 1: the byte before is a line end, and outside then */
    uint64_t after_end;   /* 1: it is a line end */
    uint64_t after_cr;    /* 1: it is a CR */
    uint64_t lines;
} summary;

typedef struct starts { /* of records in a block */
    uint64_t outer;     /* if the chunk was entered outside */
    uint64_t any;       /* in either case */
} starts;

static TINE__INLINE starts starts_in(summary *s, block b)
{
    uint64_t inside = prefix_xor(b.quote) ^ s->inside;
    uint64_t behind_cr = b.cr << 1 | s->after_cr, ends = b.cr | b.lf, outer = ends & ~inside;
    uint64_t no_start = s->blank_is_record ? b.lf & behind_cr : ends;
    uint64_t may_start = ~no_start & (~UINT64_C(0) >> (63 - b.last));
    starts found = {(outer << 1 | s->after_outer) & may_start,
                    (ends << 1 | s->after_end) & may_start};
    s->lines += tine__popcount64(b.cr | (b.lf & ~behind_cr));
    s->after_outer = last_bit(b, outer);
    s->after_end = last_bit(b, ends);
    s->after_cr = last_bit(b, b.cr);
    s->inside = spread_last(b, inside);
    return found;
}

static TINE__INLINE starts next_starts(summary *s, block b)
{
    if (b.cr | s->after_cr)
        return starts_in(s, b);
    b.cr = s->after_cr = 0;
    return starts_in(s, b);
}

static TINE__INLINE block block_at(const tine__marks *marks, const char *text, size_t at, size_t n)
{
    return n - at >= 64 ? block_of(marks, text + at) : last_block(marks, text + at, n - at);
}

/* Where the first record starts. */
static size_t first_start(const tine__marks *marks, const char *text, size_t n, bool entered_inside)
{
    summary s = {.blank_is_record = marks->blank_is_record};
    for (size_t at = 0; at < n; at += 64) {
        starts found = next_starts(&s, block_at(marks, text, at, n));
        uint64_t bits = entered_inside ? found.any & ~found.outer : found.outer;
        if (bits)
            return at + tine__ctz64(bits);
    }
    return n;
}

/* The starts in a run of whole blocks with neither CR nor quote; false: there are some. */
static TINE__INLINE bool plain_starts(summary *s, const tine__marks *marks, const char *text,
                                      size_t blocks, starts *counts)
{
    seen special = {0};
    uint64_t after_end = s->after_end, lines = 0, found = 0;
    for (size_t i = 0; i < blocks; i++) {
        bytes x = bytes_load(text + 64 * i);
        uint64_t lf = bytes_equal(x, '\n');
        seen_add(&special, x, '\r', quote_or_cr(marks));
        lines += tine__popcount64(lf);
        found += tine__popcount64((lf << 1 | after_end) & ~(s->blank_is_record ? 0 : lf));
        after_end = lf >> 63;
    }
    if (seen_any(special))
        return false;
    s->lines += lines;
    s->after_end = after_end;
    s->after_outer = after_end & ~s->inside;
    counts->any += found;
    counts->outer += found & ~s->inside;
    return true;
}

static TINE__INLINE bool any_starts(summary *s, const tine__marks *marks, const char *text,
                                    size_t blocks, starts *counts)
{
    uint64_t special = 0;
    for (size_t i = 0; i < blocks; i++) {
        block b = block_of(marks, text + 64 * i);
        starts found = next_starts(s, b);
        special |= b.cr | b.quote;
        counts->outer += tine__popcount64(found.outer);
        counts->any += tine__popcount64(found.any);
    }
    return special == 0;
}

static void summarize(const tine__marks *marks, const char *text, size_t n, tine__halves *out)
{
    const tine__marks m = *marks; /* which no store can change */
    summary s = {.blank_is_record = m.blank_is_record};
    starts counts = {0};
    size_t at = 0, blocks;
    bool plain = true; /* the run before was */
    for (; (blocks = tine__min((n - at) / 64, RUN_BLOCKS)) > 0; at += 64 * blocks) {
        plain = plain && !s.after_cr && plain_starts(&s, &m, text + at, blocks, &counts);
        if (!plain)
            plain = any_starts(&s, &m, text + at, blocks, &counts);
    }
    if (at < n) {
        starts found = next_starts(&s, last_block(&m, text + at, n - at));
        counts.outer += tine__popcount64(found.outer);
        counts.any += tine__popcount64(found.any);
    }
    *out = (tine__halves){.records = {counts.outer, counts.any - counts.outer},
                          .lines = s.lines,
                          .odd = s.inside != 0};
    for (unsigned half = 0; half < 2; half++)
        out->first[half] = out->records[half] ? first_start(&m, text, n, half) : n;
}

/* ---- index ---- */

/* The ends in a block, and in *bad what is out of place there. */
static TINE__INLINE uint64_t ends_in(tine__index *index, block b, uint64_t *bad)
{
    uint64_t inside = prefix_xor(b.quote) ^ index->inside;
    uint64_t ends = b.cr | b.lf;
    uint64_t lines = (b.cr | (b.lf & ~(b.cr << 1 | index->after_cr))) & ~inside;
    uint64_t field_ends = (b.delimiter | ends) & ~inside;
    uint64_t opening = b.quote & inside, closing = b.quote & ~inside;
    uint64_t may_open = (field_ends | closing) << 1 | index->may_open;
    uint64_t behind_closing = closing << 1 | index->closed;
    uint64_t there = ~UINT64_C(0) >> (63 - b.last);
    *bad |= (opening & ~may_open) | (behind_closing & ~(b.delimiter | ends | b.quote) & there);
    index->n_lines += tine__popcount64(lines);
    index->may_open = last_bit(b, field_ends | closing);
    index->closed = last_bit(b, closing);
    index->after_cr = last_bit(b, b.cr);
    index->inside = spread_last(b, inside);
    return (b.delimiter & ~inside) | lines;
}

static TINE__INLINE uint64_t next_ends(tine__index *index, block b, uint64_t *bad)
{
    if (b.cr | index->after_cr)
        return ends_in(index, b, bad);
    b.cr = index->after_cr = 0;
    return ends_in(index, b, bad);
}

/* The ends in a run of whole blocks with neither CR nor quote, entered outside quotes and not
 * behind a closing one; false: there are some. */
static TINE__INLINE bool plain_ends(const tine__marks *marks, const char *text, size_t blocks,
                                    tine__index *index, uint64_t *found)
{
    seen special = {0};
    size_t lines = 0;
    for (size_t i = 0; i < blocks; i++) {
        bytes x = bytes_load(text + 64 * i);
        seen_add(&special, x, '\r', quote_or_cr(marks));
        found[i] = bytes_either(x, marks->delimiter, '\n');
        lines += tine__popcount64(bytes_equal(x, '\n'));
    }
    if (seen_any(special))
        return false;
    index->n_lines += lines;
    index->may_open = found[blocks - 1] >> 63;
    return true;
}

static TINE__INLINE bool any_ends(const tine__marks *marks, const char *text, size_t blocks,
                                  tine__index *index, uint64_t *bad, uint64_t *found)
{
    uint64_t special = 0;
    for (size_t i = 0; i < blocks; i++) {
        block b = block_of(marks, text + 64 * i);
        special |= b.cr | b.quote;
        found[i] = next_ends(index, b, bad);
    }
    return special == 0;
}

/* The ends in the n bytes or the first RUN_BLOCKS blocks of a text; returns the number of blocks.
 */
static TINE__INLINE size_t find_ends(const tine__marks *marks, const char *text, size_t n,
                                     tine__index *index, uint64_t *bad, uint64_t *found)
{
    size_t blocks = tine__min(n / 64, RUN_BLOCKS);
    bool plain = blocks && !index->special && !(index->inside | index->closed | index->after_cr) &&
                 plain_ends(marks, text, blocks, index, found);
    if (blocks && !plain)
        index->special = !any_ends(marks, text, blocks, index, bad, found);
    if (blocks < RUN_BLOCKS && n % 64) {
        found[blocks] = next_ends(index, last_block(marks, text + 64 * blocks, n % 64), bad);
        blocks++;
    }
    return blocks;
}

/* First the masks of a run, then its positions: the two loops together are faster than one that
 * does both. */
static bool index_text(const tine__marks *marks, const char *text, size_t begin, size_t end,
                       tine__index *index)
{
    const tine__marks m = *marks;
    tine__index x = *index;
    uint64_t bad = 0;
    for (size_t at = begin; at < end; at += 64 * RUN_BLOCKS) {
        uint64_t found[RUN_BLOCKS];
        size_t blocks = find_ends(&m, text + at, end - at, &x, &bad, found);
        x.n_ends += write_positions(x.ends + x.n_ends, found, blocks, (uint32_t)at);
    }
    *index = x;
    return bad == 0;
}

#endif
