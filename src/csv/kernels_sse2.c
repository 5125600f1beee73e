/* The kernels by SSE2, which every x86-64 has. */
#include "csv/bytes_sse2.h"
#include "csv/prefix_shifts.h"
#include "csv/positions_each.h"
#include "csv/kernels_template.h"

const tine__kernels tine__kernels_sse2 = {"sse2",
                                          summarize,
                                          index_text,
                                          tine__int64s_scalar,
                                          tine__doubles_scalar,
                                          tine__dates_scalar,
                                          tine__timestamps_scalar,
                                          tine__utf8_scalar,
                                          tine__strings_scalar};
