/* The bytes that mean something, and how the delimiter is found where nobody named it. */
#ifndef TINE_CSV_DIALECT_H
#define TINE_CSV_DIALECT_H
#include <tine.h>

#define TINE__SNIFF_BYTES 65536 /* the records that start in so many bytes settle the delimiter */

typedef struct tine__dialect {
    int delimiter; /* TINE_NONE: to be sniffed */
    int quote;     /* a byte, or TINE_NONE; so the two below */
    int escape;
    int comment;
} tine__dialect;

/* TINE_EINVAL: two of the bytes are alike, or one is CR, LF or not ASCII. */
TINE_MUST_USE tine_status tine__dialect_set(tine__dialect *dialect, const tine_csv_options *options,
                                            tine_error *error);

/* Settles the delimiter by the records that start in the first TINE__SNIFF_BYTES of a source's text
 * (SEMANTICS.md, sniff_delimiter). `at_end`: the source ends with the text. A record of more
 * than max_row_size is malformed. */
void tine__dialect_sniff(tine__dialect *dialect, const char *text, size_t n, bool at_end,
                         size_t max_row_size);

#endif
