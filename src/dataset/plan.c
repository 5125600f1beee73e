#include "dataset/plan.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* ---- filters ---- */

static tine__filter *retain_filter(tine__filter *filter)
{
    atomic_fetch_add_explicit(&filter->references, 1, memory_order_relaxed);
    return filter;
}

/* Frees the filter but not what its ctx holds; takes a half-built one. */
static void destroy_filter(const tine_allocator *a, tine__filter *filter)
{
    if (filter->ctx_size)
        tine__free(a, filter->ctx, filter->ctx_size, _Alignof(max_align_t));
    TINE__DELETE_ARRAY(a, filter->columns, filter->n_columns);
    TINE__DELETE(a, filter);
}

static void release_filter(const tine_allocator *a, tine__filter *filter)
{
    if (atomic_fetch_sub_explicit(&filter->references, 1, memory_order_acq_rel) != 1)
        return;
    if (filter->ctx_free)
        filter->ctx_free(filter->ctx);
    destroy_filter(a, filter);
}

/* ---- plans ---- */

const char *tine__plan_name(const tine_dataset *plan, size_t column)
{
    return tine__csv_column_at(plan->csv, column)->name;
}

bool tine__plan_unsettled(const tine_dataset *plan, size_t column)
{
    return !plan->settled && tine__csv_column_at(plan->csv, column)->inferred;
}

/* Takes a half-built plan. */
static void destroy(tine_dataset *plan)
{
    tine__csv *csv = plan->csv;
    const tine_allocator *a = tine__csv_allocator(csv);
    for (size_t i = 0; plan->filters && i < plan->n_filters; i++)
        if (plan->filters[i])
            release_filter(a, plan->filters[i]);
    TINE__DELETE_ARRAY(a, plan->filters, plan->n_filters);
    TINE__DELETE_ARRAY(a, plan->columns, plan->n_columns);
    TINE__DELETE_ARRAY(a, plan->types, tine__csv_n_columns(csv));
    TINE__DELETE(a, plan);
    tine__csv_release(csv);
}

/* A plan with room for so many columns and filters, for the caller to fill in. */
static tine_status create(tine__csv *csv, size_t n_columns, size_t n_filters,
                          tine_dataset **plan_out, tine_error *error)
{
    const tine_allocator *a = tine__csv_allocator(csv);
    tine_dataset *plan = TINE__NEW(a, tine_dataset);
    if (!plan)
        return tine__error_no_memory(error);
    atomic_init(&plan->references, 1);
    plan->csv = tine__csv_retain(csv);
    plan->n_columns = n_columns;
    plan->n_filters = n_filters;
    plan->types = TINE__NEW_ARRAY(a, tine_type, tine__csv_n_columns(csv));
    plan->columns = TINE__NEW_ARRAY(a, size_t, n_columns);
    plan->filters =
        tine__alloc_zeroed(a, n_filters * sizeof *plan->filters, _Alignof(tine__filter *));
    if (!plan->types || !plan->columns || (n_filters && !plan->filters)) {
        destroy(plan);
        return tine__error_no_memory(error);
    }
    *plan_out = plan;
    return TINE_OK;
}

/* The first plan of a csv: everything as it lies there. */
static tine_status plan_of(tine__csv *csv, tine_dataset **plan_out, tine_error *error)
{
    size_t n = tine__csv_n_columns(csv);
    tine_status status = create(csv, n, 0, plan_out, error);
    for (size_t i = 0; status == TINE_OK && i < n; i++) {
        (*plan_out)->types[i] = tine__csv_column_at(csv, i)->type;
        (*plan_out)->columns[i] = i;
    }
    return status;
}

