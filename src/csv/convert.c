#include "csv/convert.h"
#include "base/bits.h"
#include "base/error.h"
#include "base/size.h"

#include <string.h>

/* ---- a column, up to 64 rows at a time ---- */

typedef struct column { /* on its way into an array */
    tine__cells *cells;
    const uint32_t *selection;
    tine__array *out;
    const char *format;
    bool inferred;
    bool plain; /* the kernels may be asked */
    tine__evidence seen;
    tine__misfit *misfit;
} column;

static inline const tine__kernels *kernels_of(const column *c)
{
    return c->cells->csv->plain.kernels;
}

static inline size_t selected(const column *c, size_t i)
{
    return c->selection ? c->selection[i] : i;
}

/* Where the fields of n rows from `first` on lie. Inlined with what it is to know of the column. */
static inline __attribute__((always_inline)) void locate(const column *c, bool selected_rows,
                                                         bool first_column, size_t first,
                                                         unsigned n, tine__fields *fields)
{
    const tine__rows *rows = c->cells->rows;
    for (unsigned i = 0; i < n; i++) {
        size_t row = selected_rows ? c->selection[first + i] : first + i;
        const uint32_t *end = rows->ends + row * rows->width + c->cells->column;
        fields->begin[i] = first_column ? rows->starts[row] : end[-1] + 1;
        fields->end[i] = *end;
    }
}

static void find_fields(const column *c, size_t first, unsigned n, tine__fields *fields)
{
    fields->text = c->cells->text;
    fields->n = n;
    if (c->selection)
        locate(c, true, c->cells->column == 0, first, n, fields);
    else if (c->cells->column == 0)
        locate(c, false, true, first, n, fields);
    else
        locate(c, false, false, first, n, fields);
    for (unsigned i = n; i < TINE__FIELDS; i++)
        fields->begin[i] = fields->end[i] = fields->end[n - 1];
}

/* Which fields have bytes at all. */
static uint64_t not_empty(const tine__fields *fields)
{
    uint8_t answers[TINE__FIELDS];
    for (unsigned i = 0; i < TINE__FIELDS; i++)
        answers[i] = fields->begin[i] != fields->end[i];
    return tine__bits_of(answers);
}

static inline bool is_quoted(const column *c, const char *field)
{
    return (unsigned char)*field == c->cells->csv->dialect.quote;
}

/* Takes the quotes off, if the fields have some as a rule. What is left of a field with doubled
 * quotes in it is not its content, but no plain value either; what is left of two quotes is as
 * empty as nothing, and as null. */
static void unquote(const column *c, tine__fields *fields)
{
    const char *text = fields->text;
    if (fields->begin[0] == fields->end[0] || !is_quoted(c, text + fields->begin[0]))
        return;
    for (unsigned i = 0; i < fields->n; i++) {
        bool quoted = fields->begin[i] != fields->end[i] && is_quoted(c, text + fields->begin[i]);
        fields->begin[i] += quoted;
        fields->end[i] -= quoted;
    }
}

static void note_misfit(column *c, size_t i, tine_string text)
{
    if (c->inferred)
        c->seen |= tine__cell_evidence(text);
    if (c->misfit->row == SIZE_MAX)
        *c->misfit = (tine__misfit){selected(c, i), c->cells->column};
}

/* ---- one value of each type into row `row`: false if it does not fit ---- */

static bool put_bool(column *c, tine_string text, size_t row)
{
    bool value;
    if (!tine__parse_bool(text.data, text.size, c->inferred, &value))
        return false;
    c->seen |= TINE__SEEN_BOOL;
    if (value)
        tine__bit_set(c->out->values, row);
    return true;
}

#define EXACT_INT ((int64_t)1 << 53) /* up to it every integer is a double */

static bool put_int64(column *c, tine_string text, size_t row)
{
    int64_t value;
    if (!tine__parse_int64(text.data, text.size, c->inferred, &value))
        return false;
    if (c->inferred)
        c->seen |= value >= -EXACT_INT && value <= EXACT_INT ? TINE__SEEN_INT
                                                             : tine__classify(text.data, text.size);
    ((int64_t *)c->out->values)[row] = value;
    return true;
}

