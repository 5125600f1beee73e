/* Syntax by hand, one rule a function; numbers then by strtoll and strtod, which run in the C
 * locale here; dates by counting years and months from the year 1. */
#include "reference/values.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A text that is eaten from the front. */
typedef struct eater {
    const char *at, *end;
} eater;

static eater eat(ref_bytes text)
{
    return (eater){text.data, text.data + text.size};
}

static bool done(const eater *e)
{
    return e->at == e->end;
}

static bool digit_next(const eater *e)
{
    return !done(e) && *e->at >= '0' && *e->at <= '9';
}

static bool eat_one_of(eater *e, const char *bytes, char *which)
{
    if (done(e) || !*e->at || !strchr(bytes, *e->at))
        return false;
    if (which)
        *which = *e->at;
    e->at++;
    return true;
}

static size_t eat_digits(eater *e)
{
    const char *from = e->at;
    while (digit_next(e))
        e->at++;
    return (size_t)(e->at - from);
}

static bool eat_number(eater *e, size_t least, size_t most, int64_t *out)
{
    size_t n = 0;
    for (*out = 0; n < most && digit_next(e); n++)
        *out = 10 * *out + (*e->at++ - '0');
    return n >= least;
}

static bool is_word(ref_bytes text, const char *word, bool any_case)
{
    if (text.size != strlen(word))
        return false;
    return any_case ? strncasecmp(text.data, word, text.size) == 0
                    : memcmp(text.data, word, text.size) == 0;
}

static bool is_one_of(ref_bytes text, const char *const *words, bool any_case)
{
    for (; *words; words++) {
        if (is_word(text, *words, any_case))
            return true;
    }
    return false;
}

/* ---- numbers ---- */

static char *terminated(ref_bytes text)
{
    char *copy = calloc(1, text.size + 1);
    if (!copy)
        abort();
    memcpy(copy, text.data, text.size);
    return copy;
}

/* No + in front, and no 0 in front of another digit. */
static bool canonical(ref_bytes text)
{
    eater e = eat(text);
    if (eat_one_of(&e, "+", NULL))
        return false;
    eat_one_of(&e, "-", NULL);
    return !(eat_one_of(&e, "0", NULL) && digit_next(&e));
}

static bool is_integer(ref_bytes text)
{
    eater e = eat(text);
    eat_one_of(&e, "+-", NULL);
    return eat_digits(&e) && done(&e);
}

bool ref_int64(ref_bytes text, bool inferred, int64_t *out)
{
    if (!is_integer(text) || (inferred && !canonical(text)))
        return false;
    char *copy = terminated(text);
    errno = 0;
    long long value = strtoll(copy, NULL, 10);
    free(copy);
    *out = value;
    return errno == 0;
}

static bool is_decimal(ref_bytes text)
{
    eater e = eat(text);
    eat_one_of(&e, "+-", NULL);
    size_t n_digits = eat_digits(&e);
    if (eat_one_of(&e, ".", NULL))
        n_digits += eat_digits(&e);
    if (n_digits == 0)
        return false;
    if (eat_one_of(&e, "eE", NULL)) {
        eat_one_of(&e, "+-", NULL);
        if (!eat_digits(&e))
            return false;
    }
    return done(&e);
}

static bool is_number_word(ref_bytes text)
{
    static const char *const words[] = {"nan", "inf", "infinity", NULL};
    eater e = eat(text);
    eat_one_of(&e, "+-", NULL);
    return is_one_of((ref_bytes){e.at, (size_t)(e.end - e.at)}, words, true);
}

bool ref_double(ref_bytes text, bool inferred, double *out)
{
    if (!is_decimal(text) && !is_number_word(text))
        return false;
    if (inferred && !canonical(text))
        return false;
    char *copy = terminated(text);
    *out = strtod(copy, NULL);
    free(copy);
    if (*out != *out) {
        const uint64_t the_nan = 0x7ff8000000000000;
        memcpy(out, &the_nan, sizeof *out);
    }
    return true;
}

bool ref_bool(ref_bytes text, bool inferred, int64_t *out)
{
    static const char *const yes[] = {"true", "t", "yes", "y", "1", NULL};
    static const char *const no[] = {"false", "f", "no", "n", "0", NULL};
    static const char *const plain_yes[] = {"true", "True", "TRUE", NULL};
    static const char *const plain_no[] = {"false", "False", "FALSE", NULL};
    *out = is_one_of(text, inferred ? plain_yes : yes, !inferred);
    return *out || is_one_of(text, inferred ? plain_no : no, !inferred);
}

/* ---- dates and times ---- */

