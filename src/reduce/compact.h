/* The exact sums of exact.h and moments.h in half a cache line and in a whole one, for one group
 * among many: integers whose unit is set by the first value. Values that are not within 32 binary
 * orders of magnitude above the unit go to a wide accumulator, which is allocated when the first of
 * them comes. */
#ifndef TINE_REDUCE_COMPACT_H
#define TINE_REDUCE_COMPACT_H
#include "base/bits.h"
#include "reduce/integer.h"
#include "reduce/moments.h"

#include <tine.h>

#define TINE__COMPACT_WINDOW 32
#define TINE__COMPACT_NOWHERE UINT16_MAX /* no unit yet: no position fits */

typedef struct tine__compact {
    /* Two's complement, least significant limb first. A value is below 2^84 units, and there are
     * less than 2^32; merged, they are below 2^125. */
    uint64_t sum[2];
    tine__exact *wide; /* owned, NULL: not needed; of moments: the sum that these begin with */
    uint32_t n;        /* values added here, zeros and special ones too */
    uint16_t base;     /* the unit's position, as in tine__scaled */
    uint8_t special;   /* TINE__SEEN_... */
} tine__compact;

typedef struct tine__compact_moments {
    tine__compact x;
    uint64_t square[4]; /* below 2^168 units, 2^32 times; merged, below 2^253 */
} tine__compact_moments;

/* Initialisers. */
#define TINE__COMPACT_INIT                                                                         \
    {                                                                                              \
        .base = TINE__COMPACT_NOWHERE                                                              \
    }
#define TINE__COMPACT_MOMENTS_INIT                                                                 \
    {                                                                                              \
        .x.base = TINE__COMPACT_NOWHERE                                                            \
    }

void tine__compact_destroy(tine__compact *c, const tine_allocator *allocator);
void tine__compact_moments_destroy(tine__compact_moments *c, const tine_allocator *allocator);

/* For a value that does not fit, or for the 2^32nd. TINE_ENOMEM. */
TINE_MUST_USE tine_status tine__compact_add_slowly(tine__compact *c, double value,
                                                   const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__compact_moments_add_slowly(tine__compact_moments *c, double value,
                                                           const tine_allocator *allocator);

/* What is not finite has a position that never fits. */
static inline bool tine__compact_fits(const tine__compact *c, tine__scaled x)
{
    return x.position - c->base < TINE__COMPACT_WINDOW && c->n < UINT32_MAX;
}

/* Adds a value that fits. The mantissa is negated before it is shifted: that is one word. */
static inline void tine__compact_put(tine__compact *c, tine__scaled x)
{
    unsigned shift = x.position - c->base; /* below 32: 53 bits and it are more than a word */
    int64_t value = ((int64_t)x.mantissa ^ x.negative) - x.negative;
    tine__limbs_add_two(c->sum, (uint64_t)value << shift, (uint64_t)(value >> (63 - shift) >> 1));
    c->n++;
}

static inline void tine__compact_moments_put(tine__compact_moments *c, tine__scaled x)
{
    unsigned shift = 2 * (x.position - c->x.base);
    uint64_t high, low = tine__mul128(x.mantissa, x.mantissa, &high);
    bool carry = tine__limb_add(&c->square[0], low << shift, false);
    carry = tine__limb_add(&c->square[1], high << shift | low >> 1 >> (63 - shift), carry);
    carry = tine__limb_add(&c->square[2], high >> 1 >> (63 - shift), carry);
    c->square[3] += carry;
    tine__compact_put(&c->x, x);
}

static inline TINE_MUST_USE tine_status tine__compact_add(tine__compact *c, double value,
                                                          const tine_allocator *allocator)
{
    tine__scaled x = tine__scaled_of(tine__double_bits(value));
    if (!tine__compact_fits(c, x))
        return tine__compact_add_slowly(c, value, allocator);
    tine__compact_put(c, x);
    return TINE_OK;
}

static inline TINE_MUST_USE tine_status tine__compact_moments_add(tine__compact_moments *c,
                                                                  double value,
                                                                  const tine_allocator *allocator)
{
    tine__scaled x = tine__scaled_of(tine__double_bits(value));
    if (!tine__compact_fits(&c->x, x))
        return tine__compact_moments_add_slowly(c, value, allocator);
    tine__compact_moments_put(c, x);
    return TINE_OK;
}

/* Adds n values. Needs the default floating-point environment. TINE_ENOMEM. */
TINE_MUST_USE tine_status tine__compact_add_array(tine__compact *c, const double *x, size_t n,
                                                  const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__compact_moments_add_array(tine__compact_moments *c, const double *x,
                                                          size_t n,
                                                          const tine_allocator *allocator);

/* Takes back the count of n of the zeros added last, which stood for no values. */
static inline void tine__compact_uncount(tine__compact *c, size_t n)
{
    if (c->wide)
        c->wide->n -= n; /* below 0 perhaps, but not together with c->n */
    else
        c->n -= (uint32_t)n;
}

static inline void tine__compact_moments_uncount(tine__compact_moments *c, size_t n)
{
    tine__compact_uncount(&c->x, n);
}

TINE_MUST_USE tine_status tine__compact_merge(tine__compact *c, const tine__compact *right,
                                              const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__compact_moments_merge(tine__compact_moments *c,
                                                      const tine__compact_moments *right,
                                                      const tine_allocator *allocator);

/* As those of exact.h and moments.h. */
bool tine__compact_sum(const tine__compact *c, double *out);
bool tine__compact_mean(const tine__compact *c, double *out);
bool tine__compact_moments_var(const tine__compact_moments *c, double *out);
bool tine__compact_moments_std(const tine__compact_moments *c, double *out);

#endif
