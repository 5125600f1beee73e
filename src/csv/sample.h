/* What the first rows show of the columns' types. */
#ifndef TINE_CSV_SAMPLE_H
#define TINE_CSV_SAMPLE_H
#include "csv/head.h"

/* Joins into seen[0 ... width - 1] what the records show that start in the first TINE__SAMPLE_BYTES
 * of the head's source, from its cursor on. The first malformed one ends it: reading will tell. */
TINE_MUST_USE tine_status tine__sample_types(tine__head *head, tine__evidence *seen, size_t width,
                                             tine_error *error);

/* Whether the head's last record is a header by SEMANTICS.md, header_sniff. Moves the head on. */
TINE_MUST_USE tine_status tine__sample_header(tine__head *head, bool *is_header_out,
                                              tine_error *error);

#endif
