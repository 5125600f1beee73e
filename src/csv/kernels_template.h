/* The kernels over 64 bytes at a time, whatever the instruction set. A file that includes this
 * defines before:
 *
 *     struct bytes                         64 bytes, in registers
 *     bytes bytes_load(const char *p)
 *     uint64_t bytes_equal(bytes x, unsigned char c)   bit i: byte i is c
 *     uint64_t bytes_either(bytes x, unsigned char c, unsigned char d)   it is one of two
 *     struct seen, zeroed; void seen_add(seen *s, bytes x, unsigned char c);
 *     bool seen_any(seen s)                whether c was among all that was added
 *     uint64_t prefix_xor(uint64_t bits)   bit i: an odd number of the bits 0 ... i is set
 *     size_t write_positions(uint32_t *to, const uint64_t *masks, size_t n, uint32_t at)
 *                                          at + i for each set bit i of n masks of 64, and their
 *                                          number; TINE__INDEX_SLACK more words may be written
 *
 * and gets the functions summarize and index_text of a tine__kernels.
 *
 * There is no branch on what a block holds: each would be guessed wrong too often. But texts have
 * long runs without quotes, or without CRs, of which less needs to be known. So the functions of a
 * run are inlined for each `kind` of them; a run is taken for one of the kind of the run before,
 * and if it turns out to be another it is read again as one of any kind. */
#ifndef TINE_CSV_KERNELS_TEMPLATE_H
#define TINE_CSV_KERNELS_TEMPLATE_H
#include "csv/kernels.h"
#include "base/bits.h"
#include "base/size.h"

typedef struct kind { /* of a run of blocks: what may be in it */
    bool quotes, crs;
} kind;

/* A dialect without quotes has a byte in marks->quote that means nothing. */
static TINE__INLINE kind any_kind(const tine__marks *marks)
{
    return (kind){marks->has_quote, true};
}

typedef struct block { /* bit i: byte i of 64 is ... */
    uint64_t delimiter, quote, cr;
    uint64_t end;  /* a CR or an LF */
    unsigned last; /* the number of its last byte, behind which there is nothing */
} block;

static TINE__INLINE block block_of(const tine__marks *marks, bytes x, kind k)
{
    return (block){
        .delimiter = bytes_equal(x, marks->delimiter),
        .quote = k.quotes ? bytes_equal(x, marks->quote) : 0,
        .cr = k.crs ? bytes_equal(x, '\r') : 0,
        .end = k.crs ? bytes_either(x, '\r', '\n') : bytes_equal(x, '\n'),
        .last = 63,
    };
}

