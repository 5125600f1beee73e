/* Columns of rows to arrays: null rules, quoting undone, values parsed, evidence gathered. */
#ifndef TINE_CSV_CONVERT_H
#define TINE_CSV_CONVERT_H
#include "csv/opened.h"
#include "csv/rows.h"
#include "csv/scan.h"

typedef struct tine__cells { /* one column of some rows, and room to undo quoting in */
    const tine__csv *csv;
    const char *text;
    const tine__rows *rows;
    size_t column;
    const tine_allocator *allocator;
    char *scratch; /* kept from column to column */
    size_t scratch_capacity;
} tine__cells;

void tine__cells_free(tine__cells *cells);

typedef enum tine__cell {
    TINE__CELL_NULL, /* by its text */
    TINE__CELL_TEXT,
    TINE__CELL_FAILED /* memory is short */
} tine__cell;

/* The content of a field: borrowed from the text or the scratch room, until the next call. */
tine__cell tine__cells_at(tine__cells *cells, size_t row, tine_string *content_out);

/* Without the spaces and tabs around it. */
tine_string tine__trim(tine_string content);

/* What a value shows of its column's type; nothing, where it is empty. */
tine__evidence tine__cell_evidence(tine_string content);

/* See tine__lane_convert. TINE_ENOMEM, TINE_ELIMIT. */
TINE_MUST_USE tine_status tine__convert(tine__cells *cells, tine_type type,
                                        const uint32_t *selection, size_t n, tine__array *out,
                                        tine__evidence *evidence, tine__misfit *misfit,
                                        tine_error *error);

/* Where byte `i` of the content of a row's field lies in the text. */
size_t tine__cells_origin(const tine__cells *cells, size_t row, size_t i);

/* The content of a field between its quotes, if it has any: each `mark` (the escape byte, or the
 * quote of a doubled one) is dropped and the byte behind it kept. out has room for n bytes; returns
 * the size of the content. */
size_t tine__unescape(int mark, const char *raw, size_t n, char *out);

#endif
