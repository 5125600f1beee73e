/* The plan behind a dataset: a CSV, the columns that are left of it, and the filters. Immutable and
 * counted; every verb that changes something makes a new plan that shares the rest.
 *
 * Columns are named by their index in the CSV: what the user calls column i is columns[i]. */
#ifndef TINE_DATASET_PLAN_H
#define TINE_DATASET_PLAN_H
#include "csv/csv.h"

#include <stdatomic.h>

typedef struct tine__filter {  /* shared by all plans that came after it */
    _Atomic size_t references; /* any thread that makes or releases a plan */
    tine_filter_fn fn;
    void *ctx;
    size_t ctx_size; /* > 0: ctx is our copy */
    void (*ctx_free)(void *ctx);
    size_t n_columns;
    size_t *columns;
} tine__filter;

struct tine_dataset {
    _Atomic size_t references; /* any thread that retains or releases */
    tine__csv *csv;
    tine_type *types; /* of every column of the csv */
    bool settled;     /* the inferred types are those of the whole file */
    size_t n_columns;
    size_t *columns;
    bool *shown; /* by column of the csv: it is one of `columns` */
    size_t n_filters;
    tine__filter **filters; /* one reference each; applied from the first to the last */
};

/* The index in the CSV of the dataset's column of that name; TINE_EINVAL names those there are. */
TINE_MUST_USE tine_status tine__plan_find(const tine_dataset *plan, const char *name,
                                          size_t *column_out, tine_error *error);
/* A plan with other types, which are the whole file's. */
TINE_MUST_USE tine_status tine__plan_settle(const tine_dataset *plan, const tine_type *types,
                                            tine_dataset **plan_out, tine_error *error);
/* Its type was not given, and may still turn out to be another one. */
bool tine__plan_unsettled(const tine_dataset *plan, size_t column);
const char *tine__plan_name(const tine_dataset *plan, size_t column);

#endif
