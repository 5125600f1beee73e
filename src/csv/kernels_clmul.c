/* The kernels by SSE2 with what came in the years before AVX2: the product without carries, and
 * the counting of bits. */
#include "csv/bytes_sse2.h"
#include "csv/prefix_clmul.h"
#include "csv/positions_each.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_clmul = {"clmul",
                                           summarize,
                                           index_text,
                                           tine__int64s_scalar,
                                           tine__doubles_scalar,
                                           tine__dates_scalar,
                                           tine__timestamps_scalar,
                                           tine__utf8_scalar,
                                           tine__strings_scalar};
