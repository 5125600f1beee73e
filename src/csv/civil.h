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

/* A date between 0001-01-01 and 9999-12-31 that exists, at a time that exists. */
bool tine__civil_is_valid(const tine__civil *c);
int32_t tine__civil_days(const tine__civil *c);
int64_t tine__civil_micros(const tine__civil *c);
/* Year, month and day of any day count. */
tine__civil tine__civil_of_days(int32_t days);

/* Skips `least` to `most` digits, as many as there are, and gives their number. */
bool tine__text_skip_number(tine__text *t, int least, int most, int *out);
/* Z, z, ±HH, ±HHMM or ±HH:MM, up to 23:59. */
bool tine__text_skip_zone(tine__text *t, int *minutes_out);

#endif
