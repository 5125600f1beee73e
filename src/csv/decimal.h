/* The double nearest to a decimal number, ties to even, in integers only: neither the rounding mode
 * nor flush-to-zero can touch it. */
#ifndef TINE_CSV_DECIMAL_H
#define TINE_CSV_DECIMAL_H
#include "base/bits.h"
#include "csv/power_table.h"

/* The bits of the double nearest to digits * 10^exponent; digits below 10^19. */
uint64_t tine__decimal_to_bits(uint64_t digits, int64_t exponent);

/* digits * 10^exponent as far as 128 bits of the power go: at least high:middle:low * 2^unit, and
 * less than 2^64 of these units above that. */
typedef struct tine__product {
    uint64_t high, middle, low;
    int unit; /* of low */
} tine__product;

/* digits: not 0. */
static inline tine__product tine__product_of(uint64_t digits, int exponent)
{
    const tine__power *power = &tine__powers[exponent - TINE__POWER_LEAST];
    unsigned shift = tine__clz64(digits);
    tine__product p = {.unit = power->exponent - (int)shift};
    uint64_t carry, middle = tine__mul128(digits << shift, power->high, &p.high);
    p.low = tine__mul128(digits << shift, power->low, &carry);
    p.high += __builtin_add_overflow(middle, carry, &p.middle);
    return p;
}

/* The bits of digits / 10^fraction, digits in 1 ... 10^19 - 1, fraction in 1 ... 32: always a
 * normal number, and never exactly half-way, as the power is inexact. False: 128 bits do not decide
 * it.
 *
 * The upper half of the power gives high with an error of less than 1, which matters only if all
 * the bits below the one that rounds are ones. */
static inline bool tine__round_fraction(uint64_t digits, unsigned fraction, uint64_t *bits)
{
    const tine__power *power = &tine__powers[-(int)fraction - TINE__POWER_LEAST];
    unsigned shift = tine__clz64(digits);
    uint64_t high;
    tine__mul128(digits << shift, power->high, &high);
    if ((high & 0x1ff) == 0x1ff) {
        tine__product p = tine__product_of(digits, -(int)fraction);
        uint64_t below = (UINT64_C(1) << (9 + (p.high >> 63))) - 1;
        high = p.high;
        if ((high & (2 * below + 1)) == below && p.middle == UINT64_MAX)
            return false;
    }
    unsigned top = (unsigned)(high >> 63);
    int unit = power->exponent - (int)shift + 138 + (int)top; /* of the mantissa's 53 bits */
    uint64_t mantissa = ((high >> (9 + top)) + 1) >> 1;
    *bits = ((uint64_t)(unit + 1074) << 52) + mantissa;
    return true;
}

#endif
