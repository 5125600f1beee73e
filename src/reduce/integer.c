#include "reduce/integer.h"
#include "base/bits.h"
#include "base/size.h"
#include "reduce/column_loops.h"
#include "reduce/ieee.h"
#include "reduce/ratio.h"

/* That the loops take at once. */
#define MOST ((size_t)1 << 30)

void tine__int_sum_merge(tine__int_sum *sum, const tine__int_sum *right)
{
    sum->n += right->n;
    tine__limbs_add(sum->limb, right->limb, 2);
}

bool tine__int_sum_fits(const tine__int_sum *sum, int64_t *out)
{
    *out = (int64_t)sum->limb[0];
    return sum->limb[1] == (*out < 0 ? UINT64_MAX : 0);
}

bool tine__int_sum_mean(const tine__int_sum *sum, double *out)
{
    uint64_t magnitude[2];
    if (sum->n == 0)
        return false;
    bool negative = tine__limbs_magnitude(magnitude, sum->limb);
    *out = tine__with_sign(tine__ratio_mean_of_limbs(magnitude, sum->n, 0), negative);
    return true;
}

void tine__int_sum_add_array(tine__int_sum *sum, const int64_t *x, size_t n)
{
    for (size_t done; n; x += done, n -= done) {
        done = tine__min(n, MOST);
        tine__column_loops_at(0)->sum_int64(x, done, sum);
    }
}

void tine__int_moments_add(tine__int_moments *moments, int64_t value)
{
    uint64_t absolute = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t square[3] = {0};
    square[0] = tine__mul128(absolute, absolute, &square[1]);
    tine__int_sum_add(&moments->sum, value);
    tine__limbs_add(moments->square, square, 3);
}

void tine__int_moments_add_array(tine__int_moments *moments, const int64_t *x, size_t n)
{
    for (size_t done; n; x += done, n -= done) {
        done = tine__min(n, MOST);
        tine__column_loops_at(0)->moments_int64(x, done, moments);
    }
}

void tine__int_moments_merge(tine__int_moments *moments, const tine__int_moments *right)
{
    tine__int_sum_merge(&moments->sum, &right->sum);
    tine__limbs_add(moments->square, right->square, 3);
}

static bool from_sums(const tine__int_moments *moments, tine__ratio_moment *round, double *out)
{
    tine__bigint sum, squares;
    if (moments->sum.n < 2)
        return false;
    uint64_t magnitude[2];
    tine__limbs_magnitude(magnitude, moments->sum.limb);
    tine__bigint_set_limbs(&sum, magnitude, 2);
    tine__bigint_set_limbs(&squares, moments->square, 3);
    *out = round(&sum, &squares, moments->sum.n, 0);
    return true;
}

bool tine__int_moments_var(const tine__int_moments *moments, double *out)
{
    return from_sums(moments, tine__ratio_var, out);
}

bool tine__int_moments_std(const tine__int_moments *moments, double *out)
{
    return from_sums(moments, tine__ratio_std, out);
}
