/* An opened CSV: sources, dialect, columns and their types as far as they are known. What the dataset
 * layer knows of CSV is this header and csv/scan.h. */
#ifndef TINE_CSV_CSV_H
#define TINE_CSV_CSV_H
#include "csv/value.h"

typedef struct tine__csv tine__csv;

typedef struct tine__csv_column {
    const char *name;        /* owned by the csv */
    tine_type type;          /* never TINE_AUTO: the given one, or what the sample says (all null: STRING) */
    bool inferred;
    tine__evidence evidence; /* inferred: what the sample showed */
    const char *format;      /* DATE, TIMESTAMP given with one; else NULL */
} tine__csv_column;

/* Opens every source, settles the dialect, reads the headers (all alike, or TINE_EFORMAT) and infers
 * types from the sample: the rows that start in the first SAMPLE bytes of the first source that has
 * rows. Retains the sources. The csv is immutable but for "this pipe has been read". */
TINE_MUST_USE tine_status tine__csv_open(tine_source *const *sources, size_t n,
                                         const tine_csv_options *options, tine__csv **csv_out,
                                         tine_error *error);
tine__csv *tine__csv_retain(tine__csv *csv);
void tine__csv_release(tine__csv *csv);

size_t tine__csv_n_columns(const tine__csv *csv);
const tine__csv_column *tine__csv_column_at(const tine__csv *csv, size_t i);
size_t tine__csv_find(const tine__csv *csv, const char *name); /* its index, or SIZE_MAX */
bool tine__csv_rereadable(const tine__csv *csv);               /* no source is a pipe */
const tine_allocator *tine__csv_allocator(const tine__csv *csv);

#endif
