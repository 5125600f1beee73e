#include "base/hash.h"
#include "unit/reduce/numbers.h"

/* Sketches are made of these: they may never change. */
static void test_fixed_for_ever(void **state)
{
    (void)state;
    assert_int_equal(tine__hash_word(1, 0), UINT64_C(0x16004c15c3dfc2bf));
    assert_int_equal(tine__hash64("", 0, 0), UINT64_C(0xa0325dcdef1cc661));
    assert_int_equal(tine__hash64("tine", 4, 0), UINT64_C(0x515f155e14d8547e));
    assert_int_equal(tine__hash64("a fork's prongs: fork, join", 27, 7),
                     UINT64_C(0x826f9466cd191be2));
}

static void test_every_length_and_seed_differ(void **state)
{
    const unsigned char zeros[100] = {0};
    uint64_t seen[200];
    (void)state;
    for (size_t n = 0; n < 100; n++) {
        seen[2 * n] = tine__hash64(zeros, n, 0);
        seen[2 * n + 1] = tine__hash64(zeros, n, 1);
        for (size_t i = 0; i < 2 * n + 1; i++)
            assert_int_not_equal(seen[i], seen[2 * n + 1]);
        for (size_t i = 0; i < 2 * n; i++)
            assert_int_not_equal(seen[i], seen[2 * n]);
    }
}

/* What is read lies within the bytes, wherever they begin. */
static void test_reads_no_more_than_it_may(void **state)
{
    (void)state;
    for (size_t n = 0; n < 70; n++) {
        unsigned char *shifted = malloc(n + 1), *exact = malloc(n + !n);
        for (size_t i = 0; i < n; i++)
            exact[i] = shifted[i + 1] = (unsigned char)(7 * i);
        assert_int_equal(tine__hash64(shifted + 1, n, 3), tine__hash64(exact, n, 3));
        free(shifted);
        free(exact);
    }
}

/* Flipping any bit of the input flips every bit of the hash about half of the time. */
static void assert_avalanche(size_t n_bytes)
{
    enum { TRIALS = 400 };
    unsigned char bytes[40] = {0};
    uint64_t seed = n_bytes;
    for (size_t bit = 0; bit < 8 * n_bytes; bit++) {
        unsigned flips[64] = {0};
        for (int trial = 0; trial < TRIALS; trial++) {
            for (size_t i = 0; i < n_bytes; i++)
                bytes[i] = (unsigned char)next_random(&seed);
            uint64_t before = tine__hash64(bytes, n_bytes, 0);
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            uint64_t changed = before ^ tine__hash64(bytes, n_bytes, 0);
            for (int i = 0; i < 64; i++)
                flips[i] += (unsigned)(changed >> i & 1);
        }
        for (int i = 0; i < 64; i++) /* 200 +- 10; six sigma */
            assert_in_range(flips[i], 140, 260);
    }
}

static void test_avalanche(void **state)
{
    (void)state;
    assert_avalanche(3);
    assert_avalanche(8);
    assert_avalanche(33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_for_ever),
        cmocka_unit_test(test_every_length_and_seed_differ),
        cmocka_unit_test(test_reads_no_more_than_it_may),
        cmocka_unit_test(test_avalanche),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
