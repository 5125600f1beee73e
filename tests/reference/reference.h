/* The reference reader: SEMANTICS.md word by word, with everything in memory, one byte at a time,
 * in one thread. What the library reads is compared with it. */
#ifndef TINE_TESTS_REFERENCE_REFERENCE_H
#define TINE_TESTS_REFERENCE_REFERENCE_H
#include "reference/split.h"

/* Which types the inferred columns get. */
typedef enum ref_types {
    REF_SETTLED,  /* the whole file's: collect, aggregate */
    REF_BY_SAMPLE /* the sample's, and what does not fit is an error: for_each, and all of a pipe's
                   */
} ref_types;

typedef struct ref_value {
    bool null;
    int64_t number;  /* BOOL, INT64, DATE, TIMESTAMP */
    double real;     /* DOUBLE */
    ref_bytes bytes; /* STRING */
} ref_value;

typedef struct ref_row {
    size_t source;
    uint64_t at; /* byte offset of its first byte */
    ref_value *values;
} ref_row;

typedef struct ref_error {
    tine_status status;
    size_t source;
    uint64_t byte_offset, line, record, column;
} ref_error;

typedef struct ref_table {
    ref_arena arena;
    ref_error error; /* status TINE_OK: none, and the rest holds */
    size_t n_columns;
    char **names;
    tine_type *types;
    size_t n_rows;
    ref_row *rows;
} ref_table;

/* `used`: a flag for each column whether its values are converted; NULL: all are. Free the result.
 */
ref_table *ref_read(const ref_bytes *sources, size_t n, const tine_csv_options *options,
                    ref_types types, const bool *used);
void ref_table_free(ref_table *table);

#endif