/* A value with a fraction was written as a double; any other may be an int, or one of the words. */
static tine__evidence double_seen(double value, tine_string text)
{
    if (value > -(double)EXACT_INT && value < (double)EXACT_INT && value != (double)(int64_t)value)
        return TINE__SEEN_DOUBLE;
    return tine__classify(text.data, text.size);
}

static bool put_double(column *c, tine_string text, size_t row)
{
    double value;
    if (!tine__parse_double(text.data, text.size, c->inferred, &value))
        return false;
    if (c->inferred) {
        tine__evidence seen = double_seen(value, text);
        c->seen |= seen;
        if (seen & TINE__SEEN_INT_INEXACT)
            return false;
    }
    ((double *)c->out->values)[row] = value;
    return true;
}

static bool put_date(column *c, tine_string text, size_t row)
{
    int32_t days;
    if (c->format ? !tine__parse_date_format(text.data, text.size, c->format, &days)
                  : !tine__parse_date(text.data, text.size, &days))
        return false;
    c->seen |= TINE__SEEN_DATE;
    ((int32_t *)c->out->values)[row] = days;
    return true;
}

static bool put_timestamp(column *c, tine_string text, size_t row)
{
    const size_t date_alone = sizeof "YYYY-MM-DD" - 1;
    int64_t micros;
    if (c->format ? !tine__parse_timestamp_format(text.data, text.size, c->format, &micros)
                  : !tine__parse_timestamp(text.data, text.size, &micros))
        return false;
    c->seen |= text.size == date_alone ? TINE__SEEN_DATE : TINE__SEEN_TIMESTAMP;
    ((int64_t *)c->out->values)[row] = micros;
    return true;
}

/* ---- the plain values of each type; returns which rows are done, the others are zeros ---- */

static uint64_t plain_int64s(column *c, const tine__fields *fields, size_t first)
{
    int64_t *to = (int64_t *)c->out->values + first;
    uint64_t done = kernels_of(c)->int64s(fields, c->inferred, to);
    c->seen |= done ? TINE__SEEN_INT : 0;
    return done;
}

static uint64_t plain_doubles(column *c, const tine__fields *fields, size_t first)
{
    double *to = (double *)c->out->values + first;
    uint64_t points;
    uint64_t done = kernels_of(c)->doubles(fields, c->inferred, to, &points);
    c->seen |= (points ? TINE__SEEN_DOUBLE : 0) | (done & ~points ? TINE__SEEN_INT : 0);
    return done;
}

static uint64_t plain_dates(column *c, const tine__fields *fields, size_t first)
{
    uint64_t done = kernels_of(c)->dates(fields, (int32_t *)c->out->values + first);
    c->seen |= done ? TINE__SEEN_DATE : 0;
    return done;
}

static uint64_t plain_timestamps(column *c, const tine__fields *fields, size_t first)
{
    uint64_t done = kernels_of(c)->timestamps(fields, (int64_t *)c->out->values + first);
    c->seen |= done ? TINE__SEEN_TIMESTAMP : 0;
    return done;
}

static uint64_t no_plain(column *c, const tine__fields *fields, size_t first)
{
    size_t bytes = tine__type_bits(c->out->type) / 8; /* BOOL: 0, bits of rows to come are 0 */
    if (bytes)
        memset((char *)c->out->values + first * bytes, 0, fields->n * bytes);
    return 0;
}

/* ---- values ---- */

typedef struct type_of_value {
    uint64_t (*plain)(column *c, const tine__fields *fields, size_t first);
    bool (*put)(column *c, tine_string text, size_t row);
} type_of_value;

/* Row i by what the field says: 1 valid, 0 null. */
static tine_status put_value(column *c, const type_of_value *type, size_t i, bool *valid_out)
{
    tine_string text;
    tine__cell cell = tine__cells_at(c->cells, selected(c, i), &text);
    *valid_out = false;
    if (cell == TINE__CELL_FAILED)
        return TINE_ENOMEM;
    text = tine__trim(text);
    if (cell == TINE__CELL_NULL || text.size == 0)
        return TINE_OK;
    *valid_out = type->put(c, text, i);
    if (!*valid_out)
        note_misfit(c, i, text);
    return TINE_OK;
}

