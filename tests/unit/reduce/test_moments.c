/* Sums, means, variances and standard deviations together: they stand on the same accumulators. */
#include "reduce/moments.h"
#include "support/rational.h"
#include "unit/reduce/numbers.h"

#include <float.h>

#define MOST 600

typedef struct reference {
    ref_int sum, squares;
    uint64_t n;
} reference;

static reference reference_of(const double *x, size_t n)
{
    reference r = {.n = n};
    for (size_t i = 0; i < n; i++) {
        ref_int value = ref_of_double(x[i]), square = ref_mul(&value, &value);
        r.sum = ref_add(&r.sum, &value);
        r.squares = ref_add(&r.squares, &square);
    }
    return r;
}

/* All four results, null as a pattern that no result has. */
typedef struct results {
    uint64_t sum, mean, var, std;
} results;

static uint64_t bits_or_null(bool any, double value)
{
    return any ? bits_of(value) : UINT64_MAX;
}

static results results_of(const tine__moments *m)
{
    double sum = 0, mean = 0, var = 0, std = 0;
    bool any[4] = {tine__exact_sum(&m->sum, &sum), tine__exact_mean(&m->sum, &mean),
                   tine__moments_var(m, &var), tine__moments_std(m, &std)};
    return (results){bits_or_null(any[0], sum), bits_or_null(any[1], mean),
                     bits_or_null(any[2], var), bits_or_null(any[3], std)};
}

static tine__moments moments_of(const double *x, size_t n)
{
    tine__moments m = {0};
    for (size_t i = 0; i < n; i++)
        tine__moments_add(&m, x[i]);
    return m;
}

static void assert_rounded(const tine__moments *m, const reference *r)
{
    double out;
    ref_int one = ref_of_uint64(1), n = ref_of_uint64(r->n), less = ref_of_uint64(r->n - 1);
    assert_true(tine__exact_sum(&m->sum, &out));
    assert_true(ref_is_nearest(out, &r->sum, &one, -1074));
    assert_true(tine__exact_mean(&m->sum, &out));
    assert_true(ref_is_nearest(out, &r->sum, &n, -1074));
    if (r->n < 2) {
        assert_false(tine__moments_var(m, &out));
        assert_false(tine__moments_std(m, &out));
        return;
    }
    ref_int scaled = ref_mul(&r->squares, &n), square = ref_mul(&r->sum, &r->sum);
    ref_int numerator = ref_sub(&scaled, &square), denominator = ref_mul(&n, &less);
    assert_true(tine__moments_var(m, &out));
    assert_true(ref_is_nearest(out, &numerator, &denominator, -2148));
    assert_true(tine__moments_std(m, &out));
    assert_true(ref_is_nearest_root(out, &numerator, &denominator, -2148));
}

static void test_against_reference(void **state)
{
    double x[MOST];
    uint64_t seed = 1;
    (void)state;
    for (int round = 0; round < 40 * HOSTILE_KINDS; round++) {
        size_t n = 1 + below(&seed, round % 4 ? 9 : 200);
        hostile_doubles(&seed, round % HOSTILE_KINDS, x, n);
        shuffle_doubles(&seed, x, n);
        tine__moments m = moments_of(x, n);
        reference r = reference_of(x, n);
        assert_rounded(&m, &r);
    }
}

/* Cuts x into up to 16 parts and merges them in a random order. */
static results cut_and_merge(uint64_t *seed, const double *x, size_t n)
{
    static tine__moments part[16];
    size_t parts = 1 + below(seed, 16);
    memset(part, 0, sizeof part);
    for (size_t i = 0; i < n; i++)
        tine__moments_add(&part[below(seed, parts)], x[i]);
    for (; parts > 1; parts--) {
        size_t from = below(seed, parts), to = below(seed, parts - 1);
        to += to >= from;
        tine__moments_merge(&part[to], &part[from]);
        part[from] = part[parts - 1];
    }
    return results_of(&part[0]);
}

static void test_any_order_and_cut(void **state)
{
    double x[MOST];
    uint64_t seed = 2;
    (void)state;
    for (int round = 0; round < 30 * HOSTILE_KINDS; round++) {
        size_t n = below(&seed, MOST);
        hostile_doubles(&seed, round % HOSTILE_KINDS, x, n);
        if (n && round % 11 == 0)
            x[below(&seed, n)] = round % 2 ? NAN : INFINITY;
        tine__moments m = moments_of(x, n);
        results expected = results_of(&m);
        shuffle_doubles(&seed, x, n);
        results actual = cut_and_merge(&seed, x, n);
        assert_memory_equal(&actual, &expected, sizeof expected);
    }
}

