/* Values to text: doubles read back to the same bits, no shorter text does, and the layout; dates
 * and timestamps beyond what can be parsed (test_parse_time.c has the rest). */
#include "cmocka_all.h"
#include "random.h"
#include "csv/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static const char *format(double value)
{
    static char text[TINE__DOUBLE_TEXT + 1];
    size_t n = tine__format_double(value, text);
    assert_true(n <= TINE__DOUBLE_TEXT);
    text[n] = '\0';
    return text;
}

static void test_layout(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {100, "100"},
        {123456.789, "123456.789"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {0.00001, "1e-05"},
        {-1.25e-7, "-1.25e-07"},
        {1e16, "10000000000000000"},
        {1e17, "1e+17"},
        {12345678901234567.0, "12345678901234568"},
        {123456789012345678.0, "1.2345678901234568e+17"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {1e300, "1e+300"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {4.9406564584124654e-324, "5e-324"},
        {5.684341886080802e-14, "5.684341886080802e-14"}, /* 2^-44: the farther neighbour */
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {9007199254740993.0, "9007199254740992"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {NAN, "nan"},
        {-NAN, "nan"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(format(cases[i].value), cases[i].text);
}

/* The digits of the text without sign, point, exponent and the zeros at both ends. */
static int significant(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        n++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

/* Whether one of the two decimals of n digits around the value reads back to it. */
static bool n_digits_are_enough(double value, int n)
{
    char text[64];
    unsigned long long digits = 0;
    snprintf(text, sizeof text, "%.25e", value);
    for (int i = 0, seen = 0; seen < n; i++)
        if (text[i] != '.') {
            digits = digits * 10 + (unsigned)(text[i] - '0');
            seen++;
        }
    int exponent = atoi(strchr(text, 'e') + 1) - (n - 1);
    for (unsigned up = 0; up < 2; up++) {
        snprintf(text, sizeof text, "%llue%d", digits + up, exponent);
        if (strtod(text, NULL) == value)
            return true;
    }
    return false;
}

static void check_shortest(double value)
{
    const char *text = format(value);
    char nearest[64];
    int n = significant(text);
    if (strtod(text, NULL) != value)
        fail_msg("%.17g is written as %s", value, text);
    if (n > 1 && n_digits_are_enough(value, n - 1))
        fail_msg("%s could be shorter", text);
    snprintf(nearest, sizeof nearest, "%.17g", value);
    if (n == 17)
        assert_string_equal(text, nearest);
    snprintf(nearest, sizeof nearest, "%.15g", value);
    if (n <= 15 && strtod(nearest, NULL) == value && strchr(text, 'e') && strchr(nearest, 'e'))
        assert_true(n < significant(nearest) || strcmp(text, nearest) == 0);
}

static void test_shortest(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (uint64_t bits = 1; bits < UINT64_C(2047) << 52; bits += UINT64_C(1) << 52) {
        for (uint64_t i = 0; i < 3; i++)
            check_shortest(of_bits((bits - 1 + i ? bits - 1 + i : 1)));
        check_shortest(of_bits(bits + (UINT64_C(1) << 52) - 3));
    }
    for (int i = 0; i < 50000; i++) {
        check_shortest(of_bits(1 + random_next(&seed) % ((UINT64_C(2047) << 52) - 1)));
        check_shortest(of_bits(1 + random_next(&seed) % (UINT64_C(1) << 52)));
        check_shortest((1 + random_below(&seed, 1000000)) / 1000.0);
    }
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        int32_t days;
        const char *text;
    } cases[] = {
        {0, "1970-01-01"},
        {-1, "1969-12-31"},
        {-719162, "0001-01-01"},
        {-719163, "0000-12-31"},
        {-719528, "0000-01-01"},
        {-719529, "-0001-12-31"},
        {2932896, "9999-12-31"},
        {2932897, "10000-01-01"},
        {INT32_MAX, "5881580-07-11"},
        {INT32_MIN, "-5877641-06-23"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TINE__TIME_TEXT + 1];
        text[tine__format_date(cases[i].days, text)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
}

static void test_timestamps(void **state)
{
    (void)state;
    static const struct {
        int64_t micros;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {-86400000000, "1969-12-31T00:00:00Z"},
        {45296500000, "1970-01-01T12:34:56.500000Z"},
        {INT64_MAX, "294247-01-10T04:00:54.775807Z"},
        {INT64_MIN, "-290308-12-21T19:59:05.224192Z"},
    };
    uint64_t seed = 9;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TINE__TIME_TEXT + 1];
        text[tine__format_timestamp(cases[i].micros, text)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
    for (int i = 0; i < 100000; i++) {
        const int64_t first = -62135596800000000, span = 315537897600000000; /* years 1 … 9999 */
        int64_t want = first + (int64_t)(random_next(&seed) % (uint64_t)span), got;
        char text[TINE__TIME_TEXT];
        assert_true(tine__parse_timestamp(text, tine__format_timestamp(want, text), &got));
        assert_true(got == want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_shortest),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_timestamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
