/* A quotient is cut to 128 bits or more and a flag that says whether something was cut off;
 * rounding to 53 bits then needs nothing else. Cutting commutes with the square root: the integer
 * part of sqrt(x) is that of sqrt(floor(x)). */
#include "reduce/ratio.h"
#include "base/bits.h"
#include "reduce/ieee.h"

#include <assert.h>
#include <stddef.h>

__extension__ typedef unsigned __int128 wide;

/* value = (q + something below 1) * 2^exponent, the something not 0 if sticky. */
typedef struct quotient {
    tine__bigint q; /* 128 bits or more, or 0 */
    int exponent;
    bool sticky;
} quotient;

/* Divides by d1 * d2. */
static void divide(quotient *x, uint64_t d1, uint64_t d2)
{
    size_t bits = tine__bigint_bits(&x->q);
    size_t shift = bits < 256 ? 256 - bits : 0; /* d1 * d2 takes away 128 bits at most */
    tine__bigint_shift_left(&x->q, shift);
    x->exponent -= (int)shift;
    x->sticky = tine__bigint_div_small(&x->q, d1) != 0;
    x->sticky |= tine__bigint_div_small(&x->q, d2) != 0;
}

double tine__ratio_mean(const tine__bigint *sum, uint64_t n, int exponent)
{
    quotient mean = {*sum, exponent, false};
    divide(&mean, n, 1);
    return tine__bigint_to_double(&mean.q, mean.exponent, mean.sticky);
}

/* The nearest double to (q + something below 1) * 2^exponent; q has 55 bits or more. */
static double round_wide(wide q, int exponent, bool sticky)
{
    enum { MANTISSA = 53, LEAST = -1074 };
    uint64_t high = (uint64_t)(q >> 64), low = (uint64_t)q;
    int bits = high ? 128 - (int)tine__clz64(high) : 64 - (int)tine__clz64(low);
    /* The last place that is kept: a mantissa's, or the subnormals' unit. */
    int unit = bits - MANTISSA + exponent > LEAST ? bits - MANTISSA + exponent : LEAST;
    int drop = unit - exponent;
    assert(drop > 0 && drop < 128);
    uint64_t kept = (uint64_t)(q >> drop);
    wide half = (wide)1 << (drop - 1), rest = q & (2 * half - 1);
    kept += rest > half || (rest == half && (sticky || kept & 1));
    /* The highest bit of a mantissa, if there is one, adds 1 to the exponent. */
    uint64_t result = kept + ((uint64_t)(unit - LEAST) << (MANTISSA - 1));
    return tine__double_from_bits(result < TINE__INFINITY_BITS ? result : TINE__INFINITY_BITS);
}

double tine__ratio_mean_of_limbs(const uint64_t sum[2], uint64_t n, int exponent)
{
    wide x = (wide)sum[1] << 64 | sum[0];
    if (!x)
        return 0.0;
    unsigned shift = sum[1] ? tine__clz64(sum[1]) : 64 + tine__clz64(sum[0]);
    x <<= shift;
    wide q = n == 1 ? x : x / n;
    return round_wide(q, exponent - (int)shift, q * n != x);
}

/* (n * squares - sum^2) / (n * (n - 1)): not negative, by the inequality of Cauchy and Schwarz. */
static void variance(quotient *x, const tine__bigint *sum, const tine__bigint *squares, uint64_t n,
                     int exponent)
{
    tine__bigint square_of_sum;
    tine__bigint_mul(&square_of_sum, sum, sum);
    x->q = *squares;
    x->exponent = 2 * exponent;
    tine__bigint_mul_small(&x->q, n);
    tine__bigint_sub(&x->q, &square_of_sum);
    divide(x, n, n - 1);
}

double tine__ratio_var(const tine__bigint *sum, const tine__bigint *squares, uint64_t n,
                       int exponent)
{
    quotient var;
    variance(&var, sum, squares, n, exponent);
    return tine__bigint_to_double(&var.q, var.exponent, var.sticky);
}

/* The largest integer whose square is not above x, bit by bit. */
static uint64_t integer_root(wide x)
{
    uint64_t root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t trial = root | UINT64_C(1) << bit;
        if ((wide)trial * trial <= x)
            root = trial;
    }
    return root;
}

double tine__ratio_std(const tine__bigint *sum, const tine__bigint *squares, uint64_t n,
                       int exponent)
{
    quotient var;
    variance(&var, sum, squares, n, exponent);
    if (var.q.n == 0)
        return 0.0;
    /* To 127 or 128 bits, whichever makes the exponent even: the root then has 64. */
    int cut = (int)tine__bigint_bits(&var.q) - 128;
    cut += (var.exponent + cut) & 1;
    var.sticky |= tine__bigint_shift_right(&var.q, (size_t)cut);
    wide square = (wide)var.q.limb[1] << 64 | var.q.limb[0];
    uint64_t root = integer_root(square);
    var.sticky |= (wide)root * root != square;
    tine__bigint_set(&var.q, root);
    return tine__bigint_to_double(&var.q, (var.exponent + cut) / 2, var.sticky);
}
