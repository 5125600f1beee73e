/* The window that fitted the last batch is tried on the next one. If it does not fit, another is
 * chosen by a few values; if that does not either, the magnitudes are too far apart, and batches go
 * the other way for a while, longer each time. */
#include "reduce/batches.h"
#include "base/bits.h"
#include "base/size.h"
#include "reduce/ieee.h"

#define MAX_SAMPLES 32
#define STEP 4 /* at least, from one sample to the next */
#define MAX_SKIP 32
#define REST (4 * TINE__GROUP) /* fewer are copied, and filled up to whole groups */
#define FEW 8                  /* these are faster one by one */

typedef struct adder {
    const tine__summation *how;
    tine__batch batch;
    unsigned skip;     /* batches for which no window is tried */
    unsigned patience; /* how many they were the last time */
} adder;

double tine__bin_constant(unsigned position)
{
    const uint64_t one_and_a_half = UINT64_C(1) << 51;
    return tine__double_from_bits((uint64_t)(position + 1) << 52 | one_and_a_half);
}

/* By the second largest of some of the values: one may be far off. */
static unsigned choose_position(const tine__summation *how, const double *x, const double *y,
                                size_t n)
{
    unsigned first = 0, second = 0;
    size_t step = n / MAX_SAMPLES > STEP ? n / MAX_SAMPLES : STEP;
    for (size_t i = 0; i < n; i += step) {
        unsigned exponent = how->exponent(x[i], y[i]);
        second = second > exponent ? second : exponent < first ? exponent : first;
        first = first > exponent ? first : exponent;
    }
    unsigned top = second + how->headroom;
    unsigned position = top > how->least + how->width ? top - how->width : how->least;
    return position < how->most ? position : how->most;
}

static bool too_many(uint32_t groups, size_t n_groups)
{
    return 4 * tine__popcount64(groups) > n_groups;
}

/* Adds what is in the window; returns the groups that are left. */
static uint32_t extract(adder *a)
{
    tine__batch *batch = &a->batch;
    int64_t sums[TINE__SQUARE_BINS];
    uint32_t left = a->how->extract(batch, sums);
    if (too_many(left, batch->n_groups)) {
        batch->position =
            choose_position(a->how, batch->x, batch->y, batch->n_groups * TINE__GROUP);
        left = a->how->extract(batch, sums);
    }
    a->patience = too_many(left, batch->n_groups) ? 2 * a->patience + 1 : 0;
    a->skip = a->patience = a->patience < MAX_SKIP ? a->patience : MAX_SKIP;
    a->how->add_sums(batch, sums);
    return left;
}

static void add_one_by_one(const adder *a, uint32_t groups)
{
    const tine__batch *batch = &a->batch;
    for (; groups; groups &= groups - 1) {
        size_t begin = tine__ctz64(groups) * TINE__GROUP;
        for (size_t i = begin; i < begin + TINE__GROUP; i++)
            a->how->add_one(batch->to, batch->x[i], batch->y[i]);
    }
}

static void add_batch(adder *a)
{
    uint32_t left = UINT32_MAX >> (32 - a->batch.n_groups);
    if (a->skip)
        a->skip--;
    else
        left = extract(a);
    if (!a->how->add_groups)
        add_one_by_one(a, left);
    else if (left)
        a->how->add_groups(&a->batch, left);
}

/* A copy of n values that is filled up with zeros, which change no sum. */
static const double *filled_up(double *room, const double *x, size_t n, size_t n_groups)
{
    memcpy(room, x, n * sizeof *x);
    memset(room + n, 0, (n_groups * TINE__GROUP - n) * sizeof *room);
    return room;
}

static void add_rest(adder *a, const double *x, const double *y, size_t n)
{
    double room_x[REST], room_y[REST];
    a->batch.n_groups = (n + TINE__GROUP - 1) / TINE__GROUP;
    a->batch.x = a->batch.y = filled_up(room_x, x, n, a->batch.n_groups);
    if (y != x)
        a->batch.y = filled_up(room_y, y, n, a->batch.n_groups);
    add_batch(a);
}

void tine__add_arrays(const tine__summation *how, const tine__exact_loops *loops, void *to,
                      uint32_t *position, const double *x, const double *y, size_t n)
{
    adder a = {how, {.loops = loops, .to = to, .position = *position}, 0, 0};
    if (*position == 0 && n > FEW)
        a.batch.position = choose_position(how, x, y, n);
    for (; n >= REST; n -= a.batch.n_groups * TINE__GROUP) {
        a.batch.x = x;
        a.batch.y = y;
        a.batch.n_groups = tine__min(n / TINE__GROUP, TINE__BATCH_GROUPS);
        add_batch(&a);
        x += a.batch.n_groups * TINE__GROUP;
        y += a.batch.n_groups * TINE__GROUP;
    }
    if (n > FEW)
        add_rest(&a, x, y, n);
    for (size_t i = 0; n <= FEW && i < n; i++)
        how->add_one(to, x[i], y[i]);
    *position = a.batch.position;
}
