/* double: the nearest one to a decimal of any length, ties to even. Integers only.
 *
 * The first 19 significant digits w and their power of ten q settle nearly everything: w times a
 * 128-bit power of ten, rounded, unless the error of that power reaches across a half-way point
 * (the idea of Eisel, in Lemire: Number parsing at a gigabyte per second, 2021). Here the product
 * is kept to 192 bits always, which leaves one doubtful pattern in 2^70 and the ties below 10^0.
 * What is in doubt, and a number that w and w + 1 round differently, is computed exactly from all
 * its digits (big numbers, base/bigint.h). */
#include "csv/value.h"
#include "csv/decimal.h"
#include "csv/text.h"
#include "base/bigint.h"
#include "base/bits.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { MANTISSA = 53, LEAST_UNIT = -1074 };

static const uint64_t infinity = UINT64_C(0x7ff) << 52;
static const uint64_t quiet_nan = UINT64_C(0x7ff8) << 48;
static const uint64_t pow10_18 = UINT64_C(1000000000000000000);

typedef struct decimal {
    tine__text mantissa; /* its digits, and the point among them */
    int64_t written;     /* the exponent behind the e */
    uint64_t digits;     /* the first 19 significant ones, or fewer if there are no more */
    int64_t exponent;    /* the power of ten of the last of them */
    bool more;           /* a digit that is not 0 follows them */
} decimal;

/* mantissa * 2^unit as bits. A normal number's highest bit, 2^52, is not stored: added in, it
 * counts the exponent up by the one that normal numbers are ahead of subnormal ones; so does a
 * mantissa that was rounded up to 2^53. */
static uint64_t assemble(uint64_t mantissa, int unit)
{
    uint64_t bits = ((uint64_t)(unit - LEAST_UNIT) << (MANTISSA - 1)) + mantissa;
    return bits < infinity ? bits : infinity;
}

/* Rounds digits * 10^exponent; false if 128 bits of the power do not decide it.
 *
 * The product with the power cut down is top * 2^64 + low; the true one is less than 2^64 above
 * that, and above it for certain where the power is inexact. */
static bool round_product(uint64_t digits, int exponent, uint64_t *bits)
{
    bool exact = exponent >= 0 && exponent <= TINE__POWER_EXACT;
    tine__product p = tine__product_of(digits, exponent);
    wide top = (wide)p.high << 64 | p.middle;
    int top_unit = p.unit + 64;
    int unit = top_unit + 127 + (int)(top >> 127) - MANTISSA;
    if (unit < LEAST_UNIT)
        unit = LEAST_UNIT;
    int drop = unit - top_unit;
    if (drop > 127)
        return false;
    uint64_t mantissa = (uint64_t)(top >> drop);
    wide rest = top & (((wide)1 << drop) - 1), half = (wide)1 << (drop - 1);
    if (rest == half - 1 && !exact)
        return false;
    bool tie = rest == half && exact && p.low == 0;
    *bits = assemble(mantissa + (tie ? mantissa & 1 : rest >= half), unit);
    return true;
}

static bool out_of_range(int64_t exponent, uint64_t *bits)
{
    *bits = exponent > 0 ? infinity : 0;
    return exponent < TINE__POWER_LEAST || exponent > TINE__POWER_GREATEST;
}

/* The bits of x * 10^exponent, and of a little more than that if `sticky`. Below 10^0 the quotient
 * is taken to 64 bits or more; what it leaves only has to be known not to be 0. */
