/* Array after batch after group: see exact_loops.h. The window that fitted the last batch is tried
 * on the next one. If it does not, another is chosen by a few values; if that does not either, the
 * magnitudes are too far apart, and batches go the other way for a while, longer each time. */
#include "reduce/exact_array.h"
#include "base/bits.h"
#include "base/size.h"

typedef struct adder {
    const tine__exact_loops *loops;
    tine__exact *sum;
    unsigned position; /* of the window's last place, as in tine__scaled */
    unsigned skip;     /* batches for which no window is tried */
    unsigned patience; /* how many they were the last time, and one more */
} adder;

#define BIN_BITS 52
/* The highest position at which the high bin's constant is finite. */
#define MAX_POSITION (2046 - 1 - BIN_BITS)
/* Biased exponents of values that fit, whatever their mantissas: position + 1 to position + 51. */
#define WINDOW 51
/* How many of them are above the values that the window is chosen by. */
#define HEADROOM 10
#define MAX_SKIP 32

static tine__window window_at(unsigned position)
{
    const uint64_t one_and_a_half = UINT64_C(1) << 51, low = position + 1, high = low + BIN_BITS;
    return (tine__window){.high = tine__double_from_bits(high << 52 | one_and_a_half),
                          .low = tine__double_from_bits(low << 52 | one_and_a_half)};
}

/* By the second largest of some of the values: one may be far off. */
static unsigned choose_position(const double *x, size_t n)
{
    enum { SAMPLES = 32 };
    unsigned first = 0, second = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        unsigned exponent = (unsigned)(tine__double_bits(x[i * n / SAMPLES]) >> 52) & 0x7ff;
        second = second > exponent ? second : exponent < first ? exponent : first;
        first = first > exponent ? first : exponent;
    }
    unsigned position = second + HEADROOM > WINDOW ? second + HEADROOM - WINDOW : 0;
    return position < MAX_POSITION ? position : MAX_POSITION;
}

static bool too_many(uint32_t groups, size_t n_groups)
{
    return 4 * tine__popcount64(groups) > n_groups;
}

/* Returns the groups that are left. */
static uint32_t extract_at(const adder *a, const double *x, size_t n_groups, int64_t sums[2])
{
    const tine__window window = window_at(a->position);
    return a->loops->extract(x, n_groups, &window, sums);
}

/* Adds what is in the window; returns the groups that are left. */
static uint32_t extract(adder *a, const double *x, size_t n_groups)
{
    int64_t sums[2];
    uint32_t left = extract_at(a, x, n_groups, sums);
    if (too_many(left, n_groups)) {
        a->position = choose_position(x, n_groups * TINE__GROUP);
        left = extract_at(a, x, n_groups, sums);
    }
    a->patience = too_many(left, n_groups) ? 2 * a->patience + 1 : 0;
    a->skip = a->patience = a->patience < MAX_SKIP ? a->patience : MAX_SKIP;
    tine__chunks_add_at(a->sum->chunk, sums[0], a->position + BIN_BITS);
    tine__chunks_add_at(a->sum->chunk, sums[1], a->position);
    return left;
}

static void add_specials(tine__exact *sum, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = tine__double_bits(x[i]);
        if (!tine__bits_are_finite(bits))
            tine__exact_add_special(sum, bits);
    }
}

static void add_batch(adder *a, const double *x, size_t n_groups)
{
    uint32_t left = UINT32_MAX >> (32 - n_groups);
    tine__exact_reserve(a->sum, 2);
    if (a->skip)
        a->skip--;
    else
        left = extract(a, x, n_groups);
    if (!left)
        return;
    tine__exact_reserve(a->sum, TINE__BATCH);
    if (a->loops->spread(x, left, a->sum->chunk))
        add_specials(a->sum, x, n_groups * TINE__GROUP);
}

void tine__exact_add_array_by(const tine__exact_loops *loops, tine__exact *sum, const double *x,
                              size_t n)
{
    adder a = {.loops = loops, .sum = sum};
    size_t groups = n / TINE__GROUP;
    sum->n += groups * TINE__GROUP;
    if (groups)
        a.position = choose_position(x, n);
    for (size_t batch; groups; groups -= batch, x += batch * TINE__GROUP) {
        batch = tine__min(groups, TINE__BATCH_GROUPS);
        add_batch(&a, x, batch);
    }
    for (size_t i = 0; i < n % TINE__GROUP; i++)
        tine__exact_add(sum, x[i]);
}

void tine__exact_add_array(tine__exact *sum, const double *x, size_t n)
{
    tine__exact_add_array_by(tine__exact_loops_at(0), sum, x, n);
}
