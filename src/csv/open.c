#include "csv/head.h"
#include "csv/sample.h"
#include "table/array.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"

#include <string.h>

#define DEFAULT_PARTITION_SIZE ((size_t)1 << 20)
#define DEFAULT_MAX_ROW_SIZE ((size_t)64 << 20)
#define MAX_SIZE                                                                                   \
    ((size_t)1 << 30) /* of both: a partition and its last row are counted in 32 bits */

/* ---- making and unmaking ---- */

static void destroy(tine__csv *csv)
{
    const tine_allocator allocator = csv->allocator;
    for (size_t i = 0; i < csv->n_sources; i++) {
        tine__input_destroy(&csv->sources[i].input);
        tine_source_release(csv->sources[i].source);
    }
    if (csv->sources)
        TINE__DELETE_ARRAY(&csv->allocator, csv->sources, csv->n_sources);
    tine__arena_free(&csv->arena);
    TINE__DELETE(&allocator, csv);
}

tine__csv *tine__csv_retain(tine__csv *csv)
{
    atomic_fetch_add_explicit(&csv->references, 1, memory_order_relaxed);
    return csv;
}

void tine__csv_release(tine__csv *csv)
{
    if (csv && atomic_fetch_sub_explicit(&csv->references, 1, memory_order_acq_rel) == 1)
        destroy(csv);
}

/* Lists that must be there, and whose every element must. */
static bool all_given(const tine_csv_options *o, tine_source *const *sources, size_t n)
{
    bool ok = (sources || !n) && (o->fields || !o->n_fields) && (o->names || !o->n_names) &&
              (o->nulls || !o->n_nulls);
    for (size_t i = 0; ok && i < n; i++)
        ok = sources[i];
    for (size_t i = 0; ok && i < o->n_fields; i++)
        ok = o->fields[i].name;
    for (size_t i = 0; ok && i < o->n_names; i++)
        ok = o->names[i];
    for (size_t i = 0; ok && i < o->n_nulls; i++)
        ok = o->nulls[i];
    return ok;
}

static tine_status check_options(const tine_csv_options *options, tine_source *const *sources,
                                 size_t n, tine_error *error)
{
    if (!all_given(options, sources, n))
        return tine__error_set(error, TINE_EINVAL,
                               "tine_csv_open: a source, or a list or an element of fields, names "
                               "or nulls, is NULL");
    if (options->header < TINE_HEADER_PRESENT || options->header > TINE_HEADER_SNIFF)
        return tine__error_set(error, TINE_EINVAL, "%d is not a tine_header", (int)options->header);
    return TINE_OK;
}

static tine_status set_sizes(tine__csv *csv, const tine_csv_options *options, tine_error *error)
{
    csv->partition_size =
        options->partition_size ? options->partition_size : DEFAULT_PARTITION_SIZE;
    csv->max_row_size = options->max_row_size ? options->max_row_size : DEFAULT_MAX_ROW_SIZE;
    if (csv->partition_size > MAX_SIZE || csv->max_row_size > MAX_SIZE)
        return tine__error_set(error, TINE_EINVAL,
                               "partition_size and max_row_size are at most 1 GiB");
    return TINE_OK;
}

static tine_status take_source(tine__csv_source *source, const tine_allocator *allocator,
                               tine_error *error)
{
    if (!tine__source_seekable(source->source) && !tine__source_take(source->source)) {
        tine__error_set(error, TINE_EINVAL, "a pipe can be read once, and has been");
        if (error)
            tine__error_source(error, tine__source_name(source->source));
        return TINE_EINVAL;
    }
    return tine__input_init(&source->input, source->source, allocator, error);
}

