/* The proleptic Gregorian calendar and the clock, as numbers. Days and microseconds count from
 * 1970-01-01T00:00:00Z. */
#ifndef TINE_CSV_CIVIL_H
#define TINE_CSV_CIVIL_H
#include "csv/text.h"

#define TINE__MICROS_PER_SECOND INT64_C(1000000)
#define TINE__MICROS_PER_DAY (86400 * TINE__MICROS_PER_SECOND)

/* One moment as it is written. */
typedef struct tine__civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second, micros;
    int zone_minutes; /* ahead of UTC */
} tine__civil;

static inline bool tine__is_leap(unsigned year)
{
    return year % 100 == 0 ? year % 16 == 0
                           : year % 4 == 0; /* of hundreds, 16 divides as 400 does */
}

static inline unsigned tine__days_in_month(unsigned year, unsigned month)
{
    static const unsigned char days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 2 && tine__is_leap(year));
}

/* A date between 0001-01-01 and 9999-12-31 that exists, at a time that exists. */
static inline bool tine__civil_is_valid(const tine__civil *c)
{
    return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= (int)tine__days_in_month((unsigned)c->year, (unsigned)c->month) &&
           c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

#define TINE__DAYS_TO_1970 719468 /* from 0000-03-01 */

/* Of a valid date, by Howard Hinnant's algorithm (chrono-compatible low-level date algorithms,
 * 2013): a year that begins in March has its leap day last, so that the days before a month are a
 * linear function of the month, (153 m + 2) / 5. */
static inline int32_t tine__civil_days(const tine__civil *c)
{
    unsigned year = (unsigned)(c->year - (c->month <= 2));
    unsigned month = (unsigned)(c->month + (c->month <= 2 ? 9 : -3)); /* from March */
    unsigned before = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5;
    return (int32_t)(before + (unsigned)c->day - 1) - TINE__DAYS_TO_1970;
}

static inline int64_t tine__civil_micros(const tine__civil *c)
{
    int64_t minutes = (int64_t)c->hour * 60 + c->minute - c->zone_minutes;
    return tine__civil_days(c) * TINE__MICROS_PER_DAY +
           (minutes * 60 + c->second) * TINE__MICROS_PER_SECOND + c->micros;
}

/* Year, month and day of any day count. */
tine__civil tine__civil_of_days(int32_t days);

/* Skips `least` to `most` digits, as many as there are, and gives their number. */
bool tine__text_skip_number(tine__text *t, int least, int most, int *out);
/* Z, z, ±HH, ±HHMM or ±HH:MM, up to 23:59. */
bool tine__text_skip_zone(tine__text *t, int *minutes_out);

#endif
