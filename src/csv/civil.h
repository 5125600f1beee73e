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

/* These three are arithmetic on ints alone, so that loops of them become vectors. */

/* Month: 1 ... 12. */
static inline int tine__days_in_month(int year, int month)
{
    int of_century = year % 100;
    int mask = of_century == 0 ? 15 : 3; /* of hundreds 16 tells as 400 does */
    int leap = (year & mask) == 0;
    int days = 30 + ((month + (month >> 3)) & 1); /* 31 up to July if odd, then if even */
    return month == 2 ? 28 + leap : days;
}

/* A date between 0001-01-01 and 9999-12-31 that exists: 1, else 0. */
static inline int tine__is_date(int year, int month, int day)
{
    return (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) &
           (day <= tine__days_in_month(year, month));
}

#define TINE__DAYS_TO_1970 719468 /* from 0000-03-01 */

/* The day count of a date, by Howard Hinnant's algorithm (chrono-compatible low-level date
 * algorithms, 2013): a year that begins in March has its leap day last, so that the days before a
 * month are a linear function of the month, (153 m + 2) / 5. */
static inline int tine__days_of(int year, int month, int day)
{
    int before_march = month <= 2;
    int y = year - before_march, m = month - 3 + 12 * before_march, century = y / 100;
    return 365 * y + y / 4 - century + century / 4 + (153 * m + 2) / 5 + day - 1 -
           TINE__DAYS_TO_1970;
}

/* It exists, and is at a time that exists. */
static inline bool tine__civil_is_valid(const tine__civil *c)
{
    return tine__is_date(c->year, c->month, c->day) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 59;
}

static inline int32_t tine__civil_days(const tine__civil *c)
{
    return tine__days_of(c->year, c->month, c->day);
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
