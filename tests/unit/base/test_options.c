#include "base/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

typedef struct options {
    size_t struct_size;
    int a, b;
} options;

typedef struct newer {
    options known;
    char unknown[8];
} newer;

static tine_status read_as(options *out, newer in, size_t size, tine_error *error)
{
    in.known.struct_size = size;
    return tine__options_read(out, sizeof *out, &in, "options", error);
}

static void null_means_defaults(void **state)
{
    (void)state;
    options out = {1, 2, 3};
    assert_int_equal(tine__options_read(&out, sizeof out, NULL, "options", NULL), TINE_OK);
    assert_int_equal(out.struct_size, sizeof out);
    assert_int_equal(out.a, 0);
    assert_int_equal(out.b, 0);
}

static void a_shorter_struct_leaves_defaults(void **state)
{
    (void)state;
    newer in = {{0, 4, 5}, ""};
    options out;
    assert_int_equal(read_as(&out, in, sizeof out, NULL), TINE_OK);
    assert_int_equal(out.a, 4);
    assert_int_equal(out.b, 5);
    assert_int_equal(read_as(&out, in, offsetof(options, b), NULL), TINE_OK);
    assert_int_equal(out.a, 4);
    assert_int_equal(out.b, 0);
    assert_int_equal(out.struct_size, sizeof out);
    assert_int_equal(read_as(&out, in, sizeof(size_t), NULL), TINE_OK);
    assert_int_equal(out.a, 0);
}

static void a_longer_struct_may_ask_for_nothing_new(void **state)
{
    (void)state;
    newer in = {{0, 4, 5}, ""};
    options out;
    tine_error error;
    assert_int_equal(read_as(&out, in, sizeof in, &error), TINE_OK);
    assert_int_equal(out.b, 5);
    in.unknown[7] = 1;
    assert_int_equal(read_as(&out, in, sizeof in, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "newer libtine"));
    assert_int_equal(read_as(&out, in, sizeof in - 1, &error), TINE_OK);
}

static void a_missing_size_is_refused(void **state)
{
    (void)state;
    options out;
    tine_error error;
    for (size_t size = 0; size < sizeof(size_t); size++) {
        assert_int_equal(read_as(&out, (newer){{0, 0, 0}, ""}, size, &error), TINE_EINVAL);
        assert_non_null(strstr(error.message, "sizeof(options)"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_means_defaults),
        cmocka_unit_test(a_shorter_struct_leaves_defaults),
        cmocka_unit_test(a_longer_struct_may_ask_for_nothing_new),
        cmocka_unit_test(a_missing_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
