/* Arrays (sums, moments and products) against one value after the other, for every set of loops
 * that this CPU runs. */
#include "reduce/dot.h"
#include "reduce/moments.h"
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

static void assert_same_number(const int64_t *a, const int64_t *b, size_t n_chunks)
{
    tine__bigint x, y;
    assert_int_equal(tine__chunks_magnitude(a, n_chunks, &x),
                     tine__chunks_magnitude(b, n_chunks, &y));
    assert_int_equal(tine__bigint_compare(&x, &y), 0);
}

static void assert_same_sum(const tine__exact *a, const tine__exact *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->special, b->special);
    if (!a->special)
        assert_same_number(a->chunk, b->chunk, TINE__EXACT_CHUNKS);
}

static void assert_same_moments(const tine__moments *a, const tine__moments *b)
{
    assert_same_sum(&a->sum, &b->sum);
    if (!a->sum.special)
        assert_same_number(a->square, b->square, TINE__PRODUCT_CHUNKS);
}

static void assert_same_dot(const tine__dot *a, const tine__dot *b)
{
    assert_int_equal(a->special, b->special);
    if (!a->special)
        assert_same_number(a->chunk, b->chunk, TINE__PRODUCT_CHUNKS);
}

typedef struct states {
    tine__exact sum;
    tine__moments moments;
    tine__dot dot;
} states;

static void add_one_by_one(states *to, const double *x, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tine__exact_add(&to->sum, x[i]);
        tine__moments_add(&to->moments, x[i]);
        tine__dot_add(&to->dot, x[i], y[i]);
    }
}

static void add_arrays(states *to, const double *x, const double *y, size_t n)
{
    tine__exact_add_array_by(loops, &to->sum, x, n);
    tine__moments_add_array_by(loops, &to->moments, x, n);
    tine__dot_add_arrays_by(loops, &to->dot, x, y, n);
}

static void assert_as_one_by_one(const double *x, const double *y, size_t n)
{
    states expected = {.sum.n = 0}, actual = {.sum.n = 0};
    for (int part = 1; part <= 2; part++) { /* and half of it again, onto what is there */
        add_one_by_one(&expected, x, y, n / part);
        add_arrays(&actual, x, y, n / part);
        assert_same_sum(&actual.sum, &expected.sum);
        assert_same_moments(&actual.moments, &expected.moments);
        assert_same_dot(&actual.dot, &expected.dot);
    }
}

static void test_lengths(void **state)
{
    static double x[MOST], y[MOST];
    uint64_t seed = 1;
    (void)state;
    fill(&seed, HOSTILE_KINDS, x, MOST);
    fill(&seed, HOSTILE_KINDS, y, MOST);
    for (size_t n = 0; n < 3 * TINE__GROUP; n++)
        assert_as_one_by_one(x + n % 3, y + n % 2, n);
    for (size_t n = TINE__BATCH - 2; n < TINE__BATCH + 2; n++)
        assert_as_one_by_one(x, y, n);
}

static void test_kinds(void **state)
{
    static double x[MOST], y[MOST];
    uint64_t seed = 2;
    (void)state;
    for (int round = 0; round < 10 * KINDS; round++) {
        size_t n = MOST - below(&seed, round % 2 ? 100 : MOST);
        fill(&seed, round % KINDS, x, n);
        fill(&seed, round % 3 ? (int)below(&seed, KINDS) : round % KINDS, y, n);
        if (round % 3)
            shuffle_doubles(&seed, x, n);
        assert_as_one_by_one(x, y, n);
    }
}

static void test_specials(void **state)
{
    static double x[MOST], y[MOST];
    const double specials[] = {NAN, -NAN, INFINITY, -INFINITY};
    uint64_t seed = 3;
    (void)state;
    for (int round = 0; round < 4 * KINDS; round++) {
        fill(&seed, round % KINDS, x, MOST);
        fill(&seed, (int)below(&seed, KINDS), y, MOST);
        for (size_t i = 0; i < 1 + below(&seed, 3); i++)
            x[below(&seed, MOST)] = specials[below(&seed, 4)];
        assert_as_one_by_one(round % 2 ? x : y, round % 2 ? y : x, MOST);
    }
}

