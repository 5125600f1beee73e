/* The loops that extract, for vectors of any width. The file that includes it defines before
 *     VECTOR_BYTES   a power of two, 64 at most
 * and behind it, for vectors `words` of uint64_t and `reals` of double,
 *     all_lanes      each lane of the result: all lanes of a mask, combined by `and`
 *     product_error  x * y - product, which is the rounded product; NaN or an infinity if something
 *                    on the way is past the range
 * and gets extract, extract_squares and extract_products of exact_loops.h. */
#include "base/bits.h"
#include "reduce/exact_loops.h"
#include "reduce/ieee.h"

#define LANES (VECTOR_BYTES / 8)
#define LINE 64 /* bytes that are fetched together */
/* How far ahead memory is asked for: a core that computes this much does not run far enough ahead
 * to keep it busy. To ask for what is not there does no harm. */
#define AHEAD 8192

typedef double reals __attribute__((vector_size(VECTOR_BYTES)));
typedef reals unaligned_reals __attribute__((aligned(8), may_alias));
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

static inline words all_lanes(words mask);
static inline reals product_error(reals x, reals y, reals product);

static inline void fetch_ahead(const double *x)
{
    __builtin_prefetch((const char *)x + AHEAD);
}

/* Of one group, in every bin: the sums of the bit patterns; and whether all was inside. */
typedef struct bins {
    words sum[TINE__SQUARE_BINS];
    words moved; /* bits in which a pattern of the highest bin differed from its constant's */
    words rest;  /* bits of what no bin took */
} bins;

/* Puts x in bin k; returns what it does not hold. */
static inline reals put(bins *b, unsigned k, reals x, const reals *constants)
{
    reals rounded = x + constants[k];
    b->sum[k] += (words)rounded;
    return x - (rounded - constants[k]);
}

/* The same for the highest bin, whose range is watched. */
static inline reals put_highest(bins *b, reals x, const reals *constants)
{
    b->moved |= (words)(x + constants[0]) ^ (words)constants[0];
    return put(b, 0, x, constants);
}

/* What is done with a vector of values, or of x and y. */
typedef void step(bins *b, reals x, reals y, const reals *constants);

static inline void put_value(bins *b, reals x, reals y, const reals *constants)
{
    (void)y;
    b->rest |= (words)put(b, 1, put_highest(b, x, constants), constants);
}

/* What the square and its error leave of the middle bin is added without an error: both are
 * multiples of the lowest bin's unit, and 2^51 of them at most together. */
static inline void put_square(bins *b, reals x, reals y, const reals *constants)
{
    put_value(b, x, y, constants);
    reals square = x * x, error = product_error(x, x, square);
    reals rest = put(b, 3, put(b, 2, square, constants), constants);
    put(b, 4, rest + put(b, 3, error, constants), constants);
}

/* A product that vanishes, but not because of a zero, has an error that is none. */
static inline void put_product(bins *b, reals x, reals y, const reals *constants)
{
    reals product = x * y, error = product_error(x, y, product);
    b->rest |= (words)put(b, 1, put_highest(b, product, constants), constants);
    b->rest |= (words)put(b, 3, put(b, 2, error, constants), constants);
    b->rest |= (words)(product == 0) & (words)(x != 0) & (words)(y != 0);
}

/* All ones in every lane if each value was inside: nothing was left over (but for a -0), and no sum
 * with the constant has another sign or exponent than the constant: NaN and infinities have. */
static inline words inside(const bins *b)
{
    words moved = b->moved & (TINE__SIGN_BIT | TINE__INFINITY_BITS);
    words outside = moved | (b->rest & ~TINE__SIGN_BIT);
    return all_lanes((words)(outside == 0));
}

/* One group. */
static inline __attribute__((always_inline)) bins put_group(step *put_vector, const double *x,
                                                            const double *y, const reals *constants)
{
    bins b = {.moved = {0}};
#pragma GCC unroll 1 /* all eight at once do not fit the registers */
    for (unsigned line = 0; line < TINE__GROUP * sizeof *x / LINE; line++) {
        fetch_ahead(x);
        if (y != x)
            fetch_ahead(y);
        for (unsigned i = 0; i < LINE / VECTOR_BYTES; i++, x += LANES, y += LANES)
            put_vector(&b, *(const unaligned_reals *)x, *(const unaligned_reals *)y, constants);
    }
    return b;
}

/* The sum over the lanes without what the constant has added to it, n times. */
static inline int64_t without_constant(words sum, double constant, size_t n)
{
    uint64_t total = 0 - n * tine__double_bits(constant);
    for (unsigned i = 0; i < LANES; i++)
        total += sum[i];
    return (int64_t)total;
}

/* times[k]: how often a step adds to bin k. */
static inline __attribute__((always_inline)) uint32_t
extract_by(step *put_vector, unsigned n_bins, const unsigned char *times, const double *x,
           const double *y, size_t n_groups, const double *constants, int64_t *sums)
{
    reals spread_constants[TINE__SQUARE_BINS];
    words total[TINE__SQUARE_BINS] = {{0}};
    uint32_t left = 0;
    for (unsigned k = 0; k < n_bins; k++)
        spread_constants[k] = constants[k] + (reals){0};
    for (size_t g = 0; g < n_groups; g++) {
        bins b = put_group(put_vector, x + g * TINE__GROUP, y + g * TINE__GROUP, spread_constants);
        words kept = inside(&b);
        for (unsigned k = 0; k < n_bins; k++)
            total[k] += b.sum[k] & kept;
        left |= (uint32_t)(~kept[0] & 1) << g;
    }
    size_t n = (n_groups - tine__popcount64(left)) * TINE__GROUP;
    for (unsigned k = 0; k < n_bins; k++)
        sums[k] = without_constant(total[k], constants[k], times[k] * n);
    return left;
}

static uint32_t extract(const double *x, size_t n_groups, const double constants[TINE__BINS],
                        int64_t sums[TINE__BINS])
{
    static const unsigned char times[TINE__BINS] = {1, 1};
    return extract_by(put_value, TINE__BINS, times, x, x, n_groups, constants, sums);
}

static uint32_t extract_squares(const double *x, size_t n_groups,
                                const double constants[TINE__SQUARE_BINS],
                                int64_t sums[TINE__SQUARE_BINS])
{
    static const unsigned char times[TINE__SQUARE_BINS] = {1, 1, 1, 2, 1};
    return extract_by(put_square, TINE__SQUARE_BINS, times, x, x, n_groups, constants, sums);
}

static uint32_t extract_products(const double *x, const double *y, size_t n_groups,
                                 const double constants[TINE__PRODUCT_BINS],
                                 int64_t sums[TINE__PRODUCT_BINS])
{
    static const unsigned char times[TINE__PRODUCT_BINS] = {1, 1, 1, 1};
    return extract_by(put_product, TINE__PRODUCT_BINS, times, x, y, n_groups, constants, sums);
}
