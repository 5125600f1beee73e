#include "reduce/compact.h"
#include "base/alloc.h"
#include "reduce/ratio.h"

/* A new unit is this far below the first value, or a little more: units are multiples of ROUND, so
 * that the same group in two tables mostly has the same. */
enum { BELOW = 12, ROUND = 8 };

/* Shorter arrays do not make a sum wide. */
enum { LONG = 32 };

_Static_assert(sizeof(tine__compact) == 32 && sizeof(tine__compact_moments) == 64,
               "half a cache line, and a whole one");

static tine__moments *wide_moments(const tine__compact_moments *c)
{
    return (tine__moments *)c->x.wide;
}

void tine__compact_destroy(tine__compact *c, const tine_allocator *allocator)
{
    TINE__DELETE(allocator, c->wide);
    c->wide = NULL;
}

void tine__compact_moments_destroy(tine__compact_moments *c, const tine_allocator *allocator)
{
    TINE__DELETE(allocator, wide_moments(c));
    c->x.wide = NULL;
}

static tine_status widen(tine__compact *c, const tine_allocator *allocator)
{
    if (!c->wide)
        c->wide = TINE__NEW(allocator, tine__exact);
    return c->wide ? TINE_OK : TINE_ENOMEM;
}

static tine_status widen_moments(tine__compact_moments *c, const tine_allocator *allocator)
{
    if (!c->x.wide) {
        tine__moments *wide = TINE__NEW(allocator, tine__moments);
        c->x.wide = wide ? &wide->sum : NULL;
    }
    return c->x.wide ? TINE_OK : TINE_ENOMEM;
}

/* ---- from narrow to wide ---- */

/* Adds a number in two's complement, of at most four limbs: one addition. */
static void add_limbs(int64_t *chunk, const uint64_t *limbs, size_t n, unsigned position)
{
    uint64_t flip = 0 - (limbs[n - 1] >> 63), carry = flip & 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t limb = (limbs[i] ^ flip) + carry;
        carry = carry && limb == 0;
        for (unsigned half = 0; half < 64; half += 32) {
            int64_t part = (uint32_t)(limb >> half);
            tine__chunks_add_at(chunk, flip ? -part : part, position + 64 * (unsigned)i + half);
        }
    }
}

/* Nothing has been added that a unit was needed for. */
static bool is_nowhere(const tine__compact *c)
{
    return c->base == TINE__COMPACT_NOWHERE;
}

/* One addition is reserved. */
static void put_narrow(tine__exact *to, const tine__compact *c)
{
    to->n += c->n;
    to->special |= c->special;
    if (!is_nowhere(c))
        add_limbs(to->chunk, c->sum, 2, c->base);
}

static void add_narrow(tine__exact *to, const tine__compact *c)
{
    tine__exact_reserve(to, 1);
    put_narrow(to, c);
}

static void add_narrow_moments(tine__moments *to, const tine__compact_moments *c)
{
    tine__moments_reserve(to, 1);
    put_narrow(&to->sum, &c->x);
    if (!is_nowhere(&c->x))
        add_limbs(to->square, c->square, 4, 2u * c->x.base);
}

/* ---- adding ---- */

static uint16_t base_for(unsigned position)
{
    const unsigned most = 2046 - TINE__COMPACT_WINDOW; /* what is not finite does not fit */
    unsigned base = position > BELOW ? (position - BELOW) / ROUND * ROUND : 0;
    return (uint16_t)(base < most ? base : most);
}

/* Counts what has no place in the sum, and chooses a unit for the first that has. True: there is
 * nothing more to add. */
static bool settle(tine__compact *c, uint64_t bits)
{
    if (c->n == UINT32_MAX)
        return false;
    bool finite = tine__bits_are_finite(bits), zero = bits << 1 == 0;
    if (!finite)
        c->special |= (uint8_t)tine__special_of(bits);
    c->n += !finite || zero;
    if (finite && !zero && is_nowhere(c))
        c->base = base_for(tine__scaled_of(bits).position);
    return !finite || zero;
}