static tine_status take_sources(tine__csv *csv, tine_source *const *sources, size_t n,
                                tine_error *error)
{
    if (n == 0)
        return tine__error_set(error, TINE_EINVAL, "a CSV needs at least one source");
    csv->sources = TINE__NEW_ARRAY(&csv->allocator, tine__csv_source, n);
    if (!csv->sources)
        return tine__error_no_memory(error);
    for (; csv->n_sources < n; csv->n_sources++)
        csv->sources[csv->n_sources] =
            (tine__csv_source){.source = tine__source_retain(sources[csv->n_sources])};
    tine_status status = TINE_OK;
    for (size_t i = 0; i < n && status == TINE_OK; i++)
        status = take_source(&csv->sources[i], &csv->allocator, error);
    return status;
}

static tine_status copy_nulls(tine__csv *csv, const tine_csv_options *options, tine_error *error)
{
    csv->nulls = tine__arena_alloc(&csv->arena, options->n_nulls * sizeof *csv->nulls,
                                   _Alignof(tine_string));
    if (!csv->nulls)
        return tine__error_no_memory(error);
    for (; csv->n_nulls < options->n_nulls; csv->n_nulls++) {
        const char *null = options->nulls[csv->n_nulls];
        tine_string *copy = &csv->nulls[csv->n_nulls];
        copy->size = strlen(null);
        copy->data = tine__arena_copy(&csv->arena, null, copy->size);
        if (!copy->data)
            return tine__error_no_memory(error);
    }
    return TINE_OK;
}

/* ---- from the first bytes to the width ---- */

typedef struct opener {
    tine__csv *csv;
    tine_csv_options options;
    tine__head head;
    size_t first; /* the first source with records; n_sources: none has any */
} opener;

static void set_machines(tine__csv *csv, bool blank_is_record)
{
    tine__machine_init(&csv->machine, &csv->dialect, blank_is_record);
    tine__plain_init(&csv->plain, &csv->dialect, blank_is_record);
}

/* Finds the first source with records: that there are some does not depend on the delimiter. */
static tine_status find_first(opener *o, tine_error *error)
{
    for (; o->first < o->csv->n_sources; o->first++) {
        tine_status status = tine__head_enter(&o->head, o->first, error);
        if (status == TINE_OK)
            status = tine__head_next(&o->head, SIZE_MAX, error);
        if (status != TINE_OK || o->head.found != TINE__FOUND_NONE)
            return status;
        o->csv->sources[o->first].empty = true;
    }
    return TINE_OK;
}

static tine_status sniff_delimiter(opener *o, tine_error *error)
{
    tine_status status = tine__head_enter(&o->head, o->first, error);
    if (status == TINE_OK)
        status = tine__head_load(&o->head, TINE__SNIFF_BYTES, error);
    if (status != TINE_OK)
        return status;
    const tine__view *view = &o->head.view;
    size_t from = o->head.cursor.at, n = tine__min(view->n, TINE__SNIFF_BYTES);
    tine__dialect_sniff(&o->csv->dialect, view->text + from, n - from, view->at_end && n == view->n,
                        o->csv->max_row_size);
    return TINE_OK;
}

static tine_status settle_dialect(opener *o, tine_error *error)
{
    tine__dialect *dialect = &o->csv->dialect;
    set_machines(o->csv, false);
    tine_status status = find_first(o, error);
    if (status == TINE_OK && dialect->delimiter == TINE_NONE && o->first < o->csv->n_sources)
        status = sniff_delimiter(o, error);
    if (dialect->delimiter == TINE_NONE)
        dialect->delimiter = ',';
    set_machines(o->csv, false);
    return status;
}

/* Goes to the first record of a source: a malformed one is an error. */
static tine_status first_record(opener *o, size_t source, tine_error *error)
{
    tine_status status = tine__head_enter(&o->head, source, error);
    if (status == TINE_OK)
        status = tine__head_next(&o->head, SIZE_MAX, error);
    if (status != TINE_OK)
        return status;
    o->csv->sources[source].empty = o->head.found == TINE__FOUND_NONE;
    if (o->head.found == TINE__FOUND_NONE)
        return TINE_OK;
    tine__fault fault = tine__head_fault(&o->head, 0);
    uint64_t record = o->csv->header == TINE_HEADER_PRESENT ? 0 : 1;
    return fault.kind == TINE__FAULT_NONE ? TINE_OK
                                          : tine__head_fail(&o->head, &fault, record, error);
}

