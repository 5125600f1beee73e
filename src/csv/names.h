/* The names of columns: from a header, made up where there is none, and never alike. */
#ifndef TINE_CSV_NAMES_H
#define TINE_CSV_NAMES_H
#include "csv/head.h"

typedef struct tine__names {
    const char **names; /* in the csv's arena */
    size_t n;
} tine__names;

/* The names that the head's last record gives. TINE_EFORMAT: one of them is not UTF-8, or has a
 * NUL. */
TINE_MUST_USE tine_status tine__names_of_header(tine__head *head, tine__names *names_out,
                                                tine_error *error);
/* `names`, copied; where that is NULL column_1, column_2, … */
TINE_MUST_USE tine_status tine__names_given(tine__csv *csv, const char *const *names, size_t n,
                                            tine__names *names_out, tine_error *error);

#endif
