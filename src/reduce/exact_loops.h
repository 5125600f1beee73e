/* The loops under exact sums of arrays: a table of functions for one instruction set each. All give
 * the same sums.
 *
 * The fast way (two-bin extraction) adds a value to a large constant, 1.5 * 2^k, which rounds it to
 * a multiple of the constant's last place; what was cut off is found exactly by subtracting and is
 * treated likewise with a constant that is 2^52 times smaller (the splitting: Ogita, Rump and Oishi
 * 2005, "Accurate sum and dot product", section 3). As long as a result stays beside its constant
 * their bit patterns, read as integers, differ by just the multiple: so the patterns are summed, in
 * 64 bits, and what all constants add up to is subtracted at the end. Two bins hold 103 bits, "the
 * window". Whether every value was inside is looked at once for each group of values; groups with
 * one that was not are left out and handed back.
 *
 * The other way, for these, takes any double apart and adds it to chunks as exact.h does. */
#ifndef TINE_REDUCE_EXACT_LOOPS_H
#define TINE_REDUCE_EXACT_LOOPS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TINE__GROUP 64 /* doubles that are left out together */
/* In one call, 15.5 KiB. A bin grows by at most 2^51 a value (the middle one of squares by 2^51 +
 * 2^50), a chunk by less than 2^52: no sum gets to 2^63, and TINE__CHUNK_PENDING additions are
 * enough. */
#define TINE__BATCH_GROUPS 31
#define TINE__BATCH (TINE__BATCH_GROUPS * TINE__GROUP)

enum { TINE__BINS = 2, TINE__SQUARE_BINS = 5, TINE__PRODUCT_BINS = 4 };

/* A product of that size has an error that is a double: its last bit is 106 places below. */
#define TINE__LEAST_PRODUCT (-1074 + 106)

typedef struct tine__exact_loops {
    const char *name; /* of the instruction set */
    /* Sums n_groups groups in bins of those constants, the higher one first, in units of each
     * constant's last place, but for groups that are left out: bit g of the result is set for group
     * g. Needs the default floating-point environment. */
    uint32_t (*extract)(const double *x, size_t n_groups, const double constants[TINE__BINS],
                        int64_t sums[TINE__BINS]);
    /* The same, and with three bins more for the squares. They must hold the square of anything
     * that the first two hold: that is not looked at. */
    uint32_t (*extract_squares)(const double *x, size_t n_groups,
                                const double constants[TINE__SQUARE_BINS],
                                int64_t sums[TINE__SQUARE_BINS]);
    /* The same for products, which are a double and the error of its rounding: with two bins for
     * each. In the lower one of the first a unit is at least 2^TINE__LEAST_PRODUCT. */
    uint32_t (*extract_products)(const double *x, const double *y, size_t n_groups,
                                 const double constants[TINE__PRODUCT_BINS],
                                 int64_t sums[TINE__PRODUCT_BINS]);
    /* Adds the groups whose bits are set to chunks that can take TINE__BATCH additions. True: some
     * of the values were not finite, and then the chunks are good for nothing. Integer arithmetic
     * alone. */
    bool (*spread)(const double *x, uint32_t groups, int64_t *chunk);
} tine__exact_loops;

/* Those that this CPU runs, the best ones first, the portable ones last; NULL behind them. */
const tine__exact_loops *tine__exact_loops_at(size_t i);

extern const tine__exact_loops tine__exact_loops_plain;
/* On x86-64: compiled for its instruction set alone. */
extern const tine__exact_loops tine__exact_loops_avx2;

#endif