/* A plan like another, but with these columns, and with one more filter unless it is NULL. */
static tine_status derive(const tine_dataset *plan, const size_t *columns, size_t n_columns,
                          tine__filter *filter, tine_dataset **plan_out, tine_error *error)
{
    tine_dataset *made;
    size_t n_filters = plan->n_filters + (filter != NULL);
    tine_status status = create(plan->csv, n_columns, n_filters, &made, error);
    if (status != TINE_OK)
        return status;
    made->settled = plan->settled;
    memcpy(made->types, plan->types, tine__csv_n_columns(plan->csv) * sizeof *made->types);
    memcpy(made->columns, columns, n_columns * sizeof *columns);
    for (size_t i = 0; i < plan->n_filters; i++)
        made->filters[i] = retain_filter(plan->filters[i]);
    if (filter)
        made->filters[plan->n_filters] = retain_filter(filter);
    *plan_out = made;
    return TINE_OK;
}

tine_status tine__plan_settle(const tine_dataset *plan, const tine_type *types,
                              tine_dataset **plan_out, tine_error *error)
{
    tine_status status = derive(plan, plan->columns, plan->n_columns, NULL, plan_out, error);
    if (status != TINE_OK)
        return status;
    memcpy((*plan_out)->types, types, tine__csv_n_columns(plan->csv) * sizeof *types);
    (*plan_out)->settled = true;
    return TINE_OK;
}

/* ---- names ---- */

static tine_status unknown_column(const tine_dataset *plan, const char *name, tine_error *error)
{
    tine__name_list list = {.used = 0};
    for (size_t i = 0; i < plan->n_columns; i++)
        tine__name_list_add(&list, tine__plan_name(plan, plan->columns[i]));
    return tine__error_set(error, TINE_EINVAL, "there is no column \"%.64s\": there are %s", name,
                           list.text);
}

tine_status tine__plan_find(const tine_dataset *plan, const char *name, size_t *column_out,
                            tine_error *error)
{
    if (!name)
        return tine__error_set(error, TINE_EINVAL, "a column's name is NULL");
    for (size_t i = 0; i < plan->n_columns; i++)
        if (!strcmp(tine__plan_name(plan, plan->columns[i]), name)) {
            *column_out = plan->columns[i];
            return TINE_OK;
        }
    return unknown_column(plan, name, error);
}

static tine_status find_all(const tine_dataset *plan, const char *const *names, size_t n,
                            size_t *columns, tine_error *error)
{
    for (size_t i = 0; i < n; i++) {
        tine_status status = tine__plan_find(plan, names[i], &columns[i], error);
        if (status != TINE_OK)
            return status;
        for (size_t j = 0; j < i; j++)
            if (columns[j] == columns[i])
                return tine__error_set(error, TINE_EINVAL, "column \"%.64s\" is named twice",
                                       names[i]);
    }
    return TINE_OK;
}

/* ---- the public verbs ---- */

static tine_status missing_argument(const char *function, tine_error *error)
{
    return tine__error_set(error, TINE_EINVAL, "%s: an argument that must be given is NULL",
                           function);
}

tine_status tine_csv_open(tine_source *const *sources, size_t n, const tine_csv_options *options,
                          tine_dataset **dataset_out, tine_error *error)
{
    if (!dataset_out)
        return missing_argument("tine_csv_open", error);
    *dataset_out = NULL;
    tine__csv *csv;
    tine_status status = tine__csv_open(sources, n, options, &csv, error);
    if (status != TINE_OK)
        return status;
    status = plan_of(csv, dataset_out, error);
    tine__csv_release(csv);
    return status;
}

tine_status tine_csv_open_file(const char *path, const tine_csv_options *options,
                               tine_dataset **dataset_out, tine_error *error)
{
    if (!dataset_out)
        return missing_argument("tine_csv_open_file", error);
    *dataset_out = NULL;
    tine_source *source = NULL;
    tine_status status = tine_source_file(path, &source, error);
    if (status == TINE_OK)
        status = tine_csv_open(&source, 1, options, dataset_out, error);
    tine_source_release(source);
    return status;
}

size_t tine_dataset_columns(const tine_dataset *dataset)
{
    return dataset->n_columns;
}

