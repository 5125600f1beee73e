/* The kernels of values against the parsers of single ones: what they convert is the same, bit for
 * bit; they convert what they should; and every set that this CPU runs converts the same fields.
 * The text lies between pages that cannot be touched. */
#define _GNU_SOURCE
#include "cmocka_all.h"
#include "csv/kernels.h"
#include "csv/value.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *page; /* between two untouchable ones */
static size_t page_size;
static const tine__kernels *kernels; /* the set under test */

static int set_up(void **state)
{
    (void)state;
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 3 * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page = pages + page_size;
    return pages == MAP_FAILED || mprotect(page, page_size, PROT_READ | PROT_WRITE);
}

static int tear_down(void **state)
{
    (void)state;
    return munmap(page - page_size, 3 * page_size);
}

/* ---- fields ---- */

typedef size_t random_field(uint64_t *random, char *out);

enum { MAX_FIELD = 48 };

static size_t digits(uint64_t *random, char *out, size_t n)
{
    random_text(random, "0123456789", 10, out, n);
    return n;
}

static size_t any_integer(uint64_t *random, char *out)
{
    size_t n = 0;
    if (random_below(random, 3) == 0)
        out[n++] = '-';
    return n + digits(random, out + n, random_below(random, 19));
}

static size_t any_decimal(uint64_t *random, char *out)
{
    size_t n = random_below(random, 4) ? any_integer(random, out) : 0;
    if (random_below(random, 8) == 0)
        return n;
    out[n++] = '.';
    return n + digits(random, out + n, random_below(random, 20));
}

static size_t shortest_double(uint64_t *random, char *out)
{
    double value = (double)(int64_t)(next_random(random)) / 9.3e18;
    return (size_t)snprintf(out, MAX_FIELD, "%.*g", 1 + (int)random_below(random, 17), value);
}

static size_t double_of_17_digits(uint64_t *random, char *out)
{
    double value = (double)(int64_t)(next_random(random)) / 9.3e18;
    return (size_t)snprintf(out, MAX_FIELD, "%.17g",
                            value * (double)(1 + random_below(random, 99)));
}

static size_t any_time(uint64_t *random, char *out)
{
    static const char *const formats[] = {
        "%04u-%02u-%02u", "%04u-%02u-%02u %02u:%02u:%02u", "%04u-%02u-%02uT%02u:%02u:%02u",
        "%04u-%02u-%02uT%02u:%02u:%02uZ", "%04u-%02u-%02u %02u:%02u:%02u.5"};
    unsigned n[6] = {10000, 14, 33, 25, 61, 61};
    for (unsigned i = 0; i < 6; i++)
        n[i] = (unsigned)random_below(random, n[i]);
    return (size_t)snprintf(out, MAX_FIELD, formats[random_below(random, 5)], n[0], n[1], n[2],
                            n[3], n[4], n[5]);
}

/* A field with a byte or two that are something else. */
static size_t spoilt(uint64_t *random, char *out, random_field *field)
{
    static const char bytes[] = "-+.e0 9:/x\"\xff";
    size_t n = field(random, out);
    for (size_t i = random_below(random, 3); n && i > 0; i--)
        out[random_below(random, n)] = bytes[random_below(random, sizeof bytes - 1)];
    return n;
}

static size_t any_field(uint64_t *random, char *out)
{
    static random_field *const kinds[] = {any_integer, any_decimal, shortest_double,
                                          double_of_17_digits, any_time};
    random_field *kind = kinds[random_below(random, 5)];
    return random_below(random, 4) ? kind(random, out) : spoilt(random, out, kind);
}

/* n fields with commas between them, the last one at the page's end if `at_end`, the first one at
 * its begin if not. */
static void lay_out(uint64_t *random, random_field *field, unsigned n, bool at_end,
                    tine__fields *out)
{
    static char text[TINE__FIELDS * (MAX_FIELD + 1)];
    size_t size = 0;
    out->n = n;
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        size += i > 0 && i < n;
        if (i > 0 && i < n)
            text[size - 1] = "1,.-9"[random_below(random, 5)];
        out->begin[i] = (uint32_t)size;
        size += i < n ? field(random, text + size) : 0;
        out->end[i] = (uint32_t)size;
    }
    assert_true(size <= page_size);
    char *to = at_end ? page + page_size - size : page;
    memcpy(to, text, size);
    out->text = to;
}

static const char *field_text(const tine__fields *fields, unsigned i, size_t *n)
{
    *n = fields->end[i] - fields->begin[i];
    return fields->text + fields->begin[i];
}

/* ---- checks ---- */

static bool is_exact(int64_t value)
{
    return value >= -(INT64_C(1) << 53) && value <= INT64_C(1) << 53;
}

static uint64_t check_int64s(const tine__fields *fields, bool canonical)
{
    int64_t values[TINE__FIELDS], others[TINE__FIELDS];
    uint64_t done = kernels->int64s(fields, canonical, values);
    assert_int_equal(tine__int64s_scalar(fields, canonical, others), done);
    for (unsigned i = 0; i < fields->n; i++) {
        size_t n;
        int64_t value = 0;
        const char *text = field_text(fields, i, &n);
        if (done >> i & 1) {
            assert_true(tine__parse_int64(text, n, canonical, &value));
            assert_true(is_exact(value));
        }
        assert_int_equal(values[i], value);
    }
    return done;
}

