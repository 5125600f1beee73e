#include "base/hash.h"

/* Up to eight bytes as a number. */
static uint64_t load_some(const unsigned char *p, size_t n)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

/* Each step takes in 16 bytes, the state with the second eight, so that the order of blocks
 * matters. Both factors of a fold depend on the seed: bytes that make one of them 0, and so forget
 * the other, cannot be chosen without it. The length goes in at the end: it tells trailing zeros
 * from nothing. */
uint64_t tine__hash64(const void *bytes, size_t n, uint64_t seed)
{
    const unsigned char *p = bytes;
    const uint64_t key = tine__hash_fold(seed ^ TINE__HASH_A, TINE__HASH_B);
    uint64_t state = seed ^ TINE__HASH_C;
    size_t left = n;
    for (; left > 16; left -= 16, p += 16)
        state = tine__hash_fold(tine__load64(p) ^ key, tine__load64(p + 8) ^ state);
    uint64_t first, second = 0;
    if (left >= 8) {
        first = tine__load64(p);
        second = tine__load64(p + left - 8);
    } else {
        first = load_some(p, left);
    }
    state = tine__hash_fold(first ^ key, second ^ state);
    return tine__hash_fold(state ^ TINE__HASH_B, (uint64_t)n ^ TINE__HASH_C);
}
