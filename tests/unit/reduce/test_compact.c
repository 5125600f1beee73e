/* Compact sums against the wide ones. */
#include "reduce/compact.h"
#include "unit/reduce/numbers.h"
#include "unit/table/counting.h"

#include <float.h>

enum { MOST = 1200, PARTS = 8 };

/* The four results, null as a pattern that no result has. */
typedef struct results {
    uint64_t bits[4];
} results;

static uint64_t bits_or_null(bool any, const double *value)
{
    return any ? bits_of(*value) : UINT64_MAX;
}

static results results_of(const tine__compact *c, const tine__compact_moments *m)
{
    results r;
    double out = 0;
    r.bits[0] = bits_or_null(tine__compact_sum(c, &out), &out);
    r.bits[1] = bits_or_null(tine__compact_mean(c, &out), &out);
    r.bits[2] = bits_or_null(tine__compact_moments_var(m, &out), &out);
    r.bits[3] = bits_or_null(tine__compact_moments_std(m, &out), &out);
    return r;
}

static results expected_of(const double *x, size_t n)
{
    tine__moments m = {.sum.n = 0};
    results r;
    double out = 0;
    for (size_t i = 0; i < n; i++)
        tine__moments_add(&m, x[i]);
    r.bits[0] = bits_or_null(tine__exact_sum(&m.sum, &out), &out);
    r.bits[1] = bits_or_null(tine__exact_mean(&m.sum, &out), &out);
    r.bits[2] = bits_or_null(tine__moments_var(&m, &out), &out);
    r.bits[3] = bits_or_null(tine__moments_std(&m, &out), &out);
    return r;
}

typedef struct pair {
    tine__compact c;
    tine__compact_moments m;
} pair;

static const pair nothing = {TINE__COMPACT_INIT, TINE__COMPACT_MOMENTS_INIT};

static tine_status add(pair *to, double x, const tine_allocator *a)
{
    tine_status status = tine__compact_add(&to->c, x, a);
    return status == TINE_OK ? tine__compact_moments_add(&to->m, x, a) : status;
}

static tine_status add_array(pair *to, const double *x, size_t n, const tine_allocator *a)
{
    tine_status status = tine__compact_add_array(&to->c, x, n, a);
    return status == TINE_OK ? tine__compact_moments_add_array(&to->m, x, n, a) : status;
}

static tine_status merge(pair *to, const pair *from, const tine_allocator *a)
{
    tine_status status = tine__compact_merge(&to->c, &from->c, a);
    return status == TINE_OK ? tine__compact_moments_merge(&to->m, &from->m, a) : status;
}

static void destroy(pair *p, const tine_allocator *a)
{
    tine__compact_destroy(&p->c, a);
    tine__compact_moments_destroy(&p->m, a);
}

/* Parts that are fed by value and by array, merged in a random order. */
static tine_status cut_and_merge(uint64_t *seed, const double *x, size_t n, pair parts[PARTS],
                                 const tine_allocator *a)
{
    tine_status status = TINE_OK;
    size_t half = n / 2, left = PARTS;
    for (size_t i = 0; i < PARTS; i++)
        parts[i] = nothing;
    for (size_t i = 0; status == TINE_OK && i < half; i++)
        status = add(&parts[below(seed, PARTS)], x[i], a);
    if (status == TINE_OK)
        status = add_array(&parts[below(seed, PARTS)], x + half, n - half, a);
    for (; status == TINE_OK && left > 1; left--)
        status = merge(&parts[below(seed, left - 1)], &parts[left - 1], a);
    return status;
}

static void fill(uint64_t *seed, int round, double *x, size_t n)
{
    const double specials[] = {NAN, INFINITY, -INFINITY};
    int kind = round % (HOSTILE_KINDS + 2);
    if (kind < HOSTILE_KINDS)
        hostile_doubles(seed, kind, x, n);
    for (size_t i = 0; kind >= HOSTILE_KINDS && i < n; i++)
        x[i] = below(seed, 3) ? random_double(seed, 1020, kind == HOSTILE_KINDS ? 5 : 40) : 0.0;
    for (size_t i = 0; round % 7 == 0 && i < below(seed, 3) && i < n; i++)
        x[below(seed, n)] = specials[below(seed, 3)];
}

static void test_against_wide(void **state)
{
    double x[MOST];
    pair parts[PARTS];
    counting_allocator c;
    uint64_t seed = 1;
    (void)state;
    counting_init(&c);
    for (int round = 0; round < 500; round++) {
        size_t n = below(&seed, round % 5 ? 40 : MOST);
        fill(&seed, round, x, n);
        results expected = expected_of(x, n);
        assert_int_equal(cut_and_merge(&seed, x, n, parts, &c.allocator), TINE_OK);
        results actual = results_of(&parts[0].c, &parts[0].m);
        assert_memory_equal(&actual, &expected, sizeof expected);
        for (size_t i = 0; i < PARTS; i++)
            destroy(&parts[i], &c.allocator);
    }
    counting_assert_empty(&c);
}

