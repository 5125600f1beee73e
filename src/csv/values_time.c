/* Dates and timestamps: eight bytes of two digits, a separator, two digits, a separator and two
 * digits are checked and read at once, and a date is year and month and day of such. */
#include "csv/values.h"
#include "csv/civil.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define SEPARATORS UINT64_C(0x0000ff0000ff0000) /* the first byte is the lowest */

typedef struct three { /* numbers of two digits */
    int a, b, c;
    bool good;
} three;

static inline three three_numbers(const char *p, unsigned char separator)
{
    const uint64_t zeros = (EACH('0') & ~SEPARATORS) | (EACH(separator) & SEPARATORS);
    const uint64_t most = EACH(9) & ~SEPARATORS;
    uint64_t x = tine__text_load8(p) ^ zeros;
    bool good = ((x | (x + (EACH(0x7f) - most))) & EACH(0x80)) == 0;
    x = x * 10 + (x >> 8);
    return (three){x & 0xff, x >> 24 & 0xff, x >> 48 & 0xff, good};
}

enum { DATE = 10, TIMESTAMP = 19 };

static inline bool read_date(const char *p, tine__civil *c)
{
    unsigned century = (unsigned)(p[0] - '0'), decade = (unsigned)(p[1] - '0');
    three d = three_numbers(p + 2, '-');
    *c =
        (tine__civil){.year = (int)(century * 1000 + decade * 100) + d.a, .month = d.b, .day = d.c};
    return d.good & (century <= 9) & (decade <= 9);
}

static inline bool read_timestamp(const char *p, size_t size, tine__civil *c)
{
    three t = three_numbers(p + DATE + 1, ':');
    bool good = read_date(p, c);
    c->hour = t.a;
    c->minute = t.b;
    c->second = t.c;
    return good & t.good & (p[DATE] == ' ' || p[DATE] == 'T') &
           (size == TIMESTAMP || p[TIMESTAMP] == 'Z');
}

uint64_t tine__dates(const tine__fields *fields, int32_t *out)
{
    uint64_t fits = 0;
    for (unsigned i = 0; i < fields->n; i++) {
        tine__civil c;
        bool good = fields->end[i] - fields->begin[i] == DATE &&
                    read_date(fields->text + fields->begin[i], &c) && tine__civil_is_valid(&c);
        out[i] = good ? tine__civil_days(&c) : 0;
        fits |= (uint64_t)good << i;
    }
    return fits;
}

uint64_t tine__timestamps(const tine__fields *fields, int64_t *out)
{
    uint64_t fits = 0;
    for (unsigned i = 0; i < fields->n; i++) {
        tine__civil c;
        size_t size = fields->end[i] - fields->begin[i];
        bool good = (size == TIMESTAMP || size == TIMESTAMP + 1) &&
                    read_timestamp(fields->text + fields->begin[i], size, &c) &&
                    tine__civil_is_valid(&c);
        out[i] = good ? tine__civil_micros(&c) : 0;
        fits |= (uint64_t)good << i;
    }
    return fits;
}
