#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "csv/dialect.h"

static tine_status set(const char *delimiter, int quote, int escape, int comment,
                       tine__dialect *dialect)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.delimiter = delimiter;
    options.quote = quote;
    options.escape = escape;
    options.comment = comment;
    tine_error error;
    tine_status status = tine__dialect_set(dialect, &options, &error);
    assert_true(status == TINE_OK || error.status == status);
    return status;
}

static void defaults(void **state)
{
    (void)state;
    tine__dialect d;
    assert_int_equal(set(NULL, 0, 0, 0, &d), TINE_OK);
    assert_int_equal(d.delimiter, TINE_NONE);
    assert_int_equal(d.quote, '"');
    assert_int_equal(d.escape, TINE_NONE);
    assert_int_equal(d.comment, TINE_NONE);
    assert_int_equal(set("\t", TINE_NONE, '\\', '#', &d), TINE_OK);
    assert_int_equal(d.delimiter, '\t');
    assert_int_equal(d.quote, TINE_NONE);
}

static void what_is_refused(void **state)
{
    (void)state;
    tine__dialect d;
    assert_int_equal(set("", 0, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set("ab", 0, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set("\n", 0, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set("\xc3", 0, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set("\"", 0, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set(",", '\r', 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set(",", 0x80, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set(",", -2, 0, 0, &d), TINE_EINVAL);
    assert_int_equal(set(",", 0, '"', 0, &d), TINE_EINVAL);
    assert_int_equal(set(",", 0, '#', '#', &d), TINE_EINVAL);
}

static int sniff_with(int quote, int comment, const char *text, bool at_end)
{
    tine__dialect d = {TINE_NONE, quote, TINE_NONE, comment};
    tine__dialect_sniff(&d, text, strlen(text), at_end, 1000);
    return d.delimiter;
}

static int sniff(const char *text)
{
    return sniff_with('"', TINE_NONE, text, true);
}

static void sniffing(void **state)
{
    (void)state;
    assert_int_equal(sniff(""), ',');
    assert_int_equal(sniff("a\nb\n"), ',');
    assert_int_equal(sniff("a;b\n1,5;2\n3;4\n"), ';');
    assert_int_equal(sniff("a\tb\tc\n1\t2\t3\n"), '\t');
    assert_int_equal(sniff("a|b,c|d\n1|2,3|4\n"), '|'); /* the larger number of fields */
    assert_int_equal(sniff("a,b;c\n1,2;3\n"), ',');     /* the order of the list */
    assert_int_equal(sniff("a;b\n1;2\n3\n"), ';');      /* most records of the first's width */
    assert_int_equal(sniff("\"a,b\";\"c\"\n\"d\";\"e\""), ';'); /* quotes count */
    assert_int_equal(sniff("\n\na;b\n\n1;2\n"), ';');
    assert_int_equal(sniff_with('"', '#', "#,,,\na;b\n", true), ';');
    assert_int_equal(sniff_with(';', TINE_NONE, "a;b\nc;d\n", true), ',');
}

static void a_cut_record_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(sniff_with('"', TINE_NONE, "a;b\nc;d\ne", false), ';');
    assert_int_equal(sniff_with('"', TINE_NONE, "a;b", false), ';');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(sniffing),
        cmocka_unit_test(a_cut_record_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
