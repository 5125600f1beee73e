/* tine_exact_sum and tine_exact_dot against the reference, in every floating-point environment. */
#include "support/rational.h"
#include "unit/reduce/numbers.h"

#include <float.h>
#include <tine.h>

enum { MOST = 700 };

static bool is_exact_sum(double result, const double *x, size_t n)
{
    ref_int sum = ref_of_uint64(0), one = ref_of_uint64(1);
    for (size_t i = 0; i < n; i++) {
        ref_int value = ref_of_double(x[i]);
        sum = ref_add(&sum, &value);
    }
    return ref_is_nearest(result, &sum, &one, -1074);
}

static void test_sum(void **state)
{
    double x[MOST];
    uint64_t seed = 1;
    (void)state;
    assert_same_double(tine_exact_sum(NULL, 0), 0.0);
    assert_same_double(tine_exact_sum((const double[]){-0.0}, 1), 0.0);
    assert_same_double(tine_exact_sum((const double[]){1e300, 1, -1e300}, 3), 1.0);
    assert_same_double(tine_exact_sum((const double[]){1, INFINITY}, 2), INFINITY);
    assert_int_equal(bits_of(tine_exact_sum((const double[]){-NAN, 1}, 2)), NAN_BITS);
    for (int round = 0; round < 10 * HOSTILE_KINDS; round++) {
        size_t n = below(&seed, MOST);
        hostile_doubles(&seed, round % HOSTILE_KINDS, x, n);
        assert_true(is_exact_sum(tine_exact_sum(x, n), x, n));
    }
}

static bool is_exact_dot(double result, const double *x, const double *y, size_t n)
{
    ref_int sum = ref_of_uint64(0), one = ref_of_uint64(1);
    for (size_t i = 0; i < n; i++) {
        ref_int a = ref_of_double(x[i]), b = ref_of_double(y[i]), product = ref_mul(&a, &b);
        sum = ref_add(&sum, &product);
    }
    return ref_is_nearest(result, &sum, &one, -2148);
}

static void test_dot(void **state)
{
    double x[MOST], y[MOST];
    uint64_t seed = 3;
    (void)state;
    assert_same_double(tine_exact_dot(NULL, NULL, 0), 0.0);
    x[0] = 0, y[0] = -INFINITY;
    assert_int_equal(bits_of(tine_exact_dot(x, y, 1)), NAN_BITS);
    x[0] = -2;
    assert_same_double(tine_exact_dot(x, y, 1), INFINITY);
    x[0] = DBL_MAX, y[0] = 2, x[1] = -DBL_MAX, y[1] = 1;
    assert_same_double(tine_exact_dot(x, y, 2), DBL_MAX);
    x[0] = y[0] = 1e-200;
    assert_same_double(tine_exact_dot(x, y, 1), 0.0);
    for (int round = 0; round < 10 * HOSTILE_KINDS; round++) {
        size_t n = below(&seed, MOST);
        hostile_doubles(&seed, round % HOSTILE_KINDS, x, n);
        hostile_doubles(&seed, (int)below(&seed, HOSTILE_KINDS), y, n);
        assert_true(is_exact_dot(tine_exact_dot(x, y, n), x, y, n));
    }
}

static void test_any_environment(void **state)
{
    double x[MOST];
    uint64_t seed = 2;
    (void)state;
    for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
        hostile_doubles(&seed, kind, x, MOST);
        const double expected = tine_exact_sum(x, MOST), dot = tine_exact_dot(x, x, MOST);
        for (int e = 1; e < ENVIRONMENTS; e++) {
            fenv_t saved;
            enter_environment(e, &saved);
            const int rounding = fegetround();
            const double actual = tine_exact_sum(x, MOST), actual_dot = tine_exact_dot(x, x, MOST);
            const bool kept = fegetround() == rounding;
            fesetenv(&saved);
            assert_same_double(actual, expected);
            assert_same_double(actual_dot, dot);
            assert_true(kept);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_dot),
        cmocka_unit_test(test_any_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
