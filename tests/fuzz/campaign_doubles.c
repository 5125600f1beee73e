/* Random decimals, as many as asked for, through the kernels of every instruction set and through
 * the parser of single fields: each must be strtod's double, bit for bit.
 *
 *     campaign_doubles NUMBER [SEED] */
#include "csv/kernels.h"
#include "csv/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DECIMAL = 40 };

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t draw(uint64_t *random)
{
    uint64_t x = *random += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/* Any bits that are finite, or what CSV files are full of; 17 digits, or fewer. */
static size_t put_decimal(uint64_t *random, char *out)
{
    const uint64_t bits = draw(random), choice = draw(random);
    const int digits = choice & 8 ? 17 : 1 + (int)(choice >> 8) % 17;
    double x;
    memcpy(&x, &bits, sizeof x);
    if ((choice & 3) == 0 && x - x == 0)
        return (size_t)snprintf(out, MAX_DECIMAL, "%.*g", digits, x);
    x = (double)(int64_t)bits * 0x1p-63;
    if ((choice & 3) == 1)
        return (size_t)snprintf(out, MAX_DECIMAL, "%.*f", digits % 4, x * 1e6);
    return (size_t)snprintf(out, MAX_DECIMAL, "%.*g", digits, x);
}

typedef struct decimals { /* 64 of them, with a NUL behind each */
    char text[TINE__FIELD_LEAD + TINE__FIELDS * MAX_DECIMAL];
    tine__fields fields;
    double expected[TINE__FIELDS];
} decimals;

static void make(uint64_t *random, decimals *out)
{
    size_t at = TINE__FIELD_LEAD;
    out->fields.text = out->text;
    out->fields.n = TINE__FIELDS;
    for (size_t i = 0; i < TINE__FIELDS; i++) {
        const size_t n = put_decimal(random, out->text + at);
        out->fields.begin[i] = (uint32_t)at;
        out->fields.end[i] = (uint32_t)(at + n);
        out->expected[i] = strtod(out->text + at, NULL);
        at += n + 1;
    }
}

static bool complain(const decimals *d, size_t i, const char *who, double found)
{
    printf("%s by %s: %a, not %a\n", d->text + d->fields.begin[i], who, found, d->expected[i]);
    return false;
}

static bool agrees(const decimals *d, size_t i, const char *who, double found)
{
    return memcmp(&found, &d->expected[i], sizeof found) == 0 || complain(d, i, who, found);
}

static bool check_parser(const decimals *d)
{
    for (size_t i = 0; i < TINE__FIELDS; i++) {
        const uint32_t begin = d->fields.begin[i];
        double found = 0;
        if (!tine__parse_double(d->text + begin, d->fields.end[i] - begin, false, &found) ||
            !agrees(d, i, "the parser", found))
            return false;
    }
    return true;
}

/* Counts what the set converts. */
static bool check_kernels(const decimals *d, const tine__kernels *kernels, uint64_t *n_converted)
{
    double found[TINE__FIELDS];
    uint64_t points;
    const uint64_t done = kernels->doubles(&d->fields, false, found, &points);
    for (size_t i = 0; i < TINE__FIELDS; i++) {
        if (done >> i & 1 && !agrees(d, i, kernels->name, found[i]))
            return false;
        *n_converted += done >> i & 1;
    }
    return true;
}

int main(int argc, char **argv)
{
    const uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t random = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, n_converted = 0, n_offered = 0;
    static decimals d;
    const tine__kernels *kernels;
    for (uint64_t done = 0; done < n; done += TINE__FIELDS) {
        make(&random, &d);
        if (!check_parser(&d))
            return EXIT_FAILURE;
        for (size_t i = 0; (kernels = tine__kernels_at(i)) != NULL; i++) {
            n_offered += TINE__FIELDS;
            if (!check_kernels(&d, kernels, &n_converted))
                return EXIT_FAILURE;
        }
    }
    printf("%" PRIu64 " decimals; the kernels converted %.0f %%\n", n,
           100.0 * (double)n_converted / (double)(n_offered ? n_offered : 1));
    return n_converted > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
