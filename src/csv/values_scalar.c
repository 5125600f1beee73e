/* Numbers in portable C, eight digits at a time. */
#include "csv/values.h"
#include "csv/decimal.h"
#include "csv/times_template.h"
#include "csv/text.h"

#define EXACT (INT64_C(1) << 53)
#define MOST UINT64_C(10000000000000000000) /* digits stay below it */

typedef struct field {
    tine__text digits; /* behind the sign */
    bool negative;
    bool fits;
} field;

static inline field field_at(const tine__fields *fields, unsigned i, unsigned most)
{
    unsigned size = fields->end[i] - fields->begin[i];
    const char *end = fields->text + fields->end[i];
    field f = {.digits = {end - size, end},
               .fits = size - 1 < most && fields->end[i] >= TINE__FIELD_LEAD};
    f.negative = f.fits && tine__text_skip(&f.digits, '-');
    return f;
}

/* Appends digits to *out, as long as it stays below MOST; returns how many. */
static inline unsigned append_digits(tine__text *t, uint64_t *out)
{
    const char *first = t->at;
    for (uint32_t eight; *out < MOST / 100000000 && tine__text_eight_digits(t, &eight);)
        *out = *out * 100000000 + eight;
    for (; *out < MOST / 10 && !tine__text_is_empty(t) && tine__is_digit(*t->at); t->at++)
        *out = *out * 10 + (uint64_t)(*t->at - '0');
    return (unsigned)(t->at - first);
}

static inline bool has_leading_zero(tine__text digits)
{
    return digits.end - digits.at > 1 && digits.at[0] == '0' && tine__is_digit(digits.at[1]);
}

static inline bool parse_int64(field f, bool canonical, int64_t *out)
{
    uint64_t value = 0;
    if (!f.fits || (canonical && has_leading_zero(f.digits)) || !append_digits(&f.digits, &value) ||
        !tine__text_is_empty(&f.digits) || value > EXACT)
        return false;
    *out = f.negative ? -(int64_t)value : (int64_t)value;
    return true;
}

uint64_t tine__int64s_scalar(const tine__fields *fields, bool canonical, int64_t *out)
{
    uint64_t fits = 0;
    for (unsigned i = 0; i < fields->n; i++) {
        out[i] = 0;
        fits |= (uint64_t)parse_int64(field_at(fields, i, 16), canonical, &out[i]) << i;
    }
    return fits;
}

static inline bool round_decimal(uint64_t digits, unsigned fraction, double *out)
{
    uint64_t bits;
    if (fraction == 0 || digits == 0) {
        *out = digits <= EXACT ? (double)digits : 0;
        return digits <= EXACT;
    }
    if (!tine__round_fraction(digits, fraction, &bits))
        return false;
    memcpy(out, &bits, sizeof bits);
    return true;
}

static inline bool parse_double(field f, bool canonical, bool *point_out, double *out)
{
    uint64_t digits = 0;
    if (!f.fits || (canonical && has_leading_zero(f.digits)))
        return false;
    unsigned whole = append_digits(&f.digits, &digits);
    *point_out = tine__text_skip(&f.digits, '.');
    unsigned fraction = *point_out ? append_digits(&f.digits, &digits) : 0;
    if (whole + fraction == 0 || !tine__text_is_empty(&f.digits) ||
        !round_decimal(digits, fraction, out))
        return false;
    if (f.negative)
        *out = -*out;
    return true;
}

uint64_t tine__doubles_scalar(const tine__fields *fields, bool canonical, double *out,
                              uint64_t *points_out)
{
    uint64_t fits = 0, points = 0;
    for (unsigned i = 0; i < fields->n; i++) {
        bool point = false;
        out[i] = 0;
        bool good = parse_double(field_at(fields, i, 32), canonical, &point, &out[i]);
        fits |= (uint64_t)good << i;
        points |= (uint64_t)(good && point) << i;
    }
    *points_out = points;
    return fits;
}

/* ---- date and timestamp ---- */

uint64_t tine__dates_scalar(const tine__fields *fields, int32_t *out)
{
    return convert_dates(fields, out);
}

uint64_t tine__timestamps_scalar(const tine__fields *fields, int64_t *out)
{
    return convert_timestamps(fields, out);
}
