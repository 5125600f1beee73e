#include "reduce/moments.h"
#include "reduce/ratio.h"

__extension__ typedef unsigned __int128 wide;

/* Adds the square of mantissa * 2^(position / 2): 106 bits, shifted by up to 31, in four chunks.
 * None grows by 2^42 or more, less than TINE__CHUNK_PENDING allows for. */
static void add_square(int64_t *chunk, uint64_t mantissa, unsigned position)
{
    wide square = (wide)mantissa * mantissa;
    unsigned shift = position % TINE__CHUNK_BITS;
    chunk += position / TINE__CHUNK_BITS;
    chunk[0] += (uint32_t)((uint64_t)square << shift);
    square >>= TINE__CHUNK_BITS - shift;
    chunk[1] += (uint32_t)square;
    chunk[2] += (uint32_t)(square >> 32);
    chunk[3] += (int64_t)(square >> 64);
}

void tine__moments_add(tine__moments *moments, double value)
{
    tine__exact_add(&moments->sum, value);
    if (moments->sum.special)
        return;
    tine__scaled x = tine__scaled_of(tine__double_bits(value));
    add_square(moments->square, x.mantissa, 2 * x.position);
    if (moments->sum.pending == 1) /* the sum has carried just now: both do it together */
        tine__chunks_carry(moments->square, TINE__SQUARE_CHUNKS);
}

void tine__moments_add_array(tine__moments *moments, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tine__moments_add(moments, x[i]);
}

void tine__moments_merge(tine__moments *moments, const tine__moments *right)
{
    tine__exact_merge(&moments->sum, &right->sum);
    tine__chunks_add(moments->square, right->square, TINE__SQUARE_CHUNKS);
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
    tine__chunks_magnitude(moments->square, TINE__SQUARE_CHUNKS, &squares);
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
