/* QUANTILE against sorting, and against exact rational arithmetic. */
#include "reduce/aggregate.h"
#include "support/rational.h"
#include "table/array.h"
#include "unit/reduce/numbers.h"
#include "unit/table/counting.h"

enum { MAX_VALUES = 120 };

/* The values as a column, with nulls between them and, of doubles, NaN. */
static void make_column(tine__array *array, tine_type type, const void *values, size_t n)
{
    tine__array_init(array, type);
    assert_int_equal(tine__array_reserve(array, tine__heap(), 3 * n + 1, 0, NULL), TINE_OK);
    for (size_t i = 0; i < n; i++) {
        if (i % 3 == 0)
            tine__array_push_null(array);
        if (type == TINE_INT64) {
            tine__array_push_int64(array, ((const int64_t *)values)[i]);
            continue;
        }
        if (i % 7 == 0)
            tine__array_push_double(array, i % 2 ? NAN : -NAN);
        tine__array_push_double(array, ((const double *)values)[i]);
    }
}

/* By two states, each with a part of the rows. False: null. */
static bool quantile(tine_type type, const void *values, size_t n, double p, double *out)
{
    const tine__aggregate *g = tine__aggregate_find(TINE_QUANTILE, type);
    static _Alignas(64) unsigned char states[2][256];
    size_t n_left = n / 3, width = 8;
    tine__array result;
    tine__array_init(&result, TINE_DOUBLE);
    assert_true(g->size <= sizeof states[0]);
    for (int k = 0; k < 2; k++) {
        tine__array array;
        tine_column column;
        g->init(states[k]);
        make_column(&array, type, (const char *)values + (k ? n_left * width : 0),
                    k ? n - n_left : n_left);
        tine__array_view(&array, "x", &column);
        assert_int_equal(g->update(states[k], 0, NULL, &column, column.length, tine__heap()),
                         TINE_OK);
        tine__array_free(&array, tine__heap());
    }
    assert_int_equal(g->merge(states[0], states[1], tine__heap()), TINE_OK);
    assert_int_equal(g->finish_at(states[0], p, &result, tine__heap(), NULL), TINE_OK);
    tine_column column;
    tine__array_view(&result, "q", &column);
    bool found = !tine_is_null(&column, 0);
    *out = found ? *(const double *)column.values : 0;
    tine__array_free(&result, tine__heap());
    g->destroy(states[0], tine__heap());
    g->destroy(states[1], tine__heap());
    return found;
}

static double quantile_of(const double *x, size_t n, double p)
{
    double result;
    assert_true(quantile(TINE_DOUBLE, x, n, p, &result));
    return result;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : (signbit(y) != 0) - (signbit(x) != 0);
}

