/* Exact arithmetic over arrays in memory, one thread, beside what one would write otherwise: a
 * plain loop in vectors of four (AVX2 on x86-64). The two take turns. Every exact result is
 * compared with what is known from how the array was made.
 *
 *     bench_exact [ELEMENTS]
 */
#include "bench.h"
#include "reduce/dot.h"
#include "reduce/moments.h"

#include <math.h>
#include <sys/mman.h>

#if defined __x86_64__
#define PLAIN __attribute__((target("avx2"), noinline))
#define CAN_RUN __builtin_cpu_supports("avx2")
#else
#define PLAIN __attribute__((noinline))
#define CAN_RUN true
#endif

__extension__ typedef __int128 wide;
typedef double four __attribute__((vector_size(32)));
typedef four unaligned_four __attribute__((aligned(8), may_alias));

enum { UNROLLED = 8 };

typedef struct arrays {
    size_t n; /* a multiple of 32 */
    double *x, *y;
} arrays;

/* ---- what is measured: each result is folded into one number ---- */

static PLAIN double plain_sum(const arrays *a)
{
    four sums[UNROLLED] = {{0}};
    for (size_t i = 0; i < a->n; i += 4 * UNROLLED)
        for (size_t k = 0; k < UNROLLED; k++)
            sums[k] += *(const unaligned_four *)(a->x + i + 4 * k);
    for (size_t k = 1; k < UNROLLED; k++)
        sums[0] += sums[k];
    return sums[0][0] + sums[0][1] + sums[0][2] + sums[0][3];
}

static double exact_sum(const arrays *a)
{
    return tine_exact_sum(a->x, a->n);
}

/* The variance, as it is mostly written. */
static PLAIN double plain_variance(const arrays *a)
{
    four sums[UNROLLED] = {{0}}, squares[UNROLLED] = {{0}};
    for (size_t i = 0; i < a->n; i += 4 * UNROLLED)
        for (size_t k = 0; k < UNROLLED; k++) {
            const four x = *(const unaligned_four *)(a->x + i + 4 * k);
            sums[k] += x;
            squares[k] += x * x;
        }
    for (size_t k = 1; k < UNROLLED; k++) {
        sums[0] += sums[k];
        squares[0] += squares[k];
    }
    const double n = (double)a->n, sum = sums[0][0] + sums[0][1] + sums[0][2] + sums[0][3];
    const double square = squares[0][0] + squares[0][1] + squares[0][2] + squares[0][3];
    return (square - sum * sum / n) / (n - 1);
}

static double exact_variance(const arrays *a)
{
    tine__moments moments = {.sum.n = 0};
    double variance = 0;
    tine__moments_add_array(&moments, a->x, a->n);
    tine__moments_var(&moments, &variance);
    return variance;
}

static double careful_variance(const arrays *a)
{
    tine__moments moments = {.sum.n = 0};
    double variance = 0;
    for (size_t i = 0; i < a->n; i++)
        tine__moments_add(&moments, a->x[i]);
    tine__moments_var(&moments, &variance);
    return variance;
}

static PLAIN double plain_dot(const arrays *a)
{
    four sums[UNROLLED] = {{0}};
    for (size_t i = 0; i < a->n; i += 4 * UNROLLED)
        for (size_t k = 0; k < UNROLLED; k++)
            sums[k] += *(const unaligned_four *)(a->x + i + 4 * k) *
                       *(const unaligned_four *)(a->y + i + 4 * k);
    for (size_t k = 1; k < UNROLLED; k++)
        sums[0] += sums[k];
    return sums[0][0] + sums[0][1] + sums[0][2] + sums[0][3];
}

static double exact_dot(const arrays *a)
{
    return tine_exact_dot(a->x, a->y, a->n);
}

static double careful_dot(const arrays *a)
{
    tine__dot dot = {.pending = 0};
    for (size_t i = 0; i < a->n; i++)
        tine__dot_add(&dot, a->x[i], a->y[i]);
    return tine__dot_sum(&dot);
}

/* ---- arrays whose sums are known ---- */

