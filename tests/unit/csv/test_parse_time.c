/* Dates and timestamps in ISO 8601: every day of ten millennia there and back, and every rule. */
#include "cmocka_all.h"
#include "csv/value.h"

#include <string.h>

#define DAY INT64_C(86400000000)

/* The calendar, counted day by day. */
static int next_day(int *year, int *month, int *day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = *year % 400 == 0 || (*year % 4 == 0 && *year % 100 != 0);
    int length = lengths[*month - 1] + (leap && *month == 2);
    if (++*day > length) {
        *day = 1;
        if (++*month > 12) {
            *month = 1;
            ++*year;
        }
    }
    return length;
}

static void put_number(char *text, int width, int number)
{
    for (; width > 0; number /= 10)
        text[--width] = (char)('0' + number % 10);
}

static void check_date(const char *text, int32_t want)
{
    char back[TINE__TIME_TEXT];
    int32_t days;
    int64_t micros;
    if (!tine__parse_date(text, 10, &days) || days != want ||
        !tine__parse_timestamp(text, 10, &micros) || micros != want * DAY ||
        tine__format_date(days, back) != 10 || memcmp(text, back, 10) != 0)
        fail_msg("%s", text);
}

static void test_every_date(void **state)
{
    (void)state;
    int year = 1, month = 1, day = 1;
    char text[] = "0001-01-01";
    for (int32_t want = -719162; year < 10000; want++) { /* 719,162 days before 1970-01-01 */
        put_number(text, 4, year);
        put_number(text + 5, 2, month);
        put_number(text + 8, 2, day);
        check_date(text, want);
        int length = next_day(&year, &month, &day);
        if (day == 1) { /* the day behind the last one of the month */
            int32_t days;
            put_number(text + 8, 2, length + 1);
            assert_false(tine__parse_date(text, 10, &days));
        }
    }
    assert_int_equal(year, 10000);
}

static void test_dates(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           " ",           "2026-11-2",   "2026-1-02",   "26-11-24",    "0000-01-01",
        "2026-00-01", "2026-13-01",  "2026-01-00",  "2026-01-32",  "2026/11/24",  "2026-11-24x",
        "20261124",   "2026-11-241", "12026-11-24", "-2026-11-24", "+2026-11-24", "2026-11-24T",
        "2026-11 24", "2026 -11-24", "2023-02-29",  "1900-02-29",  "2026-11-24Z", "2026-11-2\xb2",
    };
    int32_t days;
    int64_t micros;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(tine__parse_date(bad[i], strlen(bad[i]), &days));
        assert_false(tine__parse_timestamp(bad[i], strlen(bad[i]), &micros));
    }
    assert_true(tine__parse_date("\t 1970-01-02 ", 13, &days));
    assert_int_equal(days, 1);
    assert_false(tine__parse_date("1970-01-02T00:00", 16, &days));
}

static void test_timestamps(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t micros;
    } cases[] = {
        {"1970-01-01", 0},
        {"1970-01-01T00:00", 0},
        {"1970-01-01t01:00", 3600000000},
        {"1970-01-01 00:01", 60000000},
        {" 1970-01-01 00:00:01\t", 1000000},
        {"1970-01-01T00:00:00.5", 500000},
        {"1970-01-01T00:00:00,25", 250000},
        {"1970-01-01T00:00:00.000001", 1},
        {"1970-01-01T00:00:00.000001000", 1},
        {"1970-01-01T23:59:59.999999", DAY - 1},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"1970-01-01T00:00Z", 0},
        {"1970-01-01T00:00:00z", 0},
        {"1970-01-01T00:00:00.1Z", 100000},
        {"1970-01-01T00:00+01", -3600000000},
        {"1970-01-01T00:00-0130", 5400000000},
        {"1970-01-01T00:00:00-01:30", 5400000000},
        {"1970-01-01T00:00+23:59", -86340000000},
        {"1970-01-01T00:00-00:00", 0},
        {"0001-01-01T00:00+23:59", -719162 * DAY - 86340000000},
        {"9999-12-31T23:59:59.999999-23:59", 2932897 * DAY - 1 + 86340000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t micros = 42;
        if (!tine__parse_timestamp(cases[i].text, strlen(cases[i].text), &micros) ||
            micros != cases[i].micros)
            fail_msg("%s", cases[i].text);
    }
}

static void test_no_timestamps(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1970-01-01T",
        "1970-01-01T00",
        "1970-01-01T0:00",
        "1970-01-01T00:0",
        "1970-01-01  00:00",
        "1970-01-01_00:00",
        "1970-01-01T24:00",
        "1970-01-01T00:60",
        "1970-01-01T00:00:60",
        "1970-01-01T00:00:",
        "1970-01-01T00:00:0",
        "1970-01-01T00:00.5",
        "1970-01-01T00:00:00.",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.0000001",
        "1970-01-01T00:00:00.0000010001",
        "1970-01-01T00:00:00.0000000000",
        "1970-01-01T00:00 Z",
        "1970-01-01T00:00ZZ",
        "1970-01-01T00:00+",
        "1970-01-01T00:00+1",
        "1970-01-01T00:00+24",
        "1970-01-01T00:00+00:60",
        "1970-01-01T00:00+0060",
        "1970-01-01T00:00+00:",
        "1970-01-01T00:00+000",
        "1970-01-01T00:00+00:0",
        "1970-01-01T00:00+00000",
        "1970-01-01T00:00:00 +00",
        "1970-02-30T00:00",
        "00:00",
        "1970-01-01T00:00:00UTC",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t micros;
        if (tine__parse_timestamp(bad[i], strlen(bad[i]), &micros))
            fail_msg("%s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_date),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_no_timestamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
