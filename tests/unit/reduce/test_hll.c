#include "reduce/hll.h"
#include "base/hash.h"
#include "reduce/ieee.h"
#include "unit/reduce/numbers.h"
#include "unit/table/counting.h"

static void add_words(tine__hll *hll, uint64_t first, uint64_t n, const tine_allocator *a)
{
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(tine__hll_add(hll, tine__hash_word(first + i, 0), a), TINE_OK);
}

static void test_error_is_within_three_sigma(void **state)
{
    (void)state;
    for (uint64_t n = 10; n <= 1000000; n *= 10) {
        tine__hll hll = {0};
        add_words(&hll, n << 32, n, tine__heap());
        double error = ((double)tine__hll_estimate(&hll) - (double)n) / (double)n;
        assert_true(fabs(error) < 3 * 0.0081);
        tine__hll_destroy(&hll, tine__heap());
    }
}

static void test_small_counts_are_exact(void **state)
{
    tine__hll hll = {0};
    (void)state;
    assert_int_equal(tine__hll_estimate(&hll), 0);
    for (int i = 1; i <= 40; i++) {
        add_words(&hll, (uint64_t)i * 1000, 1, tine__heap());
        assert_int_equal(tine__hll_estimate(&hll), i);
    }
    tine__hll_destroy(&hll, tine__heap());
}

static void test_repetition_leaves_no_trace(void **state)
{
    tine__hll once = {0}, thrice = {0};
    (void)state;
    add_words(&once, 0, 5000, tine__heap());
    for (int i = 0; i < 3; i++)
        add_words(&thrice, 0, 5000, tine__heap());
    assert_int_equal(tine__hll_estimate(&once), tine__hll_estimate(&thrice));
    tine__hll_destroy(&once, tine__heap());
    tine__hll_destroy(&thrice, tine__heap());
}

/* All orders of merging a sketch of n_left values with one of n_right, sparse or dense, agree. */
static void assert_merges_agree(uint64_t n_left, uint64_t n_right)
{
    tine__hll all = {0}, left = {0}, right = {0}, copy = {0};
    add_words(&all, 0, n_left + n_right, tine__heap());
    add_words(&left, 0, n_left, tine__heap());
    add_words(&right, n_left, n_right, tine__heap());
    assert_int_equal(tine__hll_merge(&copy, &right, tine__heap()), TINE_OK);
    assert_int_equal(tine__hll_merge(&copy, &left, tine__heap()), TINE_OK);
    assert_int_equal(tine__hll_merge(&left, &right, tine__heap()), TINE_OK);
    assert_int_equal(tine__hll_estimate(&left), tine__hll_estimate(&all));
    assert_int_equal(tine__hll_estimate(&copy), tine__hll_estimate(&all));
    tine__hll_destroy(&all, tine__heap());
    tine__hll_destroy(&left, tine__heap());
    tine__hll_destroy(&right, tine__heap());
    tine__hll_destroy(&copy, tine__heap());
}

static void test_merges_agree(void **state)
{
    const uint64_t sizes[] = {0, 1, 8, 9, 700, 1100, 30000};
    (void)state;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++)
            assert_merges_agree(sizes[i], sizes[j]);
}

static void test_any_environment(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 100000; n = 3 * n + 1) {
        tine__hll hll = {0};
        add_words(&hll, n << 32, n, tine__heap());
        int64_t expected = tine__hll_estimate(&hll);
        for (int e = 1; e < ENVIRONMENTS; e++) {
            fenv_t saved;
            enter_environment(e, &saved);
            int mode = fegetround();
            int64_t actual = tine__hll_estimate(&hll);
            assert_int_equal(fegetround(), mode);
            fesetenv(&saved);
            assert_int_equal(actual, expected);
        }
        tine__hll_destroy(&hll, tine__heap());
    }
}

static void test_extreme_hashes(void **state)
{
    tine__hll hll = {0};
    (void)state;
    for (uint64_t index = 0; index < TINE__HLL_REGISTERS; index++) {
        assert_int_equal(tine__hll_add(&hll, index << 50, tine__heap()), TINE_OK);
        assert_int_equal(tine__hll_add(&hll, UINT64_MAX, tine__heap()), TINE_OK);
    }
    assert_true(tine__hll_estimate(&hll) == INT64_MAX);
    tine__hll_destroy(&hll, tine__heap());
}

/* Every allocation fails in turn; the values that were refused are added again. */
static void test_short_of_memory(void **state)
{
    counting_allocator c;
    size_t failures = 0;
    tine__hll hll = {0}, expected = {0};
    (void)state;
    counting_init(&c);
    counting_fail_at(&c, 1);
    for (uint64_t i = 0; i < 3000; i++) {
        if (tine__hll_add(&hll, tine__hash_word(i, 0), &c.allocator) == TINE_OK)
            continue;
        failures++;
        add_words(&hll, i, 1, &c.allocator);
        counting_fail_at(&c, 1);
    }
    counting_fail_at(&c, 0);
    assert_int_equal(failures, 9); /* 16, 32 ... 2048 slots, and the dense form */
    add_words(&expected, 0, 3000, &c.allocator);
    assert_int_equal(tine__hll_estimate(&hll), tine__hll_estimate(&expected));
    tine__hll_destroy(&hll, &c.allocator);
    tine__hll_destroy(&expected, &c.allocator);
    counting_assert_empty(&c);
}

static void test_key_bits(void **state)
{
    (void)state;
    assert_int_equal(tine__key_bits(-0.0), tine__key_bits(0.0));
    assert_int_equal(tine__key_bits(-NAN), tine__key_bits(NAN));
    assert_int_not_equal(tine__key_bits(INFINITY), tine__key_bits(NAN));
    assert_int_equal(tine__key_bits(-TINIEST), bits_of(-TINIEST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_bits),
        cmocka_unit_test(test_error_is_within_three_sigma),
        cmocka_unit_test(test_small_counts_are_exact),
        cmocka_unit_test(test_repetition_leaves_no_trace),
        cmocka_unit_test(test_merges_agree),
        cmocka_unit_test(test_any_environment),
        cmocka_unit_test(test_extreme_hashes),
        cmocka_unit_test(test_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
