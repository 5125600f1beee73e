#include "reduce/interpolate.h"

__extension__ typedef unsigned __int128 wide;

uint64_t tine__part_of(double p, uint64_t n, tine__part *part_out)
{
    tine__scaled x = tine__scaled_of(tine__double_bits(p));
    *part_out = (tine__part){.shift = 0};
    if (x.mantissa == 0)
        return 0;
    unsigned zeros = tine__ctz64(x.mantissa); /* the fewer bits behind the point the better */
    unsigned shift = (unsigned)-TINE__EXACT_EXPONENT - x.position;
    zeros = zeros < shift ? zeros : shift;
    shift -= zeros;
    wide product = (wide)(x.mantissa >> zeros) * n; /* below 2^117 */
    wide whole = shift < 128 ? product >> shift : 0;
    wide part = shift < 128 ? product - (whole << shift) : product;
    part_out->shift = shift;
    part_out->limb[0] = (uint64_t)part;
    part_out->limb[1] = (uint64_t)(part >> 64);
    return (uint64_t)whole;
}

/* The number, `position` binary places further up than it should be, times a weight. */
static void weigh(tine__bigint *out, tine__scaled x, const tine__bigint *weight, unsigned base)
{
    *out = *weight;
    tine__bigint_mul_small(out, x.mantissa);
    tine__bigint_shift_left(out, x.position - base);
}

/* a += b, each with a sign. */
static void add(tine__bigint *a, int64_t *negative, const tine__bigint *b, int64_t b_negative)
{
    if (*negative == b_negative) {
        tine__bigint_add(a, b);
    } else if (tine__bigint_compare(a, b) >= 0) {
        tine__bigint_sub(a, b);
    } else {
        tine__bigint less = *a;
        *a = *b;
        tine__bigint_sub(a, &less);
        *negative = b_negative;
    }
}

double tine__interpolate(tine__scaled from, tine__scaled to, const tine__part *part)
{
    tine__bigint rest, weight, sum, other;
    unsigned base = from.position < to.position ? from.position : to.position;
    tine__bigint_set_limbs(&weight, part->limb, 2);
    tine__bigint_set(&rest, 1);
    tine__bigint_shift_left(&rest, part->shift);
    tine__bigint_sub(&rest, &weight);
    weigh(&sum, from, &rest, base);
    weigh(&other, to, &weight, base);
    add(&sum, &from.negative, &other, to.negative);
    int exponent = (int)base + TINE__EXACT_EXPONENT - (int)part->shift;
    double magnitude = tine__bigint_to_double(&sum, exponent, false);
    return tine__with_sign(magnitude, from.negative && sum.n);
}
