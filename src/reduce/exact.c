#include "reduce/exact.h"
#include "reduce/batches.h"
#include "reduce/ratio.h"

#include <assert.h>

#define MOST_CHUNKS TINE__PRODUCT_CHUNKS

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
        if (part) /* else the chunk may not be there */
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

double tine__chunks_quotient(const int64_t *chunk, size_t n_chunks, uint64_t n, int exponent)
{
    tine__bigint magnitude;
    bool negative = tine__chunks_magnitude(chunk, n_chunks, &magnitude);
    return tine__with_sign(tine__ratio_mean(&magnitude, n, exponent), negative);
}

uint32_t tine__special_of(uint64_t bits)
{
    if (tine__bits_are_nan(bits))
        return TINE__SEEN_NAN;
    return bits & TINE__SIGN_BIT ? TINE__SEEN_MINUS_INFINITY : TINE__SEEN_INFINITY;
}

/* Infinities of one sign stay what they are; of both, or beside a NaN, they are NaN. */
double tine__special_sum(uint32_t special)
{
    if (special == TINE__SEEN_INFINITY)
        return tine__double_from_bits(TINE__INFINITY_BITS);
    if (special == TINE__SEEN_MINUS_INFINITY)
        return tine__double_from_bits(TINE__INFINITY_BITS | TINE__SIGN_BIT);
    return tine__double_from_bits(TINE__NAN_BITS);
}

void tine__exact_add_special(tine__exact *sum, uint64_t bits)
{
    sum->special |= tine__special_of(bits);
}

void tine__exact_merge(tine__exact *sum, const tine__exact *right)
{
    tine__chunks_add(sum->chunk, right->chunk, TINE__EXACT_CHUNKS);
    sum->pending = 0;
    sum->n += right->n;
    sum->special |= right->special;
}

static double quotient(const tine__exact *sum, uint64_t n)
{
    if (sum->special)
        return tine__special_sum(sum->special);
    return tine__chunks_quotient(sum->chunk, TINE__EXACT_CHUNKS, n, TINE__EXACT_EXPONENT);
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

/* ---- arrays ---- */

static unsigned exponent_of(double x, double y)
{
    (void)y;
    return tine__biased_exponent(tine__double_bits(x));
}

static uint32_t extract(const tine__batch *batch, int64_t *sums)
{
    const double constants[TINE__BINS] = {tine__bin_constant(batch->position + TINE__BIN_BITS),
                                          tine__bin_constant(batch->position)};
    return batch->loops->extract(batch->x, batch->n_groups, constants, sums);
}

static void add_sums(const tine__batch *batch, const int64_t *sums)
{
    tine__exact *sum = batch->to;
    tine__exact_reserve(sum, TINE__BINS);
    tine__chunks_add_at(sum->chunk, sums[0], batch->position + TINE__BIN_BITS);
    tine__chunks_add_at(sum->chunk, sums[1], batch->position);
}

static void add_one(void *to, double x, double y)
{
    (void)y;
    tine__exact_put(to, x);
}

static void add_groups(const tine__batch *batch, uint32_t groups)
{
    tine__exact *sum = batch->to;
    tine__exact_reserve(sum, TINE__BATCH);
    if (!batch->loops->spread(batch->x, groups, sum->chunk))
        return;
    for (size_t i = 0; i < batch->n_groups * TINE__GROUP; i++) {
        uint64_t bits = tine__double_bits(batch->x[i]);
        if (!tine__bits_are_finite(bits))
            tine__exact_add_special(sum, bits);
    }
}

void tine__exact_add_array_by(const tine__exact_loops *loops, tine__exact *sum, const double *x,
                              size_t n)
{
    static const tine__summation how = {
        .width = TINE__BIN_BITS - 1,
        .headroom = 10,
        .least = 0,
        .most = TINE__MAX_POSITION - TINE__BIN_BITS,
        .exponent = exponent_of,
        .extract = extract,
        .add_sums = add_sums,
        .add_groups = add_groups,
        .add_one = add_one,
    };
    sum->n += n;
    tine__add_arrays(&how, loops, sum, &sum->position, x, x, n);
}

void tine__exact_add_array(tine__exact *sum, const double *x, size_t n)
{
    tine__exact_add_array_by(tine__exact_loops_at(0), sum, x, n);
}
