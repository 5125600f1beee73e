/* Any bytes as doubles: their exact sum, by every instruction set and merged at any cut, must be
 * the double nearest to what integers of any size add up to; and dot products likewise. Byte 0 says
 * where to cut. */
#include "levels.h"
#include "reduce/exact.h"
#include "support/rational.h"
#include <tine.h>

#include <stdlib.h>
#include <string.h>

enum { MAX_DOUBLES = 4096, MAX_PRODUCTS = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* A number far from all others is as good as infinity, which is tested elsewhere. */
static bool is_finite(double x)
{
    return x - x == 0;
}

static ref_int sum_of(const double *x, size_t n)
{
    ref_int sum = ref_of_int64(0);
    for (size_t i = 0; i < n; i++) {
        const ref_int term = ref_of_double(x[i]);
        sum = ref_add(&sum, &term);
    }
    return sum;
}

static ref_int dot_of(const double *x, const double *y, size_t n)
{
    ref_int sum = ref_of_int64(0);
    for (size_t i = 0; i < n; i++) {
        const ref_int a = ref_of_double(x[i]), b = ref_of_double(y[i]);
        const ref_int term = ref_mul(&a, &b);
        sum = ref_add(&sum, &term);
    }
    return sum;
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* In two parts, and one by one. */
static void check_cut(const double *x, size_t n, size_t cut, double expected)
{
    tine__exact left = {.n = 0}, right = {.n = 0}, single = {.n = 0};
    double sum;
    tine__exact_add_array(&left, x, cut);
    tine__exact_add_array(&right, x + cut, n - cut);
    tine__exact_merge(&left, &right);
    require(tine__exact_sum(&left, &sum) == (n > 0) || n == 0);
    require(n == 0 || same(sum, expected));
    for (size_t i = 0; i < n; i++)
        tine__exact_add(&single, x[i]);
    tine__exact_sum(&single, &sum);
    require(n == 0 || same(sum, expected));
}

static void check(const double *x, size_t n, size_t cut)
{
    const ref_int one = ref_of_int64(1), sum = sum_of(x, n);
    const size_t half = n / 2 < MAX_PRODUCTS ? n / 2 : MAX_PRODUCTS;
    const ref_int dot = dot_of(x, x + half, half);
    for (size_t level = 0; levels_hide(level); level++) {
        const double found = tine_exact_sum(x, n);
        require(ref_is_nearest(found, &sum, &one, -1074));
        require(ref_is_nearest(tine_exact_dot(x, x + half, half), &dot, &one, 2 * -1074));
        check_cut(x, n, cut, found);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static double x[MAX_DOUBLES];
    size_t n = 0;
    for (size_t at = 1; at + sizeof *x <= size && n < MAX_DOUBLES; at += sizeof *x) {
        memcpy(&x[n], data + at, sizeof *x);
        n += is_finite(x[n]);
    }
    if (size > 0)
        check(x, n, n > 0 ? data[0] * n / 256 : 0);
    return 0;
}
