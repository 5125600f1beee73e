/* The two-bin loops, for vectors of any width. Included once by a file that defines before
 *     VECTOR_BYTES            a power of two, 64 at most
 *     words all_lanes(words)  each lane of the result: all lanes of a mask, combined by `and`
 *                             (declared here: `words` is a vector of VECTOR_BYTES / 8 uint64_t)
 * and gets `extract` of exact_loops.h. */
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

static inline void fetch_ahead(const double *x)
{
    __builtin_prefetch((const char *)x + AHEAD);
}

typedef struct constants {
    reals high, low;
} constants;

static inline constants constants_of(const tine__window *window)
{
    return (constants){window->high + (reals){0}, window->low + (reals){0}};
}

typedef struct bins { /* of one group */
    words high, low;  /* the sums of the bit patterns */
    words moved;      /* bits in which a pattern of the high bin differed from its constant's */
    words rest;       /* bits of what neither bin took */
} bins;

static inline void put(bins *b, reals x, const constants *c)
{
    reals high = x + c->high, below = x - (high - c->high);
    reals low = below + c->low, rest = below - (low - c->low);
    b->high += (words)high;
    b->low += (words)low;
    b->moved |= (words)high ^ (words)c->high;
    b->rest |= (words)rest;
}

/* All ones in every lane if each value was inside: nothing was left over (but for a -0), and no sum
 * with the constant has left the constant's binade, as NaN and infinities do too. */
static inline words inside(const bins *b)
{
    words outside = (b->moved & TINE__INFINITY_BITS) | (b->rest & ~TINE__SIGN_BIT);
    return all_lanes((words)(outside == 0));
}

/* The sum over the lanes without what the constant has added to it, for n values. */
static inline int64_t without_constant(words sum, double constant, size_t n)
{
    uint64_t total = 0 - n * tine__double_bits(constant);
    for (unsigned i = 0; i < LANES; i++)
        total += sum[i];
    return (int64_t)total;
}

static uint32_t extract(const double *x, size_t n_groups, const tine__window *window,
                        int64_t sums[2])
{
    const constants c = constants_of(window);
    words high = {0}, low = {0};
    uint32_t left = 0;
    for (size_t g = 0; g < n_groups; g++) {
        bins b = {.high = {0}};
#pragma GCC unroll 1 /* all eight at once do not fit the registers */
        for (unsigned line = 0; line < TINE__GROUP * sizeof *x / LINE; line++) {
            fetch_ahead(x);
            for (unsigned i = 0; i < LINE / VECTOR_BYTES; i++, x += LANES)
                put(&b, *(const unaligned_reals *)x, &c);
        }
        words kept = inside(&b);
        high += b.high & kept;
        low += b.low & kept;
        left |= (uint32_t)(~kept[0] & 1) << g;
    }
    size_t n = (n_groups - tine__popcount64(left)) * TINE__GROUP;
    sums[0] = without_constant(high, window->high, n);
    sums[1] = without_constant(low, window->low, n);
    return left;
}
