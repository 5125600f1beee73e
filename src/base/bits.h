/* Bit arithmetic and bitmaps in Arrow's order: bit i of a bitmap is bit i % 8, least significant
 * first, of byte i / 8. */
#ifndef TINE_BASE_BITS_H
#define TINE_BASE_BITS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Undefined for 0. */
static inline unsigned tine__ctz64(uint64_t x)
{
    return (unsigned)__builtin_ctzll(x);
}

/* Undefined for 0. */
static inline unsigned tine__clz64(uint64_t x)
{
    return (unsigned)__builtin_clzll(x);
}

static inline unsigned tine__popcount64(uint64_t x)
{
    return (unsigned)__builtin_popcountll(x);
}

static inline uint64_t tine__load64(const void *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline bool tine__bit_get(const uint8_t *bitmap, size_t i)
{
    return (bitmap[i >> 3] >> (i & 7)) & 1;
}

static inline void tine__bit_set(uint8_t *bitmap, size_t i)
{
    bitmap[i >> 3] |= (uint8_t)(1u << (i & 7));
}

static inline void tine__bit_clear(uint8_t *bitmap, size_t i)
{
    bitmap[i >> 3] &= (uint8_t)~(1u << (i & 7));
}

static inline size_t tine__bitmap_bytes(size_t n_bits)
{
    return n_bits / 8 + (n_bits % 8 != 0);
}

/* The 64 bits of a · b, low half returned, high half through *high. */
static inline uint64_t tine__mul128(uint64_t a, uint64_t b, uint64_t *high)
{
    __extension__ typedef unsigned __int128 wide;
    wide p = (wide)a * b;
    *high = (uint64_t)(p >> 64);
    return (uint64_t)p;
}

#endif
