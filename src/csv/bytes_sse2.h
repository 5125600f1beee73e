/* 64 bytes in four registers of 16, for kernels_template.h. */
#ifndef TINE_CSV_BYTES_SSE2_H
#define TINE_CSV_BYTES_SSE2_H
#include "os/vectors_x86.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct bytes {
    __m128i parts[4];
} bytes;

static inline bytes bytes_load(const char *p)
{
    bytes x;
    for (unsigned i = 0; i < 4; i++)
        x.parts[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
    return x;
}

static inline uint64_t bytes_equal(bytes x, unsigned char c)
{
    __m128i all = _mm_set1_epi8((char)c);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x.parts[i], all)) << (16 * i);
    return mask;
}

static inline uint64_t bytes_either(bytes x, unsigned char c, unsigned char d)
{
    __m128i all_c = _mm_set1_epi8((char)c), all_d = _mm_set1_epi8((char)d);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(
                    _mm_cmpeq_epi8(x.parts[i], all_c), _mm_cmpeq_epi8(x.parts[i], all_d)))
                << (16 * i);
    return mask;
}

typedef struct seen {
    __m128i any;
} seen;

static inline void seen_add(seen *s, bytes x, unsigned char c)
{
    __m128i all = _mm_set1_epi8((char)c);
    for (unsigned i = 0; i < 4; i++)
        s->any = _mm_or_si128(s->any, _mm_cmpeq_epi8(x.parts[i], all));
}

static inline bool seen_any(seen s)
{
    return _mm_movemask_epi8(s.any) != 0;
}

#endif
