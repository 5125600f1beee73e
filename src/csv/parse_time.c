/* Dates and timestamps as ISO 8601 writes them. */
#include "csv/value.h"
#include "csv/civil.h"

static bool skip_date(tine__text *t, tine__civil *c)
{
    return tine__text_skip_number(t, 4, 4, &c->year) && tine__text_skip(t, '-') &&
           tine__text_skip_number(t, 2, 2, &c->month) && tine__text_skip(t, '-') &&
           tine__text_skip_number(t, 2, 2, &c->day);
}

/* One to nine digits behind the point, of which those beyond microseconds are 0. */
static bool skip_fraction(tine__text *t, int *micros_out)
{
    const char *first = t->at;
    int n = 0;
    for (; n < 9 && !tine__text_is_empty(t) && tine__is_digit(*t->at); n++, t->at++)
        if (n >= 6 && *t->at != '0')
            return false;
    *micros_out = 0;
    for (int i = 0; i < 6; i++)
        *micros_out = *micros_out * 10 + (i < n ? first[i] - '0' : 0);
    return n > 0;
}

static bool skip_time(tine__text *t, tine__civil *c)
{
    if (!tine__text_skip_number(t, 2, 2, &c->hour) || !tine__text_skip(t, ':') ||
        !tine__text_skip_number(t, 2, 2, &c->minute))
        return false;
    if (!tine__text_skip(t, ':'))
        return true;
    if (!tine__text_skip_number(t, 2, 2, &c->second))
        return false;
    bool point = tine__text_skip(t, '.') || tine__text_skip(t, ',');
    return !point || skip_fraction(t, &c->micros);
}

static bool skip_time_and_zone(tine__text *t, tine__civil *c)
{
    if (tine__text_is_empty(t))
        return true;
    if (!tine__text_skip(t, 'T') && !tine__text_skip(t, 't') && !tine__text_skip(t, ' '))
        return false;
    if (!skip_time(t, c))
        return false;
    return tine__text_is_empty(t) || tine__text_skip_zone(t, &c->zone_minutes);
}

bool tine__parse_date(const char *text, size_t n, int32_t *days_out)
{
    tine__text t = tine__text_strip(text, n);
    tine__civil c = {0};
    if (!skip_date(&t, &c) || !tine__text_is_empty(&t) || !tine__civil_is_valid(&c))
        return false;
    *days_out = tine__civil_days(&c);
    return true;
}

bool tine__parse_timestamp(const char *text, size_t n, int64_t *micros_out)
{
    tine__text t = tine__text_strip(text, n);
    tine__civil c = {0};
    if (!skip_date(&t, &c) || !skip_time_and_zone(&t, &c) || !tine__text_is_empty(&t) ||
        !tine__civil_is_valid(&c))
        return false;
    *micros_out = tine__civil_micros(&c);
    return true;
}