static void test_any_environment(void **state)
{
    double x[MOST];
    uint64_t seed = 3;
    (void)state;
    for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
        hostile_doubles(&seed, kind, x, MOST);
        tine__moments m = moments_of(x, MOST);
        results expected = results_of(&m);
        for (int e = 1; e < ENVIRONMENTS; e++) {
            fenv_t saved;
            enter_environment(e, &saved);
            m = moments_of(x, MOST);
            results actual = results_of(&m);
            fesetenv(&saved);
            assert_memory_equal(&actual, &expected, sizeof expected);
        }
    }
}

/* The values that move a chunk most: all ones, shifted as far as they go within their chunk. */
static double heaviest(bool negative)
{
    double x =
        ldexp(DBL_MAX, -30); /* biased exponent 2016: position 2015, 31 above a chunk's foot */
    return negative ? -x : x;
}

static void test_no_chunk_overflows(void **state)
{
    const size_t n = 10000000;
    (void)state;
    for (int negative = 0; negative < 2; negative++) {
        tine__moments m = {0};
        double mean, var;
        for (size_t i = 0; i < n; i++)
            tine__moments_add(&m, heaviest(negative));
        tine__exact_mean(&m.sum, &mean);
        tine__moments_var(&m, &var);
        assert_same_double(mean, heaviest(negative));
        assert_same_double(var, 0.0);
    }
    tine__exact largest = {0};
    double mean;
    for (size_t i = 0; i < n; i++)
        tine__exact_add(&largest, DBL_MAX);
    tine__exact_mean(&largest, &mean);
    assert_same_double(mean, DBL_MAX);
}

/* Both sides of a merge as full as they may be; and then doubled until n is 2^62. */
static void test_full_merges(void **state)
{
    tine__moments m = {0}, full = {0};
    double mean, var;
    (void)state;
    while (full.sum.pending < TINE__CHUNK_PENDING - 1)
        tine__moments_add(&full, -heaviest(false));
    for (int i = 0; i < 3; i++)
        tine__moments_merge(&m, &full);
    while (m.sum.pending < TINE__CHUNK_PENDING - 1)
        tine__moments_add(&m, -heaviest(false));
    tine__moments_merge(&m, &full);
    while (m.sum.n < UINT64_C(1) << 62) {
        full = m;
        tine__moments_merge(&m, &full);
    }
    tine__exact_mean(&m.sum, &mean);
    tine__moments_var(&m, &var);
    assert_same_double(mean, -heaviest(false));
    assert_same_double(var, 0.0);
}

static void test_moments_known(void **state)
{
    double out;
    (void)state;
    tine__moments m = moments_of((const double[]){2, 4, 4, 4, 5, 5, 7, 9}, 8);
    assert_true(tine__moments_var(&m, &out));
    assert_same_double(out, 32.0 / 7);
    m = moments_of((const double[]){1, 2, 3}, 3);
    assert_true(tine__moments_std(&m, &out));
    assert_same_double(out, 1.0);
    /* The root of the rounded variance would be 0 and infinity. */
    m = moments_of((const double[]){0, TINIEST, 0, TINIEST}, 4);
    assert_true(tine__moments_var(&m, &out));
    assert_same_double(out, 0.0);
    assert_true(tine__moments_std(&m, &out));
    assert_same_double(out, TINIEST);
    m = moments_of((const double[]){DBL_MAX / 2, -DBL_MAX / 2}, 2);
    assert_true(tine__moments_var(&m, &out));
    assert_same_double(out, INFINITY);
    assert_true(tine__moments_std(&m, &out));
    assert_true(out > DBL_MAX / 2 && out < DBL_MAX);
    m = moments_of((const double[]){INFINITY, 1}, 2);
    assert_true(tine__moments_std(&m, &out));
    assert_int_equal(bits_of(out), NAN_BITS);
    m = moments_of((const double[]){NAN}, 1);
    assert_false(tine__moments_var(&m, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments_known),      cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_any_order_and_cut),  cmocka_unit_test(test_any_environment),
        cmocka_unit_test(test_no_chunk_overflows), cmocka_unit_test(test_full_merges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
