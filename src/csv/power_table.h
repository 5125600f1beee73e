/* The powers of ten that a double can need, to 128 bits: written by power_table.py when the library
 * is built. */
#ifndef TINE_CSV_POWER_TABLE_H
#define TINE_CSV_POWER_TABLE_H
#include <stdint.h>

enum {
    TINE__POWER_LEAST = -342,   /* 2^64 * 10^-343 is less than half of the smallest subnormal */
    TINE__POWER_GREATEST = 308, /* 10^309 is beyond the largest double */
    TINE__POWER_EXACT = 55      /* 10^0 … 10^55 are exact: 5^55 is below 2^128 */
};

/* high:low * 2^exponent <= 10^power < (high:low + 1) * 2^exponent; the highest bit is 1. */
typedef struct tine__power {
    uint64_t high, low;
    int32_t exponent;
} tine__power;

extern const tine__power tine__powers[TINE__POWER_GREATEST - TINE__POWER_LEAST + 1];

#endif
