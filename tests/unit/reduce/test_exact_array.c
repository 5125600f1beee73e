/* Arrays against one value after the other, for every set of loops that this CPU runs. */
#include "reduce/exact_array.h"
#include "unit/reduce/numbers.h"

#include <float.h>

enum { MOST = 3 * TINE__BATCH + 100, KINDS = HOSTILE_KINDS + 5 };

static const tine__exact_loops *loops; /* the set under test */

/* Kinds that the hostile ones lack: what windows are for, and what falls out of them. */
static void fill(uint64_t *seed, int kind, double *x, size_t n)
{
    if (kind < HOSTILE_KINDS) {
        hostile_doubles(seed, kind, x, n);
        return;
    }
    const int turns = (int)below(seed, 40);
    for (size_t i = 0; i < n; i++) {
        x[i] = random_double(seed, 1000, 20); /* inside a window */
        if (kind == HOSTILE_KINDS + 1 && below(seed, 1000) == 0)
            x[i] = ldexp(x[i], below(seed, 2) ? 900 : -900); /* but for a few */
        if (kind == HOSTILE_KINDS + 2 && below(seed, 2))
            x[i] = 0.0 * x[i]; /* and zeros of both signs */
        if (kind == HOSTILE_KINDS + 3)
            x[i] = ldexp(x[i], (int)(i / 500) % 7 * turns); /* drifting */
        if (kind == HOSTILE_KINDS + 4)
            x[i] = random_double(seed, 1000, 45 + (unsigned)turns); /* at its borders */
    }
}

static void assert_same_sum(const tine__exact *a, const tine__exact *b)
{
    tine__bigint x, y;
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->special, b->special);
    if (a->special)
        return;
    assert_int_equal(tine__chunks_magnitude(a->chunk, TINE__EXACT_CHUNKS, &x),
                     tine__chunks_magnitude(b->chunk, TINE__EXACT_CHUNKS, &y));
    assert_int_equal(tine__bigint_compare(&x, &y), 0);
}

static void assert_as_one_by_one(const double *x, size_t n)
{
    tine__exact expected = {0}, actual = {0};
    for (size_t i = 0; i < n; i++)
        tine__exact_add(&expected, x[i]);
    tine__exact_add_array_by(loops, &actual, x, n);
    assert_same_sum(&actual, &expected);
    tine__exact_add_array_by(loops, &actual, x, n / 2); /* onto what is there */
    for (size_t i = 0; i < n / 2; i++)
        tine__exact_add(&expected, x[i]);
    assert_same_sum(&actual, &expected);
}

static void test_lengths(void **state)
{
    static double x[MOST];
    uint64_t seed = 1;
    (void)state;
    fill(&seed, HOSTILE_KINDS, x, MOST);
    for (size_t n = 0; n < 3 * TINE__GROUP; n++)
        assert_as_one_by_one(x + n % 3, n);
    for (size_t n = TINE__BATCH - 2; n < TINE__BATCH + 2; n++)
        assert_as_one_by_one(x, n);
}

static void test_kinds(void **state)
{
    static double x[MOST];
    uint64_t seed = 2;
    (void)state;
    for (int round = 0; round < 10 * KINDS; round++) {
        size_t n = MOST - below(&seed, round % 2 ? 100 : MOST);
        fill(&seed, round % KINDS, x, n);
        if (round % 3)
            shuffle_doubles(&seed, x, n);
        assert_as_one_by_one(x, n);
    }
}

static void test_specials(void **state)
{
    static double x[MOST];
    const double specials[] = {NAN, -NAN, INFINITY, -INFINITY};
    uint64_t seed = 3;
    (void)state;
    for (int round = 0; round < 4 * KINDS; round++) {
        fill(&seed, round % KINDS, x, MOST);
        for (size_t i = 0; i < 1 + below(&seed, 3); i++)
            x[below(&seed, MOST)] = specials[below(&seed, 4)];
        assert_as_one_by_one(x, MOST);
    }
}

/* At every place of the window, the values that fill a bin most, and those just outside. */
static void test_edges_of_windows(void **state)
{
    static double x[TINE__BATCH];
    uint64_t seed = 4;
    (void)state;
    for (int exponent = -1074; exponent < 1024; exponent += 3) {
        const double largest = ldexp(2 - DBL_EPSILON, exponent < -1022 ? -1022 : exponent);
        for (size_t i = 0; i < TINE__BATCH; i++)
            x[i] = exponent % 2 ? largest : ldexp(largest, (int)below(&seed, 52) - 51);
        if (exponent % 5)
            x[below(&seed, TINE__BATCH)] *= -1;
        assert_as_one_by_one(x, TINE__BATCH);
    }
}

/* The loops by themselves: which groups they leave out, and what they find of the others. */
static void test_extract(void **state)
{
    static double x[TINE__BATCH];
    const tine__window window = {0x1.8p52, 0x1.8p0}; /* units 1 and 2^-52 */
    int64_t sums[2];
    (void)state;
    for (size_t i = 0; i < TINE__BATCH; i++)
        x[i] = i % 2 ? 0x1p51 - 1 : -0x1p51;
    x[TINE__BATCH - 3] = x[TINE__BATCH - 4] = -0.0;
    assert_int_equal(loops->extract(x, TINE__BATCH_GROUPS, &window, sums), 0);
    assert_int_equal(sums[0], -(TINE__BATCH / 2 - 1));
    assert_int_equal(sums[1], 0);
    const double outside[] = {0x1p51, -0x1p51 - 1, 0x1p-53, 0.5 + 0x1p-53,
                              NAN,    INFINITY,    TINIEST, -DBL_MAX};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        size_t at = i * 251 % TINE__BATCH, group = at / TINE__GROUP;
        double held = x[at];
        x[at] = outside[i];
        assert_int_equal(loops->extract(x, TINE__BATCH_GROUPS, &window, sums), 1u << group);
        x[at] = held;
    }
    for (size_t i = 0; i < TINE__BATCH; i++)
        x[i] = 0x1p-1 + 0x1p-52; /* halves go to the even integer */
    assert_int_equal(loops->extract(x, TINE__BATCH_GROUPS, &window, sums), 0);
    assert_true((double)sums[0] + (double)sums[1] * 0x1p-52 == TINE__BATCH * x[0]);
}

int main(void)
{
    int n_failed = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),          cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_specials),         cmocka_unit_test(test_extract),
        cmocka_unit_test(test_edges_of_windows),
    };
    for (size_t i = 0; (loops = tine__exact_loops_at(i)) != NULL; i++)
        n_failed += cmocka_run_group_tests_name(loops->name, tests, NULL, NULL);
    return n_failed;
}
