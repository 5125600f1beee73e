/* From values to text.
 *
 * A double is first written out exactly: 17 significant digits, cut off, and whether more follow.
 * Then the fewest digits are searched that read back to the same bits. Both neighbours of the cut
 * count: below a power of two the doubles are denser, so the farther neighbour may be read back
 * where the nearer one is not. If n digits are enough, n + 1 are too, so the search may halve. */
#include "csv/value.h"
#include "csv/civil.h"
#include "csv/decimal.h"
#include "base/bigint.h"

#include <string.h>

enum { CUT = 18, DIGITS = 17, MANTISSA = 53, LEAST_UNIT = -1074 };

static const uint64_t pow10_18 = UINT64_C(1000000000000000000);

/* digits * 10^exponent; `more`: and a little, less than one unit of the last digit. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
    bool more;
} decimal;

/* floor(log10(2^power)), for every power of two that a double can have: none of them is so close to
 * a power of ten that 32 bits of log10(2) would not tell. */
static int floor_log10_pow2(int power)
{
    const int64_t log10_2 = 1292913986; /* floor(2^32 * log10(2)) */
    const int64_t enough = 1000;        /* keeps the shifted number positive */
    return (int)((power * log10_2 + (enough << 32)) >> 32) - (int)enough;
}

/* The first 18 digits of mantissa * 2^unit, which is not 0. */
static decimal first_digits(uint64_t mantissa, int unit)
{
    tine__bigint x;
    tine__bigint_set(&x, mantissa);
    int highest = (int)tine__bigint_bits(&x) - 1 + unit;
    decimal d = {.exponent = floor_log10_pow2(highest) - (CUT - 1)};
    unit -= d.exponent; /* the twos of 10^exponent */
    if (d.exponent < 0)
        tine__bigint_mul_pow5(&x, (unsigned)-d.exponent);
    if (unit < 0)
        d.more = tine__bigint_shift_right(&x, (size_t)-unit);
    else
        tine__bigint_shift_left(&x, (size_t)unit);
    if (d.exponent > 0)
        d.more |= tine__bigint_div_pow5(&x, (unsigned)d.exponent);
    d.digits = x.limb[0];
    if (d.digits >= pow10_18) { /* 2^highest has one digit fewer than the value */
        d.more |= d.digits % 10 != 0;
        d.digits /= 10;
        d.exponent++;
    }
    return d;
}

/* The n-digit decimal that reads back to `bits`, the nearer of the two around it first. */
static bool shorten(decimal d, int n, uint64_t bits, decimal *out)
{
    uint64_t scale = 1;
    for (int i = n; i < CUT; i++)
        scale *= 10;
    uint64_t below = d.digits / scale, twice_rest = d.digits % scale * 2;
    bool up = twice_rest + d.more > scale || (twice_rest + d.more == scale && (below & 1));
    for (int i = 0; i < 2; i++, up = !up) {
        *out = (decimal){.digits = below + up, .exponent = d.exponent + CUT - n};
        if (tine__decimal_to_bits(out->digits, out->exponent) == bits)
            return true;
    }
    return false;
}

static decimal shortest(uint64_t bits)
{
    uint64_t mantissa = bits & ((UINT64_C(1) << (MANTISSA - 1)) - 1);
    int stored = (int)(bits >> (MANTISSA - 1));
    decimal all = stored == 0 ? first_digits(mantissa, LEAST_UNIT)
                              : first_digits(mantissa | UINT64_C(1) << (MANTISSA - 1),
                                             LEAST_UNIT + stored - 1);
    decimal best, tried;
    int least = 1, enough = DIGITS;
    shorten(all, DIGITS, bits, &best);
    while (least < enough) {
        int n = (least + enough) / 2;
        if (shorten(all, n, bits, &tried)) {
            best = tried;
            enough = n;
        } else {
            least = n + 1;
        }
    }
    for (; best.digits % 10 == 0; best.exponent++)
        best.digits /= 10;
    return best;
}

