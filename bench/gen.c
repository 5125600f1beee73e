/* tine-gen: writes a CSV file that is a function of its kind, size and seed, and prints what a
 * reader must find in it: rows, bytes, and the sum of one column over the exact values of its
 * doubles, rounded once. The sum is kept as a 128-bit integer of units of 2^-64, which every value
 * is a multiple of.
 *
 *     brc       station;temp, one decimal (after Morling's One Billion Row Challenge); keys=N: so
 *               many stations, 413 else
 *     lineitem  integers, money, flags, dates and quoted comments (after the table of TPC-H)
 *     groups    keys of few values and of many, texts and integers, and three values (after the
 *               group-by questions of H2O's database benchmark); keys=N: of so many, 100 else
 *     taxi      short fields, many of them empty
 *     floats    20 columns of doubles with 17 digits
 *     text      all quoted, CR LF, with line ends, doubled quotes and lines that look like rows
 * inside
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

typedef struct output {
    FILE *file;
    uint64_t random;           /* the state of the generator */
    uint64_t n_wanted, n_keys; /* rows there will be; brc, groups: values of the keys */
    uint64_t n_rows, n_bytes;
    wide sum; /* in 2^-64 */
} output;

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t draw(output *out)
{
    uint64_t x = out->random += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static unsigned below(output *out, unsigned n)
{
    return (unsigned)(((draw(out) >> 32) * n) >> 32);
}

static void put(output *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vfprintf(out->file, format, args);
    va_end(args);
    if (n < 0) {
        perror("tine-gen");
        exit(1);
    }
    out->n_bytes += (uint64_t)n;
}

static void add(output *out, double value)
{
    out->sum += (wide)ldexp(value, 64);
}

/* ---- the kinds: a header, and one row ---- */

static const char *const town_starts[] = {
    "Ober",   "Nieder", "Alt",   "Neu",  "Klein",    "Groß",     "Wald",
    "Berg",   "See",    "Stein", "Grün", "Hoch",     "Mittel",   "Birk",
    "Eichen", "Linden", "Rot",   "Weiß", "Bad Horn", "Sankt Ul", "Kö",
};
static const char *const town_ends[] = {
    "au",  "bach", "berg",  "brück", "burg",  "dorf", "feld",  "furt",    "hausen", "heim",
    "hof", "holz", "ingen", "kirch", "leben", "ried", "stadt", "stetten", "tal",    "wangen",
};
enum {
    N_STARTS = sizeof town_starts / sizeof town_starts[0],
    N_ENDS = sizeof town_ends / sizeof town_ends[0],
    N_TOWNS = N_STARTS * N_ENDS
};

/* Towns; where more are wanted than there are, with the numbers of their districts. */
static void put_station(output *out, unsigned station)
{
    const unsigned town = station % N_TOWNS, district = station / N_TOWNS;
    put(out, "%s%s", town_starts[town % N_STARTS], town_ends[town / N_STARTS]);
    if (district > 0)
        put(out, " %u", district);
}

static void brc_row(output *out)
{
    put_station(out, below(out, (unsigned)out->n_keys));
    const int tenths = (int)below(out, 1999) - 999;
    put(out, ";%s%d.%d\n", tenths < 0 ? "-" : "", abs(tenths) / 10, abs(tenths) % 10);
    add(out, tenths / 10.0);
}

static const char *const comments[] = {
    "deliver by rail",
    "fragile, this side up",
    "",
    "he said \"\"no hurry\"\"",
    "two boxes, one lid",
    "carefully packed in straw, then in paper",
    "see note",
    "none",
};

static const char *const instructions[] = {
    "DELIVER IN PERSON",
    "COLLECT COD",
    "NONE",
    "TAKE BACK RETURN",
};
static const char *const modes[] = {"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"};

/* Each call draws for one field alone: the order of evaluation of arguments is the compiler's. */
static void put_number(output *out, const char *format, unsigned low, unsigned n)
{
    put(out, format, low + below(out, n));
}

/* From `low` up, in hundredths; counts in the sum. */
static void put_money(output *out, unsigned low, unsigned n)
{
    const unsigned cents = low + below(out, n);
    put(out, "%u.%02u,", cents / 100, cents % 100);
    add(out, cents / 100.0);
}

static void put_date(output *out)
{
    put_number(out, "%u", 1992, 7);
    put_number(out, "-%02u", 1, 12);
    put_number(out, "-%02u,", 1, 28);
}

static void lineitem_row(output *out)
{
    put(out, "%" PRIu64 ",", out->n_rows / 4 + 1);
    put_number(out, "%u,", 1, 200000);
    put_number(out, "%u,", 1, 10000);
    put(out, "%u,", (unsigned)(out->n_rows % 4 + 1));
    put_number(out, "%u,", 1, 50);
    put_money(out, 90000, 10000000);
    put_number(out, "0.%02u,", 0, 11);
    put_number(out, "0.%02u,", 0, 9);
    put(out, "%c,", "ANR"[below(out, 3)]);
    put(out, "%c,", "FO"[below(out, 2)]);
    for (int i = 0; i < 3; i++)
        put_date(out);
    put(out, "%s,", instructions[below(out, 4)]);
    put(out, "%s,", modes[below(out, 7)]);
    put(out, "\"%s\"\n", comments[below(out, 8)]);
}

/* A number or, once in `rarity` times, nothing. */
static void put_sparse(output *out, unsigned rarity, unsigned n)
{
    if (below(out, rarity))
        put_number(out, "%u", 0, n);
    put(out, ",");
}

static void put_time(output *out, unsigned day, unsigned hour)
{
    put(out, "2024-03-%02u %02u:", day, hour);
    put_number(out, "%02u:", 0, 60);
    put_number(out, "%02u,", 0, 60);
}

static void taxi_row(output *out)
{
    const unsigned day = 1 + below(out, 28);
    const unsigned hour = below(out, 23);
    put_number(out, "%u,", 1, 2);
    put_time(out, day, hour);
    put_time(out, day, hour + 1);
    put_sparse(out, 8, 6);
    put_number(out, "%u.", 0, 30);
    put_number(out, "%02u,", 0, 100);
    put_sparse(out, 8, 5);
    put(out, below(out, 8) ? "N," : ",");
    put_sparse(out, 2, 265);
    put_sparse(out, 2, 265);
    put_money(out, 300, 9000);
    put_sparse(out, 2, 3);
    put_sparse(out, 3, 20);
    put(out, "\n");
}

/* A double in (-1, 1) of 53 random bits. */
static double draw_double(output *out)
{
    const double magnitude = ldexp((double)(draw(out) >> 11), -53);
    return below(out, 2) ? magnitude : -magnitude;
}

static void floats_row(output *out)
{
    const double first = draw_double(out);
    put(out, "%.17g", first);
    for (int i = 1; i < 20; i++)
        put(out, ",%.17g", draw_double(out));
    put(out, "\n");
    add(out, first);
}

static const char *const lines[] = {
    "It rained all day.",
    "\"\"Never again,\"\" she said,",
    "\"\"7\"\",\"\"9\"\",\"\"fake\"\"",
    "",
    "1,2,3",
    "a comma, a semicolon; a tab\t.",
    "Grüße aus dem Tal",
    "\"\"",
};

static void text_row(output *out)
{
    const unsigned score = below(out, 100);
    put(out, "\"%" PRIu64 "\",\"%u\",\"", out->n_rows + 1, score);
    put(out, "%s", lines[below(out, 8)]);
    for (unsigned n = below(out, 5); n > 0; n--) {
        put(out, below(out, 2) ? "\n" : "\r\n");
        put(out, "%s", lines[below(out, 8)]);
    }
    put(out, "\"\r\n");
    add(out, score);
}

static void groups_row(output *out)
{
    const unsigned few = (unsigned)out->n_keys;
    const unsigned many = (unsigned)(out->n_wanted > few ? out->n_wanted / few : 1);
    const unsigned value = 1 + below(out, 5);
    put_number(out, "id%03u,", 1, few);
    put_number(out, "id%03u,", 1, few);
    put_number(out, "id%010u,", 1, many);
    put_number(out, "%u,", 1, few);
    put_number(out, "%u,", 1, few);
    put_number(out, "%u,", 1, many);
    put(out, "%u,", value);
    put_number(out, "%u,", 1, 15);
    put_number(out, "%u.", 0, 100);
    put_number(out, "%06u\n", 0, 1000000);
    add(out, value);
}

typedef struct generator {
    const char *name, *header, *summed;
    void (*row)(output *out);
    uint64_t n_keys; /* unless it is said */
} generator;

static const generator generators[] = {
    {"brc", "station;temp\n", "temp", brc_row, 413},
    {"lineitem",
     "orderkey,partkey,suppkey,linenumber,quantity,extendedprice,discount,tax,returnflag,"
     "linestatus,shipdate,commitdate,receiptdate,shipinstruct,shipmode,comment\n",
     "extendedprice", lineitem_row, 0},
    {"taxi",
     "vendor,pickup,dropoff,passengers,distance,rate,flag,from,to,fare,surcharge,tip,airport\n",
     "fare", taxi_row, 0},
    {"floats", "x1,x2,x3,x4,x5,x6,x7,x8,x9,x10,x11,x12,x13,x14,x15,x16,x17,x18,x19,x20\n", "x1",
     floats_row, 0},
    {"groups", "id1,id2,id3,id4,id5,id6,v1,v2,v3\n", "v1", groups_row, 100},
    {"text", "\"id\",\"score\",\"text\"\r\n", "score", text_row, 0},
};

static const generator *find_generator(const char *name)
{
    for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++) {
        if (!strcmp(generators[i].name, name))
            return &generators[i];
    }
    return NULL;
}