/* The same of the n < 64 bytes that end a text. */
static block last_block(const tine__marks *marks, const char *text, size_t n)
{
    char copy[64] = {0};
    memcpy(copy, text, n);
    block b = block_of(marks, bytes_load(copy), any_kind(marks));
    uint64_t there = (UINT64_C(1) << n) - 1;
    return (block){b.delimiter & there, b.quote & there, b.cr & there, b.end & there,
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

static TINE__INLINE uint64_t bytes_of(block b)
{
    return ~UINT64_C(0) >> (63 - b.last);
}

/* Which bytes lie inside quotes, an opening quote included, a closing one not. */
static TINE__INLINE uint64_t insides(block b, kind k, uint64_t inside_before)
{
    return k.quotes ? prefix_xor(b.quote) ^ inside_before : inside_before;
}

/* The LFs of CR LF. */
static TINE__INLINE uint64_t second_ends(block b, kind k, uint64_t after_cr)
{
    return k.crs ? b.end & ~b.cr & (b.cr << 1 | after_cr) : 0;
}

/* ---- runs ---- */

/* Blocks that are taken at once. */
enum { RUN_BLOCKS = 64 };

typedef struct found { /* in a run so far */
    seen quotes, crs;
} found;

static TINE__INLINE block next_block(const tine__marks *marks, const char *text, kind k, found *f)
{
    bytes x = bytes_load(text);
    seen_add(&f->quotes, x, marks->quote);
    seen_add(&f->crs, x, '\r');
    return block_of(marks, x, k);
}

static TINE__INLINE kind kind_of(const tine__marks *marks, found f)
{
    return (kind){marks->has_quote && seen_any(f.quotes), seen_any(f.crs)};
}

static TINE__INLINE bool admits(kind k, kind other)
{
    return (k.quotes || !other.quotes) && (k.crs || !other.crs);
}

/* ---- summarize ---- */

typedef struct summary {
    kind before;        /* of the run before */
    uint64_t skipped;   /* all ones: a line end never starts a record; else 0 */
    uint64_t inside;    /* all ones: inside, if the chunk was entered outside */
    uint64_t after_end; /* 1: the byte before is a line end */
    uint64_t after_cr;  /* 1: it is a CR */
    uint64_t lines;
    uint64_t outer; /* records, if the chunk was entered outside */
    uint64_t any;   /* in either case */
} summary;

typedef struct starts { /* of records in a block */
    uint64_t outer, any;
} starts;

static TINE__INLINE starts starts_in(summary *s, block b, kind k)
{
    uint64_t inside = insides(b, k, s->inside);
    uint64_t second = second_ends(b, k, s->after_cr);
    uint64_t any = (b.end << 1 | s->after_end) & ~(second | (b.end & s->skipped)) & bytes_of(b);
    uint64_t outer = any & ~(inside << 1 | (s->inside & 1));
    s->lines += tine__popcount64(b.end & ~second);
    s->outer += tine__popcount64(outer);
    s->any += tine__popcount64(any);
    s->after_end = last_bit(b, b.end);
    s->after_cr = last_bit(b, b.cr);
    s->inside = spread_last(b, inside);
    return (starts){outer, any};
}

static TINE__INLINE summary summary_of(const tine__marks *marks)
{
    return (summary){.before = any_kind(marks),
                     .skipped = marks->blank_is_record ? 0 : ~UINT64_C(0)};
}

/* Where the first record starts. */
static size_t first_start(const tine__marks *marks, const char *text, size_t n, bool entered_inside)
{
    summary s = summary_of(marks);
    for (size_t at = 0; at < n; at += 64) {
        block b = n - at >= 64 ? block_of(marks, bytes_load(text + at), any_kind(marks))
                               : last_block(marks, text + at, n - at);
        starts here = starts_in(&s, b, any_kind(marks));
        uint64_t bits = entered_inside ? here.any & ~here.outer : here.outer;
        if (bits)
            return at + tine__ctz64(bits);
    }
    return n;
}

/* False: the run is of another kind, and nothing was done. */
static TINE__INLINE bool summarize_kind(summary *s, const tine__marks *marks, const char *text,
                                        size_t blocks, kind k)
{
    summary t = *s;
    found f = {0};
    for (size_t i = 0; i < blocks; i++)
        starts_in(&t, next_block(marks, text + 64 * i, k, &f), k);
    t.before = kind_of(marks, f);
    if (!admits(k, t.before))
        return false;
    *s = t;
    return true;
}

static TINE__INLINE bool summarize_as(summary *s, const tine__marks *marks, const char *text,
                                      size_t blocks, kind k)
{
    if (k.quotes && k.crs)
        return summarize_kind(s, marks, text, blocks, (kind){true, true});
    if (k.quotes)
        return summarize_kind(s, marks, text, blocks, (kind){true, false});
    if (k.crs)
        return summarize_kind(s, marks, text, blocks, (kind){false, true});
    return summarize_kind(s, marks, text, blocks, (kind){false, false});
}

static TINE__INLINE void summarize_run(summary *s, const tine__marks *marks, const char *text,
                                       size_t blocks)
{
    kind k = {s->before.quotes, s->before.crs || s->after_cr};
    while (!summarize_as(s, marks, text, blocks, k))
        k = any_kind(marks);
}

static void summarize(const tine__marks *marks, const char *text, size_t n, tine__halves *out)
{
    const tine__marks m = *marks; /* which no store can change */
    summary s = summary_of(&m);
    size_t at = 0, blocks;
    for (; (blocks = tine__min((n - at) / 64, RUN_BLOCKS)) > 0; at += 64 * blocks)
        summarize_run(&s, &m, text + at, blocks);
    if (at < n)
        starts_in(&s, last_block(&m, text + at, n - at), any_kind(&m));
    *out = (tine__halves){
        .records = {s.outer, s.any - s.outer}, .lines = s.lines, .odd = s.inside != 0};
    for (unsigned half = 0; half < 2; half++)
        out->first[half] = out->records[half] ? first_start(&m, text, n, half) : n;
}

/* ---- index ---- */

/* What is out of place where quotes may stand. */
static TINE__INLINE uint64_t misplaced(tine__index *index, block b, uint64_t inside,
                                       uint64_t field_ends)
{
    uint64_t opening = b.quote & inside, closing = b.quote & ~inside;
    uint64_t may_open = (field_ends | closing) << 1 | index->may_open;
    uint64_t behind_closing = closing << 1 | index->closed;
    index->may_open = last_bit(b, field_ends | closing);
    index->closed = last_bit(b, closing);
    return (opening & ~may_open) |
           (behind_closing & ~(b.delimiter | b.end | b.quote) & bytes_of(b));
}

/* The ends in a block, and in *bad what is out of place there. */
static TINE__INLINE uint64_t ends_in(tine__index *index, block b, kind k, uint64_t *bad)
{
    uint64_t inside = insides(b, k, index->inside);
    uint64_t first_ends = ~inside & ~second_ends(b, k, index->after_cr);
    uint64_t field_ends = (b.delimiter | b.end) & ~inside;
    if (k.quotes)
        *bad |= misplaced(index, b, inside, field_ends);
    else
        index->may_open = last_bit(b, field_ends);
    index->n_lines += tine__popcount64(b.end & first_ends);
    index->after_cr = last_bit(b, b.cr);
    index->inside = spread_last(b, inside);
    return field_ends & first_ends;
}

/* False: the run is of another kind, and nothing was done. */
static TINE__INLINE bool index_kind(tine__index *index, const tine__marks *marks, const char *text,
                                    size_t blocks, kind k, uint64_t *bad, uint64_t *ends)
{
    tine__index x = *index;
    uint64_t wrong = 0;
    found f = {0};
    for (size_t i = 0; i < blocks; i++)
        ends[i] = ends_in(&x, next_block(marks, text + 64 * i, k, &f), k, &wrong);
    kind before = kind_of(marks, f);
    if (!admits(k, before))
        return false;
    x.no_quotes = !before.quotes;
    x.no_crs = !before.crs;
    *index = x;
    *bad |= wrong;
    return true;
}

static TINE__INLINE bool index_as(tine__index *index, const tine__marks *marks, const char *text,
                                  size_t blocks, kind k, uint64_t *bad, uint64_t *ends)
{
    if (k.quotes && k.crs)
        return index_kind(index, marks, text, blocks, (kind){true, true}, bad, ends);
    if (k.quotes)
        return index_kind(index, marks, text, blocks, (kind){true, false}, bad, ends);
    if (k.crs)
        return index_kind(index, marks, text, blocks, (kind){false, true}, bad, ends);
    return index_kind(index, marks, text, blocks, (kind){false, false}, bad, ends);
}

static TINE__INLINE void index_run(tine__index *index, const tine__marks *marks, const char *text,
                                   size_t blocks, uint64_t *bad, uint64_t *ends)
{
    kind k = {marks->has_quote && (!index->no_quotes || index->closed),
              !index->no_crs || index->after_cr};
    while (!index_as(index, marks, text, blocks, k, bad, ends))
        k = any_kind(marks);
}

/* The ends in the n bytes or the first RUN_BLOCKS blocks of a text; returns the number of blocks.
 */
static TINE__INLINE size_t find_ends(const tine__marks *marks, const char *text, size_t n,
                                     tine__index *index, uint64_t *bad, uint64_t *ends)
{
    size_t blocks = tine__min(n / 64, RUN_BLOCKS);
    if (blocks)
        index_run(index, marks, text, blocks, bad, ends);
    if (blocks < RUN_BLOCKS && n % 64) {
        block b = last_block(marks, text + 64 * blocks, n % 64);
        ends[blocks++] = ends_in(index, b, any_kind(marks), bad);
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
        uint64_t ends[RUN_BLOCKS];
        size_t blocks = find_ends(&m, text + at, end - at, &x, &bad, ends);
        x.n_ends += write_positions(x.ends + x.n_ends, ends, blocks, (uint32_t)at);
    }
    *index = x;
    return bad == 0;
}

#endif
