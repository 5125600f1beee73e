#include "reduce/moments.h"
#include "reduce/batches.h"
#include "reduce/ratio.h"

void tine__moments_reserve(tine__moments *moments, uint32_t n)
{
    tine__exact_reserve(&moments->sum, n);
    if (moments->sum.pending == n)
        tine__chunks_carry(moments->square, TINE__PRODUCT_CHUNKS);
}

static void put(tine__moments *moments, double value)
{
    uint64_t bits = tine__double_bits(value);
    if (!tine__bits_are_finite(bits)) {
        tine__exact_add_special(&moments->sum, bits);
        return;
    }
    tine__scaled x = tine__scaled_of(bits);
    tine__moments_reserve(moments, 1);
    tine__chunks_add_double(moments->sum.chunk, bits);
    tine__chunks_add_product(moments->square, x, x);
}

void tine__moments_add(tine__moments *moments, double value)
{
    moments->sum.n++;
    put(moments, value);
}

void tine__moments_merge(tine__moments *moments, const tine__moments *right)
{
    tine__exact_merge(&moments->sum, &right->sum);
    tine__chunks_add(moments->square, right->square, TINE__PRODUCT_CHUNKS);
}

static bool from_sums(const tine__moments *moments, tine__ratio_moment *round, double *out)
{
    tine__bigint sum, squares;
    if (moments->sum.n < 2)
        return false;
    if (moments->sum.special) {
        *out = tine__double_from_bits(TINE__NAN_BITS);
        return true;
    }
    tine__chunks_magnitude(moments->sum.chunk, TINE__EXACT_CHUNKS, &sum);
    tine__chunks_magnitude(moments->square, TINE__PRODUCT_CHUNKS, &squares);
    *out = round(&sum, &squares, moments->sum.n, TINE__EXACT_EXPONENT);
    return true;
}

bool tine__moments_var(const tine__moments *moments, double *out)
{
    return from_sums(moments, tine__ratio_var, out);
}

bool tine__moments_std(const tine__moments *moments, double *out)
{
    return from_sums(moments, tine__ratio_std, out);
}

/* ---- arrays ----
 *
 * The unit of a window at position p is u = 2^(p - 1074). The bins of x are 26 bits apart, so that
 * |x| < 2^77 u; then a square is below 2^154 u^2 and a multiple of u^2, and its three bins hold
 * that: the highest has units of 2^103 u^2, the middle one, which takes what is left of the square,
 * half a unit, and its error, less than that, of 2^51 u^2. The two of them leave at most half a
 * unit each, for the lowest, whose units are u^2: 2^51 of them. */
enum { X_HIGH = 26, HIGH = 103, MIDDLE = 51 };

static unsigned exponent_of(double x, double y)
{
    (void)y;
    return tine__biased_exponent(tine__double_bits(x));
}

static uint32_t extract(const tine__batch *batch, int64_t *sums)
{
    const unsigned square = 2 * batch->position + TINE__EXACT_EXPONENT;
    const double constants[TINE__SQUARE_BINS] = {
        tine__bin_constant(batch->position + X_HIGH),
        tine__bin_constant(batch->position),
        tine__bin_constant(square + HIGH),
        tine__bin_constant(square + MIDDLE),
        tine__bin_constant(square),
    };
    return batch->loops->extract_squares(batch->x, batch->n_groups, constants, sums);
}

static void add_sums(const tine__batch *batch, const int64_t *sums)
{
    tine__moments *moments = batch->to;
    tine__moments_reserve(moments, TINE__SQUARE_BINS);
    tine__chunks_add_at(moments->sum.chunk, sums[0], batch->position + X_HIGH);
    tine__chunks_add_at(moments->sum.chunk, sums[1], batch->position);
    tine__chunks_add_at(moments->square, sums[2], 2 * batch->position + HIGH);
    tine__chunks_add_at(moments->square, sums[3], 2 * batch->position + MIDDLE);
    tine__chunks_add_at(moments->square, sums[4], 2 * batch->position);
}

static void add_one(void *to, double x, double y)
{
    (void)y;
    put(to, x);
}

void tine__moments_add_array_by(const tine__exact_loops *loops, tine__moments *moments,
                                const double *x, size_t n)
{
    static const tine__summation how = {
        .width = X_HIGH - 1,
        .headroom = 4,
        .least = -TINE__EXACT_EXPONENT / 2,
        .most = (TINE__MAX_POSITION - HIGH - TINE__EXACT_EXPONENT) / 2,
        .exponent = exponent_of,
        .extract = extract,
        .add_sums = add_sums,
        .add_one = add_one,
    };
    moments->sum.n += n;
    tine__add_arrays(&how, loops, moments, &moments->sum.position, x, x, n);
}

void tine__moments_add_array(tine__moments *moments, const double *x, size_t n)
{
    tine__moments_add_array_by(tine__exact_loops_at(0), moments, x, n);
}
