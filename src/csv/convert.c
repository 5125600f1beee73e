#include "csv/convert.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

void tine__cells_free(tine__cells *cells)
{
    if (cells->scratch)
        tine__free(cells->allocator, cells->scratch, cells->scratch_capacity, 1);
    cells->scratch = NULL;
    cells->scratch_capacity = 0;
}

size_t tine__unescape(int mark, const char *raw, size_t n, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)raw[i] == mark && i + 1 < n)
            i++;
        out[size++] = raw[i];
    }
    return size;
}

typedef struct raw_field {
    const char *text; /* between the quotes */
    size_t n;
    bool quoted;
    int mark; /* the byte that is dropped in front of another one; TINE_NONE: there is none */
} raw_field;

static inline raw_field raw_field_at(const tine__cells *cells, size_t row)
{
    const tine__dialect *dialect = &cells->csv->dialect;
    const char *text = cells->text + tine__field_start(cells->rows, row, cells->column);
    size_t n = (size_t)(cells->text + tine__field_end(cells->rows, row, cells->column) - text);
    if (n == 0 || (unsigned char)text[0] != dialect->quote)
        return (raw_field){text, n, false, dialect->escape};
    return (raw_field){text + 1, n - 2, true,
                       dialect->escape != TINE_NONE ? dialect->escape : dialect->quote};
}

static tine__cell undo(tine__cells *cells, const raw_field *field, tine_string *content_out)
{
    void *scratch = cells->scratch;
    if (!tine__grow(cells->allocator, &scratch, &cells->scratch_capacity, 0, field->n, 1, 1))
        return TINE__CELL_FAILED;
    cells->scratch = scratch;
    content_out->data = scratch;
    content_out->size = tine__unescape(field->mark, field->text, field->n, scratch);
    return TINE__CELL_TEXT;
}

static bool is_null_text(const tine__csv *csv, tine_string content)
{
    for (size_t i = 0; i < csv->n_nulls; i++)
        if (csv->nulls[i].size == content.size &&
            memcmp(csv->nulls[i].data, content.data, content.size) == 0)
            return true;
    return content.size == 0;
}

tine__cell tine__cells_at(tine__cells *cells, size_t row, tine_string *content_out)
{
    raw_field field = raw_field_at(cells, row);
    *content_out = (tine_string){field.text, field.n};
    if (field.mark != TINE_NONE && memchr(field.text, field.mark, field.n) &&
        undo(cells, &field, content_out) == TINE__CELL_FAILED)
        return TINE__CELL_FAILED;
    return !field.quoted && is_null_text(cells->csv, *content_out) ? TINE__CELL_NULL
                                                                   : TINE__CELL_TEXT;
}

size_t tine__cells_origin(const tine__cells *cells, size_t row, size_t i)
{
    raw_field field = raw_field_at(cells, row);
    size_t at = 0;
    for (;; at++, i--) {
        if (at < field.n && (unsigned char)field.text[at] == field.mark)
            at++;
        if (i == 0 || at >= field.n)
            return (size_t)(field.text - cells->text) + at;
    }
}

tine_string tine__trim(tine_string content)
{
    while (content.size && (content.data[0] == ' ' || content.data[0] == '\t')) {
        content.data++;
        content.size--;
    }
    while (content.size &&
           (content.data[content.size - 1] == ' ' || content.data[content.size - 1] == '\t'))
        content.size--;
    return content;
}

tine__evidence tine__cell_evidence(tine_string content)
{
    tine_string value = tine__trim(content);
    return value.size ? tine__classify(value.data, value.size) : 0;
}

/* ---- one value of each type: false, and nothing pushed, if it does not fit ---- */

typedef struct target {
    tine__array *out;
    const char *format;
    bool inferred;
    tine__evidence seen;
} target;

static inline bool push_bool(target *t, tine_string text)
{
    bool value;
    if (!tine__parse_bool(text.data, text.size, t->inferred, &value))
        return false;
    t->seen |= TINE__SEEN_BOOL;
    tine__array_push_bool(t->out, value);
    return true;
}

#define EXACT_INT ((int64_t)1 << 53) /* up to it every integer is a double */

static inline bool push_int64(target *t, tine_string text)
{
    int64_t value;
    if (!tine__parse_int64(text.data, text.size, t->inferred, &value))
        return false;
    if (t->inferred)
        t->seen |= value >= -EXACT_INT && value <= EXACT_INT ? TINE__SEEN_INT
                                                             : tine__classify(text.data, text.size);
    tine__array_push_int64(t->out, value);
    return true;
}

/* A value with a fraction was written as a double; any other may be an int, or one of the words. */
static inline tine__evidence double_seen(double value, tine_string text)
{
    if (value > -(double)EXACT_INT && value < (double)EXACT_INT && value != (double)(int64_t)value)
        return TINE__SEEN_DOUBLE;
    return tine__classify(text.data, text.size);
}

