/* The header, the library and the build state the same version. */
#include <tine.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void test_text(void **state)
{
    (void)state;
    assert_string_equal(tine_version(), BUILD_VERSION);
}

static void test_number(void **state)
{
    int major, minor, patch;
    (void)state;
    assert_int_equal(sscanf(BUILD_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
    assert_int_equal(tine_version_number(), 10000 * major + 100 * minor + patch);
    assert_int_equal(TINE_VERSION_NUMBER, tine_version_number());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
