/* Dates and timestamps, 64 at once, in a few loops that become vectors of the instruction set that
 * they are compiled for: the texts are fetched, read, and then computed with.
 *
 * What is read is eight bytes of two digits, a separator, two digits, a separator and two digits: a
 * date is a century and such a text, a time is such a text. */
#ifndef TINE_CSV_TIMES_TEMPLATE_H
#define TINE_CSV_TIMES_TEMPLATE_H
#include "csv/civil.h"
#include "csv/values.h"

typedef struct threes { /* numbers of two digits; where it is not good they mean nothing */
    uint64_t texts[TINE__FIELDS];
    int a[TINE__FIELDS], b[TINE__FIELDS], c[TINE__FIELDS];
} threes;

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define SEPARATORS UINT64_C(0x0000ff0000ff0000) /* the first byte is the lowest */

/* In eight bytes: a digit is 0 to 9, a separator 0, anything else more, which sets the highest bit
 * of its byte or the one above that sum. */
static inline void read_threes(threes *t, unsigned char separator, int *good)
{
    const uint64_t zeros = (EACH_BYTE('0') & ~SEPARATORS) | (EACH_BYTE(separator) & SEPARATORS);
    const uint64_t to_most = EACH_BYTE(0x7f) - (EACH_BYTE(9) & ~SEPARATORS);
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        uint64_t x = t->texts[i] ^ zeros;
        uint64_t pairs = (x << 3) + (x << 1) + (x >> 8);
        good[i] &= ((x | (x + to_most)) & EACH_BYTE(0x80)) == 0;
        t->a[i] = (int)(pairs & 0xff);
        t->b[i] = (int)(pairs >> 24 & 0xff);
        t->c[i] = (int)(pairs >> 48 & 0xff);
    }
}

typedef struct dates {
    unsigned centuries[TINE__FIELDS]; /* as text, the first digit the lower one */
    threes rest;
} dates;

static inline void find_days(dates *d, int *days, int *good)
{
    int year[TINE__FIELDS];
    read_threes(&d->rest, '-', good);
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        unsigned tens = (d->centuries[i] & 0xff) - '0', ones = (d->centuries[i] >> 8) - '0';
        good[i] &= (tens <= 9) & (ones <= 9);
        year[i] = (int)(tens * 1000 + ones * 100) + d->rest.a[i];
    }
    for (unsigned i = 0; i < TINE__FIELDS; i++)
        good[i] &= tine__is_date(year[i], d->rest.b[i], d->rest.c[i]);
    for (unsigned i = 0; i < TINE__FIELDS; i++)
        days[i] = tine__days_of(year[i], d->rest.b[i], d->rest.c[i]);
}

enum { DATE = 10, TIMESTAMP = 19 };

/* Stands in for the fields of another size: no date. */
static const char no_time[] = "0000-00-00 00:00:00";

static inline void fetch_date(const char *p, unsigned i, dates *d)
{
    d->centuries[i] = (unsigned char)p[0] | (unsigned)(unsigned char)p[1] << 8;
    d->rest.texts[i] = tine__text_load8(p + 2);
}

static inline uint64_t to_bits(const int *good)
{
    uint8_t answers[TINE__FIELDS];
    for (unsigned i = 0; i < TINE__FIELDS; i++)
        answers[i] = (uint8_t)good[i];
    return tine__bits_of(answers);
}

static uint64_t convert_dates(const tine__fields *fields, int32_t *out)
{
    dates d;
    int days[TINE__FIELDS], good[TINE__FIELDS];
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        good[i] = fields->end[i] - fields->begin[i] == DATE;
        fetch_date(good[i] ? fields->text + fields->begin[i] : no_time, i, &d);
    }
    find_days(&d, days, good);
    for (unsigned i = 0; i < TINE__FIELDS; i++)
        out[i] = days[i] & -good[i];
    return to_bits(good);
}

static uint64_t convert_timestamps(const tine__fields *fields, int64_t *out)
{
    dates d;
    threes t;
    int days[TINE__FIELDS], good[TINE__FIELDS];
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        size_t size = fields->end[i] - fields->begin[i];
        bool is_long = size == TIMESTAMP || size == TIMESTAMP + 1;
        const char *p = is_long ? fields->text + fields->begin[i] : no_time;
        good[i] = ((p[DATE] == ' ') | (p[DATE] == 'T')) &
                  (size == TIMESTAMP || (is_long && p[TIMESTAMP] == 'Z'));
        fetch_date(p, i, &d);
        t.texts[i] = tine__text_load8(p + DATE + 1);
    }
    find_days(&d, days, good);
    read_threes(&t, ':', good);
    for (unsigned i = 0; i < TINE__FIELDS; i++)
        good[i] &= (t.a[i] <= 23) & (t.b[i] <= 59) & (t.c[i] <= 59);
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        int seconds = (t.a[i] * 60 + t.b[i]) * 60 + t.c[i];
        int64_t micros = days[i] * TINE__MICROS_PER_DAY + seconds * TINE__MICROS_PER_SECOND;
        out[i] = micros & -(int64_t)good[i];
    }
    return to_bits(good);
}

#endif
