/* The exact sum of doubles: an integer in units of 2^-1074, wide enough for every sum of 2^63
 * doubles and kept in 64-bit chunks that overlap, so that an addition touches two of them and
 * carries wait (the small superaccumulator of Neal 2015, "Fast exact summation using small and
 * large superaccumulators", section 2). Integer arithmetic alone: adding and merging are
 * associative and commutative without any error, and a partial sum cannot overflow. */
#ifndef TINE_REDUCE_EXACT_H
#define TINE_REDUCE_EXACT_H
#include "base/bigint.h"
#include "base/bits.h"
#include "reduce/exact_loops.h"
#include "reduce/ieee.h"

/* Chunk i counts units of 2^(32 i). A carried chunk, but for the highest, is in [0, 2^32). */
#define TINE__CHUNK_BITS 32

/* How many additions may wait for a carry. One addition changes a chunk by less than 2^52, so after
 * this many it is below 2^32 + 2047 * 2^52 = 2^63 - 2^52 + 2^32 in magnitude, which leaves room to
 * take the carry of the chunk below, or a carried chunk of another accumulator. */
#define TINE__CHUNK_PENDING 2047

/* A double is below 2^2098 units, 2^63 of them below 2^2161; chunk 66 holds bits 2112 to 2175. */
#define TINE__EXACT_CHUNKS 67
#define TINE__EXACT_EXPONENT (-1074)

enum { TINE__SEEN_NAN = 1, TINE__SEEN_INFINITY = 2, TINE__SEEN_MINUS_INFINITY = 4 };

typedef struct tine__exact { /* all zero: the sum of nothing */
    int64_t chunk[TINE__EXACT_CHUNKS];
    uint64_t n;        /* values added, the special ones too */
    uint32_t pending;  /* additions since the last carry */
    uint32_t special;  /* TINE__SEEN_... */
    uint32_t position; /* of the window that arrays were added by; 0: none yet. A hint */
} tine__exact;

/* Moves what is beyond 32 bits of each chunk to the next one; the highest keeps the sign. */
void tine__chunks_carry(int64_t *chunk, size_t n);
/* Adds y to x. Each may have TINE__CHUNK_PENDING additions waiting; x then has none. */
void tine__chunks_add(int64_t *x, const int64_t *y, size_t n);
/* The number's magnitude; true if it is negative. n is odd: the highest chunk is a limb. */
bool tine__chunks_magnitude(const int64_t *chunk, size_t n, tine__bigint *magnitude_out);
/* The nearest double to the number, in units of 2^exponent, divided by n. */
double tine__chunks_quotient(const int64_t *chunk, size_t n_chunks, uint64_t n, int exponent);

/* A finite double is mantissa * 2^(position - 1074); `negative` is 0 or -1. */
typedef struct tine__scaled {
    uint64_t mantissa;
    unsigned position;
    int64_t negative;
} tine__scaled;

static inline tine__scaled tine__scaled_of(uint64_t bits)
{
    unsigned exponent = tine__biased_exponent(bits);
    uint64_t normal = exponent != 0;
    return (tine__scaled){.mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | normal << 52,
                          .position = exponent - (unsigned)normal,
                          .negative = -(int64_t)(bits >> 63)};
}

/* Adds a part of a number, which has a sign. */
static inline void tine__chunk_add_part(int64_t *chunk, uint64_t part, int64_t negative)
{
    *chunk += ((int64_t)part ^ negative) - negative;
}

/* Adds a finite double: one addition. Of others garbage is added, by as much at most. */
static inline void tine__chunks_add_double(int64_t *chunk, uint64_t bits)
{
    tine__scaled x = tine__scaled_of(bits);
    unsigned i = x.position / TINE__CHUNK_BITS, shift = x.position % TINE__CHUNK_BITS;
    uint64_t low = (uint32_t)(x.mantissa << shift);
    uint64_t high = x.mantissa >> (TINE__CHUNK_BITS - shift); /* below 2^52 */
    tine__chunk_add_part(chunk + i, low, x.negative);
    tine__chunk_add_part(chunk + i + 1, high, x.negative);
}

/* Adds value * 2^position units: one addition. */
void tine__chunks_add_at(int64_t *chunk, int64_t value, unsigned position);

/* Products of doubles: numbers in units of 2^-2148, of twice the width. A product is below 2^4196
 * units, 2^63 of them below 2^4259; chunk 132 holds bits 4224 to 4287. */
#define TINE__PRODUCT_CHUNKS 133
#define TINE__PRODUCT_EXPONENT (2 * TINE__EXACT_EXPONENT)

/* Adds the product of two finite doubles: one addition. 106 bits, shifted by up to 31, in four
 * chunks, none of which changes by 2^42 or more. */
static inline void tine__chunks_add_product(int64_t *chunk, tine__scaled x, tine__scaled y)
{
    uint64_t high, low = tine__mul128(x.mantissa, y.mantissa, &high);
    int64_t negative = x.negative ^ y.negative;
    unsigned position = x.position + y.position;
    unsigned shift = position % TINE__CHUNK_BITS, rest = TINE__CHUNK_BITS - shift;
    chunk += position / TINE__CHUNK_BITS;
    tine__chunk_add_part(chunk, (uint32_t)(low << shift), negative);
    tine__chunk_add_part(chunk + 1, (uint32_t)(low >> rest), negative);
    tine__chunk_add_part(chunk + 2, (uint32_t)(high << shift | low >> 32 >> rest), negative);
    tine__chunk_add_part(chunk + 3, high >> rest, negative);
}

/* Makes sure that n more additions can wait, n below TINE__CHUNK_PENDING, and counts them. */
static inline void tine__exact_reserve(tine__exact *sum, uint32_t n)
{
    sum->pending += n;
    if (sum->pending >= TINE__CHUNK_PENDING) {
        tine__chunks_carry(sum->chunk, TINE__EXACT_CHUNKS);
        sum->pending = n;
    }
}

/* What an infinity or a NaN is in `special`, and the sum of all that are. */
uint32_t tine__special_of(uint64_t bits);
double tine__special_sum(uint32_t special);

void tine__exact_add_special(tine__exact *sum, uint64_t bits);

/* Adds a value that has been counted. */
static inline void tine__exact_put(tine__exact *sum, double value)
{
    uint64_t bits = tine__double_bits(value);
    if (!tine__bits_are_finite(bits)) {
        tine__exact_add_special(sum, bits);
        return;
    }
    tine__exact_reserve(sum, 1);
    tine__chunks_add_double(sum->chunk, bits);
}

static inline void tine__exact_add(tine__exact *sum, double value)
{
    sum->n++;
    tine__exact_put(sum, value);
}

/* The same for n values, at the speed of memory where their magnitudes are alike. Needs the default
 * floating-point environment. */
void tine__exact_add_array(tine__exact *sum, const double *x, size_t n);
/* By other loops than the best ones. */
void tine__exact_add_array_by(const tine__exact_loops *loops, tine__exact *sum, const double *x,
                              size_t n);

void tine__exact_merge(tine__exact *sum, const tine__exact *right);

/* The nearest double, ties to even, an exact zero as +0; with special values among those added,
 * their sum. Always true: the sum of nothing is 0. */
bool tine__exact_sum(const tine__exact *sum, double *out);
/* The nearest double to the sum divided by n; there is no mean of nothing: false. */
bool tine__exact_mean(const tine__exact *sum, double *out);

#endif