static uint64_t check_doubles(const tine__fields *fields, bool canonical)
{
    double values[TINE__FIELDS], others[TINE__FIELDS];
    uint64_t points, other_points;
    uint64_t done = kernels->doubles(fields, canonical, values, &points);
    assert_int_equal(tine__doubles_scalar(fields, canonical, others, &other_points), done);
    assert_int_equal(points, other_points);
    assert_int_equal(points & ~done, 0);
    for (unsigned i = 0; i < fields->n; i++) {
        size_t n;
        double value = 0;
        const char *text = field_text(fields, i, &n);
        if (done >> i & 1) {
            assert_true(tine__parse_double(text, n, canonical, &value));
            assert_int_equal(memchr(text, '.', n) != NULL, points >> i & 1);
            assert_true((points >> i & 1) || is_exact((int64_t)value));
        }
        assert_memory_equal(&values[i], &value, sizeof value);
    }
    return done;
}

static uint64_t check_dates(const tine__fields *fields)
{
    int32_t values[TINE__FIELDS];
    uint64_t done = kernels->dates(fields, values);
    for (unsigned i = 0; i < fields->n; i++) {
        size_t n;
        int32_t value = 0;
        const char *text = field_text(fields, i, &n);
        if (done >> i & 1)
            assert_true(tine__parse_date(text, n, &value));
        else if (n == 10)
            assert_false(tine__parse_date(text, n, &value));
        assert_int_equal(values[i], done >> i & 1 ? value : 0);
    }
    return done;
}

static uint64_t check_timestamps(const tine__fields *fields)
{
    int64_t values[TINE__FIELDS];
    uint64_t done = kernels->timestamps(fields, values);
    for (unsigned i = 0; i < fields->n; i++) {
        size_t n;
        int64_t value = 0;
        const char *text = field_text(fields, i, &n);
        if (done >> i & 1)
            assert_true(tine__parse_timestamp(text, n, &value));
        assert_int_equal(values[i], value);
    }
    return done;
}

static void check(const tine__fields *fields)
{
    check_dates(fields);
    check_timestamps(fields);
    for (unsigned canonical = 0; canonical < 2; canonical++) {
        check_int64s(fields, canonical);
        check_doubles(fields, canonical);
    }
}

static void any_fields_agree(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (unsigned round = 0; round < 4000; round++) {
        static random_field *const kinds[] = {any_field,       any_integer,         any_decimal,
                                              shortest_double, double_of_17_digits, any_time};
        tine__fields fields;
        lay_out(&random, kinds[round % 6], 1 + (unsigned)random_below(&random, TINE__FIELDS),
                round % 2, &fields);
        check(&fields);
    }
}

/* ---- what must be converted ---- */

static void lay_out_texts(const char *const *texts, unsigned n, tine__fields *out)
{
    size_t size = TINE__FIELD_LEAD;
    memset(page, '7', size);
    out->text = page;
    out->n = n;
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        out->begin[i] = (uint32_t)size;
        if (i < n) {
            memcpy(page + size, texts[i], strlen(texts[i]));
            size += strlen(texts[i]);
        }
        out->end[i] = (uint32_t)size;
    }
}

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof *(a)))
#define ALL(a) (~UINT64_C(0) >> (64 - COUNT(a)))

static void plain_numbers_are_converted(void **state)
{
    (void)state;
    static const char *const integers[] = {"0",
                                           "-0",
                                           "7",
                                           "-7",
                                           "12345678",
                                           "123456789012345",
                                           "9007199254740992",
                                           "-900719925474099"};
    static const char *const decimals[] = {"0.5",
                                           "-0.5",
                                           ".5",
                                           "5.",
                                           "-12.25",
                                           "0.0",
                                           "123456789012.345",
                                           "99999.99",
                                           "0.12345678901234567",
                                           "-0.12345678901234567",
                                           "12.345678901234567",
                                           "123456.78901234567",
                                           "0.00000000000000000",
                                           "1234567890123456.5",
                                           "0.000000000000000000000000000001",
                                           "9007199254740993.5",
                                           "9007199254740992"};
    tine__fields fields;
    lay_out_texts(integers, COUNT(integers), &fields);
    assert_int_equal(check_int64s(&fields, true), ALL(integers));
    assert_int_equal(check_doubles(&fields, true), ALL(integers));
    lay_out_texts(decimals, COUNT(decimals), &fields);
    assert_int_equal(check_doubles(&fields, true), ALL(decimals));
}

