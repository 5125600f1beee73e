/* The sizes of a compressed member, as far as they can be told without decompressing it. */
#ifndef TINE_SOURCE_MEASURE_H
#define TINE_SOURCE_MEASURE_H
#include <tine.h>

/* Measures the member of a seekable source that begins at `at`. *known_out false: it does not say,
 * or is damaged. */
typedef tine_status (*tine__measure_fn)(tine_source *source, uint64_t at, uint64_t *n_in_out,
                                        uint64_t *n_out_out, bool *known_out, tine_error *error);

TINE_MUST_USE tine_status tine__measure_bgzf(tine_source *source, uint64_t at, uint64_t *n_in_out,
                                             uint64_t *n_out_out, bool *known_out,
                                             tine_error *error);
TINE_MUST_USE tine_status tine__measure_zstd(tine_source *source, uint64_t at, uint64_t *n_in_out,
                                             uint64_t *n_out_out, bool *known_out,
                                             tine_error *error);

#endif