static uint64_t round_exactly(tine__bigint *x, int exponent, bool sticky)
{
    int unit = exponent;
    if (exponent >= 0) {
        tine__bigint_mul_pow5(x, (unsigned)exponent);
    } else {
        size_t room = 64 + (size_t)-exponent * 7 / 3; /* log2(5) < 7/3 */
        tine__bigint_shift_left(x, room);
        unit -= (int)room;
        sticky |= tine__bigint_div_pow5(x, (unsigned)-exponent);
    }
    double value = tine__bigint_to_double(x, unit, sticky);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

uint64_t tine__decimal_to_bits(uint64_t digits, int64_t exponent)
{
    uint64_t bits;
    if (digits == 0)
        return 0;
    if (out_of_range(exponent, &bits) || round_product(digits, (int)exponent, &bits))
        return bits;
    tine__bigint x;
    tine__bigint_set(&x, digits);
    return round_exactly(&x, (int)exponent, false);
}

/* From all digits. A half-way point between doubles has at most 767 significant digits: of those
 * behind the 769th it only matters whether one is not 0. */
static uint64_t round_all_digits(const decimal *d)
{
    enum { ENOUGH = 769 };
    tine__bigint x;
    tine__bigint_set(&x, 0);
    int64_t exponent = d->written;
    bool fraction = false, sticky = false;
    int kept = 0;
    for (const char *p = d->mantissa.at; p < d->mantissa.end; p++) {
        if (*p == '.') {
            fraction = true;
        } else if (kept < ENOUGH) {
            tine__bigint_mul_small(&x, 10);
            tine__bigint_add_small(&x, (uint64_t)(*p - '0'));
            kept += x.n != 0;
            exponent -= fraction;
        } else {
            sticky |= *p != '0';
            exponent += !fraction;
        }
    }
    return round_exactly(&x, (int)exponent, sticky);
}

static uint64_t round_decimal(const decimal *d)
{
    uint64_t bits, above;
    if (!d->more)
        return tine__decimal_to_bits(d->digits, d->exponent);
    if (out_of_range(d->exponent, &bits))
        return bits;
    if (round_product(d->digits, (int)d->exponent, &bits) &&
        round_product(d->digits + 1, (int)d->exponent, &above) && bits == above)
        return bits;
    return round_all_digits(d);
}

/* Appends a digit, or counts it where 19 are there already. */
static inline void add_digit(decimal *d, uint64_t digit, bool fraction)
{
    if (d->digits < pow10_18) {
        d->digits = d->digits * 10 + digit;
        d->exponent -= fraction;
    } else {
        d->more |= digit != 0;
        d->exponent += !fraction;
    }
}

/* Reads a run of digits before or behind the point; returns their number. Eight are taken at once
 * while there is room for eight. */
static inline size_t scan_digits(tine__text *t, decimal *d, bool fraction)
{
    const uint64_t eight_free = pow10_18 / 10000000;
    const char *first = t->at;
    for (uint32_t eight; d->digits < eight_free && tine__text_eight_digits(t, &eight);) {
        d->digits = d->digits * 100000000 + eight;
        d->exponent -= fraction ? 8 : 0;
    }
    for (; !tine__text_is_empty(t) && tine__is_digit(*t->at); t->at++)
        add_digit(d, (uint64_t)(*t->at - '0'), fraction);
    return (size_t)(t->at - first);
}

/* The exponent behind an e, held at a size that no mantissa can bring back into range. */
static bool scan_exponent(tine__text *t, int64_t *out)
{
    const int64_t huge = (int64_t)pow10_18;
    bool negative = tine__text_skip_sign(t);
    const char *first = t->at;
    *out = 0;
    for (; !tine__text_is_empty(t) && tine__is_digit(*t->at); t->at++)
        *out = *out < huge / 10 ? *out * 10 + (*t->at - '0') : huge;
    if (negative)
        *out = -*out;
    return t->at > first;
}

static bool scan_decimal(tine__text *t, decimal *d)
{
    *d = (decimal){.mantissa = *t};
    size_t n = scan_digits(t, d, false);
    if (tine__text_skip(t, '.'))
        n += scan_digits(t, d, true);
    d->mantissa.end = t->at;
    if (tine__text_skip_word(t, "e") && !scan_exponent(t, &d->written))
        return false;
    d->exponent += d->written;
    return n > 0 && tine__text_is_empty(t);
}

static bool parse_word(tine__text t, uint64_t *bits)
{
    bool nan = tine__text_is_word(t, "nan");
    *bits = nan ? quiet_nan : infinity;
    return nan || tine__text_is_word(t, "inf") || tine__text_is_word(t, "infinity");
}

static bool parse_magnitude(tine__text t, uint64_t *bits)
{
    decimal d;
    if (!tine__text_is_empty(&t) && !tine__is_digit(*t.at) && *t.at != '.')
        return parse_word(t, bits);
    if (!scan_decimal(&t, &d))
        return false;
    *bits = round_decimal(&d);
    return true;
}

/* Digits alone that no int64 holds: an identifier rather than a measurement, and one that a double
 * would cut. */
static bool is_long_integer(tine__text t)
{
    const ptrdiff_t longest_int64 = 19;
    int64_t integer;
    const char *digits = t.at + (!tine__text_is_empty(&t) && *t.at == '-');
    if (t.end - digits < longest_int64)
        return false;
    for (const char *p = digits; p < t.end; p++)
        if (!tine__is_digit(*p))
            return false;
    return !tine__parse_int64(t.at, (size_t)(t.end - t.at), true, &integer);
}

bool tine__parse_double(const char *text, size_t n, bool inferred, double *out)
{
    tine__text t = tine__text_strip(text, n);
    if (inferred && (!tine__text_is_canonical_number(t) || is_long_integer(t)))
        return false;
    bool negative = tine__text_skip_sign(&t);
    uint64_t bits;
    if (!parse_magnitude(t, &bits))
        return false;
    if (bits != quiet_nan)
        bits |= (uint64_t)negative << 63;
    memcpy(out, &bits, sizeof *out);
    return true;
}