static void plain_times_are_converted(void **state)
{
    (void)state;
    static const char *const dates[] = {"0001-01-01", "9999-12-31", "1970-01-01",
                                        "2000-02-29", "2024-02-29", "1999-09-09"};
    static const char *const wrong[] = {"2100-02-29", "0000-01-01", "2024-00-01", "2024-13-01",
                                        "2024-01-00", "2024-04-31", "2024/01/01", "2024-1-001",
                                        " 024-01-01", "2024-01-0x"};
    static const char *const times[] = {"2024-02-29 23:59:59", "0001-01-01T00:00:00",
                                        "1969-12-31T23:59:59Z"};
    tine__fields fields;
    lay_out_texts(dates, COUNT(dates), &fields);
    assert_int_equal(check_dates(&fields), ALL(dates));
    lay_out_texts(wrong, COUNT(wrong), &fields);
    assert_int_equal(check_dates(&fields), 0);
    lay_out_texts(times, COUNT(times), &fields);
    assert_int_equal(check_timestamps(&fields), ALL(times));
}

static void others_are_left(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "--1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1e5",
                                        "0x1",
                                        "1-",
                                        "1/",
                                        "1:",
                                        ".",
                                        "-.",
                                        "1.2.3",
                                        "..",
                                        "9007199254740993",
                                        "10000000000000000000",
                                        "10000000000000000000.5",
                                        "nan",
                                        "inf",
                                        "1.5\xff",
                                        "00000000000000000000000000000000001"};
    static const char *const leading_zeros[] = {"01", "-00", "00.5", "000000000000000000.5"};
    tine__fields fields;
    lay_out_texts(texts, COUNT(texts), &fields);
    assert_int_equal(check_int64s(&fields, false), 0);
    assert_int_equal(check_doubles(&fields, false), 0);
    lay_out_texts(leading_zeros, COUNT(leading_zeros), &fields);
    assert_int_equal(check_doubles(&fields, true), 0);
    assert_int_equal(check_doubles(&fields, false), ALL(leading_zeros));
}

/* ---- UTF-8 ---- */

/* Characters of every length, the first and last of each, and pieces of such. */
static size_t random_characters(uint64_t *random, char *out, size_t n)
{
    static const char *const pieces[] = {"a",
                                         "\x7f",
                                         "\xc2\x80",
                                         "\xdf\xbf",
                                         "\xe0\xa0\x80",
                                         "\xed\x9f\xbf",
                                         "\xee\x80\x80",
                                         "\xef\xbf\xbf",
                                         "\xf0\x90\x80\x80",
                                         "\xf4\x8f\xbf\xbf",
                                         "plain text of ASCII",
                                         "\x80",
                                         "\xc1\xbf",
                                         "\xe0\x9f\xbf",
                                         "\xed\xa0\x80",
                                         "\xf0\x8f\xbf\xbf",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "\xff",
                                         "\xe2\x82",
                                         "\xc3"};
    const size_t n_good = 11, n_pieces = sizeof pieces / sizeof *pieces;
    size_t size = 0, of = random_below(random, 20) ? n_good : n_pieces;
    for (;;) {
        const char *piece = pieces[random_below(random, of)];
        if (size + strlen(piece) > n)
            return size;
        memcpy(out + size, piece, strlen(piece));
        size += strlen(piece);
    }
}

static void utf8_is_told(void **state)
{
    (void)state;
    uint64_t random = 8;
    unsigned n_valid = 0, n_invalid = 0;
    for (unsigned round = 0; round < 20000; round++) {
        char text[160];
        size_t n = random_characters(&random, text, 1 + random_below(&random, sizeof text));
        if (n && round % 3 == 0) /* any byte at all, anywhere */
            text[random_below(&random, n)] = (char)random_below(&random, 256);
        n -= n && round % 7 == 0;
        char *at = page + page_size - n;
        memcpy(at, text, n);
        bool valid = tine__utf8_valid_prefix(at, n) == n;
        n_valid += valid;
        n_invalid += !valid;
        assert_int_equal(kernels->utf8(at, n), valid);
    }
    assert_true(n_valid > 2000 && n_invalid > 2000);
}

/* Sequences of four bytes, all that differ in the first two and one of 61 others, where a register
 * ends and behind. */
static void sequences_across_registers(void **state)
{
    (void)state;
    char text[40] = "0123456789012345678901234567";
    for (uint32_t code = 0; code < 1u << 24; code += code < 1u << 16 ? 1 : 61)
        for (size_t at = 29; at < 33; at += 3) {
            memset(text + 28, '.', 12);
            text[at] = (char)(0xc0 | (code >> 18 & 63));
            text[at + 1] = (char)(code >> 10 & 0xff);
            text[at + 2] = (char)(code >> 2 & 0xff);
            text[at + 3] = (char)(0x80 | (code & 63));
            assert_int_equal(kernels->utf8(text, sizeof text),
                             tine__utf8_valid_prefix(text, sizeof text) == sizeof text);
        }
}

int main(void)
{
    int n_failed = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_fields_agree),
        cmocka_unit_test(plain_numbers_are_converted),
        cmocka_unit_test(plain_times_are_converted),
        cmocka_unit_test(others_are_left),
        cmocka_unit_test(utf8_is_told),
        cmocka_unit_test(sequences_across_registers),
    };
    for (size_t i = 0; (kernels = tine__kernels_at(i)) != NULL; i++)
        n_failed += cmocka_run_group_tests_name(kernels->name, tests, set_up, tear_down);
    return n_failed;
}
