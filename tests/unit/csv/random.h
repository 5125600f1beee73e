/* Random numbers for tests: splitmix64 (Steele, Lea, Flood 2014), the same in every run. */
#ifndef TINE_TEST_CSV_RANDOM_H
#define TINE_TEST_CSV_RANDOM_H
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline unsigned random_below(uint64_t *state, unsigned n)
{
    return (unsigned)(random_next(state) % n);
}

#endif
