#include "reduce/exact.h"
#include "unit/reduce/numbers.h"

#include <float.h>

static tine__exact exact_of(const double *x, size_t n)
{
    tine__exact sum = {0};
    for (size_t i = 0; i < n; i++)
        tine__exact_add(&sum, x[i]);
    return sum;
}

static double sum_of(const double *x, size_t n)
{
    tine__exact sum = exact_of(x, n);
    double out;
    assert_true(tine__exact_sum(&sum, &out));
    return out;
}

#define SUM(...)                                                                                   \
    sum_of((const double[]){__VA_ARGS__}, sizeof(const double[]){__VA_ARGS__} / sizeof(double))

static void test_sum_known(void **state)
{
    (void)state;
    assert_same_double(sum_of(NULL, 0), 0.0);
    assert_same_double(SUM(-0.0), 0.0);
    assert_same_double(SUM(-0.0, -0.0), 0.0);
    assert_same_double(SUM(1e300, -1e300), 0.0);
    assert_same_double(SUM(0.1, 0.2), 0.30000000000000004);
    assert_same_double(SUM(1e308, 1e308, -1e308), 1e308);
    assert_same_double(SUM(1e300, 1, -1e300), 1.0);
    assert_same_double(SUM(-1e300, TINIEST, 1e300), TINIEST);
    assert_same_double(SUM(-TINIEST, -TINIEST), -2 * TINIEST);
    assert_same_double(SUM(DBL_MIN, -TINIEST), DBL_MIN - TINIEST);
    assert_same_double(SUM(1e308, 1e308), INFINITY);
    assert_same_double(SUM(-1e308, -1e308), -INFINITY);
}

/* A double, half its last place, and the least of all doubles above or below that. */
static void test_sum_half_way(void **state)
{
    (void)state;
    const double odd = 1 + DBL_EPSILON, half = DBL_EPSILON / 2, even_up = 1 + 2 * DBL_EPSILON;
    assert_same_double(SUM(1, half), 1.0);
    assert_same_double(SUM(1, half, TINIEST), odd);
    assert_same_double(SUM(1, half, -TINIEST), 1.0);
    assert_same_double(SUM(odd, half), even_up);
    assert_same_double(SUM(odd, half, -TINIEST), odd);
    assert_same_double(SUM(-odd, -half), -even_up);
    assert_same_double(SUM(-1, -half, -TINIEST), -odd);
    /* At the end of the range: half a place above the largest double is infinity, less is not. */
    const double last_half = ldexp(1, 970);
    assert_same_double(SUM(DBL_MAX, last_half), INFINITY);
    assert_same_double(SUM(DBL_MAX, last_half, -TINIEST), DBL_MAX);
}

static void test_special(void **state)
{
    double out, nan_with_payload = -NAN;
    (void)state;
    assert_int_equal(bits_of(SUM(1, nan_with_payload)), NAN_BITS);
    assert_int_equal(bits_of(SUM(INFINITY, 1, -INFINITY)), NAN_BITS);
    assert_int_equal(bits_of(SUM(INFINITY, NAN)), NAN_BITS);
    assert_same_double(SUM(INFINITY, -1e308), INFINITY);
    assert_same_double(SUM(-INFINITY, 3, -INFINITY), -INFINITY);
    tine__exact minus = exact_of((const double[]){-INFINITY, 3}, 2), nothing = {0};
    tine__exact plus = exact_of((const double[]){INFINITY}, 1);
    assert_false(tine__exact_mean(&nothing, &out));
    assert_true(tine__exact_mean(&minus, &out));
    assert_same_double(out, -INFINITY);
    tine__exact_merge(&minus, &plus);
    assert_true(tine__exact_mean(&minus, &out));
    assert_int_equal(bits_of(out), NAN_BITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_known),
        cmocka_unit_test(test_sum_half_way),
        cmocka_unit_test(test_special),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
