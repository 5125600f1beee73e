/* Dates and timestamps by a format of the user's: a subset of strptime's letters that needs no
 * locale. A format is checked once; parsing relies on that. */
#include "csv/value.h"
#include "csv/civil.h"

#include <assert.h>

/* What a date cannot do without. */
enum { YEAR = 1, MONTH = 2, DAY = 4, DATE = YEAR | MONTH | DAY };

/* The parts of a date that a letter tells; -1: there is no such letter. */
static int told_by(char letter)
{
    switch (letter) {
    case 'Y':
    case 'y':
        return YEAR;
    case 'm':
    case 'b':
    case 'B':
        return MONTH;
    case 'd':
        return DAY;
    case 'H':
    case 'M':
    case 'S':
    case 'f':
    case 'z':
    case '%':
        return 0;
    default:
        return -1;
    }
}

bool tine__time_format_check(const char *format, tine_type type)
{
    int told = 0;
    for (const char *f = format; *f; f++) {
        int one = *f == '%' ? told_by(*++f) : 0;
        if (one < 0)
            return false;
        told |= one;
    }
    return told == DATE && (type == TINE_DATE || type == TINE_TIMESTAMP);
}

/* The whole name or its first three letters, for %b and %B alike, as strptime does. */
static bool skip_month_name(tine__text *t, int *month_out)
{
    static const char names[12][2][10] = {
        {"january", "jan"},   {"february", "feb"}, {"march", "mar"},    {"april", "apr"},
        {"may", "may"},       {"june", "jun"},     {"july", "jul"},     {"august", "aug"},
        {"september", "sep"}, {"october", "oct"},  {"november", "nov"}, {"december", "dec"},
    };
    for (int month = 1; month <= 12; month++)
        for (int form = 0; form < 2; form++)
            if (tine__text_skip_word(t, names[month - 1][form])) {
                *month_out = month;
                return true;
            }
    return false;
}

static bool skip_short_year(tine__text *t, int *year_out)
{
    if (!tine__text_skip_number(t, 1, 2, year_out))
        return false;
    *year_out += *year_out >= 69 ? 1900 : 2000;
    return true;
}

static bool skip_fraction(tine__text *t, int *micros_out)
{
    const char *first = t->at;
    if (!tine__text_skip_number(t, 1, 6, micros_out))
        return false;
    for (ptrdiff_t n = t->at - first; n < 6; n++)
        *micros_out *= 10;
    return true;
}

static bool skip_letter(tine__text *t, char letter, tine__civil *c)
{
    switch (letter) {
    case 'Y':
        return tine__text_skip_number(t, 1, 4, &c->year);
    case 'y':
        return skip_short_year(t, &c->year);
    case 'm':
        return tine__text_skip_number(t, 1, 2, &c->month);
    case 'b':
    case 'B':
        return skip_month_name(t, &c->month);
    case 'd':
        return tine__text_skip_number(t, 1, 2, &c->day);
    case 'H':
        return tine__text_skip_number(t, 1, 2, &c->hour);
    case 'M':
        return tine__text_skip_number(t, 1, 2, &c->minute);
    case 'S':
        return tine__text_skip_number(t, 1, 2, &c->second);
    case 'f':
        return skip_fraction(t, &c->micros);
    case 'z':
        return tine__text_skip_zone(t, &c->zone_minutes);
    default:
        assert(letter == '%');
        return tine__text_skip(t, '%');
    }
}

static bool parse(const char *text, size_t n, const char *format, tine__civil *c)
{
    tine__text t = tine__text_strip(text, n);
    *c = (tine__civil){0};
    for (const char *f = format; *f; f++) {
        bool fits = *f == '%' ? skip_letter(&t, *++f, c) : tine__text_skip(&t, *f);
        if (!fits)
            return false;
    }
    return tine__text_is_empty(&t) && tine__civil_is_valid(c);
}

bool tine__parse_date_format(const char *text, size_t n, const char *format, int32_t *days_out)
{
    tine__civil c;
    if (!parse(text, n, format, &c))
        return false;
    *days_out = tine__civil_days(&c);
    return true;
}

bool tine__parse_timestamp_format(const char *text, size_t n, const char *format,
                                  int64_t *micros_out)
{
    tine__civil c;
    if (!parse(text, n, format, &c))
        return false;
    *micros_out = tine__civil_micros(&c);
    return true;
}