typedef struct moment {
    int64_t year, month, day, hour, minute, second, micros, zone_minutes;
} moment;

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t month_days(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

static bool date_exists(const moment *m)
{
    return m->year >= 1 && m->year <= 9999 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
           m->day <= month_days(m->year, m->month);
}

static int64_t days_of(const moment *m)
{
    const int64_t days_from_year_1_to_1970 = 719162;
    int64_t days = -days_from_year_1_to_1970;
    for (int64_t year = 1; year < m->year; year++)
        days += leap(year) ? 366 : 365;
    for (int64_t month = 1; month < m->month; month++)
        days += month_days(m->year, month);
    return days + m->day - 1;
}

static bool time_exists(const moment *m)
{
    return m->hour <= 23 && m->minute <= 59 && m->second <= 59;
}

static int64_t micros_of(const moment *m)
{
    int64_t minutes = (days_of(m) * 24 + m->hour) * 60 + m->minute - m->zone_minutes;
    return (minutes * 60 + m->second) * 1000000 + m->micros;
}

static bool eat_date(eater *e, moment *m)
{
    return eat_number(e, 4, 4, &m->year) && eat_one_of(e, "-", NULL) &&
           eat_number(e, 2, 2, &m->month) && eat_one_of(e, "-", NULL) &&
           eat_number(e, 2, 2, &m->day) && date_exists(m);
}

/* Digits of a fraction, in microseconds; what is beyond them must be 0. */
static bool eat_fraction(eater *e, size_t most, int64_t *micros)
{
    size_t n = 0;
    int64_t nanos = 0, unit = 100000000;
    for (; n < most && digit_next(e); n++, unit /= 10)
        nanos += (*e->at++ - '0') * unit;
    *micros = nanos / 1000;
    return n >= 1 && nanos % 1000 == 0;
}

static bool eat_zone(eater *e, int64_t *zone_minutes)
{
    char sign;
    int64_t hours, minutes = 0;
    if (eat_one_of(e, "Zz", NULL))
        return true;
    if (!eat_one_of(e, "+-", &sign) || !eat_number(e, 2, 2, &hours))
        return false;
    bool colon = eat_one_of(e, ":", NULL);
    if ((colon || digit_next(e)) && !eat_number(e, 2, 2, &minutes))
        return false;
    *zone_minutes = (sign == '-' ? -1 : 1) * (60 * hours + minutes);
    return hours <= 23 && minutes <= 59;
}

static bool eat_time(eater *e, moment *m)
{
    if (!eat_number(e, 2, 2, &m->hour) || !eat_one_of(e, ":", NULL) ||
        !eat_number(e, 2, 2, &m->minute))
        return false;
    if (eat_one_of(e, ":", NULL)) {
        if (!eat_number(e, 2, 2, &m->second))
            return false;
        if (eat_one_of(e, ".,", NULL) && !eat_fraction(e, 9, &m->micros))
            return false;
    }
    if (!done(e) && !eat_zone(e, &m->zone_minutes))
        return false;
    return time_exists(m);
}

bool ref_date(ref_bytes text, int64_t *days)
{
    moment m = {0};
    eater e = eat(text);
    if (!eat_date(&e, &m) || !done(&e))
        return false;
    *days = days_of(&m);
    return true;
}

bool ref_timestamp(ref_bytes text, int64_t *micros)
{
    moment m = {0};
    eater e = eat(text);
    if (!eat_date(&e, &m))
        return false;
    if (!done(&e) && (!eat_one_of(&e, "Tt ", NULL) || !eat_time(&e, &m)))
        return false;
    *micros = micros_of(&m);
    return done(&e);
}

/* ---- dates by a format ---- */

static bool eat_month_name(eater *e, int64_t *month)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    for (*month = 1; *month <= 12; ++*month) {
        const char *name = names[*month - 1];
        size_t left = (size_t)(e->end - e->at), n = strlen(name);
        if (left < n || strncasecmp(e->at, name, n) != 0)
            n = 3;
        if (left >= n && strncasecmp(e->at, name, n) == 0) {
            e->at += n;
            return true;
        }
    }
    return false;
}

static bool eat_short_year(eater *e, int64_t *year)
{
    if (!eat_number(e, 1, 2, year))
        return false;
    *year += *year >= 69 ? 1900 : 2000;
    return true;
}

static bool eat_letter(eater *e, char letter, moment *m)
{
    switch (letter) {
    case 'Y':
        return eat_number(e, 1, 4, &m->year);
    case 'y':
        return eat_short_year(e, &m->year);
    case 'm':
        return eat_number(e, 1, 2, &m->month);
    case 'b':
    case 'B':
        return eat_month_name(e, &m->month);
    case 'd':
        return eat_number(e, 1, 2, &m->day);
    case 'H':
        return eat_number(e, 1, 2, &m->hour);
    case 'M':
        return eat_number(e, 1, 2, &m->minute);
    case 'S':
        return eat_number(e, 1, 2, &m->second);
    case 'f':
        return eat_fraction(e, 6, &m->micros);
    case 'z':
        return eat_zone(e, &m->zone_minutes);
    default:
        return eat_one_of(e, "%", NULL);
    }
}

