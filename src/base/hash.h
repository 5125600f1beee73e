/* A hash of 64 bits, for tables (seeded for each, so that keys cannot be chosen to collide) and for
 * sketches (seed 0, so that their results never change). Words are folded by a 64 x 64 -> 128 bit
 * multiplication, high half xor low half, as in wyhash (Wang Yi 2019); not cryptographic. */
#ifndef TINE_BASE_HASH_H
#define TINE_BASE_HASH_H
#include "base/bits.h"

#include <stddef.h>

/* Bits with nothing up the sleeve: the fraction of pi, 64 bits each. */
#define TINE__HASH_A UINT64_C(0x243f6a8885a308d3)
#define TINE__HASH_B UINT64_C(0x13198a2e03707344)
#define TINE__HASH_C UINT64_C(0xa4093822299f31d0)

static inline uint64_t tine__hash_fold(uint64_t a, uint64_t b)
{
    uint64_t high, low = tine__mul128(a, b, &high);
    return low ^ high;
}

/* The hash of one 64-bit value: not the hash of its eight bytes. */
static inline uint64_t tine__hash_word(uint64_t word, uint64_t seed)
{
    uint64_t once = tine__hash_fold(word ^ TINE__HASH_A, seed ^ TINE__HASH_B);
    return tine__hash_fold(once ^ word, TINE__HASH_C);
}

uint64_t tine__hash64(const void *bytes, size_t n, uint64_t seed);

#endif
