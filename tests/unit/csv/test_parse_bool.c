/* bool: every word of the list in every case of its letters, and what is no word of it. */
#include "cmocka_all.h"
#include "csv/value.h"

#include <ctype.h>
#include <string.h>

static bool is_canonical(const char *text)
{
    static const char *const words[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static void check_every_case(const char *word, bool want)
{
    size_t n = strlen(word);
    for (unsigned upper = 0; upper < 1u << n; upper++) {
        char text[8] = "";
        bool value = !want;
        for (size_t i = 0; i < n; i++)
            text[i] = upper >> i & 1 ? (char)toupper((unsigned char)word[i]) : word[i];
        assert_true(tine__parse_bool(text, n, false, &value));
        assert_int_equal(value, want);
        value = !want;
        assert_int_equal(tine__parse_bool(text, n, true, &value), is_canonical(text));
        if (is_canonical(text))
            assert_int_equal(value, want);
    }
}

static void test_words(void **state)
{
    (void)state;
    static const char *const words[2][5] = {{"false", "f", "no", "n", "0"},
                                            {"true", "t", "yes", "y", "1"}};
    for (int value = 0; value < 2; value++)
        for (int i = 0; i < 5; i++)
            check_every_case(words[value][i], value);
}

static void test_padding(void **state)
{
    (void)state;
    bool value = false;
    assert_true(tine__parse_bool("\t true ", 7, true, &value) && value);
    assert_true(tine__parse_bool(" N\t", 3, false, &value) && !value);
}

static void test_others(void **state)
{
    (void)state;
    static const char *const texts[] = {"",   " ",   "tr",   "truee", "true1", "yess", "on",
                                        "00", "01",  "2",    "-1",    "t f",   "tru",  "nn",
                                        "\n", "t\n", "fals", "Tr",    "@",     "T\x01"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool value;
        assert_false(tine__parse_bool(texts[i], strlen(texts[i]), false, &value));
        assert_false(tine__parse_bool(texts[i], strlen(texts[i]), true, &value));
    }
    bool value;
    assert_false(tine__parse_bool("true\0", 5, false, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
