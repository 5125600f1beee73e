/* Records and messages. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void bytes_are_shown_escaped(void **state)
{
    (void)state;
    char out[TINE__SHOWN_SIZE];
    assert_string_equal(tine__error_show(out, "", 0), "");
    assert_string_equal(tine__error_show(out, "a\"b\\\n\r\t", 7), "a\\\"b\\\\\\n\\r\\t");
    assert_string_equal(tine__error_show(out, "\0\x7f\xff~ ", 5), "\\x00\\x7f\\xff~ ");
    char hostile[TINE__SHOWN_BYTES + 1];
    memset(hostile, 0xff, sizeof hostile);
    assert_int_equal(strlen(tine__error_show(out, hostile, TINE__SHOWN_BYTES)),
                     4 * TINE__SHOWN_BYTES);
    tine__error_show(out, hostile, sizeof hostile);
    assert_int_equal(strlen(out), 4 * TINE__SHOWN_BYTES + 3);
    assert_string_equal(out + 4 * TINE__SHOWN_BYTES, "...");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    tine_error error;
    char name[1000];
    memset(name, 'x', sizeof name);
    snprintf(name + 990, 10, "/end.csv");
    assert_int_equal(tine__error_set(&error, TINE_EIO, "%s", name), TINE_EIO);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    tine__error_source(&error, name);
    assert_int_equal(strlen(error.source), sizeof error.source - 1);
    assert_memory_equal(error.source, "...x", 4);
    assert_string_equal(error.source + strlen(error.source) - 8, "/end.csv");
    name[sizeof error.source - 1] = '\0';
    tine__error_source(&error, name);
    assert_string_equal(error.source, name);
}

static void records_are_whole_and_optional(void **state)
{
    (void)state;
    tine_error error, copy;
    memset(&error, 0xff, sizeof error);
    assert_int_equal(tine__error_no_memory(&error), TINE_ENOMEM);
    assert_true(error.index == -1 && error.line == 0 && error.byte_offset == 0);
    assert_int_equal(tine__error_copy(&copy, &error), TINE_ENOMEM);
    assert_memory_equal(&copy, &error, sizeof copy);
    assert_int_equal(tine__error_copy(NULL, &error), TINE_ENOMEM);
    assert_int_equal(tine__error_set(NULL, 7, "%d", 1), 7);
    tine__error_clear(NULL);
    tine__error_source(NULL, "x");
    assert_string_equal(tine_status_name(TINE_ECHANGED), "TINE_ECHANGED");
    assert_string_equal(tine_status_name(5), "the caller's own status");
    assert_string_equal(tine_status_name(-1000), "an unknown status");
}

/* However long the names are: the list ends where there is room for its end. */
static void a_list_of_names_is_cut_between_two(void **state)
{
    (void)state;
    tine__name_list list = {.used = 0};
    assert_string_equal(list.text, "");
    tine__name_list_add(&list, "a");
    tine__name_list_add(&list, "b c");
    assert_string_equal(list.text, "\"a\", \"b c\"");
    char name[sizeof list.text + 2];
    for (size_t a = 0; a < sizeof name; a++)
        for (size_t b = 0; b < sizeof name; b += 1 + (a < 370) * 40) {
            list = (tine__name_list){.used = 0};
            memset(name, 'x', sizeof name);
            name[a] = '\0';
            tine__name_list_add(&list, name);
            bool first_fits = strlen(list.text) == a + 2;
            name[a] = a == b ? '\0' : 'x';
            name[b] = '\0';
            tine__name_list_add(&list, name);
            tine__name_list_add(&list, "z");
            size_t n = strlen(list.text);
            assert_true(n < sizeof list.text);
            assert_true(list.text[n - 1] == '"' || !strcmp(list.text + n - 3, "..."));
            assert_true(first_fits || !strcmp(list.text, "..."));
        }
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    static const tine_status statuses[] = {
        TINE_OK,        TINE_END,     TINE_EINVAL,  TINE_ENOMEM,   TINE_EIO,
        TINE_EFORMAT,   TINE_ETYPE,   TINE_ELIMIT,  TINE_ECHANGED, TINE_ECANCELED,
        TINE_ETIMEDOUT, TINE_EWORKER, TINE_ENOTSUP,
    };
    enum { N = sizeof statuses / sizeof *statuses };
    for (size_t i = 0; i < N; i++) {
        assert_memory_equal(tine_status_name(statuses[i]), "TINE_", 5);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(tine_status_name(statuses[i]), tine_status_name(statuses[j]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_shown_escaped),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(records_are_whole_and_optional),
        cmocka_unit_test(a_list_of_names_is_cut_between_two),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