bool ref_format_known(const char *format)
{
    bool year = false, month = false, day = false;
    for (; *format; format++) {
        if (*format != '%')
            continue;
        char letter = *++format;
        if (!letter || !strchr("YmdHMSybBzf%", letter))
            return false;
        year = year || letter == 'Y' || letter == 'y';
        month = month || letter == 'm' || letter == 'b' || letter == 'B';
        day = day || letter == 'd';
    }
    return year && month && day;
}

static bool by_format(ref_bytes text, const char *format, moment *m)
{
    eater e = eat(text);
    for (; *format; format++) {
        if (*format == '%' ? !eat_letter(&e, *++format, m)
                           : !eat_one_of(&e, (char[]){*format, 0}, NULL))
            return false;
    }
    return done(&e) && date_exists(m) && time_exists(m);
}

bool ref_date_by_format(ref_bytes text, const char *format, int64_t *days)
{
    moment m = {0};
    if (!by_format(text, format, &m))
        return false;
    *days = days_of(&m);
    return true;
}

bool ref_timestamp_by_format(ref_bytes text, const char *format, int64_t *micros)
{
    moment m = {0};
    if (!by_format(text, format, &m))
        return false;
    *micros = micros_of(&m);
    return true;
}

/* ---- text ---- */

static size_t utf8_length(unsigned char lead)
{
    return lead < 0x80   ? 1
           : lead < 0xc0 ? 0
           : lead < 0xe0 ? 2
           : lead < 0xf0 ? 3
           : lead < 0xf8 ? 4
                         : 0;
}

/* The bytes of the character in front, 0 if there is none. */
static size_t utf8_character(const char *text, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*text;
    size_t n = utf8_length(lead);
    if (n == 0 || n > left)
        return 0;
    uint32_t code = n == 1 ? lead : lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | ((unsigned char)text[i] & 0x3fu);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[n] || surrogate || code > 0x10ffff ? 0 : n;
}

size_t ref_utf8_bad(ref_bytes text)
{
    size_t at = 0, n = 1;
    while (at < text.size && n) {
        n = utf8_character(text.data + at, text.size - at);
        at += n;
    }
    return at;
}

ref_bytes ref_trimmed(ref_bytes text)
{
    eater e = eat(text);
    while (eat_one_of(&e, " \t", NULL)) {
    }
    while (!done(&e) && (e.end[-1] == ' ' || e.end[-1] == '\t'))
        e.end--;
    return (ref_bytes){e.at, (size_t)(e.end - e.at)};
}

/* ---- inference ---- */

unsigned ref_classify(ref_bytes text)
{
    int64_t number;
    double real;
    if (ref_bool(text, true, &number))
        return REF_SEEN_BOOL;
    if (ref_int64(text, true, &number)) {
        /* Beyond 2^53 a double skips integers; 2^63 itself is not an int64. */
        double nearest = (double)number;
        bool exact = nearest < 0x1p63 && (int64_t)nearest == number;
        return exact ? REF_SEEN_INT : REF_SEEN_INT | REF_SEEN_INT_NO_DOUBLE;
    }
    if (is_integer(text)) /* beyond int64: as a double it would lose digits */
        return REF_SEEN_STRING;
    if (ref_date(text, &number))
        return REF_SEEN_DATE;
    if (ref_timestamp(text, &number))
        return REF_SEEN_TIMESTAMP;
    if (ref_double(text, true, &real))
        return is_number_word(text) ? REF_SEEN_WORD : REF_SEEN_DOUBLE;
    return REF_SEEN_STRING;
}

/* Whether nothing but what is in `allowed` has been seen. */
static bool only(unsigned seen, unsigned allowed)
{
    return (seen & ~allowed) == 0;
}

tine_type ref_join(unsigned seen)
{
    const unsigned reals = REF_SEEN_INT | REF_SEEN_DOUBLE | REF_SEEN_WORD;
    if (seen == 0 || seen == REF_SEEN_WORD)
        return TINE_STRING;
    if (only(seen, REF_SEEN_BOOL))
        return TINE_BOOL;
    if (only(seen, REF_SEEN_INT | REF_SEEN_INT_NO_DOUBLE))
        return TINE_INT64;
    if (only(seen, reals))
        return TINE_DOUBLE;
    if (only(seen, REF_SEEN_DATE))
        return TINE_DATE;
    if (only(seen, REF_SEEN_DATE | REF_SEEN_TIMESTAMP))
        return TINE_TIMESTAMP;
    return TINE_STRING;
}