static tine_status no_records(opener *o, tine_error *error)
{
    o->csv->n_columns = o->options.n_names;
    if (o->csv->header == TINE_HEADER_NONE && o->options.n_names)
        return TINE_OK;
    tine__error_set(error, TINE_EFORMAT,
                    "no header, no rows: the input is empty (with TINE_HEADER_NONE and names it "
                    "would be a table without rows)");
    tine__place place = {.source = tine__source_name(o->csv->sources[0].source), .text = ""};
    tine__error_place(error, &place, 0, 0, 0);
    return TINE_EFORMAT;
}

static tine_status settle_width(opener *o, tine_error *error)
{
    if (o->first == o->csv->n_sources)
        return no_records(o, error);
    tine_status status = first_record(o, o->first, error);
    if (status != TINE_OK)
        return status;
    o->csv->n_columns = o->head.record.n_fields;
    if (o->csv->header == TINE_HEADER_SNIFF) {
        bool is_header;
        set_machines(o->csv, o->csv->n_columns == 1);
        status = tine__sample_header(&o->head, &is_header, error);
        set_machines(o->csv, false);
        if (status != TINE_OK)
            return status;
        o->csv->header = is_header ? TINE_HEADER_PRESENT : TINE_HEADER_NONE;
    }
    return TINE_OK;
}

/* ---- the headers ---- */

static tine_status headers_differ(opener *o, size_t column, tine_error *error)
{
    tine__place place = tine__head_place(&o->head);
    tine__error_set(error, TINE_EFORMAT,
                    "the header differs from the first source's in column %zu: all sources of one "
                    "CSV have the same columns in the same order",
                    column + 1);
    tine__error_place(error, &place, o->head.record.start, 0, column + 1);
    return TINE_EFORMAT;
}

/* The header that the head has just read, against the first one's names, or where they are replaced
 * its width. */
static tine_status take_header(opener *o, tine_error *error)
{
    size_t n = o->head.record.n_fields, i = 0;
    tine__names names = {0};
    if (!o->options.n_names) {
        tine_status status = tine__names_of_header(&o->head, &names, error);
        if (status != TINE_OK)
            return status;
        if (!o->csv->names.names)
            o->csv->names = names;
    }
    while (i < n && i < o->csv->n_columns &&
           (!names.names || strcmp(names.names[i], o->csv->names.names[i]) == 0))
        i++;
    return i == n && i == o->csv->n_columns ? TINE_OK : headers_differ(o, i, error);
}

/* Where the data of the head's source starts: at the record it has read, or behind it. */
static void set_start(opener *o, bool behind_record)
{
    tine__csv_source *source = &o->csv->sources[o->head.source];
    const char *text = o->head.view.text;
    size_t at = behind_record ? o->head.cursor.at : o->head.record.start;
    source->start = at;
    source->prefix = (tine__prefix){
        .state = behind_record ? o->head.cursor.state : TINE__RECORD_START,
        .last_cr = at && text[at - 1] == '\r',
        .lines = tine__count_lines(text, at, false),
    };
}

/* A source without a header is read by the scan alone, which tells what is wrong with it. */
static tine_status enter_source(opener *o, size_t source, tine_error *error)
{
    if (o->csv->header == TINE_HEADER_PRESENT)
        return first_record(o, source, error);
    tine_status status = tine__head_enter(&o->head, source, error);
    if (status == TINE_OK)
        status = tine__head_next(&o->head, SIZE_MAX, error);
    o->csv->sources[source].empty = status == TINE_OK && o->head.found == TINE__FOUND_NONE;
    return status;
}

static tine_status read_front(opener *o, size_t source, tine_error *error)
{
    tine_status status = enter_source(o, source, error);
    if (status != TINE_OK || o->csv->sources[source].empty)
        return status;
    bool has_header = o->csv->header == TINE_HEADER_PRESENT;
    if (has_header)
        status = take_header(o, error);
    set_start(o, has_header);
    return status;
}