/* Values of the same few binary orders, and zeros, need no memory; not even in short arrays. */
static void test_usual_case(void **state)
{
    pair p = nothing;
    counting_allocator c;
    uint64_t seed = 2;
    double x[30];
    (void)state;
    counting_init(&c);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(add(&p, i % 10 ? random_double(&seed, 1018, 12) : 0, &c.allocator),
                         TINE_OK);
    for (size_t i = 0; i < 30; i++)
        x[i] = random_double(&seed, 1018, 12);
    assert_int_equal(add_array(&p, x, 30, &c.allocator), TINE_OK);
    assert_null(p.c.wide);
    assert_null(p.m.x.wide);
    counting_assert_empty(&c);
}

/* Doubled until there are 2^40 of them, past what a compact one counts. */
static void test_many(void **state)
{
    const double values[] = {DBL_MAX, -DBL_MAX, TINIEST, -1 / 3.0, 0.0, -0x1.fffffffffffffp20};
    counting_allocator c;
    (void)state;
    counting_init(&c);
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
        pair p = nothing;
        assert_int_equal(add(&p, values[k], &c.allocator), TINE_OK);
        for (int i = 0; i < 40; i++) {
            pair copy = p;
            if (p.c.wide) { /* a state is not merged into itself */
                copy = nothing;
                assert_int_equal(merge(&copy, &p, &c.allocator), TINE_OK);
            }
            assert_int_equal(merge(&p, &copy, &c.allocator), TINE_OK);
            if (copy.c.wide)
                destroy(&copy, &c.allocator);
        }
        results r = results_of(&p.c, &p.m);
        assert_int_equal(r.bits[1], bits_of(values[k]));
        assert_int_equal(r.bits[2], 0);
        assert_int_equal(r.bits[3], 0);
        destroy(&p, &c.allocator);
    }
    counting_assert_empty(&c);
}

/* States whose units differ are merged into the lower one, and need no memory for that. */
static void test_units_that_differ(void **state)
{
    counting_allocator c;
    double x[64];
    uint64_t seed = 5;
    (void)state;
    counting_init(&c);
    for (int round = 0; round < 200; round++) {
        size_t n = 0;
        pair parts[8];
        for (size_t i = 0; i < 8; i++) {
            parts[i] = nothing;
            for (size_t k = 0; k < below(&seed, 8); k++) {
                x[n] = random_double(&seed, 1018 + 3 * (int)i, 3);
                assert_int_equal(add(&parts[i], x[n++], &c.allocator), TINE_OK);
            }
        }
        results expected = expected_of(x, n);
        for (size_t left = 8; left > 1; left--)
            assert_int_equal(merge(&parts[below(&seed, left - 1)], &parts[left - 1], &c.allocator),
                             TINE_OK);
        results actual = results_of(&parts[0].c, &parts[0].m);
        assert_memory_equal(&actual, &expected, sizeof expected);
        counting_assert_empty(&c);
    }
}

/* Sums at the edge of their limbs, shifted and merged again and again. */
static void test_units_that_differ_much(void **state)
{
    counting_allocator c;
    (void)state;
    counting_init(&c);
    for (int step = 1; step < 80; step++)
        for (int sign = -1; sign <= 1; sign += 2) {
            pair p = nothing;
            double x[40];
            for (int i = 0; i < 40; i++) {
                pair one = nothing;
                x[i] = sign * ldexp(1 + i / 64.0, 900 - step * i);
                assert_int_equal(add(&one, x[i], &c.allocator), TINE_OK);
                assert_int_equal(merge(&p, &one, &c.allocator), TINE_OK);
                destroy(&one, &c.allocator);
            }
            results expected = expected_of(x, 40);
            results actual = results_of(&p.c, &p.m);
            assert_memory_equal(&actual, &expected, sizeof expected);
            destroy(&p, &c.allocator);
        }
    counting_assert_empty(&c);
}

static void test_full(void **state)
{
    pair p = nothing;
    counting_allocator c;
    double mean;
    (void)state;
    counting_init(&c);
    assert_int_equal(add(&p, 0.0, &c.allocator), TINE_OK);
    p.c.n = p.m.x.n = UINT32_MAX - 1; /* zeros */
    for (int i = 0; i < 3; i++)
        assert_int_equal(add(&p, 0x1p32 + 1, &c.allocator), TINE_OK);
    assert_non_null(p.c.wide);
    assert_true(tine__compact_mean(&p.c, &mean));
    assert_same_double(mean, 3.0);
    destroy(&p, &c.allocator);
    counting_assert_empty(&c);
}

static void test_no_memory(void **state)
{
    double x[MOST];
    pair parts[PARTS];
    counting_allocator c;
    (void)state;
    counting_init(&c);
    tine_status status = TINE_ENOMEM;
    for (size_t fail_at = 1; status != TINE_OK; fail_at++) {
        uint64_t seed = 3;
        hostile_doubles(&seed, 0, x, MOST);
        counting_fail_at(&c, fail_at);
        status = cut_and_merge(&seed, x, MOST, parts, &c.allocator);
        assert_true(status == TINE_OK || status == TINE_ENOMEM);
        for (size_t i = 0; i < PARTS; i++)
            destroy(&parts[i], &c.allocator);
        counting_assert_empty(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_wide),
        cmocka_unit_test(test_usual_case),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_units_that_differ),
        cmocka_unit_test(test_units_that_differ_much),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