static int complain(void)
{
    fputs("usage: tine-gen brc|lineitem|taxi|floats|text|groups PATH [rows=N] [bytes=N] [seed=N]\n"
          "    [keys=N]\n"
          "Stops at so many rows or bytes, whichever comes first; one of them must be given.\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const generator *kind = argc > 2 ? find_generator(argv[1]) : NULL;
    uint64_t n_rows = UINT64_MAX, n_bytes = UINT64_MAX;
    output out = {.n_keys = kind ? kind->n_keys : 0};
    for (int i = 3; i < argc; i++) {
        if (sscanf(argv[i], "rows=%" SCNu64, &n_rows) != 1 &&
            sscanf(argv[i], "bytes=%" SCNu64, &n_bytes) != 1 &&
            sscanf(argv[i], "seed=%" SCNu64, &out.random) != 1 &&
            sscanf(argv[i], "keys=%" SCNu64, &out.n_keys) != 1)
            return complain();
    }
    if (!kind || (kind->n_keys && !out.n_keys) || (n_rows == UINT64_MAX && n_bytes == UINT64_MAX))
        return complain();
    out.n_wanted = n_rows;
    out.file = fopen(argv[2], "wb");
    if (!out.file) {
        perror(argv[2]);
        return 1;
    }
    put(&out, "%s", kind->header);
    for (; out.n_rows < n_rows && out.n_bytes < n_bytes; out.n_rows++)
        kind->row(&out);
    if (fclose(out.file) != 0) {
        perror(argv[2]);
        return 1;
    }
    printf("rows %" PRIu64 "\nbytes %" PRIu64 "\nsum %s %.17g\n", out.n_rows, out.n_bytes,
           kind->summed, ldexp((double)out.sum, -64));
    return 0;
}
