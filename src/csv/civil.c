/* Day counts to dates, by Howard Hinnant's algorithm (chrono-compatible low-level date algorithms,
 * 2013): 400 years that begin in March are an era of 146,097 days. */
#include "csv/civil.h"

enum { DAYS_PER_ERA = 146097 };

tine__civil tine__civil_of_days(int32_t days)
{
    int64_t z = (int64_t)days + TINE__DAYS_TO_1970;
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