/* The fields of `left`, which are neither empty nor done, from row `first` on, one by one. */
static tine_status put_values(column *c, const type_of_value *type, size_t first, uint64_t left,
                              uint64_t *done)
{
    for (; left; left &= left - 1) {
        unsigned i = tine__ctz64(left);
        bool valid;
        if (put_value(c, type, first + i, &valid) != TINE_OK)
            return TINE_ENOMEM;
        *done |= (uint64_t)valid << i;
    }
    return TINE_OK;
}

static tine_status convert_values(column *c, const type_of_value *type, size_t n, tine_error *error)
{
    for (size_t first = 0; first < n; first += TINE__FIELDS) {
        tine__fields fields;
        unsigned count = (unsigned)tine__min(n - first, TINE__FIELDS);
        find_fields(c, first, count, &fields);
        unquote(c, &fields);
        uint64_t done = (c->plain ? type->plain : no_plain)(c, &fields, first);
        uint64_t left = ~done & (~UINT64_C(0) >> (64 - count));
        if (left)
            left &= not_empty(&fields);
        if (put_values(c, type, first, left, &done) != TINE_OK)
            return tine__error_no_memory(error);
        tine__array_push_cells(c->out, done, count);
    }
    return TINE_OK;
}

/* ---- strings ---- */

/* What the field of a row says, whatever it is, behind what is in *size; false: null. */
static bool put_any_string(const column *c, size_t row, size_t *size)
{
    tine__raw_field field = tine__raw_field_at(c->cells, selected(c, row));
    tine_string content = {c->out->data + *size, field.n};
    if (field.mark != TINE_NONE && memchr(field.text, field.mark, field.n))
        content.size = tine__unescape(field.mark, field.text, field.n, c->out->data + *size);
    else if (field.n)
        memcpy(c->out->data + *size, field.text, field.n);
    bool null = !field.quoted && tine__is_null_text(c->cells->csv, content);
    *size += null ? 0 : content.size;
    return !null;
}

/* One by one, by all rules there are; returns which are not null. */
static uint64_t put_any_strings(column *c, size_t first, unsigned n)
{
    int32_t *offsets = c->out->offsets + first;
    size_t size = (size_t)offsets[0];
    uint64_t valid = 0;
    for (unsigned i = 0; i < n; i++) {
        valid |= (uint64_t)put_any_string(c, first + i, &size) << i;
        offsets[i + 1] = (int32_t)size;
    }
    return valid;
}

/* The contents of the fields, UTF-8 or not; returns which are not null. */
static uint64_t put_strings(column *c, size_t first, const tine__fields *fields, bool slack)
{
    const tine__csv *csv = c->cells->csv;
    if (csv->dialect.escape != TINE_NONE || csv->n_nulls > 0)
        return put_any_strings(c, first, fields->n);
    (slack ? kernels_of(c)->strings : tine__strings_scalar)(fields, csv->dialect.quote,
                                                            c->out->data, c->out->offsets + first);
    return not_empty(fields);
}

static tine_string string_in(const column *c, size_t row)
{
    const int32_t *at = c->out->offsets + row;
    return (tine_string){c->out->data + at[0], (size_t)(at[1] - at[0])};
}

static void see_strings(column *c, size_t first, uint64_t valid)
{
    for (; valid && !tine__evidence_is_text(c->seen); valid &= valid - 1)
        c->seen |= tine__cell_evidence(string_in(c, first + tine__ctz64(valid)));
}

static bool is_utf8(const column *c, tine_string text)
{
    return kernels_of(c)->utf8(text.data, text.size);
}

static bool is_ascii(tine_string text)
{
    unsigned char any = 0;
    for (size_t i = 0; i < text.size; i++)
        any |= (unsigned char)text.data[i];
    return any < 0x80;
}

/* All of the strings from `first` on are UTF-8: together they are, and none begins in the middle of
 * a character. */
static bool are_utf8(const column *c, size_t first, unsigned n)
{
    const int32_t *offsets = c->out->offsets + first;
    tine_string all = {c->out->data + offsets[0], (size_t)(offsets[n] - offsets[0])};
    if (is_ascii(all))
        return true;
    if (!is_utf8(c, all))
        return false;
    for (unsigned i = 0; i < n; i++)
        if (offsets[i] < offsets[n] && (c->out->data[offsets[i]] & 0xc0) == 0x80)
            return false;
    return true;
}