tine_status tine__compact_add_slowly(tine__compact *c, double value,
                                     const tine_allocator *allocator)
{
    uint64_t bits = tine__double_bits(value);
    if (settle(c, bits))
        return TINE_OK;
    if (tine__compact_fits(c, tine__scaled_of(bits))) {
        tine__compact_put(c, tine__scaled_of(bits));
        return TINE_OK;
    }
    if (widen(c, allocator) != TINE_OK)
        return TINE_ENOMEM;
    tine__exact_add(c->wide, value);
    return TINE_OK;
}

tine_status tine__compact_moments_add_slowly(tine__compact_moments *c, double value,
                                             const tine_allocator *allocator)
{
    uint64_t bits = tine__double_bits(value);
    if (settle(&c->x, bits))
        return TINE_OK;
    if (tine__compact_fits(&c->x, tine__scaled_of(bits))) {
        tine__compact_moments_put(c, tine__scaled_of(bits));
        return TINE_OK;
    }
    if (widen_moments(c, allocator) != TINE_OK)
        return TINE_ENOMEM;
    tine__moments_add(wide_moments(c), value);
    return TINE_OK;
}

tine_status tine__compact_add_array(tine__compact *c, const double *x, size_t n,
                                    const tine_allocator *allocator)
{
    tine_status status = TINE_OK;
    if (n >= LONG) {
        status = widen(c, allocator);
        if (status == TINE_OK)
            tine__exact_add_array(c->wide, x, n);
        return status;
    }
    for (size_t i = 0; status == TINE_OK && i < n; i++)
        status = tine__compact_add(c, x[i], allocator);
    return status;
}

tine_status tine__compact_moments_add_array(tine__compact_moments *c, const double *x, size_t n,
                                            const tine_allocator *allocator)
{
    tine_status status = TINE_OK;
    if (n >= LONG) {
        status = widen_moments(c, allocator);
        if (status == TINE_OK)
            tine__moments_add_array(wide_moments(c), x, n);
        return status;
    }
    for (size_t i = 0; status == TINE_OK && i < n; i++)
        status = tine__compact_moments_add(c, x[i], allocator);
    return status;
}

/* ---- merging ----
 *
 * Sums of two units are added in the lower one. A sum that is to be added is below an eighth of
 * what its limbs hold once it is shifted: so is what values can still be added to it, so that the
 * result has room for them. */

enum { ROOM_BITS = 3 };

/* How far a sum is shifted to be in units of `base`, or of zero, which is in any. */
static unsigned shift_to(const tine__compact *c, unsigned base)
{
    return is_nowhere(c) ? 0 : c->base - base;
}

static bool has_room(const uint64_t *limbs, size_t n, unsigned shift)
{
    if (shift >= 64 - ROOM_BITS)
        return false;
    int64_t top = (int64_t)limbs[n - 1] >> (63 - ROOM_BITS - shift); /* 0 or -1 if it has */
    return (uint64_t)top + 1 <= 1;
}

static void shift_left(uint64_t *limbs, size_t n, unsigned shift)
{
    for (size_t i = n; i-- > 1;)
        limbs[i] = limbs[i] << shift | limbs[i - 1] >> 1 >> (63 - shift);
    limbs[0] <<= shift;
}

static void add_shifted(uint64_t *x, unsigned x_shift, const uint64_t *y, unsigned y_shift,
                        size_t n)
{
    uint64_t shifted[4];
    memcpy(shifted, y, n * sizeof *y);
    shift_left(shifted, n, y_shift);
    shift_left(x, n, x_shift);
    tine__limbs_add(x, shifted, n);
}

/* Nowhere is above every other base. */
static uint16_t lower_base(const tine__compact *c, const tine__compact *right)
{
    return c->base < right->base ? c->base : right->base;
}

/* Whether the narrow parts can be added as they are. */
static bool can_join(const tine__compact *c, const tine__compact *right, uint16_t base)
{
    return (uint64_t)c->n + right->n <= UINT32_MAX && has_room(c->sum, 2, shift_to(c, base)) &&
           has_room(right->sum, 2, shift_to(right, base));
}

static bool can_join_moments(const tine__compact_moments *c, const tine__compact_moments *right,
                             uint16_t base)
{
    return can_join(&c->x, &right->x, base) && has_room(c->square, 4, 2 * shift_to(&c->x, base)) &&
           has_room(right->square, 4, 2 * shift_to(&right->x, base));
}

