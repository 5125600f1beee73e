#include "reduce/dot.h"
#include "base/size.h"
#include "reduce/batches.h"

static void reserve(tine__dot *dot, uint32_t n)
{
    dot->pending += n;
    if (dot->pending >= TINE__CHUNK_PENDING) {
        tine__chunks_carry(dot->chunk, TINE__PRODUCT_CHUNKS);
        dot->pending = n;
    }
}

/* Of two values one of which is not finite. */
static uint32_t special_product(uint64_t x, uint64_t y)
{
    if (tine__bits_are_nan(x) || tine__bits_are_nan(y) || x << 1 == 0 || y << 1 == 0)
        return TINE__SEEN_NAN;
    return tine__special_of(TINE__INFINITY_BITS | ((x ^ y) & TINE__SIGN_BIT));
}

void tine__dot_add(tine__dot *dot, double x, double y)
{
    uint64_t x_bits = tine__double_bits(x), y_bits = tine__double_bits(y);
    if (!tine__bits_are_finite(x_bits) || !tine__bits_are_finite(y_bits)) {
        dot->special |= special_product(x_bits, y_bits);
        return;
    }
    reserve(dot, 1);
    tine__chunks_add_product(dot->chunk, tine__scaled_of(x_bits), tine__scaled_of(y_bits));
}

double tine__dot_sum(const tine__dot *dot)
{
    if (dot->special)
        return tine__special_sum(dot->special);
    return tine__chunks_quotient(dot->chunk, TINE__PRODUCT_CHUNKS, 1, TINE__PRODUCT_EXPONENT);
}

/* ---- arrays ----
 *
 * A product in a window whose unit is u is below 2^103 u, so that its error is at most 2^49 u. The
 * error's window is 53 places below the product's, and reaches up to 2^50 u. */
enum { BELOW = 53 };

/* Of the product, or one less. */
static unsigned exponent_of(double x, double y)
{
    int x_exponent = (int)tine__biased_exponent(tine__double_bits(x));
    int y_exponent = (int)tine__biased_exponent(tine__double_bits(y));
    int sum = x_exponent + y_exponent - 1023;
    return x_exponent && y_exponent && sum > 0 ? (unsigned)sum : 0;
}

static uint32_t extract(const tine__batch *batch, int64_t *sums)
{
    const unsigned error = batch->position - BELOW;
    const double constants[TINE__PRODUCT_BINS] = {
        tine__bin_constant(batch->position + TINE__BIN_BITS),
        tine__bin_constant(batch->position),
        tine__bin_constant(error + TINE__BIN_BITS),
        tine__bin_constant(error),
    };
    return batch->loops->extract_products(batch->x, batch->y, batch->n_groups, constants, sums);
}

static void add_sums(const tine__batch *batch, const int64_t *sums)
{
    tine__dot *dot = batch->to;
    const unsigned product = batch->position - TINE__EXACT_EXPONENT, error = product - BELOW;
    reserve(dot, TINE__PRODUCT_BINS);
    tine__chunks_add_at(dot->chunk, sums[0], product + TINE__BIN_BITS);
    tine__chunks_add_at(dot->chunk, sums[1], product);
    tine__chunks_add_at(dot->chunk, sums[2], error + TINE__BIN_BITS);
    tine__chunks_add_at(dot->chunk, sums[3], error);
}

static void add_one(void *to, double x, double y)
{
    tine__dot_add(to, x, y);
}

void tine__dot_add_arrays_by(const tine__exact_loops *loops, tine__dot *dot, const double *x,
                             const double *y, size_t n)
{
    static const tine__summation how = {
        .width = TINE__BIN_BITS - 1,
        .headroom = 10,
        .least = TINE__LEAST_PRODUCT - TINE__EXACT_EXPONENT,
        .most = TINE__MAX_POSITION - TINE__BIN_BITS,
        .exponent = exponent_of,
        .extract = extract,
        .add_sums = add_sums,
        .add_one = add_one,
    };
    uint32_t position = 0;
    tine__add_arrays(&how, loops, dot, &position, x, y, n);
}

void tine__dot_add_arrays(tine__dot *dot, const double *x, const double *y, size_t n)
{
    tine__dot_add_arrays_by(tine__exact_loops_at(0), dot, x, y, n);
}
