/* One question to a reader of CSV, and its answer as text: a table or the first error. The
 * reference and the library answer the same questions, so their answers are compared as strings.
 *
 *     a:int64 b:string          columns
 *     @0                        for_each: a batch of partition 0; collect: "--" between two batches
 *     1 | "x"                   a row
 *     ~ | ""                    ~ is null
 *
 *     EFORMAT source 0 byte 5 line 2 record 1 column 2
 *     EINVAL
 *     rows 2                    count */
#ifndef TINE_TESTS_REFERENCE_JOB_H
#define TINE_TESTS_REFERENCE_JOB_H
#include "reference/reference.h"

enum { REF_MAX_SOURCES = 4 };

typedef enum ref_kind {
    REF_SEEKABLE, /* callbacks that read at any offset */
    REF_MEMORY,   /* bytes in memory; several such sources have the same name, so they are
                     REF_SEEKABLE */
    REF_PIPE      /* callbacks that read once, in order, in odd pieces */
} ref_kind;

typedef enum ref_terminal { REF_COLLECT, REF_FOR_EACH, REF_COUNT } ref_terminal;

typedef struct ref_job {
    ref_bytes sources[REF_MAX_SOURCES];
    size_t n_sources;
    tine_csv_options options;
    ref_terminal terminal;
    const bool *used; /* a flag for each column whether it is selected; NULL: all are */
    ref_kind kind;    /* the library's sources */
    tine_pool *pool;  /* the library's; NULL: none */
    const char
        *path; /* the library's only source is this file, with the same bytes; NULL: it is not */
    size_t rows_shown; /* a longer table is shown by so many rows and their number; 0: all */
} ref_job;

/* Both return the answer; free it with ref_text_free. */
ref_text ref_answer(const ref_job *job);
ref_text ref_library_answer(const ref_job *job);

/* What both write with. */
const char *ref_type_name(tine_type type);
void ref_show_value(ref_text *to, tine_type type, const ref_value *value);
void ref_show_error(ref_text *to, const ref_error *error);

#endif
