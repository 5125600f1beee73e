#include "reduce/exact.h"
#include "reduce/ratio.h"

#include <assert.h>

/* The longest number: the sum of squares in moments.h. */
#define MOST_CHUNKS 133

void tine__chunks_carry(int64_t *chunk, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        chunk[i + 1] += chunk[i] >> TINE__CHUNK_BITS; /* towards minus infinity */
        chunk[i] &= UINT32_MAX;
    }
}

void tine__chunks_add_at(int64_t *chunk, int64_t value, unsigned position)
{
    unsigned shift = position % TINE__CHUNK_BITS;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const uint64_t parts[3] = {
        (magnitude << shift) & UINT32_MAX,
        (magnitude >> (TINE__CHUNK_BITS - shift)) & UINT32_MAX,
        (magnitude >> TINE__CHUNK_BITS) >> (TINE__CHUNK_BITS - shift),
    };
    for (size_t i = 0; i < 3; i++) {
        int64_t part = (int64_t)parts[i];
        chunk[position / TINE__CHUNK_BITS + i] += value < 0 ? -part : part;
    }
}

void tine__chunks_add(int64_t *x, const int64_t *y, size_t n)
{
    tine__chunks_carry(x, n);
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
    tine__chunks_carry(x, n);
}

bool tine__chunks_magnitude(const int64_t *chunk, size_t n, tine__bigint *magnitude_out)
{
    int64_t carried[MOST_CHUNKS];
    uint64_t limb[MOST_CHUNKS / 2 + 1];
    assert(n <= MOST_CHUNKS && n % 2 == 1);
    memcpy(carried, chunk, n * sizeof *chunk);
    tine__chunks_carry(carried, n);
    bool negative = carried[n - 1] < 0;
    if (negative) {
        for (size_t i = 0; i < n; i++)
            carried[i] = -carried[i];
        tine__chunks_carry(carried, n);
    }
    for (size_t i = 0; i < n / 2; i++)
        limb[i] = (uint64_t)carried[2 * i] | (uint64_t)carried[2 * i + 1] << TINE__CHUNK_BITS;
    limb[n / 2] = (uint64_t)carried[n - 1];
    tine__bigint_set_limbs(magnitude_out, limb, n / 2 + 1);
    return negative;
}

void tine__exact_add_special(tine__exact *sum, uint64_t bits)
{
    if (tine__bits_are_nan(bits))
        sum->special |= TINE__SEEN_NAN;
    else
        sum->special |= bits & TINE__SIGN_BIT ? TINE__SEEN_MINUS_INFINITY : TINE__SEEN_INFINITY;
}

void tine__exact_merge(tine__exact *sum, const tine__exact *right)
{
    tine__chunks_add(sum->chunk, right->chunk, TINE__EXACT_CHUNKS);
    sum->pending = 0;
    sum->n += right->n;
    sum->special |= right->special;
}

/* Infinities of one sign stay what they are; of both, or beside a NaN, they are NaN. */
static double special_sum(uint32_t special)
{
    if (special == TINE__SEEN_INFINITY)
        return tine__double_from_bits(TINE__INFINITY_BITS);
    if (special == TINE__SEEN_MINUS_INFINITY)
        return tine__double_from_bits(TINE__INFINITY_BITS | TINE__SIGN_BIT);
    return tine__double_from_bits(TINE__NAN_BITS);
}

static double quotient(const tine__exact *sum, uint64_t divisor)
{
    tine__bigint magnitude;
    if (sum->special)
        return special_sum(sum->special);
    bool negative = tine__chunks_magnitude(sum->chunk, TINE__EXACT_CHUNKS, &magnitude);
    double rounded = tine__ratio_mean(&magnitude, divisor, TINE__EXACT_EXPONENT);
    return tine__with_sign(rounded, negative);
}

bool tine__exact_sum(const tine__exact *sum, double *out)
{
    *out = quotient(sum, 1);
    return true;
}

bool tine__exact_mean(const tine__exact *sum, double *out)
{
    if (sum->n == 0)
        return false;
    *out = quotient(sum, sum->n);
    return true;
}
