/* The loops by the compiler's own means, on vectors of 16 bytes. */
#define VECTOR_BYTES 16
#include "reduce/column_loops_template.h"

static inline words square(words x)
{
    return x * x;
}

const tine__column_loops tine__column_loops_plain = {"plain", range_int64, range_double, sum_int64,
                                                     moments_int64};
