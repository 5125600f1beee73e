/* The rows of a column that are not null, or that are, as runs of neighbours: a loop over a run is
 * plain, and a column without nulls is one run. The validity is read 64 rows at a time, which the
 * padding of every column's buffers allows. */
#ifndef TINE_REDUCE_RUNS_H
#define TINE_REDUCE_RUNS_H
#include "base/bits.h"
#include "base/size.h"

#include <tine.h>

typedef struct tine__runs {
    const uint8_t *validity;
    size_t n;
    size_t begin, end; /* the run found last */
} tine__runs;

/* The first row from `row` on whose validity, flipped by `flip` (0 or all ones), is 1; n: none. */
static inline size_t tine__runs_find(const tine__runs *runs, size_t row, uint64_t flip)
{
    uint64_t from = ~UINT64_C(0) << (row & 63);
    for (; row < runs->n; row = (row | 63) + 1, from = ~UINT64_C(0)) {
        uint64_t bits = (tine__load64(runs->validity + (row >> 6) * 8) ^ flip) & from;
        if (bits)
            return tine__min((row & ~(size_t)63) + tine__ctz64(bits), runs->n);
    }
    return runs->n;
}

/* Goes to the next run of rows whose validity flipped by `flip` is 1; false: there is none. */
static inline bool tine__runs_next(tine__runs *runs, uint64_t flip)
{
    if (runs->validity) {
        runs->begin = tine__runs_find(runs, runs->end, flip);
        runs->end = tine__runs_find(runs, runs->begin, ~flip);
    } else {
        runs->begin = flip ? runs->n : runs->end;
        runs->end = runs->n;
    }
    return runs->begin < runs->end;
}

static inline tine__runs tine__runs_of(const tine_column *column, size_t n)
{
    return (tine__runs){.validity = column->validity, .n = n};
}

/* A loop whose body runs for each row of the column that is not null. `break` leaves a run only. */
#define TINE__EACH_VALID(row, column, n_rows)                                                      \
    for (tine__runs each_runs = tine__runs_of((column), (n_rows));                                 \
         tine__runs_next(&each_runs, 0);)                                                          \
        for (size_t row = each_runs.begin; row < each_runs.end; row++)

#endif
