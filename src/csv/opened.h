/* The insides of an opened CSV, for the files that read it. */
#ifndef TINE_CSV_OPENED_H
#define TINE_CSV_OPENED_H
#include "csv/csv.h"
#include "csv/input.h"
#include "csv/names.h"
#include "csv/plain.h"
#include "base/arena.h"
#include <stdatomic.h>

#define TINE__SAMPLE_BYTES ((size_t)1 << 20) /* the records that start there show the types */

typedef struct tine__csv_source {
    tine_source *source;
    tine__input input;   /* of a pipe: the window holds what open read */
    uint64_t start;      /* where the first record may start: behind header and blank lines */
    tine__prefix prefix; /* at start */
    bool empty;          /* it has no records at all, not even a header */
} tine__csv_source;

struct tine__csv {
    tine_allocator allocator;
    _Atomic size_t references; /* any thread; whoever takes it to 0 has seen all others' work */
    _Atomic bool pipes_read;   /* set by the first scan, if there is a pipe; refuses later ones */
    tine__arena arena;         /* the strings, columns and nulls */
    tine__dialect dialect;
    tine__machine machine;
    tine__plain plain;
    size_t partition_size, max_row_size;
    tine_header header; /* PRESENT or NONE once it is open */
    tine__csv_source *sources;
    size_t n_sources;
    tine__csv_column *columns;
    size_t n_columns;
    tine__names names; /* of the columns */
    tine_string *nulls;
    size_t n_nulls;
};

#endif
