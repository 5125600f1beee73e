#include "support/rational.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void trim(ref_int *x)
{
    while (x->n && x->digit[x->n - 1] == 0)
        x->n--;
    x->negative = x->negative && x->n;
}

ref_int ref_of_uint64(uint64_t value)
{
    ref_int x = {.n = 2, .digit = {(uint32_t)value, (uint32_t)(value >> 32)}};
    trim(&x);
    return x;
}

ref_int ref_of_int64(int64_t value)
{
    ref_int x = ref_of_uint64(value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    x.negative = value < 0;
    return x;
}

ref_int ref_of_double(double value)
{
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
    int shift = exponent - 53 + 1074;
    if (shift < 0) { /* a subnormal: what is shifted out is 0 */
        mantissa >>= -shift;
        shift = 0;
    }
    ref_int x = ref_of_uint64(mantissa);
    x = ref_shift(&x, (size_t)shift);
    x.negative = value < 0;
    return x;
}

ref_int ref_shift(const ref_int *x, size_t bits)
{
    size_t digits = bits / 32, rest = bits % 32;
    ref_int out = {.negative = x->negative, .n = x->n + digits + 1};
    assert(out.n <= REF_DIGITS);
    for (size_t i = 0; i < x->n; i++) {
        uint64_t wide = (uint64_t)x->digit[i] << rest;
        out.digit[i + digits] |= (uint32_t)wide;
        out.digit[i + digits + 1] = (uint32_t)(wide >> 32);
    }
    trim(&out);
    return out;
}

static int compare_magnitude(const ref_int *a, const ref_int *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i-- > 0;)
        if (a->digit[i] != b->digit[i])
            return a->digit[i] < b->digit[i] ? -1 : 1;
    return 0;
}

/* |a| + |b| with the sign of a. */
static ref_int add_magnitude(const ref_int *a, const ref_int *b)
{
    ref_int out = {.negative = a->negative, .n = (a->n > b->n ? a->n : b->n) + 1};
    uint64_t carry = 0;
    assert(out.n <= REF_DIGITS);
    for (size_t i = 0; i < out.n; i++) {
        carry += (uint64_t)a->digit[i] + b->digit[i];
        out.digit[i] = (uint32_t)carry;
        carry >>= 32;
    }
    trim(&out);
    return out;
}

/* |a| - |b|, not negative, with the sign of a. */
static ref_int sub_magnitude(const ref_int *a, const ref_int *b)
{
    ref_int out = {.negative = a->negative, .n = a->n};
    int64_t borrow = 0;
    for (size_t i = 0; i < a->n; i++) {
        int64_t digit = (int64_t)a->digit[i] - b->digit[i] - borrow;
        borrow = digit < 0;
        out.digit[i] = (uint32_t)digit;
    }
    trim(&out);
    return out;
}

ref_int ref_add(const ref_int *a, const ref_int *b)
{
    if (a->negative == b->negative)
        return add_magnitude(a, b);
    return compare_magnitude(a, b) >= 0 ? sub_magnitude(a, b) : sub_magnitude(b, a);
}

ref_int ref_sub(const ref_int *a, const ref_int *b)
{
    ref_int minus_b = *b;
    minus_b.negative = b->n && !b->negative;
    return ref_add(a, &minus_b);
}

ref_int ref_mul(const ref_int *a, const ref_int *b)
{
    ref_int out = {.negative = a->negative != b->negative, .n = a->n + b->n};
    assert(out.n <= REF_DIGITS);
    for (size_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->n; j++) {
            carry += (uint64_t)a->digit[i] * b->digit[j] + out.digit[i + j];
            out.digit[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        out.digit[i + b->n] = (uint32_t)carry;
    }
    trim(&out);
    return out;
}

/* The midpoint of the double with these bits, not negative, and the next one, in units of 2^-1075.
 */
static ref_int midpoint_above(uint64_t bits)
{
    uint64_t exponent = bits >> 52, mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent) {
        mantissa |= UINT64_C(1) << 52;
        exponent--;
    }
    ref_int x = ref_of_uint64(2 * mantissa + 1);
    return ref_shift(&x, exponent);
}

typedef struct target {
    const ref_int *numerator, *denominator;
    int exponent;
    bool root;
} target;

/* Compares the magnitude of the target (or of its square) with the midpoint (or with its square).
 */
static int compare_with_midpoint(const target *t, uint64_t bits)
{
    ref_int right = midpoint_above(bits);
    if (t->root)
        right = ref_mul(&right, &right);
    right = ref_mul(&right, t->denominator);
    ref_int left = *t->numerator;
    int shift = t->exponent + (t->root ? 2150 : 1075);
    if (shift >= 0)
        left = ref_shift(&left, (size_t)shift);
    else
        right = ref_shift(&right, (size_t)-shift);
    return compare_magnitude(&left, &right);
}

static bool is_nearest(double result, const target *t)
{
    const uint64_t infinity = UINT64_C(0x7ff0000000000000);
    uint64_t bits;
    memcpy(&bits, &result, sizeof bits);
    if (t->numerator->n == 0)
        return bits == 0;
    if ((bits >> 63) != t->numerator->negative)
        return false;
    bits &= ~(UINT64_C(1) << 63);
    if (bits > infinity)
        return false;
    int above = bits < infinity ? compare_with_midpoint(t, bits) : -1;
    int below = bits > 0 ? compare_with_midpoint(t, bits - 1) : 1;
    bool even = bits % 2 == 0;
    return (above < 0 || (above == 0 && even)) && (below > 0 || (below == 0 && even));
}

bool ref_is_nearest(double result, const ref_int *numerator, const ref_int *denominator,
                    int exponent)
{
    return is_nearest(result, &(target){numerator, denominator, exponent, false});
}

bool ref_is_nearest_root(double result, const ref_int *numerator, const ref_int *denominator,
                         int exponent)
{
    return is_nearest(result, &(target){numerator, denominator, exponent, true});
}
