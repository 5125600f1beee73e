/* The loops by AVX2. */
#define VECTOR_BYTES 32
#include "reduce/column_loops_template.h"

static inline words square(words x)
{
    typedef int quarters __attribute__((vector_size(VECTOR_BYTES)));
    return (words)__builtin_ia32_pmuldq256((quarters)x, (quarters)x);
}

const tine__column_loops tine__column_loops_avx2 = {"avx2", range_int64, range_double, sum_int64,
                                                    moments_int64};
