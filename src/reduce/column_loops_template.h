/* The loops over columns, for vectors of any width. The file that includes it defines before
 *     VECTOR_BYTES   a power of two, 64 at most
 * and behind it, for vectors `words` of uint64_t,
 *     square         each lane times itself, which as an int64 is from -2^31 to below 2^31
 * and gets range_int64, range_double, sum_int64 and moments_int64 of column_loops.h. */
#include "base/bits.h"
#include "base/size.h"
#include "reduce/column_loops.h"
#include "reduce/ieee.h"

#define LANES (VECTOR_BYTES / 8)
#define BLOCK 64 /* rows that share a word of validity */

typedef int64_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef ints ints_in_memory __attribute__((aligned(8), may_alias));
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

static inline words square(words x);

static inline ints load(const void *x)
{
    return *(const ints_in_memory *)x;
}

static inline ints all(int64_t x)
{
    return x + (ints){0};
}

/* Where the mask is all ones the first, else the second. */
static inline ints pick(ints mask, ints a, ints b)
{
    return (a & mask) | (b & ~mask);
}

/* A bit for each lane becomes a mask. */
static inline ints masks_of(uint64_t bits)
{
    ints place;
    for (unsigned i = 0; i < LANES; i++)
        place[i] = 1 << i;
    return (all((int64_t)bits) & place) == place;
}

/* ---- ranges ---- */

typedef struct ranges { /* of every lane */
    ints least, greatest;
} ranges;

static inline void widen(ranges *r, ints keys, ints counts)
{
    ints low = pick(counts, keys, all(INT64_MAX)), high = pick(counts, keys, all(INT64_MIN));
    r->least = pick(low < r->least, low, r->least);
    r->greatest = pick(high > r->greatest, high, r->greatest);
}

/* A vector of values, and which of them are not null. */
typedef void take_values(ranges *r, ints bits, ints valid);

static inline void take_ints(ranges *r, ints bits, ints valid)
{
    widen(r, bits, valid);
}

static inline void take_doubles(ranges *r, ints bits, ints valid)
{
    const ints nan = (bits & all(INT64_MAX)) > all((int64_t)TINE__INFINITY_BITS);
    widen(r, bits ^ ((bits < 0) & all(INT64_MAX)), valid & ~nan);
}

/* What is behind the last row is read, and not valid. */
static inline __attribute__((always_inline)) void
range_of(take_values *take, const void *x, const uint8_t *validity, size_t n, tine__range *range)
{
    const char *from = x;
    ranges r = {all(range->least), all(range->greatest)};
    for (size_t row = 0; row < n; row += BLOCK, from += BLOCK * sizeof(int64_t)) {
        const size_t rows = tine__min(n - row, BLOCK);
        const uint64_t valid = validity ? tine__load64(validity + row / 8) : UINT64_MAX;
        const uint64_t counts = valid & (UINT64_MAX >> (BLOCK - rows));
        if (counts == UINT64_MAX)
            for (size_t i = 0; i < BLOCK; i += LANES)
                take(&r, load(from + i * sizeof(int64_t)), all(-1));
        else
            for (size_t i = 0; i < rows; i += LANES)
                take(&r, load(from + i * sizeof(int64_t)), masks_of(counts >> i));
    }
    for (unsigned i = 0; i < LANES; i++) {
        range->least = r.least[i] < range->least ? r.least[i] : range->least;
        range->greatest = r.greatest[i] > range->greatest ? r.greatest[i] : range->greatest;
    }
}

static void range_int64(const int64_t *x, const uint8_t *validity, size_t n, tine__range *range)
{
    range_of(take_ints, x, validity, n, range);
}

static void range_double(const double *x, const uint8_t *validity, size_t n, tine__range *range)
{
    range_of(take_doubles, x, validity, n, range);
}

/* ---- sums, in halves of 32 bits: 2^31 of them fit ---- */

typedef struct halves {
    words low;
    ints high;
} halves;

static inline void add_halves(halves *sum, words x)
{
    sum->low += x & UINT32_MAX;
    sum->high += (ints)x >> 32;
}

/* Adds it to a number of n limbs. */
static inline void flush(const halves *sum, uint64_t *limb, size_t n)
{
    uint64_t low = 0;
    int64_t high = 0;
    for (unsigned i = 0; i < LANES; i++) {
        low += sum->low[i];
        high += sum->high[i];
    }
    const uint64_t sign = high < 0 ? UINT64_MAX : 0;
    const uint64_t lower[3] = {low},
                   upper[3] = {(uint64_t)high << 32, (uint64_t)(high >> 32), sign};
    tine__limbs_add(limb, lower, n);
    tine__limbs_add(limb, upper, n);
}

/* The next rows, filled up with zeros in `room`. */
static inline const int64_t *next_block(const int64_t *x, size_t n, int64_t room[BLOCK])
{
    if (n >= BLOCK)
        return x;
    memset(room, 0, BLOCK * sizeof *room);
    return memcpy(room, x, n * sizeof *x);
}

static void sum_int64(const int64_t *x, size_t n, tine__int_sum *sum)
{
    int64_t room[BLOCK];
    halves total = {{0}, {0}};
    for (size_t row = 0; row < n; row += BLOCK) {
        const int64_t *block = next_block(x + row, n - row, room);
        for (size_t i = 0; i < BLOCK; i += LANES)
            add_halves(&total, (words)load(block + i));
    }
    flush(&total, sum->limb, 2);
    sum->n += n;
}

/* Whether all are from -2^31 to below 2^31. */
static inline bool is_small(const int64_t *block)
{
    ints bits = all(0);
    int64_t together = 0;
    for (size_t i = 0; i < BLOCK; i += LANES)
        bits |= load(block + i) ^ (load(block + i) < 0);
    for (unsigned i = 0; i < LANES; i++)
        together |= bits[i];
    return together >> 31 == 0;
}

typedef struct moments_of_small { /* no sum of 2^31 small values passes 2^62 */
    words sum, square_low, square_high;
} moments_of_small;

static inline void add_small(moments_of_small *m, const int64_t *block)
{
    for (size_t i = 0; i < BLOCK; i += LANES) {
        const words x = (words)load(block + i), squared = square(x);
        m->sum += x;
        m->square_low += squared & UINT32_MAX;
        m->square_high += squared >> 32;
    }
}

static void moments_int64(const int64_t *x, size_t n, tine__int_moments *moments)
{
    int64_t room[BLOCK];
    moments_of_small small = {{0}, {0}, {0}};
    for (size_t row = 0; row < n; row += BLOCK) {
        const size_t rows = tine__min(n - row, BLOCK);
        const int64_t *block = next_block(x + row, rows, room);
        const bool is_fast = is_small(block);
        if (is_fast) {
            add_small(&small, block);
            moments->sum.n += rows;
        }
        for (size_t i = 0; !is_fast && i < rows; i++)
            tine__int_moments_add(moments, block[i]);
    }
    flush(&(halves){small.sum & UINT32_MAX, (ints)small.sum >> 32}, moments->sum.limb, 2);
    flush(&(halves){small.square_low, (ints)small.square_high}, moments->square, 3);
}
