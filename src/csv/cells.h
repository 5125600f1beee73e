/* The content of single fields: null rules, quoting undone. */
#ifndef TINE_CSV_CELLS_H
#define TINE_CSV_CELLS_H
#include "csv/opened.h"
#include "csv/rows.h"

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

/* Where byte `i` of the content of a row's field lies in the text. */
size_t tine__cells_origin(const tine__cells *cells, size_t row, size_t i);

/* A field as it lies in the text. */
typedef struct tine__raw_field {
    const char *text; /* between the quotes */
    size_t n;
    bool quoted;
    int mark; /* the byte that is dropped in front of another one; TINE_NONE: there is none */
} tine__raw_field;

static inline tine__raw_field tine__raw_field_at(const tine__cells *cells, size_t row)
{
    const tine__dialect *dialect = &cells->csv->dialect;
    const char *text = cells->text + tine__field_start(cells->rows, row, cells->column);
    size_t n = (size_t)(cells->text + tine__field_end(cells->rows, row, cells->column) - text);
    if (n == 0 || (unsigned char)text[0] != dialect->quote)
        return (tine__raw_field){text, n, false, dialect->escape};
    return (tine__raw_field){text + 1, n - 2, true,
                             dialect->escape != TINE_NONE ? dialect->escape : dialect->quote};
}

/* An unquoted field with that content is null. */
bool tine__is_null_text(const tine__csv *csv, tine_string content);

#endif
