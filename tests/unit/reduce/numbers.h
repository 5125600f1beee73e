/* Hostile numbers, and the floating-point environments that must not show in a result. */
#ifndef TINE_TESTS_NUMBERS_H
#define TINE_TESTS_NUMBERS_H
#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif
#include <cmocka.h>

#define NAN_BITS UINT64_C(0x7ff8000000000000)
#define TINIEST 4.9406564584124654e-324 /* 2^-1074 */

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

#define assert_same_double(a, b) assert_int_equal(bits_of(a), bits_of(b))

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline size_t below(uint64_t *state, size_t n)
{
    return (size_t)(next_random(state) % n);
}

/* A finite double whose biased exponent is in [least, least + span). */
static inline double random_double(uint64_t *state, unsigned least, unsigned span)
{
    uint64_t bits = next_random(state) & UINT64_C(0x800fffffffffffff);
    bits |= (uint64_t)(least + below(state, span)) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

enum { HOSTILE_KINDS = 7 };

/* n numbers of one of the kinds of trouble. */
static inline void hostile_doubles(uint64_t *state, int kind, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (kind) {
        case 0: /* anything finite */
            x[i] = random_double(state, 0, 2047);
            break;
        case 1: /* subnormals and the least normals */
            x[i] = random_double(state, 0, 3);
            break;
        case 2: /* sums beyond the largest double on the way */
            x[i] = random_double(state, 2040, 7);
            break;
        case 3: /* everything cancels but a little */
            x[i] = i % 2 ? -x[i - 1] : random_double(state, 1000, 200);
            break;
        case 4: /* close to one another: the variance cancels */
            x[i] = 1e15 + (double)below(state, 8) / 8;
            break;
        case 5: /* short numbers: sums with ties, exact roots */
            x[i] = (double)below(state, 5);
            break;
        default: /* far apart */
            x[i] = ldexp(i % 3 ? 1 : -1, below(state, 2) ? 996 : -996 + (int)below(state, 60));
        }
    }
    if (kind == 3 && n > 2)
        x[n - 1] = random_double(state, 900, 5);
}

static inline void shuffle_doubles(uint64_t *state, double *x, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = below(state, i);
        double held = x[j];
        x[j] = x[i - 1];
        x[i - 1] = held;
    }
}

enum { ENVIRONMENTS = 5 };

static inline void enter_environment(int which, fenv_t *saved)
{
    fegetenv(saved);
    if (which == 1)
        fesetround(FE_UPWARD);
    if (which == 2)
        fesetround(FE_DOWNWARD);
    if (which == 3)
        fesetround(FE_TOWARDZERO);
#ifdef __SSE2__
    if (which == 4)
        _mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero */
#endif
}

#endif
