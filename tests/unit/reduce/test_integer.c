#include "reduce/integer.h"
#include "support/rational.h"
#include "unit/reduce/numbers.h"

#define MOST 400

static tine__int_moments moments_of(const int64_t *x, size_t n)
{
    tine__int_moments m = {0};
    for (size_t i = 0; i < n; i++)
        tine__int_moments_add(&m, x[i]);
    return m;
}

static void test_sum_range(void **state)
{
    int64_t out;
    (void)state;
    tine__int_sum sum = {0};
    assert_true(tine__int_sum_fits(&sum, &out));
    assert_int_equal(out, 0);
    tine__int_sum_add(&sum, INT64_MAX);
    assert_true(tine__int_sum_fits(&sum, &out));
    assert_true(out == INT64_MAX);
    tine__int_sum_add(&sum, 1);
    assert_false(tine__int_sum_fits(&sum, &out));
    tine__int_sum_add(&sum, -1);
    assert_true(tine__int_sum_fits(&sum, &out));
    tine__int_sum_add(&sum, INT64_MIN);
    tine__int_sum_add(&sum, INT64_MIN);
    assert_false(tine__int_sum_fits(&sum, &out));
    tine__int_sum_add(&sum, 1);
    assert_true(tine__int_sum_fits(&sum, &out));
    assert_true(out == INT64_MIN);
}

static int64_t hostile_int(uint64_t *seed, int kind)
{
    uint64_t bits = next_random(seed);
    switch (kind) {
    case 0:
        return (int64_t)bits;
    case 1:
        return bits & 1 ? INT64_MIN : INT64_MAX;
    case 2:
        return INT64_MAX - (int64_t)(bits & 3);
    case 3:
        return (int64_t)(bits & 7) - 3;
    default:
        return INT64_MIN;
    }
}

static void assert_rounded(const int64_t *x, uint64_t count)
{
    tine__int_moments m = moments_of(x, count);
    ref_int sum = {0}, squares = {0}, n = ref_of_uint64(count), less = ref_of_uint64(count - 1);
    double out;
    for (size_t i = 0; i < count; i++) {
        ref_int value = ref_of_int64(x[i]), square = ref_mul(&value, &value);
        sum = ref_add(&sum, &value);
        squares = ref_add(&squares, &square);
    }
    assert_true(tine__int_sum_mean(&m.sum, &out));
    assert_true(ref_is_nearest(out, &sum, &n, 0));
    if (count < 2) {
        assert_false(tine__int_moments_var(&m, &out));
        assert_false(tine__int_moments_std(&m, &out));
        return;
    }
    ref_int scaled = ref_mul(&squares, &n), square = ref_mul(&sum, &sum);
    ref_int numerator = ref_sub(&scaled, &square), denominator = ref_mul(&n, &less);
    assert_true(tine__int_moments_var(&m, &out));
    assert_true(ref_is_nearest(out, &numerator, &denominator, 0));
    assert_true(tine__int_moments_std(&m, &out));
    assert_true(ref_is_nearest_root(out, &numerator, &denominator, 0));
}

static void test_against_reference(void **state)
{
    int64_t x[MOST];
    uint64_t seed = 4;
    (void)state;
    for (int round = 0; round < 500; round++) {
        size_t n = 1 + below(&seed, round % 4 ? 6 : MOST);
        for (size_t i = 0; i < n; i++)
            x[i] = hostile_int(&seed, round % 5);
        assert_rounded(x, n);
    }
}

static void test_merge(void **state)
{
    int64_t x[MOST];
    uint64_t seed = 5;
    (void)state;
    for (int round = 0; round < 100; round++) {
        size_t n = below(&seed, MOST), cut = n ? below(&seed, n) : 0;
        for (size_t i = 0; i < n; i++)
            x[i] = hostile_int(&seed, round % 5);
        tine__int_moments all = moments_of(x, n), left = moments_of(x, cut);
        tine__int_moments right = moments_of(x + cut, n - cut);
        tine__int_moments_merge(&right, &left);
        assert_memory_equal(&right, &all, sizeof all);
    }
}

/* 2^62 times the number that is largest in magnitude. */
static void test_widest(void **state)
{
    tine__int_moments m = moments_of((const int64_t[]){INT64_MIN}, 1);
    double out;
    (void)state;
    for (int i = 0; i < 62; i++) {
        tine__int_moments copy = m;
        tine__int_moments_merge(&m, &copy);
    }
    assert_true(tine__int_sum_mean(&m.sum, &out));
    assert_same_double(out, (double)INT64_MIN);
    assert_true(tine__int_moments_var(&m, &out));
    assert_same_double(out, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_range),
        cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_widest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
