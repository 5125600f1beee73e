/* The kernels by NEON, which every 64-bit ARM has. */
#include <arm_neon.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct bytes {
    uint8x16_t parts[4];
} bytes;

static inline bytes bytes_load(const char *p)
{
    const uint8_t *from = (const uint8_t *)p;
    return (bytes){{vld1q_u8(from), vld1q_u8(from + 16), vld1q_u8(from + 32), vld1q_u8(from + 48)}};
}

/* A bit of its own for each byte of eight, and neighbours added three times. */
static inline uint64_t bytes_equal(bytes x, unsigned char c)
{
    const uint8x16_t all = vdupq_n_u8(c);
    const uint8x16_t weights = vreinterpretq_u8_u64(vdupq_n_u64(UINT64_C(0x8040201008040201)));
    uint8x16_t bits[4];
    for (unsigned i = 0; i < 4; i++)
        bits[i] = vandq_u8(vceqq_u8(x.parts[i], all), weights);
    uint8x16_t sum = vpaddq_u8(vpaddq_u8(bits[0], bits[1]), vpaddq_u8(bits[2], bits[3]));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline bool bytes_have(bytes x, unsigned char c)
{
    const uint8x16_t all = vdupq_n_u8(c);
    uint8x16_t equal = vdupq_n_u8(0);
    for (unsigned i = 0; i < 4; i++)
        equal = vorrq_u8(equal, vceqq_u8(x.parts[i], all));
    return vmaxvq_u8(equal) != 0;
}

#include "csv/positions.h"
#include "csv/prefix_shifts.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_neon = {"neon",
                                          summarize,
                                          index_text,
                                          tine__int64s_scalar,
                                          tine__doubles_scalar,
                                          tine__dates_scalar,
                                          tine__timestamps_scalar,
                                          tine__utf8_scalar};