static inline bool push_double(target *t, tine_string text)
{
    double value;
    if (!tine__parse_double(text.data, text.size, t->inferred, &value))
        return false;
    if (t->inferred) {
        tine__evidence seen = double_seen(value, text);
        t->seen |= seen;
        if (seen & TINE__SEEN_INT_INEXACT)
            return false;
    }
    tine__array_push_double(t->out, value);
    return true;
}

static inline bool push_date(target *t, tine_string text)
{
    int32_t days;
    if (t->format ? !tine__parse_date_format(text.data, text.size, t->format, &days)
                  : !tine__parse_date(text.data, text.size, &days))
        return false;
    t->seen |= TINE__SEEN_DATE;
    tine__array_push_int32(t->out, days);
    return true;
}

static inline bool push_timestamp(target *t, tine_string text)
{
    const size_t date_alone = sizeof "YYYY-MM-DD" - 1;
    int64_t micros;
    if (t->format ? !tine__parse_timestamp_format(text.data, text.size, t->format, &micros)
                  : !tine__parse_timestamp(text.data, text.size, &micros))
        return false;
    t->seen |= text.size == date_alone ? TINE__SEEN_DATE : TINE__SEEN_TIMESTAMP;
    tine__array_push_int64(t->out, micros);
    return true;
}

static inline bool push_string(target *t, tine_string text)
{
    if (t->inferred && !tine__evidence_is_text(t->seen))
        t->seen |= tine__cell_evidence(text);
    if (tine__utf8_valid_prefix(text.data, text.size) != text.size)
        return false;
    tine__array_push_string(t->out, text.data, text.size);
    return true;
}

/* ---- the column ---- */

/* Inlined into each of its callers below, with `push` known: one loop a type. */
static inline __attribute__((always_inline)) tine_status
convert(tine__cells *cells, const uint32_t *selection, size_t n, bool trimmed, target *t,
        bool (*push)(target *, tine_string), tine__misfit *misfit)
{
    for (size_t i = 0; i < n; i++) {
        size_t row = selection ? selection[i] : i;
        tine_string text;
        tine__cell cell = tine__cells_at(cells, row, &text);
        if (cell == TINE__CELL_FAILED)
            return TINE_ENOMEM;
        if (trimmed)
            text = tine__trim(text);
        if (cell == TINE__CELL_NULL || (trimmed && text.size == 0)) {
            tine__array_push_null(t->out);
            continue;
        }
        if (push(t, text))
            continue;
        if (t->inferred)
            t->seen |= tine__cell_evidence(text);
        if (misfit->row == SIZE_MAX)
            *misfit = (tine__misfit){row, cells->column};
        tine__array_push_null(t->out);
    }
    return TINE_OK;
}

static tine_status convert_type(tine__cells *cells, tine_type type, const uint32_t *selection,
                                size_t n, target *t, tine__misfit *misfit)
{
    switch (type) {
    case TINE_BOOL:
        return convert(cells, selection, n, true, t, push_bool, misfit);
    case TINE_INT64:
        return convert(cells, selection, n, true, t, push_int64, misfit);
    case TINE_DOUBLE:
        return convert(cells, selection, n, true, t, push_double, misfit);
    case TINE_DATE:
        return convert(cells, selection, n, true, t, push_date, misfit);
    case TINE_TIMESTAMP:
        return convert(cells, selection, n, true, t, push_timestamp, misfit);
    default:
        return convert(cells, selection, n, false, t, push_string, misfit);
    }
}

static size_t text_bytes(const tine__cells *cells, const uint32_t *selection, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        size_t row = selection ? selection[i] : i;
        bytes += tine__field_end(cells->rows, row, cells->column) -
                 tine__field_start(cells->rows, row, cells->column);
    }
    return bytes;
}

tine_status tine__convert(tine__cells *cells, tine_type type, const uint32_t *selection, size_t n,
                          tine__array *out, tine__evidence *evidence, tine__misfit *misfit,
                          tine_error *error)
{
    *misfit = (tine__misfit){SIZE_MAX, cells->column};
    tine__array_reset(out, type, cells->allocator);
    size_t n_bytes = type == TINE_STRING ? text_bytes(cells, selection, n) : 0;
    tine_status status = tine__array_reserve(out, cells->allocator, n, n_bytes, error);
    if (status != TINE_OK)
        return status;
    target t = {
        .out = out,
        .format = cells->csv->columns[cells->column].format,
        .inferred = evidence != NULL,
        .seen = evidence ? *evidence : 0,
    };
    status = convert_type(cells, type, selection, n, &t, misfit);
    if (evidence)
        *evidence = t.seen;
    return status == TINE_OK ? TINE_OK : tine__error_no_memory(error);
}
