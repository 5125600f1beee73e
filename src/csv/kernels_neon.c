/* The kernels by NEON, which every 64-bit ARM has. */
#include "os/vectors_arm.h"
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

/* Bytes of ones to bits: one of its own for each byte of eight, and neighbours added three times.
 */
static inline uint64_t to_bits(const uint8x16_t *ones)
{
    const uint8x16_t weights = vreinterpretq_u8_u64(vdupq_n_u64(UINT64_C(0x8040201008040201)));
    uint8x16_t low = vpaddq_u8(vandq_u8(ones[0], weights), vandq_u8(ones[1], weights));
    uint8x16_t high = vpaddq_u8(vandq_u8(ones[2], weights), vandq_u8(ones[3], weights));
    uint8x16_t sum = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline uint64_t bytes_equal(bytes x, unsigned char c)
{
    uint8x16_t equal[4];
    for (unsigned i = 0; i < 4; i++)
        equal[i] = vceqq_u8(x.parts[i], vdupq_n_u8(c));
    return to_bits(equal);
}

static inline uint64_t bytes_either(bytes x, unsigned char c, unsigned char d)
{
    uint8x16_t equal[4];
    for (unsigned i = 0; i < 4; i++)
        equal[i] =
            vorrq_u8(vceqq_u8(x.parts[i], vdupq_n_u8(c)), vceqq_u8(x.parts[i], vdupq_n_u8(d)));
    return to_bits(equal);
}

typedef struct seen {
    uint8x16_t any;
} seen;

static inline void seen_add(seen *s, bytes x, unsigned char c)
{
    for (unsigned i = 0; i < 4; i++)
        s->any = vorrq_u8(s->any, vceqq_u8(x.parts[i], vdupq_n_u8(c)));
}

static inline bool seen_any(seen s)
{
    return vmaxvq_u8(s.any) != 0;
}

#include "csv/prefix_shifts.h"
#include "csv/positions_each.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_neon = {"neon",
                                          summarize,
                                          index_text,
                                          tine__int64s_scalar,
                                          tine__doubles_scalar,
                                          tine__dates_scalar,
                                          tine__timestamps_scalar,
                                          tine__utf8_scalar,
                                          tine__strings_scalar};
