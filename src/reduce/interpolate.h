/* A point between two numbers, as the double nearest to it: exact until it is rounded once. */
#ifndef TINE_REDUCE_INTERPOLATE_H
#define TINE_REDUCE_INTERPOLATE_H
#include "reduce/exact.h"

typedef struct tine__part { /* limb * 2^-shift, from 0 to below 1; limbs least significant first */
    uint64_t limb[2];
    unsigned shift;
} tine__part;

/* Splits p * n, for p from 0 to 1, into whole steps and a part of one. */
uint64_t tine__part_of(double p, uint64_t n, tine__part *part_out);

static inline bool tine__part_is_none(const tine__part *part)
{
    return !(part->limb[0] | part->limb[1]);
}

/* The nearest double to from + part * (to - from), an exact zero as +0. */
double tine__interpolate(tine__scaled from, tine__scaled to, const tine__part *part);

#endif
