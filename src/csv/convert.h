/* Columns of rows to arrays, 64 rows at a time: plain values by the kernels, the others one by one;
 * evidence gathered. */
#ifndef TINE_CSV_CONVERT_H
#define TINE_CSV_CONVERT_H
#include "csv/cells.h"
#include "csv/scan.h"

/* See tine__lane_convert. TINE_ENOMEM, TINE_ELIMIT. */
TINE_MUST_USE tine_status tine__convert(tine__cells *cells, tine_type type,
                                        const uint32_t *selection, size_t n, tine__array *out,
                                        tine__evidence *evidence, tine__misfit *misfit,
                                        tine_error *error);

#endif
