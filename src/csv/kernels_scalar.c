/* The kernels in portable C: masks of 64 bytes from eight words of eight. */
#include "base/bits.h"

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

typedef struct bytes {
    uint64_t words[8];
} bytes;

static inline bytes bytes_load(const char *p)
{
    bytes x;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = tine__load64(p + 8 * i);
        x.words[i] = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
    }
    return x;
}

/* The bytes of a little-endian word that are 0, as 8 bits. No byte's carry reaches the next, so
 * that each bit is exact; the product gathers the eight top bits (Warren, Hacker's Delight, 2013,
 * 6-1). */
static inline uint64_t zero_bytes(uint64_t word)
{
    uint64_t low = EACH_BYTE(0x7f);
    uint64_t top = ~(((word & low) + low) | word | low);
    return ((top >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline uint64_t bytes_equal(bytes x, unsigned char c)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 8; i++)
        mask |= zero_bytes(x.words[i] ^ EACH_BYTE(c)) << (8 * i);
    return mask;
}

static inline uint64_t bytes_either(bytes x, unsigned char c, unsigned char d)
{
    return bytes_equal(x, c) | bytes_equal(x, d);
}

typedef struct seen {
    uint64_t any;
} seen;

/* The bits that zero_bytes would gather. */
static inline void seen_add(seen *s, bytes x, unsigned char c)
{
    uint64_t low = EACH_BYTE(0x7f);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = x.words[i] ^ EACH_BYTE(c);
        s->any |= ~(((word & low) + low) | word | low);
    }
}

static inline bool seen_any(seen s)
{
    return s.any != 0;
}

#include "csv/prefix_shifts.h"
#include "csv/positions_each.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_scalar = {"scalar",
                                            summarize,
                                            index_text,
                                            tine__int64s_scalar,
                                            tine__doubles_scalar,
                                            tine__dates_scalar,
                                            tine__timestamps_scalar,
                                            tine__utf8_scalar,
                                            tine__strings_scalar};