/* Strings that are not UTF-8 become null, and the others close up. */
static uint64_t drop_misfits(column *c, size_t first, unsigned n, uint64_t valid)
{
    int32_t *offsets = c->out->offsets + first, end = offsets[0];
    for (unsigned i = 0; i < n; i++) {
        tine_string text = string_in(c, first + i);
        bool good = is_utf8(c, text);
        if (good)
            memmove(c->out->data + end, text.data, text.size);
        else
            note_misfit(c, first + i, text);
        valid &= ~((uint64_t)!good << i);
        offsets[i] = end;
        end += good ? (int32_t)text.size : 0;
    }
    offsets[n] = end;
    return valid;
}

/* With slack for the kernels, if an array can have so much. */
static tine_status reserve_text(column *c, size_t first, const tine__fields *fields,
                                bool *slack_out, tine_error *error)
{
    size_t size = (size_t)c->out->offsets[first];
    for (unsigned i = 0; i < fields->n; i++)
        size += fields->end[i] - fields->begin[i];
    *slack_out = size <= INT32_MAX - TINE__STRINGS_SLACK;
    return tine__array_reserve(c->out, c->cells->allocator, first + fields->n,
                               size + (*slack_out ? TINE__STRINGS_SLACK : 0), error);
}

static tine_status convert_strings(column *c, size_t n, tine_error *error)
{
    for (size_t first = 0; first < n; first += TINE__FIELDS) {
        tine__fields fields;
        unsigned count = (unsigned)tine__min(n - first, TINE__FIELDS);
        find_fields(c, first, count, &fields);
        bool slack;
        tine_status status = reserve_text(c, first, &fields, &slack, error);
        if (status != TINE_OK)
            return status;
        uint64_t valid = put_strings(c, first, &fields, slack);
        if (c->inferred)
            see_strings(c, first, valid);
        if (!are_utf8(c, first, count))
            valid = drop_misfits(c, first, count, valid);
        tine__array_push_cells(c->out, valid, count);
    }
    return TINE_OK;
}

/* ---- the column ---- */

static tine_status convert_type(column *c, size_t n, tine_error *error)
{
    static const type_of_value types[] = {
        [TINE_BOOL] = {no_plain, put_bool},
        [TINE_INT64] = {plain_int64s, put_int64},
        [TINE_DOUBLE] = {plain_doubles, put_double},
        [TINE_DATE] = {plain_dates, put_date},
        [TINE_TIMESTAMP] = {plain_timestamps, put_timestamp},
    };
    return c->out->type == TINE_STRING ? convert_strings(c, n, error)
                                       : convert_values(c, &types[c->out->type], n, error);
}

/* What looks like a value is one: none is null by its text, and no byte of one is a quote or an
 * escape. */
static bool values_are_plain(const tine__csv *csv, const char *format)
{
    const char *bytes = "0123456789-.: TZ";
    if (format || csv->dialect.escape != TINE_NONE ||
        (csv->dialect.quote != TINE_NONE && strchr(bytes, csv->dialect.quote)))
        return false;
    for (size_t i = 0; i < csv->n_nulls; i++)
        for (size_t k = 0; k < csv->nulls[i].size; k++)
            if (csv->nulls[i].data[k] >= '0' && csv->nulls[i].data[k] <= '9')
                return false;
    return true;
}

tine_status tine__convert(tine__cells *cells, tine_type type, const uint32_t *selection, size_t n,
                          tine__array *out, tine__evidence *evidence, tine__misfit *misfit,
                          tine_error *error)
{
    *misfit = (tine__misfit){SIZE_MAX, cells->column};
    tine__array_reset(out, type, cells->allocator);
    tine_status status = tine__array_reserve(out, cells->allocator, n, 0, error);
    if (status != TINE_OK)
        return status;
    const char *format = cells->csv->columns[cells->column].format;
    column c = {
        .cells = cells,
        .selection = selection,
        .out = out,
        .format = format,
        .inferred = evidence != NULL,
        .plain = values_are_plain(cells->csv, format),
        .seen = evidence ? *evidence : 0,
        .misfit = misfit,
    };
    status = convert_type(&c, n, error);
    if (evidence)
        *evidence = c.seen;
    return status;
}