/* At every place of the window, the values that fill a bin most, and those just outside. */
static void test_edges_of_windows(void **state)
{
    static double x[TINE__BATCH], y[TINE__BATCH];
    uint64_t seed = 4;
    (void)state;
    for (int exponent = -1074; exponent < 1024; exponent += 7) {
        const double largest = ldexp(2 - DBL_EPSILON, exponent < -1022 ? -1022 : exponent);
        for (size_t i = 0; i < TINE__BATCH; i++)
            x[i] = exponent % 2 ? largest : ldexp(largest, (int)below(&seed, 52) - 51);
        if (exponent % 5)
            x[below(&seed, TINE__BATCH)] *= -1;
        const int other = (int)below(&seed, 2000) - 1000; /* often so that 1 is near the product */
        for (size_t i = 0; i < TINE__BATCH; i++)
            y[i] = ldexp(2 - DBL_EPSILON, exponent % 4 ? -exponent : other);
        assert_as_one_by_one(x, y, TINE__BATCH);
    }
}

/* The loops by themselves: which groups they leave out, and what they find of the others. */
static void test_extract(void **state)
{
    static double x[TINE__BATCH];
    const double window[] = {0x1.8p52, 0x1.8p0}; /* units 1 and 2^-52 */
    int64_t sums[2];
    (void)state;
    for (size_t i = 0; i < TINE__BATCH; i++)
        x[i] = i % 2 ? 0x1p51 - 1 : -0x1p51;
    x[TINE__BATCH - 3] = x[TINE__BATCH - 4] = -0.0;
    assert_int_equal(loops->extract(x, TINE__BATCH_GROUPS, window, sums), 0);
    assert_int_equal(sums[0], -(TINE__BATCH / 2 - 1));
    assert_int_equal(sums[1], 0);
    const double outside[] = {0x1p51,  -0x1p51 - 1, 0x1p-53,   0.5 + 0x1p-53, NAN,      INFINITY,
                              TINIEST, -DBL_MAX,    -0x1.8p53, -0x1.5p53,     -0x1.bp53};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        size_t at = i * 251 % TINE__BATCH, group = at / TINE__GROUP;
        double held = x[at];
        x[at] = outside[i];
        assert_int_equal(loops->extract(x, TINE__BATCH_GROUPS, window, sums), 1u << group);
        x[at] = held;
    }
    for (size_t i = 0; i < TINE__BATCH; i++)
        x[i] = 0x1p-1 + 0x1p-52; /* halves go to the even integer */
    assert_int_equal(loops->extract(x, TINE__BATCH_GROUPS, window, sums), 0);
    assert_true((double)sums[0] + (double)sums[1] * 0x1p-52 == TINE__BATCH * x[0]);
}

/* Products that underflow or overflow on the way, among others that do not. */
static void test_lost_products(void **state)
{
    static double x[TINE__BATCH], y[TINE__BATCH];
    const double pairs[][2] = {{1e-200, 1e-200}, {1e-300, 1e-20}, {TINIEST, 0.5},
                               {1e300, 1e300},   {1e305, 1e-305}, {0, 1e-300},
                               {-0.0, 3},        {0, DBL_MAX},    {0x1p-484, 0x1.8p-484}};
    uint64_t seed = 5;
    (void)state;
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        fill(&seed, HOSTILE_KINDS, x, TINE__BATCH);
        fill(&seed, HOSTILE_KINDS, y, TINE__BATCH);
        for (size_t i = 0; i < (k % 2 ? TINE__BATCH : 3); i++) {
            size_t at = below(&seed, TINE__BATCH);
            x[at] = pairs[k][below(&seed, 2)];
            y[at] = x[at] == pairs[k][0] ? pairs[k][1] : pairs[k][0];
        }
        assert_as_one_by_one(x, y, TINE__BATCH);
    }
}

int main(void)
{
    int n_failed = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),          cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_specials),         cmocka_unit_test(test_extract),
        cmocka_unit_test(test_edges_of_windows), cmocka_unit_test(test_lost_products),
    };
    for (size_t i = 0; (loops = tine__exact_loops_at(i)) != NULL; i++)
        n_failed += cmocka_run_group_tests_name(loops->name, tests, NULL, NULL);
    return n_failed;
}