static void join(tine__compact *c, const tine__compact *right, uint16_t base)
{
    add_shifted(c->sum, shift_to(c, base), right->sum, shift_to(right, base), 2);
    c->n += right->n;
    c->special |= right->special;
    c->base = base;
}

tine_status tine__compact_merge(tine__compact *c, const tine__compact *right,
                                const tine_allocator *allocator)
{
    uint16_t base = lower_base(c, right);
    bool joins = can_join(c, right, base);
    if ((!joins || right->wide) && widen(c, allocator) != TINE_OK)
        return TINE_ENOMEM;
    if (joins)
        join(c, right, base);
    else
        add_narrow(c->wide, right);
    if (right->wide)
        tine__exact_merge(c->wide, right->wide);
    return TINE_OK;
}

tine_status tine__compact_moments_merge(tine__compact_moments *c,
                                        const tine__compact_moments *right,
                                        const tine_allocator *allocator)
{
    uint16_t base = lower_base(&c->x, &right->x);
    bool joins = can_join_moments(c, right, base);
    if ((!joins || right->x.wide) && widen_moments(c, allocator) != TINE_OK)
        return TINE_ENOMEM;
    if (joins) {
        add_shifted(c->square, 2 * shift_to(&c->x, base), right->square,
                    2 * shift_to(&right->x, base), 4);
        join(&c->x, &right->x, base);
    } else {
        add_narrow_moments(wide_moments(c), right);
    }
    if (right->x.wide)
        tine__moments_merge(wide_moments(c), wide_moments(right));
    return TINE_OK;
}

/* ---- results ---- */

static tine__exact widened(const tine__compact *c)
{
    tine__exact sum = c->wide ? *c->wide : (tine__exact){.n = 0};
    add_narrow(&sum, c);
    return sum;
}

static tine__moments widened_moments(const tine__compact_moments *c)
{
    tine__moments moments = c->x.wide ? *wide_moments(c) : (tine__moments){.sum.n = 0};
    add_narrow_moments(&moments, c);
    return moments;
}

/* Whether a sum is that of its limbs alone. */
static bool is_narrow(const tine__compact *c)
{
    return !c->wide && !c->special && !is_nowhere(c);
}

/* Divided by n. */
static double narrow_quotient(const tine__compact *c, uint64_t n)
{
    uint64_t magnitude[2];
    bool negative = tine__limbs_magnitude(magnitude, c->sum);
    return tine__with_sign(tine__ratio_mean_of_limbs(magnitude, n, c->base + TINE__EXACT_EXPONENT),
                           negative);
}

bool tine__compact_sum(const tine__compact *c, double *out)
{
    if (is_narrow(c)) {
        *out = narrow_quotient(c, 1);
        return true;
    }
    tine__exact sum = widened(c);
    return tine__exact_sum(&sum, out);
}

bool tine__compact_mean(const tine__compact *c, double *out)
{
    if (is_narrow(c)) {
        *out = narrow_quotient(c, c->n);
        return true;
    }
    tine__exact sum = widened(c);
    return tine__exact_mean(&sum, out);
}

static bool moments_quotient(const tine__compact_moments *c, tine__ratio_moment *round, double *out)
{
    tine__bigint sum, squares;
    uint64_t magnitude[2];
    if (c->x.n < 2)
        return false;
    tine__limbs_magnitude(magnitude, c->x.sum);
    tine__bigint_set_limbs(&sum, magnitude, 2);
    tine__bigint_set_limbs(&squares, c->square, 4);
    *out = round(&sum, &squares, c->x.n, c->x.base + TINE__EXACT_EXPONENT);
    return true;
}

bool tine__compact_moments_var(const tine__compact_moments *c, double *out)
{
    if (is_narrow(&c->x))
        return moments_quotient(c, tine__ratio_var, out);
    tine__moments moments = widened_moments(c);
    return tine__moments_var(&moments, out);
}

bool tine__compact_moments_std(const tine__compact_moments *c, double *out)
{
    if (is_narrow(&c->x))
        return moments_quotient(c, tine__ratio_std, out);
    tine__moments moments = widened_moments(c);
    return tine__moments_std(&moments, out);
}
