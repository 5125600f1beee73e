/* Doubles as bit patterns. Nothing here is floating-point arithmetic: whatever rounding mode is
 * set, and whether subnormals are flushed, cannot show in a result. */
#ifndef TINE_REDUCE_IEEE_H
#define TINE_REDUCE_IEEE_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TINE__SIGN_BIT (UINT64_C(1) << 63)
#define TINE__INFINITY_BITS UINT64_C(0x7ff0000000000000)
#define TINE__NAN_BITS UINT64_C(0x7ff8000000000000) /* the one NaN that leaves */

static inline uint64_t tine__double_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double tine__double_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline bool tine__bits_are_nan(uint64_t bits)
{
    return (bits & ~TINE__SIGN_BIT) > TINE__INFINITY_BITS;
}

static inline unsigned tine__biased_exponent(uint64_t bits)
{
    return (unsigned)(bits >> 52) & 0x7ff;
}

static inline bool tine__bits_are_finite(uint64_t bits)
{
    return (bits & TINE__INFINITY_BITS) != TINE__INFINITY_BITS;
}

static inline double tine__with_sign(double magnitude, bool negative)
{
    return tine__double_from_bits(tine__double_bits(magnitude) | (uint64_t)negative << 63);
}

/* The bits as they leave. */
static inline uint64_t tine__one_nan(uint64_t bits)
{
    return tine__bits_are_nan(bits) ? TINE__NAN_BITS : bits;
}

/* What a double is hashed and compared as where it is a key: -0 is +0, and all NaNs are one. */
static inline uint64_t tine__key_bits(double value)
{
    uint64_t bits = tine__double_bits(value);
    return bits == TINE__SIGN_BIT ? 0 : tine__one_nan(bits);
}

/* An integer in the order of the doubles, -0 below +0; its own inverse as a map of bit patterns. */
static inline int64_t tine__order_key(uint64_t bits)
{
    return (int64_t)(bits & TINE__SIGN_BIT ? bits ^ ~TINE__SIGN_BIT : bits);
}

#endif
