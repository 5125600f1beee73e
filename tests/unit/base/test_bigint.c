/* Against 128-bit arithmetic where that reaches, against inverse operations where it does not, and
 * to_double against the processor's own rounding. */
#include "base/bigint.h"

#include <math.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

__extension__ typedef unsigned __int128 wide;

static uint64_t seed = 1;

/* xorshift64*, S. Vigna, 2016; every third number is sparse, for carries and ties. */
static uint64_t next_random(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    uint64_t r = seed * UINT64_C(2685821657736338717);
    return r % 3 ? r : UINT64_MAX << r % 64;
}

static tine__bigint of_wide(wide x)
{
    tine__bigint out;
    tine__bigint_set_limbs(&out, (uint64_t[]){(uint64_t)x, (uint64_t)(x >> 64)}, 2);
    return out;
}

static wide wide_of(const tine__bigint *x)
{
    assert_true(x->n <= 2);
    wide low = x->n > 0 ? x->limb[0] : 0, high = x->n > 1 ? x->limb[1] : 0;
    return high << 64 | low;
}

static wide random_wide(void)
{
    wide high = next_random();
    return (high << 64 | next_random()) >> next_random() % 128;
}

static void agrees_with_128_bits(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        wide a = random_wide() >> 1, b = random_wide() >> 1;
        uint64_t small = next_random() | 1;
        tine__bigint x = of_wide(a), y = of_wide(b), z;
        assert_int_equal(tine__bigint_compare(&x, &y), (a > b) - (a < b));
        tine__bigint_add(&x, &y);
        assert_true(wide_of(&x) == a + b);
        tine__bigint_sub(&x, &y);
        assert_true(wide_of(&x) == a);
        assert_true(tine__bigint_div_small(&x, small) == (uint64_t)(a % small));
        assert_true(wide_of(&x) == a / small);
        x = of_wide((uint64_t)a), y = of_wide((uint64_t)b);
        tine__bigint_mul(&z, &x, &y);
        assert_true(wide_of(&z) == (wide)(uint64_t)a * (uint64_t)b);
        unsigned by = (unsigned)(next_random() % 140);
        x = of_wide(a);
        bool lost = tine__bigint_shift_right(&x, by);
        wide shifted = by < 128 ? a >> by : 0;
        assert_true(wide_of(&x) == shifted);
        assert_int_equal(lost, by < 128 ? shifted << by != a : a != 0);
    }
}

static tine__bigint random_bigint(size_t limbs)
{
    uint64_t limb[64];
    for (size_t i = 0; i < limbs; i++)
        limb[i] = next_random();
    tine__bigint x;
    tine__bigint_set_limbs(&x, limb, limbs);
    return x;
}

static void long_numbers_undo_themselves(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        tine__bigint a = random_bigint(next_random() % 60), b = random_bigint(next_random() % 60);
        tine__bigint x = a, product, square, twice;
        tine__bigint_add(&x, &b);
        tine__bigint_mul(&square, &x, &x); /* (a + b)^2 = a^2 + 2ab + b^2 */
        tine__bigint_mul(&product, &a, &b);
        tine__bigint_shift_left(&product, 1);
        tine__bigint_sub(&square, &product);
        tine__bigint_mul(&twice, &a, &a);
        tine__bigint_sub(&square, &twice);
        tine__bigint_mul(&twice, &b, &b);
        assert_int_equal(tine__bigint_compare(&square, &twice), 0);
        size_t by = next_random() % 1000;
        x = a;
        tine__bigint_shift_left(&x, by);
        assert_int_equal(tine__bigint_bits(&x), a.n ? tine__bigint_bits(&a) + by : 0);
        assert_false(tine__bigint_shift_right(&x, by));
        assert_int_equal(tine__bigint_compare(&x, &a), 0);
        tine__bigint_mul_pow5(&x, 60);
        for (int i = 0; i < 60; i++)
            assert_int_equal(tine__bigint_div_small(&x, 5), 0);
        assert_int_equal(tine__bigint_compare(&x, &a), 0);
    }
}

static void carries_lengthen(void **state)
{
    (void)state;
    tine__bigint x;
    tine__bigint_set_limbs(&x, (uint64_t[]){UINT64_MAX, UINT64_MAX}, 2);
    tine__bigint_add_small(&x, 1);
    assert_int_equal(tine__bigint_bits(&x), 129);
    tine__bigint_mul_small(&x, 0);
    assert_int_equal(x.n, 0);
    tine__bigint_add_small(&x, 0);
    assert_int_equal(x.n, 0);
}

static void doubles_round_as_the_processor(void **state)
{
    (void)state;
    for (int round = 0; round < 50000; round++) {
        uint64_t a = next_random() >> next_random() % 64;
        tine__bigint x = of_wide(a);
        assert_true(tine__bigint_to_double(&x, 0, false) == (double)a);
        /* A mantissa of 53 bits is exact, so that ldexp alone rounds, once. */
        uint64_t exact = a >> 11;
        int exponent = (int)(next_random() % 2300) - 1200;
        x = of_wide(exact);
        double want = ldexp((double)exact, exponent);
        assert_true(tine__bigint_to_double(&x, exponent, false) == want);
    }
}

static void doubles_at_the_edges(void **state)
{
    (void)state;
    tine__bigint x = of_wide(((wide)1 << 54) + 2); /* a tie, downwards to even */
    assert_true(tine__bigint_to_double(&x, 0, false) == 0x1p54);
    assert_true(tine__bigint_to_double(&x, 0, true) == 0x1p54 + 4);
    x = of_wide(((wide)1 << 54) + 6); /* a tie, upwards to even */
    assert_true(tine__bigint_to_double(&x, 0, false) == 0x1p54 + 8);
    x = of_wide(1);
    assert_true(tine__bigint_to_double(&x, -1074, false) == 0x1p-1074);
    assert_true(tine__bigint_to_double(&x, -1075, false) == 0);
    assert_true(tine__bigint_to_double(&x, -1075, true) == 0x1p-1074);
    assert_true(tine__bigint_to_double(&x, -100000, true) == 0);
    assert_true(isinf(tine__bigint_to_double(&x, 1024, false)));
    x = of_wide(((wide)1 << 54) - 1); /* rounds up to the power, and over the end */
    assert_true(tine__bigint_to_double(&x, 0, false) == 0x1p54);
    assert_true(isinf(tine__bigint_to_double(&x, 970, false)));
    tine__bigint_set(&x, 0);
    assert_true(tine__bigint_to_double(&x, 5, false) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_128_bits), cmocka_unit_test(long_numbers_undo_themselves),
        cmocka_unit_test(carries_lengthen),     cmocka_unit_test(doubles_round_as_the_processor),
        cmocka_unit_test(doubles_at_the_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
