/* Every table of loops against one value after the other. */
#include "reduce/column_loops.h"
#include "base/bits.h"
#include "reduce/ieee.h"
#include "unit/reduce/numbers.h"

enum { MAX_ROWS = 320, ROUNDS = 400 };

static _Alignas(64) int64_t x[MAX_ROWS];
static _Alignas(64) uint8_t validity[MAX_ROWS / 8];

/* Values of `bits` bits at most; what is behind the last row is such that it shows. */
static void make_ints(uint64_t *seed, size_t n, unsigned bits)
{
    static const int64_t edges[] = {INT64_MIN,           INT64_MAX,
                                    -(INT64_C(1) << 31), (INT64_C(1) << 31),
                                    INT32_MAX,           (int64_t)INT32_MIN - 1,
                                    INT64_C(1) << 32,    -1,
                                    0xffffffff,          0};
    for (size_t i = 0; i < MAX_ROWS; i++) {
        x[i] = (int64_t)next_random(seed) >> (64 - bits);
        if (below(seed, 200) == 0)
            x[i] = edges[below(seed, 10)];
        if (i >= n)
            x[i] = below(seed, 2) ? INT64_MIN : INT64_MAX;
    }
}

static void make_doubles(uint64_t *seed, size_t n)
{
    static const double odd[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, -NAN, TINIEST, -TINIEST};
    size_t kinds = 1 + below(seed, 8);
    for (size_t i = 0; i < MAX_ROWS; i++) {
        double value = below(seed, 3) ? odd[below(seed, kinds)] : random_double(seed, 1000, 40);
        if (i >= n)
            value = below(seed, 2) ? INFINITY : -INFINITY;
        memcpy(&x[i], &value, sizeof value);
    }
}

static void make_validity(uint64_t *seed)
{
    uint64_t density = below(seed, 4);
    for (size_t i = 0; i < sizeof validity; i++)
        validity[i] = (uint8_t)(density == 0   ? 0
                                : density == 1 ? 255
                                : density == 2 ? next_random(seed)
                                               : next_random(seed) & next_random(seed));
}

static void assert_range(bool doubles, const uint8_t *valid, size_t n, const tine__range *found)
{
    tine__range range = {5, 4}; /* as it began */
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = (uint64_t)x[i];
        if ((valid && !tine__bit_get(valid, i)) || (doubles && tine__bits_are_nan(bits)))
            continue;
        int64_t key = doubles ? tine__order_key(bits) : x[i];
        range.least = key < range.least ? key : range.least;
        range.greatest = key > range.greatest ? key : range.greatest;
    }
    assert_true(found->least == range.least);
    assert_true(found->greatest == range.greatest);
}

static void test_ranges(void **state)
{
    uint64_t seed = 31;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = below(&seed, MAX_ROWS + 1);
        const uint8_t *valid = round % 3 ? validity : NULL;
        make_validity(&seed);
        for (size_t i = 0; tine__column_loops_at(i); i++) {
            tine__range ints = {5, 4}, doubles = {5, 4};
            make_ints(&seed, n, 1 + (unsigned)below(&seed, 64));
            tine__column_loops_at(i)->range_int64(x, valid, n, &ints);
            assert_range(false, valid, n, &ints);
            make_doubles(&seed, n);
            tine__column_loops_at(i)->range_double((const double *)(const void *)x, valid, n,
                                                   &doubles);
            assert_range(true, valid, n, &doubles);
        }
    }
}

static void test_sums(void **state)
{
    uint64_t seed = 32;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = below(&seed, MAX_ROWS + 1);
        tine__int_moments start = {{3, {UINT64_MAX, UINT64_MAX}}, {7, 7, 7}}, expected = start;
        make_ints(&seed, n, 1 + (unsigned)below(&seed, 64));
        for (size_t i = 0; i < n; i++)
            tine__int_moments_add(&expected, x[i]);
        for (size_t i = 0; tine__column_loops_at(i); i++) {
            tine__int_moments found = start;
            tine__int_sum sum = start.sum;
            tine__column_loops_at(i)->moments_int64(x, n, &found);
            tine__column_loops_at(i)->sum_int64(x, n, &sum);
            assert_memory_equal(&found, &expected, sizeof found);
            assert_memory_equal(&sum, &expected.sum, sizeof sum);
        }
    }
}

static void test_tables(void **state)
{
    size_t n = 0;
    (void)state;
    while (tine__column_loops_at(n))
        n++;
    assert_true(n >= 1);
    assert_string_equal(tine__column_loops_at(n - 1)->name, "plain");
    assert_null(tine__column_loops_at(n + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