static int compare_ints(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* p * n in units of 2^-1074, as whole steps and the rest. */
static size_t split(double p, size_t n, ref_int *rest)
{
    size_t whole = 0;
    ref_int unit = ref_of_double(p), one = ref_of_uint64(1), n_int = ref_of_uint64(n);
    one = ref_shift(&one, 1074);
    *rest = ref_mul(&unit, &n_int);
    for (;; whole++) {
        ref_int less = ref_sub(rest, &one);
        if (less.negative)
            return whole;
        *rest = less;
    }
}

/* Whether the result is nearest to from + rest * (to - from), the three in units of 2^-1074. */
static void assert_between(double result, const ref_int *from, const ref_int *to,
                           const ref_int *rest)
{
    ref_int one = ref_of_uint64(1), step = ref_sub(to, from), moved = ref_mul(&step, rest);
    ref_int start = ref_shift(from, 1074), sum = ref_add(&start, &moved);
    assert_true(ref_is_nearest(result, &sum, &one, -2148));
}

static double random_p(uint64_t *seed)
{
    switch (below(seed, 5)) {
    case 0:
        return (double)below(seed, 5) / 4;
    case 1:
        return (double)below(seed, 101) / 100;
    case 2:
        return fabs(random_double(seed, 0, 1022));
    case 3:
        return 1 - 0x1p-53;
    default:
        return ldexp((double)(next_random(seed) >> 11), -53);
    }
}

static void test_doubles(void **state)
{
    uint64_t seed = 21;
    (void)state;
    for (int round = 0; round < 350; round++) {
        double x[MAX_VALUES], sorted[MAX_VALUES], p = random_p(&seed);
        size_t n = 1 + below(&seed, round % 2 ? 6 : MAX_VALUES);
        hostile_doubles(&seed, round % HOSTILE_KINDS, x, n);
        memcpy(sorted, x, sizeof x);
        qsort(sorted, n, sizeof *sorted, compare_doubles);
        fenv_t saved;
        enter_environment(round % ENVIRONMENTS, &saved);
        double result = quantile_of(x, n, p);
        fesetenv(&saved);
        ref_int rest;
        size_t whole = split(p, n - 1, &rest);
        if (rest.n == 0) {
            assert_same_double(result, sorted[whole]);
            continue;
        }
        ref_int from = ref_of_double(sorted[whole]), to = ref_of_double(sorted[whole + 1]);
        assert_between(result, &from, &to, &rest);
    }
}

static void test_ints(void **state)
{
    uint64_t seed = 22;
    (void)state;
    for (int round = 0; round < 200; round++) {
        int64_t x[MAX_VALUES];
        double p = random_p(&seed), result;
        size_t n = 1 + below(&seed, round % 2 ? 6 : MAX_VALUES);
        for (size_t i = 0; i < n; i++)
            x[i] = (int64_t)next_random(&seed) >> below(&seed, 64);
        x[0] = round % 3 ? x[0] : round % 2 ? INT64_MIN : INT64_MAX;
        assert_true(quantile(TINE_INT64, x, n, p, &result));
        qsort(x, n, sizeof *x, compare_ints);
        ref_int rest;
        size_t whole = split(p, n - 1, &rest), next = whole + 1 < n ? whole + 1 : whole;
        ref_int from = ref_of_int64(x[whole]), to = ref_of_int64(x[next]);
        from = ref_shift(&from, 1074);
        to = ref_shift(&to, 1074);
        assert_between(result, &from, &to, &rest);
    }
}

static void test_by_hand(void **state)
{
    const double x[] = {3, 1, 4, 1, 5, 9, 2, 6};
    (void)state;
    assert_same_double(quantile_of(x, 8, 0), 1.0);
    assert_same_double(quantile_of(x, 8, 1), 9.0);
    assert_same_double(quantile_of(x, 8, 0.5), 3.5);
    assert_same_double(quantile_of(x, 8, 0.25), 1.75);
    assert_same_double(quantile_of(x, 7, 0.5), 3.0);
    assert_same_double(quantile_of(x, 1, 0.3), 3.0);
}

static void test_zeros(void **state)
{
    const double zeros[] = {0.0, -0.0, -0.0}, mixed[] = {-1, 1};
    (void)state;
    assert_same_double(quantile_of(zeros, 3, 0.5), -0.0);
    assert_same_double(quantile_of(zeros, 3, 1), 0.0);
    assert_same_double(quantile_of(zeros, 3, 0.75), 0.0); /* half-way: an exact zero */
    assert_same_double(quantile_of(mixed, 2, 0.5), 0.0);
    assert_same_double(quantile_of(mixed, 2, -0.0), -1.0);
}

static void test_infinities(void **state)
{
    const double x[] = {-INFINITY, INFINITY, 1, INFINITY}, both[] = {INFINITY, -INFINITY};
    (void)state;
    assert_same_double(quantile_of(x, 4, 0), -INFINITY);
    assert_same_double(quantile_of(x, 4, 0.1), -INFINITY);
    assert_same_double(quantile_of(x, 4, 0.5), INFINITY);
    assert_same_double(quantile_of(x, 4, 0.9), INFINITY);
    assert_int_equal(bits_of(quantile_of(both, 2, 0.5)), NAN_BITS);
}

static void test_overflow_on_the_way(void **state)
{
    const double x[] = {-0x1.fffffffffffffp1023, 0x1.fffffffffffffp1023};
    const double tiny[] = {0, TINIEST};
    (void)state;
    assert_same_double(quantile_of(x, 2, 0.75), 0x1.fffffffffffffp1022);
    assert_same_double(quantile_of(tiny, 2, 0.5), 0.0);
    assert_same_double(quantile_of(tiny, 2, 0.75), TINIEST);
    assert_same_double(quantile_of(tiny, 2, TINIEST), 0.0);
}

static void test_nothing(void **state)
{
    const double nan[] = {NAN, NAN};
    double result;
    (void)state;
    assert_false(quantile(TINE_DOUBLE, NULL, 0, 0.5, &result));
    assert_false(quantile(TINE_INT64, NULL, 0, 0.5, &result));
    assert_false(quantile(TINE_DOUBLE, nan, 2, 0.5, &result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),    cmocka_unit_test(test_zeros),
        cmocka_unit_test(test_infinities), cmocka_unit_test(test_overflow_on_the_way),
        cmocka_unit_test(test_nothing),    cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_ints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
