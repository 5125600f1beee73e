/* Bytes to records and fields, by the "Bytes to rows" rules of SEMANTICS.md. */
#ifndef TINE_TESTS_REFERENCE_SPLIT_H
#define TINE_TESTS_REFERENCE_SPLIT_H
#include "reference/memory.h"
#include <stdbool.h>
#include <stdint.h>
#include <tine.h>

typedef struct ref_bytes {
    const char *data;
    size_t size;
} ref_bytes;

typedef struct ref_dialect {
    int delimiter, quote, escape, comment; /* a byte, or TINE_NONE */
    size_t max_row_size;
} ref_dialect;

typedef struct ref_field {
    size_t at; /* its first byte: of a quoted one the quote */
    bool quoted;
    char *text;     /* the content: without quotes, escapes undone */
    size_t *origin; /* where each byte of it stands in the source */
    size_t size;
} ref_field;

typedef struct ref_record {
    size_t at, end; /* from its first byte to its line end, which is not part of it */
    bool blank; /* a line with nothing in it: the width of the table decides whether it counts */
    ref_field *fields;
    size_t n_fields;
} ref_record;

typedef struct ref_records {
    ref_record *items;
    size_t n;
    tine_status status; /* of the record behind the last one */
    size_t record_at, fault_at, fault_end, fault_column;
} ref_records;

/* Splits what starts in [start, stop). Comments and the blank lines before the first record are
 * left out. Stops at the first record that cannot be split. */
ref_records ref_split(ref_arena *arena, ref_bytes in, size_t start, size_t stop,
                      const ref_dialect *dialect);

/* The physical line of a byte, from 1. */
uint64_t ref_line(ref_bytes in, size_t at);

#endif
