#include "reduce/runs.h"
#include "unit/reduce/numbers.h"

#define MOST 300

/* The runs are exactly the rows whose bit, flipped, is 1; neighbours are in one run. */
static void assert_runs(const uint8_t *validity, size_t n, uint64_t flip)
{
    tine__runs runs = {.validity = validity, .n = n};
    bool wanted = !flip;
    size_t row = 0;
    while (tine__runs_next(&runs, flip)) {
        assert_true(runs.end <= n);
        for (; row < runs.begin; row++)
            assert_int_not_equal(tine__bit_get(validity, row), wanted);
        for (; row < runs.end; row++)
            assert_int_equal(tine__bit_get(validity, row), wanted);
        assert_true(row == n || tine__bit_get(validity, row) != wanted);
    }
    for (; row < n; row++)
        assert_int_not_equal(tine__bit_get(validity, row), wanted);
}

static void test_runs_of_bitmaps(void **state)
{
    uint64_t words[8], seed = 6;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < 8; i++) {
            words[i] = next_random(&seed);
            for (int k = round % 4; k > 0; k--) /* denser, sparser, or all alike */
                words[i] =
                    round & 4 ? words[i] | next_random(&seed) : words[i] & next_random(&seed);
            if (round % 7 == 0)
                words[i] = 0 - (words[i] & 1);
        }
        size_t n = below(&seed, MOST);
        assert_runs((const uint8_t *)words, n, 0);
        assert_runs((const uint8_t *)words, n, UINT64_MAX);
    }
}

static void test_runs_without_nulls(void **state)
{
    tine__runs runs = {.n = 5};
    (void)state;
    assert_true(tine__runs_next(&runs, 0));
    assert_int_equal(runs.begin, 0);
    assert_int_equal(runs.end, 5);
    assert_false(tine__runs_next(&runs, 0));
    runs = (tine__runs){.n = 5};
    assert_false(tine__runs_next(&runs, UINT64_MAX));
    runs = (tine__runs){.n = 0};
    assert_false(tine__runs_next(&runs, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_of_bitmaps),
        cmocka_unit_test(test_runs_without_nulls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