static tine_status settle_names(opener *o, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; i < o->csv->n_sources && status == TINE_OK; i++)
        status = read_front(o, i, error);
    if (status != TINE_OK || o->csv->names.names)
        return status;
    if (o->options.n_names && o->options.n_names != o->csv->n_columns)
        return tine__error_set(error, TINE_EINVAL, "%zu names were given for %zu columns",
                               o->options.n_names, o->csv->n_columns);
    return tine__names_given(o->csv, o->options.n_names ? o->options.names : NULL,
                             o->csv->n_columns, &o->csv->names, error);
}

/* ---- the columns ---- */

static tine_status unknown_field(const tine__csv *csv, const char *name, tine_error *error)
{
    tine__name_list list = {.used = 0};
    for (size_t i = 0; i < csv->n_columns; i++)
        tine__name_list_add(&list, csv->columns[i].name);
    return tine__error_set(error, TINE_EINVAL, "there is no column \"%.64s\": there are %s", name,
                           list.text);
}

static tine_status give_type(tine__csv *csv, const tine_field *field, tine_error *error)
{
    size_t i = tine__csv_find(csv, field->name);
    if (i == SIZE_MAX)
        return unknown_field(csv, field->name, error);
    if (field->type < TINE_AUTO || field->type > TINE_STRING)
        return tine__error_set(error, TINE_EINVAL, "column \"%s\": %d is not a tine_type",
                               field->name, (int)field->type);
    if (!csv->columns[i].inferred)
        return tine__error_set(error, TINE_EINVAL, "column \"%s\" is in fields twice", field->name);
    if (field->type == TINE_AUTO)
        return TINE_OK;
    if (field->type == TINE_DECIMAL)
        return tine__error_set(error, TINE_ENOTSUP,
                               "column \"%s\": decimals cannot be read yet: take int64, double or "
                               "string",
                               field->name);
    bool timed = field->type == TINE_DATE || field->type == TINE_TIMESTAMP;
    tine__csv_column *column = &csv->columns[i];
    column->type = field->type;
    column->inferred = false;
    if (!timed || !field->format)
        return TINE_OK;
    if (!tine__time_format_check(field->format, field->type))
        return tine__error_set(error, TINE_EINVAL, "column \"%s\": \"%s\" is not a format for a %s",
                               field->name, field->format, tine__type_name(field->type));
    column->format = tine__arena_copy(&csv->arena, field->format, strlen(field->format));
    return column->format ? TINE_OK : tine__error_no_memory(error);
}

static tine_status make_columns(opener *o, tine_error *error)
{
    tine__csv *csv = o->csv;
    csv->columns = tine__arena_alloc(&csv->arena, csv->n_columns * sizeof *csv->columns,
                                     _Alignof(tine__csv_column));
    if (!csv->columns)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < csv->n_columns; i++)
        csv->columns[i] = (tine__csv_column){.name = o->csv->names.names[i], .inferred = true};
    tine_status status = TINE_OK;
    for (size_t i = 0; i < o->options.n_fields && status == TINE_OK; i++)
        status = give_type(csv, &o->options.fields[i], error);
    return status;
}

/* Leaves the head where the data of a source starts. */
static tine_status enter_data(opener *o, size_t source, tine_error *error)
{
    const tine__csv_source *s = &o->csv->sources[source];
    tine_status status = tine__head_enter(&o->head, source, error);
    if (status == TINE_OK)
        status = tine__head_load(&o->head, (size_t)s->start, error);
    o->head.cursor.at = (size_t)s->start;
    o->head.cursor.state = s->prefix.state;
    return status;
}