tine_status tine_dataset_column(const tine_dataset *dataset, size_t i, tine_field *field_out)
{
    if (!dataset || !field_out || i >= dataset->n_columns)
        return TINE_EINVAL;
    const tine__csv_column *column = tine__csv_column_at(dataset->csv, dataset->columns[i]);
    *field_out = (tine_field){.name = column->name,
                              .type = dataset->types[dataset->columns[i]],
                              .format = column->format};
    return TINE_OK;
}

tine_status tine_dataset_select(const tine_dataset *dataset, const char *const *columns, size_t n,
                                tine_dataset **dataset_out, tine_error *error)
{
    if (!dataset || !dataset_out || !columns || n == 0)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_dataset_select needs a dataset and at least one column");
    *dataset_out = NULL;
    const tine_allocator *a = tine__csv_allocator(dataset->csv);
    size_t *found = TINE__NEW_ARRAY(a, size_t, n);
    if (!found)
        return tine__error_no_memory(error);
    tine_status status = find_all(dataset, columns, n, found, error);
    if (status == TINE_OK)
        status = derive(dataset, found, n, NULL, dataset_out, error);
    TINE__DELETE_ARRAY(a, found, n);
    return status;
}

static tine_status name_filter_columns(const tine_dataset *plan, const char *const *columns,
                                       size_t n, tine__filter *filter, tine_error *error)
{
    const tine_allocator *a = tine__csv_allocator(plan->csv);
    filter->n_columns = columns ? n : plan->n_columns;
    if (filter->n_columns == 0)
        return TINE_OK;
    filter->columns = TINE__NEW_ARRAY(a, size_t, filter->n_columns);
    if (!filter->columns)
        return tine__error_no_memory(error);
    if (columns)
        return find_all(plan, columns, n, filter->columns, error);
    memcpy(filter->columns, plan->columns, filter->n_columns * sizeof *filter->columns);
    return TINE_OK;
}

static tine_status set_filter_ctx(const tine_allocator *a, tine__filter *filter, void *ctx,
                                  size_t ctx_size, tine_error *error)
{
    filter->ctx = ctx;
    if (ctx_size == 0)
        return TINE_OK;
    filter->ctx = tine__alloc(a, ctx_size, _Alignof(max_align_t));
    if (!filter->ctx)
        return tine__error_no_memory(error);
    memcpy(filter->ctx, ctx, ctx_size);
    filter->ctx_size = ctx_size;
    return TINE_OK;
}

tine_status tine_dataset_filter(const tine_dataset *dataset, const char *const *columns,
                                size_t n_columns, tine_filter_fn fn, void *ctx, size_t ctx_size,
                                void (*ctx_free)(void *), tine_dataset **dataset_out,
                                tine_error *error)
{
    if (!dataset || !fn || !dataset_out || (ctx_size && !ctx))
        return missing_argument("tine_dataset_filter", error);
    *dataset_out = NULL;
    const tine_allocator *a = tine__csv_allocator(dataset->csv);
    tine__filter *filter = TINE__NEW(a, tine__filter);
    if (!filter)
        return tine__error_no_memory(error);
    atomic_init(&filter->references, 0);
    filter->fn = fn;
    tine_status status = name_filter_columns(dataset, columns, n_columns, filter, error);
    if (status == TINE_OK)
        status = set_filter_ctx(a, filter, ctx, ctx_size, error);
    if (status == TINE_OK)
        status = derive(dataset, dataset->columns, dataset->n_columns, filter, dataset_out, error);
    if (status != TINE_OK)
        destroy_filter(a, filter);
    else
        filter->ctx_free = ctx_free;
    return status;
}

tine_dataset *tine_dataset_retain(tine_dataset *dataset)
{
    if (dataset)
        atomic_fetch_add_explicit(&dataset->references, 1, memory_order_relaxed);
    return dataset;
}

void tine_dataset_release(tine_dataset *dataset)
{
    if (dataset && atomic_fetch_sub_explicit(&dataset->references, 1, memory_order_acq_rel) == 1)
        destroy(dataset);
}
