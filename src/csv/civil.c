/* Dates to day counts and back, by Howard Hinnant's algorithms (chrono-compatible low-level date
 * algorithms, 2013): a year that begins in March has its leap day last, so that the days before a
 * month are a linear function of the month, (153 m + 2) / 5, and 400 such years are an era of
 * 146,097 days. */
#include "csv/civil.h"

enum {
    DAYS_PER_ERA = 146097,
    DAYS_TO_1970 = 719468 /* from 0000-03-01 */
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const signed char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

bool tine__civil_is_valid(const tine__civil *c)
{
    return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 59;
}

int32_t tine__civil_days(const tine__civil *c)
{
    int year = c->year - (c->month <= 2); /* not negative: c is valid */
    int month = (c->month + 9) % 12;      /* from March */
    int era = year / 400, year_of_era = year % 400;
    int day_of_year = (153 * month + 2) / 5 + c->day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

int64_t tine__civil_micros(const tine__civil *c)
{
    int64_t minutes = (int64_t)c->hour * 60 + c->minute - c->zone_minutes;
    return tine__civil_days(c) * TINE__MICROS_PER_DAY +
           (minutes * 60 + c->second) * TINE__MICROS_PER_SECOND + c->micros;
}

tine__civil tine__civil_of_days(int32_t days)
{
    int64_t z = (int64_t)days + DAYS_TO_1970;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int day_of_era = (int)(z - era * DAYS_PER_ERA);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;
    return (tine__civil){
        .year = year_of_era + (int)era * 400 + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
}

bool tine__text_skip_number(tine__text *t, int least, int most, int *out)
{
    int n = 0;
    for (*out = 0; n < most && !tine__text_is_empty(t) && tine__is_digit(*t->at); n++)
        *out = *out * 10 + (*t->at++ - '0');
    return n >= least;
}

bool tine__text_skip_zone(tine__text *t, int *minutes_out)
{
    int hours, minutes = 0;
    *minutes_out = 0;
    if (tine__text_skip(t, 'Z') || tine__text_skip(t, 'z'))
        return true;
    if (tine__text_is_empty(t) || (*t->at != '+' && *t->at != '-'))
        return false;
    bool behind = tine__text_skip_sign(t);
    if (!tine__text_skip_number(t, 2, 2, &hours))
        return false;
    bool colon = tine__text_skip(t, ':');
    bool more = colon || (!tine__text_is_empty(t) && tine__is_digit(*t->at));
    if (more && !tine__text_skip_number(t, 2, 2, &minutes))
        return false;
    *minutes_out = (hours * 60 + minutes) * (behind ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}
