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

static void test_any_environment(void **state)
{
    double x[MOST];
    uint64_t seed = 2;
    (void)state;
    for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
        hostile_doubles(&seed, kind, x, MOST);
        const double expected = tine_exact_sum(x, MOST);
        for (int e = 1; e < ENVIRONMENTS; e++) {
            fenv_t saved;
            enter_environment(e, &saved);
            const int rounding = fegetround();
            const double actual = tine_exact_sum(x, MOST);
            const bool kept = fegetround() == rounding;
            fesetenv(&saved);
            assert_same_double(actual, expected);
            assert_true(kept);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_any_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
