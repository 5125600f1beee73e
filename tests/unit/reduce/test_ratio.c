#include "reduce/ratio.h"
#include "unit/reduce/numbers.h"

/* Half-way between two doubles, the lower of them even: 2^53 + 1 in units of 2^0. */
#define TIE ((UINT64_C(1) << 53) + 1)
#define DOWN 0x1p53
#define UP (0x1p53 + 2)

/* TIE^power * 2^shift * factor + extra. */
static tine__bigint tie(unsigned power, size_t shift, uint64_t factor, uint64_t extra)
{
    tine__bigint x;
    tine__bigint_set(&x, 1);
    while (power-- > 0)
        tine__bigint_mul_small(&x, TIE);
    tine__bigint_shift_left(&x, shift);
    tine__bigint_mul_small(&x, factor);
    tine__bigint_add_small(&x, extra);
    return x;
}

/* The remainder of the division alone tells the tie from what lies above it. */
static void test_mean_just_above_a_tie(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 600; shift += 50) {
        tine__bigint at = tie(1, shift, 7, 0), above = tie(1, shift, 7, 1);
        assert_same_double(tine__ratio_mean(&at, 7, -(int)shift), DOWN);
        assert_same_double(tine__ratio_mean(&above, 7, -(int)shift), UP);
    }
}

/* With a sum of 0 the variance is squares / (n - 1): what is above the tie is lost in dividing by
 * the first factor of n (n - 1) never, by the second always. */
static void test_var_just_above_a_tie(void **state)
{
    const tine__bigint zero = {0};
    (void)state;
    for (int half = 0; half < 300; half += 25) {
        tine__bigint at = tie(1, 2 * (size_t)half, 6, 0), above = tie(1, 2 * (size_t)half, 6, 1);
        assert_same_double(tine__ratio_var(&zero, &at, 7, -half), DOWN);
        assert_same_double(tine__ratio_var(&zero, &above, 7, -half), UP);
    }
}

/* A tie in the root; above it by a remainder of the division, by bits that are cut off, or by what
 * the integer root leaves. */
static void test_std_just_above_a_tie(void **state)
{
    const tine__bigint zero = {0};
    (void)state;
    for (int half = 1; half < 300; half++)
        for (uint64_t n = 2; n < 9; n += 5) {
            tine__bigint at = tie(2, 2 * (size_t)half, n - 1, 0);
            tine__bigint above = tie(2, 2 * (size_t)half, n - 1, 1);
            assert_same_double(tine__ratio_std(&zero, &at, n, -half), DOWN);
            assert_same_double(tine__ratio_std(&zero, &above, n, -half), UP);
        }
}

/* Two limbs in registers against the same as a large integer, among them ties, what is just beside
 * them, subnormal quotients and those past all doubles. */
static void test_limbs(void **state)
{
    const int exponents[] = {-1074, -1073, -1000, -60, 0, 900, 960, 1000};
    uint64_t seed = 4;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        uint64_t limbs[2] = {next_random(&seed), next_random(&seed)};
        uint64_t n = round % 3 ? next_random(&seed) >> below(&seed, 64) : 1;
        n += n == 0;
        if (round % 2) /* a tie for n = 1, or 1 beside it */
            limbs[0] = (UINT64_C(1) << 10) + (uint64_t)below(&seed, 3) - 1;
        unsigned shift = (unsigned)below(&seed, 64);
        limbs[1] >>= shift;
        if (below(&seed, 3) == 0)
            limbs[1] = 0;
        tine__bigint sum;
        tine__bigint_set_limbs(&sum, limbs, 2);
        int exponent = exponents[below(&seed, sizeof exponents / sizeof *exponents)];
        assert_same_double(tine__ratio_mean_of_limbs(limbs, n, exponent),
                           tine__ratio_mean(&sum, n, exponent));
    }
}

static void test_zero(void **state)
{
    const tine__bigint zero = {0};
    (void)state;
    const uint64_t none[2] = {0, 0};
    assert_same_double(tine__ratio_mean(&zero, 3, -1074), 0.0);
    assert_same_double(tine__ratio_mean_of_limbs(none, 3, -1074), 0.0);
    assert_same_double(tine__ratio_var(&zero, &zero, 3, -1074), 0.0);
    assert_same_double(tine__ratio_std(&zero, &zero, 3, -1074), 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_just_above_a_tie),
        cmocka_unit_test(test_var_just_above_a_tie),
        cmocka_unit_test(test_std_just_above_a_tie),
        cmocka_unit_test(test_limbs),
        cmocka_unit_test(test_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
