/* Formats of % letters: which are formats at all, and what they read. */
#include "cmocka_all.h"
#include "csv/value.h"

#include <string.h>

static void test_check(void **state)
{
    (void)state;
    static const char *const good[] = {
        "%Y-%m-%d",
        "%d.%m.%y",
        "%b %d, %Y",
        "%B%d%Y",
        "%Y%m%d",
        "%%%Y %m %d",
        "%Y-%m-%dT%H:%M:%S.%f%z",
    };
    static const char *const bad[] = {
        "",      "%",          "%Y",        "%Y-%m",       "%m-%d",
        "%Y-%d", "Y-m-d",      "%Y-%m-%d%", "%Y-%m-%d %q", "%Y-%m-%d %T",
        "%F",    "%Y-%m-%d %", "%Y-%m-%e",  "%Y-%m-%-d",   "%H:%M:%S",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(tine__time_format_check(good[i], TINE_DATE));
        assert_true(tine__time_format_check(good[i], TINE_TIMESTAMP));
        assert_false(tine__time_format_check(good[i], TINE_STRING));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(tine__time_format_check(bad[i], TINE_DATE));
        assert_false(tine__time_format_check(bad[i], TINE_TIMESTAMP));
    }
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *format, *text, *iso; /* iso NULL: the text does not fit */
    } cases[] = {
        {"%Y-%m-%d", "2026-11-24", "2026-11-24T00:00:00Z"},
        {"%Y-%m-%d", " 2026-1-2\t", "2026-01-02T00:00:00Z"},
        {"%Y-%m-%d", "1-1-1", "0001-01-01T00:00:00Z"},
        {"%Y-%m-%d", "0-1-1", NULL},
        {"%Y-%m-%d", "2026-02-29", NULL},
        {"%Y-%m-%d", "2026-13-01", NULL},
        {"%Y-%m-%d", "2026-00-01", NULL},
        {"%Y-%m-%d", "2026-11-241", NULL},
        {"%Y-%m-%d", "20261-11-24", NULL},
        {"%Y-%m-%d", "2026-11-", NULL},
        {"%Y-%m-%d", "2026-11-24 x", NULL},
        {"%Y-%m-%d", "", NULL},
        {"%Y%m%d", "20261124", "2026-11-24T00:00:00Z"},
        {"%d/%m/%y", "24/11/69", "1969-11-24T00:00:00Z"},
        {"%d/%m/%y", "24/11/99", "1999-11-24T00:00:00Z"},
        {"%d/%m/%y", "24/11/0", "2000-11-24T00:00:00Z"},
        {"%d/%m/%y", "24/11/68", "2068-11-24T00:00:00Z"},
        {"%d/%m/%y", "24/11/100", NULL},
        {"%d %b %Y", "1 SEP 2026", "2026-09-01T00:00:00Z"},
        {"%d %b %Y", "1 september 2026", "2026-09-01T00:00:00Z"},
        {"%d %B %Y", "1 May 2026", "2026-05-01T00:00:00Z"},
        {"%d %B %Y", "1 Sept 2026", NULL},
        {"%d %b %Y", "1 xyz 2026", NULL},
        {"%d %b %Y", "1  sep 2026", NULL},
        {"%d %b %Y", "1 se", NULL},
        {"%d%b%Y", "31Dec2026", "2026-12-31T00:00:00Z"},
        {"100%% %Y %m %d", "100% 2026 11 24", "2026-11-24T00:00:00Z"},
        {"%Y\t%m %d", "2026\t11 24", "2026-11-24T00:00:00Z"},
        {"%Y\t%m %d", "2026 11 24", NULL},
        {"%Y-%m-%d %H:%M:%S", "2026-11-24 1:2:3", "2026-11-24T01:02:03Z"},
        {"%Y-%m-%d %H:%M:%S", "2026-11-24 24:00:00", NULL},
        {"%Y-%m-%d %H:%M:%S", "2026-11-24 00:60:00", NULL},
        {"%Y-%m-%d %H:%M:%S", "2026-11-24 00:00:60", NULL},
        {"%Y-%m-%d %H", "2026-11-24 123", NULL},
        {"%Y-%m-%d %S.%f", "2026-11-24 1.5", "2026-11-24T00:00:01.500000Z"},
        {"%Y-%m-%d %S.%f", "2026-11-24 1.000001", "2026-11-24T00:00:01.000001Z"},
        {"%Y-%m-%d %S.%f", "2026-11-24 1.0000010", NULL},
        {"%Y-%m-%d %S.%f", "2026-11-24 1.", NULL},
        {"%Y-%m-%d %H%z", "2026-11-24 12Z", "2026-11-24T12:00:00Z"},
        {"%Y-%m-%d %H%z", "2026-11-24 12+0130", "2026-11-24T10:30:00Z"},
        {"%Y-%m-%d %H %z", "2026-11-24 12 -01:30", "2026-11-24T13:30:00Z"},
        {"%Y-%m-%d %H %z", "2026-11-24 12 +24", NULL},
        {"%Y-%m-%d %H %z", "2026-11-24 12 ", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;
        int64_t micros;
        char iso[TINE__TIME_TEXT + 1];
        assert_true(tine__time_format_check(cases[i].format, TINE_TIMESTAMP));
        bool ok = tine__parse_timestamp_format(text, strlen(text), cases[i].format, &micros);
        if (ok)
            iso[tine__format_timestamp(micros, iso)] = '\0';
        if (ok != (cases[i].iso != NULL) || (ok && strcmp(iso, cases[i].iso) != 0))
            fail_msg("%s by %s", text, cases[i].format);
    }
}

static void test_dates(void **state)
{
    (void)state;
    int32_t days;
    assert_true(tine__parse_date_format("2.1.1970", 8, "%d.%m.%Y", &days));
    assert_int_equal(days, 1);
    assert_false(tine__parse_date_format("32.1.1970", 9, "%d.%m.%Y", &days));
    assert_true(tine__parse_date_format("1970-01-02 23:00-05", 19, "%Y-%m-%d %H:%M%z", &days));
    assert_int_equal(days, 1); /* the date as it is written */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