static char *put_text(char *out, const char *text)
{
    size_t n = strlen(text);
    memcpy(out, text, n);
    return out + n;
}

/* At least `width` digits. */
static char *put_number(char *out, uint64_t number, int width)
{
    char digits[20];
    int n = 0;
    for (; number != 0 || n < width; number /= 10)
        digits[n++] = (char)('0' + number % 10);
    while (n > 0)
        *out++ = digits[--n];
    return out;
}

static char *put_zeros(char *out, int n)
{
    memset(out, '0', (size_t)n);
    return out + n;
}

/* The n digits with a point behind the first `whole` of them, where any are left. */
static char *put_pointed(char *out, const char *digits, int n, int whole)
{
    memcpy(out, digits, (size_t)whole);
    if (n == whole)
        return out + whole;
    out[whole] = '.';
    memcpy(out + whole + 1, digits + whole, (size_t)(n - whole));
    return out + n + 1;
}

/* As %.17g: with an exponent if that is below -4, or has more places before the point than digits.
 */
static char *put_decimal(char *out, decimal d)
{
    char digits[DIGITS + 1];
    int n = (int)(put_number(digits, d.digits, 1) - digits);
    int scientific = d.exponent + n - 1;
    if (scientific < -4 || scientific >= DIGITS) {
        out = put_text(put_pointed(out, digits, n, 1), scientific < 0 ? "e-" : "e+");
        return put_number(out, (uint64_t)(scientific < 0 ? -scientific : scientific), 2);
    }
    if (scientific < 0) {
        out = put_zeros(put_text(out, "0."), -scientific - 1);
        return put_pointed(out, digits, n, n);
    }
    if (d.exponent >= 0)
        return put_zeros(put_pointed(out, digits, n, n), d.exponent);
    return put_pointed(out, digits, n, scientific + 1);
}

size_t tine__format_double(double value, char *out)
{
    const uint64_t sign = UINT64_C(1) << 63, infinity = UINT64_C(0x7ff) << 52;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t magnitude = bits & ~sign;
    char *p = out;
    if (magnitude > infinity)
        return (size_t)(put_text(p, "nan") - out);
    if (bits & sign)
        *p++ = '-';
    if (magnitude == infinity)
        p = put_text(p, "inf");
    else if (magnitude == 0)
        p = put_text(p, "0");
    else
        p = put_decimal(p, shortest(magnitude));
    return (size_t)(p - out);
}

/* A year before 0 has a sign; one of five digits or more stands as it is. */
static char *put_date(char *out, int32_t days)
{
    tine__civil c = tine__civil_of_days(days);
    if (c.year < 0)
        *out++ = '-';
    out = put_text(put_number(out, (uint64_t)(c.year < 0 ? -c.year : c.year), 4), "-");
    out = put_text(put_number(out, (uint64_t)c.month, 2), "-");
    return put_number(out, (uint64_t)c.day, 2);
}

size_t tine__format_date(int32_t days, char *out)
{
    return (size_t)(put_date(out, days) - out);
}

size_t tine__format_timestamp(int64_t micros, char *out)
{
    int64_t days = micros / TINE__MICROS_PER_DAY, rest = micros % TINE__MICROS_PER_DAY;
    if (rest < 0) {
        rest += TINE__MICROS_PER_DAY;
        days--;
    }
    uint64_t seconds = (uint64_t)(rest / TINE__MICROS_PER_SECOND);
    uint64_t fraction = (uint64_t)(rest % TINE__MICROS_PER_SECOND);
    char *p = put_text(put_date(out, (int32_t)days), "T");
    p = put_text(put_number(p, seconds / 3600, 2), ":");
    p = put_text(put_number(p, seconds / 60 % 60, 2), ":");
    p = put_number(p, seconds % 60, 2);
    if (fraction)
        p = put_number(put_text(p, "."), fraction, 6);
    return (size_t)(put_text(p, "Z") - out);
}
