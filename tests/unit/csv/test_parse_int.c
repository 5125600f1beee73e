/* int64: edges of the range, spellings, padding, and the eight-digit steps against sprintf. */
#include "cmocka_all.h"
#include "random.h"
#include "csv/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NEVER, GIVEN, ALWAYS };

static void test_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int accepted;
        int64_t value;
    } cases[] = {
        {"0", ALWAYS, 0},
        {"-0", ALWAYS, 0},
        {"7", ALWAYS, 7},
        {"-7", ALWAYS, -7},
        {"+7", GIVEN, 7},
        {"+0", GIVEN, 0},
        {"007", GIVEN, 7},
        {"-07", GIVEN, -7},
        {"00", GIVEN, 0},
        {" \t12\t ", ALWAYS, 12},
        {"9223372036854775807", ALWAYS, INT64_MAX},
        {"-9223372036854775808", ALWAYS, INT64_MIN},
        {"-9223372036854775807", ALWAYS, -INT64_MAX},
        {"9223372036854775808", NEVER, 0},
        {"-9223372036854775809", NEVER, 0},
        {"18446744073709551616", NEVER, 0},
        {"18446744073709551617", NEVER, 0},
        {"100000000000000000000000000000000", NEVER, 0},
        {"0000000000000000000000000000000012345678", GIVEN, 12345678},
        {"", NEVER, 0},
        {" ", NEVER, 0},
        {"-", NEVER, 0},
        {"+", NEVER, 0},
        {"+-1", NEVER, 0},
        {"--1", NEVER, 0},
        {"- 1", NEVER, 0},
        {"1 2", NEVER, 0},
        {"1.0", NEVER, 0},
        {"1e3", NEVER, 0},
        {"1,000", NEVER, 0},
        {"0x10", NEVER, 0},
        {"1234567/", NEVER, 0},
        {"1234567:", NEVER, 0},
        {"123456789a", NEVER, 0},
        {"12345678\xb1", NEVER, 0},
        {"1\n", NEVER, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int inferred = 0; inferred < 2; inferred++) {
            int64_t value = 99;
            bool ok = tine__parse_int64(cases[i].text, strlen(cases[i].text), inferred, &value);
            if (ok != (cases[i].accepted > inferred) || (ok && value != cases[i].value))
                fail_msg("\"%s\", inferred %d", cases[i].text, inferred);
        }
    }
}

static void test_every_byte_in_every_place(void **state)
{
    (void)state;
    for (size_t at = 1; at < 17; at++)
        for (int byte = 0; byte < 256; byte++) {
            char text[] = "12345678123456781";
            int64_t value;
            text[at] = (char)byte;
            bool blank_end = at == 16 && (byte == ' ' || byte == '\t');
            assert_int_equal(tine__parse_int64(text, 17, true, &value),
                             (byte >= '0' && byte <= '9') || blank_end);
        }
}

static void test_random(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        int64_t want = (int64_t)random_next(&seed) >> random_below(&seed, 64), got;
        char text[32];
        int n = snprintf(text, sizeof text, "%" PRId64, want);
        assert_true(tine__parse_int64(text, (size_t)n, true, &got));
        assert_true(got == want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_every_byte_in_every_place),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