/* Samples the first source that has any record behind its header. */
static tine_status sample(opener *o, tine__evidence *seen, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; i < o->csv->n_sources && status == TINE_OK; i++) {
        if (o->csv->sources[i].empty)
            continue;
        status = enter_data(o, i, error);
        size_t start = o->head.cursor.at;
        o->head.record.start = 0;
        if (status == TINE_OK)
            status = tine__sample_types(&o->head, seen, o->csv->n_columns, error);
        bool none = o->head.found == TINE__FOUND_NONE && o->head.cursor.at == o->head.view.n &&
                    o->head.view.at_end && o->head.record.start < start;
        if (!none)
            break;
    }
    return status;
}

static tine_status settle_types(opener *o, tine_error *error)
{
    tine__csv *csv = o->csv;
    tine__evidence *seen = tine__alloc_zeroed(&csv->allocator, csv->n_columns * sizeof *seen,
                                              _Alignof(tine__evidence));
    if (!seen)
        return tine__error_no_memory(error);
    tine_status status = sample(o, seen, error);
    for (size_t i = 0; i < csv->n_columns; i++) {
        tine__csv_column *column = &csv->columns[i];
        if (!column->inferred)
            continue;
        tine_type type = tine__evidence_type(seen[i]);
        column->evidence = seen[i];
        column->type = type == TINE_AUTO ? TINE_STRING : type;
    }
    TINE__DELETE_ARRAY(&csv->allocator, seen, csv->n_columns);
    return status;
}

static tine_status open_all(opener *o, tine_error *error)
{
    tine_status status = settle_dialect(o, error);
    if (status == TINE_OK)
        status = settle_width(o, error);
    if (status == TINE_OK)
        status = settle_names(o, error);
    if (status == TINE_OK)
        status = make_columns(o, error);
    set_machines(o->csv, o->csv->n_columns == 1);
    if (status == TINE_OK)
        status = settle_types(o, error);
    return status;
}

static tine_status init(tine__csv *csv, tine_source *const *sources, size_t n,
                        const tine_csv_options *options, tine_error *error)
{
    csv->header = options->header;
    tine__arena_init(&csv->arena, &csv->allocator);
    tine_status status = set_sizes(csv, options, error);
    if (status == TINE_OK)
        status = tine__dialect_set(&csv->dialect, options, error);
    if (status == TINE_OK)
        status = take_sources(csv, sources, n, error);
    if (status == TINE_OK)
        status = copy_nulls(csv, options, error);
    if (status != TINE_OK)
        return status;
    opener o = {.csv = csv, .options = *options};
    tine__head_init(&o.head, csv);
    status = open_all(&o, error);
    tine__head_destroy(&o.head);
    return status;
}

tine_status tine__csv_open(tine_source *const *sources, size_t n, const tine_csv_options *options,
                           tine__csv **csv_out, tine_error *error)
{
    tine_csv_options known;
    tine_status status =
        tine__options_read(&known, sizeof known, options, "tine_csv_options", error);
    if (status == TINE_OK)
        status = check_options(&known, sources, n, error);
    if (status != TINE_OK)
        return status;
    const tine_allocator *allocator = tine__allocator_or_heap(known.allocator);
    tine__csv *csv = TINE__NEW(allocator, tine__csv);
    if (!csv)
        return tine__error_no_memory(error);
    csv->allocator = *allocator;
    atomic_init(&csv->references, 1);
    status = init(csv, sources, n, &known, error);
    if (status != TINE_OK) {
        destroy(csv);
        return status;
    }
    *csv_out = csv;
    return TINE_OK;
}

/* ---- what there is ---- */

size_t tine__csv_n_columns(const tine__csv *csv)
{
    return csv->n_columns;
}

const tine__csv_column *tine__csv_column_at(const tine__csv *csv, size_t i)
{
    return &csv->columns[i];
}

size_t tine__csv_find(const tine__csv *csv, const char *name)
{
    return tine__names_find(&csv->names, name);
}

bool tine__csv_rereadable(const tine__csv *csv)
{
    for (size_t i = 0; i < csv->n_sources; i++)
        if (!csv->sources[i].input.seekable)
            return false;
    return true;
}

const tine_allocator *tine__csv_allocator(const tine__csv *csv)
{
    return &csv->allocator;
}
