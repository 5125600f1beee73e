#include "base/bigint.h"
#include "base/bits.h"

#include <assert.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static void trim(tine__bigint *x)
{
    while (x->n && x->limb[x->n - 1] == 0)
        x->n--;
}

static void push(tine__bigint *x, uint64_t limb)
{
    assert(x->n < TINE__BIGINT_LIMBS);
    x->limb[x->n++] = limb;
}

void tine__bigint_set(tine__bigint *x, uint64_t value)
{
    x->limb[0] = value;
    x->n = value != 0;
}

void tine__bigint_set_limbs(tine__bigint *x, const uint64_t *limbs, size_t n)
{
    assert(n <= TINE__BIGINT_LIMBS);
    memcpy(x->limb, limbs, n * sizeof *limbs);
    x->n = n;
    trim(x);
}

size_t tine__bigint_bits(const tine__bigint *x)
{
    return x->n ? 64 * x->n - tine__clz64(x->limb[x->n - 1]) : 0;
}

int tine__bigint_compare(const tine__bigint *a, const tine__bigint *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

void tine__bigint_add_small(tine__bigint *x, uint64_t y)
{
    for (size_t i = 0; i < x->n && y; i++)
        y = __builtin_add_overflow(x->limb[i], y, &x->limb[i]);
    if (y)
        push(x, y);
}

void tine__bigint_mul_small(tine__bigint *x, uint64_t y)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < x->n; i++) {
        wide p = (wide)x->limb[i] * y + carry;
        x->limb[i] = (uint64_t)p;
        carry = (uint64_t)(p >> 64);
    }
    if (carry)
        push(x, carry);
    trim(x);
}

uint64_t tine__bigint_div_small(tine__bigint *x, uint64_t y)
{
    uint64_t rest = 0;
    for (size_t i = x->n; i-- > 0;) {
        wide d = (wide)rest << 64 | x->limb[i];
        x->limb[i] = (uint64_t)(d / y);
        rest = (uint64_t)(d % y);
    }
    trim(x);
    return rest;
}

static const uint64_t pow27 = UINT64_C(7450580596923828125); /* 5^27, the largest below 2^64 */

void tine__bigint_mul_pow5(tine__bigint *x, unsigned exponent)
{
    for (; exponent >= 27; exponent -= 27)
        tine__bigint_mul_small(x, pow27);
    uint64_t rest = 1;
    while (exponent-- > 0)
        rest *= 5;
    tine__bigint_mul_small(x, rest);
}

bool tine__bigint_div_pow5(tine__bigint *x, unsigned exponent)
{
    bool rest = false;
    for (; exponent >= 27; exponent -= 27)
        rest |= tine__bigint_div_small(x, pow27) != 0;
    for (; exponent > 0; exponent--)
        rest |= tine__bigint_div_small(x, 5) != 0;
    return rest;
}

void tine__bigint_add(tine__bigint *x, const tine__bigint *y)
{
    while (x->n < y->n)
        push(x, 0);
    uint64_t carry = 0;
    for (size_t i = 0; i < x->n; i++) {
        wide s = (wide)x->limb[i] + (i < y->n ? y->limb[i] : 0) + carry;
        x->limb[i] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
    }
    if (carry)
        push(x, carry);
}

void tine__bigint_sub(tine__bigint *x, const tine__bigint *y)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < x->n; i++) {
        wide d = (wide)x->limb[i] - (i < y->n ? y->limb[i] : 0) - borrow;
        x->limb[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
    assert(!borrow && y->n <= x->n);
    trim(x);
}

void tine__bigint_mul(tine__bigint *out, const tine__bigint *a, const tine__bigint *b)
{
    assert(a->n + b->n <= TINE__BIGINT_LIMBS);
    out->n = a->n + b->n;
    memset(out->limb, 0, out->n * sizeof *out->limb);
    for (size_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->n; j++) {
            wide p = (wide)a->limb[i] * b->limb[j] + out->limb[i + j] + carry;
            out->limb[i + j] = (uint64_t)p;
            carry = (uint64_t)(p >> 64);
        }
        out->limb[i + b->n] = carry;
    }
    trim(out);
}

void tine__bigint_shift_left(tine__bigint *x, size_t bits)
{
    size_t limbs = bits / 64, rest = bits % 64;
    if (!x->n || !bits)
        return;
    assert(x->n + limbs + 1 <= TINE__BIGINT_LIMBS);
    memmove(x->limb + limbs, x->limb, x->n * sizeof *x->limb);
    memset(x->limb, 0, limbs * sizeof *x->limb);
    x->n += limbs;
    if (!rest)
        return;
    uint64_t carry = 0;
    for (size_t i = limbs; i < x->n; i++) {
        uint64_t limb = x->limb[i];
        x->limb[i] = limb << rest | carry;
        carry = limb >> (64 - rest);
    }
    if (carry)
        push(x, carry);
}

bool tine__bigint_shift_right(tine__bigint *x, size_t bits)
{
    size_t limbs = bits / 64, rest = bits % 64;
    bool lost = false;
    for (size_t i = 0; i < limbs && i < x->n; i++)
        lost |= x->limb[i] != 0;
    if (limbs >= x->n) {
        x->n = 0;
        return lost;
    }
    lost |= (x->limb[limbs] & ((UINT64_C(1) << rest) - 1)) != 0;
    x->n -= limbs;
    memmove(x->limb, x->limb + limbs, x->n * sizeof *x->limb);
    for (size_t i = 0; rest && i < x->n; i++) {
        uint64_t above = i + 1 < x->n ? x->limb[i + 1] << (64 - rest) : 0;
        x->limb[i] = x->limb[i] >> rest | above;
    }
    trim(x);
    return lost;
}

double tine__bigint_to_double(const tine__bigint *x, int exponent, bool sticky)
{
    enum { MANTISSA = 53, LEAST = -1074, INFINITE = 0x7ff };
    if (!x->n)
        return 0.0;
    /* The last place that can be kept: 53 bits below the highest, or the subnormals' unit. */
    int bits = (int)tine__bigint_bits(x);
    int unit = bits - MANTISSA + exponent > LEAST ? bits - MANTISSA + exponent : LEAST;
    int drop = unit - exponent;
    tine__bigint kept = *x;
    bool half = false;
    if (drop > 0) {
        sticky |= tine__bigint_shift_right(&kept, (size_t)drop - 1);
        half = kept.n && (kept.limb[0] & 1);
        tine__bigint_shift_right(&kept, 1);
    } else {
        tine__bigint_shift_left(&kept, (size_t)-drop);
    }
    uint64_t mantissa = kept.n ? kept.limb[0] : 0;
    mantissa += half && (sticky || (mantissa & 1));
    if (mantissa >> MANTISSA) { /* rounded up to a power of two */
        mantissa >>= 1;
        unit++;
    }
    uint64_t stored = unit - LEAST + ((mantissa >> (MANTISSA - 1)) & 1);
    if (stored >= INFINITE)
        stored = INFINITE, mantissa = 0;
    uint64_t image = stored << (MANTISSA - 1) | (mantissa & ((UINT64_C(1) << (MANTISSA - 1)) - 1));
    double value;
    memcpy(&value, &image, sizeof value);
    return value;
}