/* SplitMix64 (Steele, Lea, Flood 2014) of a counter. */
static uint64_t random_at(uint64_t i)
{
    uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 53 random bits and a sign, as an integer. */
static int64_t integer_at(uint64_t i)
{
    return (int64_t)random_at(i) >> 10;
}

typedef enum bench_kind {
    ALIKE,    /* random, of the magnitude of 100 */
    OUTLIERS, /* but for one in a thousand, of 1e300 or 1e-300 */
    FAR,      /* half of them are of the magnitude of 1e300, half of 1e-300 */
    ANYTHING, /* any exponent */
    N_KINDS
} bench_kind;

static const char *const names[] = {"alike", "outliers", "far", "anything"};

/* An element that its mirror image in the array cancels; 0: element i is to be a plain one. */
static double cancelling_at(bench_kind kind, uint64_t i)
{
    uint64_t random = random_at(~i);
    double mantissa = ldexp((double)integer_at(i), -53);
    if (kind == OUTLIERS && random % 1000 == 0)
        return ldexp(mantissa, random & 1024 ? 996 : -996);
    if (kind == FAR && random & 1)
        return ldexp(mantissa, 996);
    if (kind == ANYTHING)
        return ldexp(mantissa, (int)(random % 2000) - 980);
    return 0;
}

/* Fills x; returns its sum. Plain elements are integers of 53 bits at one scale. */
static double fill(double *x, size_t n, bench_kind kind)
{
    wide sum = 0;
    const int scale = kind == FAR ? -1050 : -46;
    for (size_t i = 0; i < n / 2; i++) {
        const double cancelling = cancelling_at(kind, i);
        const int64_t first = integer_at(i), last = integer_at(n - 1 - i);
        x[i] = cancelling != 0 ? cancelling : ldexp((double)first, scale);
        x[n - 1 - i] = cancelling != 0 ? -cancelling : ldexp((double)last, scale);
        sum += cancelling != 0 ? 0 : (wide)first + last;
    }
    return ldexp((double)sum, scale);
}

/* ---- */

typedef double compute(const arrays *a);

static double seconds_of(compute *run, const arrays *a, volatile double *result)
{
    const double began = bench_now();
    *result = run(a);
    return bench_now() - began;
}

static void report(const char *what, const char *kind, const arrays *a, compute *plain,
                   compute *exact, double expected)
{
    double plain_seconds[BENCH_RUNS], exact_seconds[BENCH_RUNS];
    volatile double result;
    for (size_t i = 0; i < BENCH_RUNS; i++) {
        plain_seconds[i] = seconds_of(plain, a, &result);
        exact_seconds[i] = seconds_of(exact, a, &result);
        if (result != expected)
            bench_fail("%s of %s is %.17g, not %.17g", what, kind, result, expected);
    }
    qsort(plain_seconds, BENCH_RUNS, sizeof *plain_seconds, bench_compare);
    qsort(exact_seconds, BENCH_RUNS, sizeof *exact_seconds, bench_compare);
    const double p = plain_seconds[BENCH_RUNS / 2], e = exact_seconds[BENCH_RUNS / 2];
    bench_report(p / (double)a->n * 1e9, "ns", "exact.%s.%s.plain", what, kind);
    bench_report(e / (double)a->n * 1e9, "ns", "exact.%s.%s.exact", what, kind);
    bench_report(e / p, "x", "exact.%s.%s.ratio", what, kind);
}

static double *doubles(size_t n)
{
    void *p =
        mmap(NULL, n * sizeof(double), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        bench_fail("no memory for %zu doubles", n);
    madvise(p, n * sizeof(double), MADV_HUGEPAGE);
    return p;
}

int main(int argc, char **argv)
{
    arrays a = {.n = (argc > 1 ? strtoull(argv[1], NULL, 10) : 20000000) / 32 * 32};
    if (!CAN_RUN)
        bench_fail("the plain loops need AVX2");
    a.x = doubles(a.n);
    a.y = doubles(a.n);
    for (bench_kind kind = 0; kind < N_KINDS; kind++) {
        const double sum = fill(a.x, a.n, kind);
        report("sum", names[kind], &a, plain_sum, exact_sum, sum);
    }
    fill(a.x, a.n, ALIKE);
    report("variance", names[ALIKE], &a, plain_variance, exact_variance, careful_variance(&a));
    fill(a.y, a.n, OUTLIERS);
    report("dot", names[OUTLIERS], &a, plain_dot, exact_dot, careful_dot(&a));
    fill(a.y, a.n, ALIKE);
    report("dot", names[ALIKE], &a, plain_dot, exact_dot, careful_dot(&a));
    munmap(a.x, a.n * sizeof(double));
    munmap(a.y, a.n * sizeof(double));
    return 0;
}
