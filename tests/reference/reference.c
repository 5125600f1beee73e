/* Records to a table, by the rules "Rows to a table", "types_..." and "Errors" of SEMANTICS.md.
 * Every step that can fail is a function that returns whether it did not; the first failure ends it
 * all. */
#include "reference/reference.h"
#include "reference/values.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNIFFED_BYTES = 64 << 10, SAMPLED_BYTES = 1 << 20, DEFAULT_MAX_ROW_SIZE = 64 << 20 };

/* A source, split. */
typedef struct part {
    ref_bytes in;
    size_t start; /* behind the byte order mark */
    ref_records records;
    ref_record *header; /* NULL: it has none */
} part;

typedef struct reader {
    const tine_csv_options *options;
    ref_types types;
    const bool *used;
    ref_dialect dialect;
    part *parts;
    size_t n_parts;
    size_t width; /* 0: no source has a record that can be split */
    bool has_header;
    const tine_field **given; /* of each column: its field, NULL where the type is inferred */
    ref_table *table;
} reader;

static void *new_array(reader *r, size_t n, size_t size)
{
    return ref_new(&r->table->arena, n * size);
}

/* ---- errors ---- */

static bool misuse(reader *r)
{
    r->table->error = (ref_error){.status = TINE_EINVAL};
    return false;
}

static bool fail_at(reader *r, tine_status status, const part *p, size_t at, uint64_t record,
                    uint64_t column)
{
    r->table->error = (ref_error){.status = status,
                                  .source = (size_t)(p - r->parts),
                                  .byte_offset = at,
                                  .line = ref_line(p->in, at),
                                  .record = record,
                                  .column = column};
    return false;
}

static bool fail_split(reader *r, const part *p, uint64_t record)
{
    return fail_at(r, p->records.status, p, p->records.fault_at, record, p->records.fault_column);
}

/* ---- options ---- */

static int byte_or_none(int option, int if_zero)
{
    return option == 0 ? if_zero : option;
}

static bool dialect_valid(const ref_dialect *d)
{
    int bytes[] = {d->delimiter, d->quote, d->escape, d->comment};
    for (size_t i = 0; i < 4; i++) {
        if (bytes[i] > 0x7f || bytes[i] < TINE_NONE || bytes[i] == '\n' || bytes[i] == '\r')
            return false;
        for (size_t j = 0; j < i; j++) {
            if (bytes[i] == bytes[j] && bytes[i] != TINE_NONE)
                return false;
        }
    }
    return true;
}

static bool read_dialect(reader *r)
{
    const tine_csv_options *o = r->options;
    const char *delimiter = o->delimiter;
    if (delimiter && strlen(delimiter) != 1)
        return misuse(r);
    r->dialect = (ref_dialect){
        .delimiter = delimiter ? (unsigned char)*delimiter : TINE_NONE,
        .quote = byte_or_none(o->quote, '"'),
        .escape = byte_or_none(o->escape, TINE_NONE),
        .comment = byte_or_none(o->comment, TINE_NONE),
        .max_row_size = o->max_row_size ? o->max_row_size : DEFAULT_MAX_ROW_SIZE,
    };
    return dialect_valid(&r->dialect) || misuse(r);
}

static bool field_valid(const tine_field *field)
{
    bool timed = field->type == TINE_DATE || field->type == TINE_TIMESTAMP;
    return !timed || !field->format || ref_format_known(field->format);
}

static bool check_formats(reader *r)
{
    for (size_t i = 0; i < r->options->n_fields; i++) {
        if (!field_valid(&r->options->fields[i]))
            return misuse(r);
    }
    return true;
}

/* ---- the front of each source ---- */

static bool starts_with(ref_bytes in, const char *bytes)
{
    size_t n = strlen(bytes);
    return in.size >= n && memcmp(in.data, bytes, n) == 0;
}

static void skip_marks(reader *r)
{
    for (part *p = r->parts; p < r->parts + r->n_parts; p++)
        p->start = starts_with(p->in, "\xef\xbb\xbf") ? 3 : 0;
}

/* Neither UTF-16 nor compressed. */
static bool source_readable(reader *r, const part *p)
{
    static const char *const signs[] = {"\xff\xfe",
                                        "\xfe\xff",
                                        "\x1f\x8b",
                                        "\x28\xb5\x2f\xfd",
                                        "PK\x03\x04",
                                        "\xfd\x37zXZ"};
    bool readable = true;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        readable = readable && !starts_with(p->in, signs[i]);
    for (char level = '1'; level <= '9'; level++) {
        char bzip2[] = {'B', 'Z', 'h', level, '1', 'A', 'Y', '&', 'S', 'Y', '\0'};
        readable = readable && !starts_with(p->in, bzip2);
    }
    return readable || fail_at(r, TINE_EFORMAT, p, 0, 0, 0);
}

/* ---- the delimiter ---- */

/* How well a candidate does; compared field by field, the larger wins. */
typedef struct score {
    size_t all_alike; /* 1: every record has the width of the first, which is two or more */
    size_t n_alike;   /* else how many have */
    size_t width;
} score;

static bool better(score a, score b)
{
    if (a.all_alike != b.all_alike)
        return a.all_alike > b.all_alike;
    if (!a.all_alike && a.n_alike != b.n_alike)
        return a.n_alike > b.n_alike;
    return a.width > b.width;
}

static void leave_out_the_cut_one(ref_records *records)
{
    if (records->n > 1 && records->items[records->n - 1].end > SNIFFED_BYTES)
        records->n--;
    if (records->n > 0 && records->fault_end > SNIFFED_BYTES)
        records->status = TINE_OK;
}

static score score_of(const ref_records *records)
{
    if (records->n == 0 || records->items[0].n_fields < 2)
        return (score){0};
    score s = {.width = records->items[0].n_fields};
    bool all = records->status == TINE_OK;
    for (size_t i = 0; i < records->n; i++) {
        const ref_record *record = &records->items[i];
        s.n_alike += record->n_fields == s.width;
        all = all && (record->blank || record->n_fields == s.width);
    }
    s.all_alike = all;
    return s;
}

static void sniff_delimiter(reader *r, const part *p)
{
    score best = {0};
    r->dialect.delimiter = ',';
    for (const char *candidate = ",;\t|"; *candidate; candidate++) {
        ref_dialect d = r->dialect;
        d.delimiter = *candidate;
        if (!dialect_valid(&d))
            continue;
        ref_records records = ref_split(&r->table->arena, p->in, p->start, SNIFFED_BYTES, &d);
        leave_out_the_cut_one(&records);
        score s = score_of(&records);
        if (better(s, best)) {
            r->dialect.delimiter = *candidate;
            best = s;
        }
    }
}

/* The first source with a record in it, under whatever delimiter; NULL: none has one. */
static part *first_with_records(reader *r)
{
    for (part *p = r->parts; p < r->parts + r->n_parts; p++) {
        ref_records records = ref_split(&r->table->arena, p->in, p->start, SIZE_MAX, &r->dialect);
        if (records.n || records.status)
            return p;
    }
    return NULL;
}

static void settle_dialect(reader *r)
{
    if (r->dialect.delimiter != TINE_NONE)
        return;
    const part *p = first_with_records(r);
    if (p)
        sniff_delimiter(r, p);
    else
        r->dialect.delimiter = ',';
}

/* Blank lines behind the first record count only in a table of one column. */
static void drop_blank(ref_records *records)
{
    size_t n = 0;
    for (size_t i = 0; i < records->n; i++) {
        if (!records->items[i].blank)
            records->items[n++] = records->items[i];
    }
    records->n = n;
}

static void split_sources(reader *r)
{
    for (part *p = r->parts; p < r->parts + r->n_parts; p++) {
        p->records = ref_split(&r->table->arena, p->in, p->start, SIZE_MAX, &r->dialect);
        if (r->width == 0 && p->records.n)
            r->width = p->records.items[0].n_fields;
    }
    for (part *p = r->parts; r->width != 1 && p < r->parts + r->n_parts; p++)
        drop_blank(&p->records);
}

/* ---- inference ---- */

static ref_bytes text_of(const ref_field *field)
{
    return (ref_bytes){field->text, field->size};
}

static bool same_text(ref_bytes a, ref_bytes b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Null by its text, whatever the column. */
static bool is_null(const reader *r, const ref_field *field)
{
    if (field->quoted)
        return false;
    for (size_t i = 0; i < r->options->n_nulls; i++) {
        const char *null = r->options->nulls[i];
        if (same_text(text_of(field), (ref_bytes){null, strlen(null)}))
            return true;
    }
    return field->size == 0;
}

static unsigned seen_in_field(const reader *r, const ref_field *field)
{
    ref_bytes text = ref_trimmed(text_of(field));
    return text.size == 0 || is_null(r, field) ? 0 : ref_classify(text);
}

/* In column `column` of the records from index `from` on that start before `stop`. */
static unsigned seen_in_part(const reader *r, const part *p, size_t from, size_t column,
                             size_t stop)
{
    unsigned seen = 0;
    for (size_t i = from; i < p->records.n; i++) {
        const ref_record *record = &p->records.items[i];
        if (record->at >= stop || record->n_fields != r->width)
            break;
        seen |= seen_in_field(r, &record->fields[column]);
    }
    return seen;
}

static size_t n_header(const part *p)
{
    return p->header ? 1 : 0;
}

static bool has_rows(const part *p)
{
    return p->records.n > n_header(p);
}

static unsigned seen_everywhere(const reader *r, size_t column)
{
    unsigned seen = 0;
    for (const part *p = r->parts; p < r->parts + r->n_parts; p++)
        seen |= seen_in_part(r, p, n_header(p), column, SIZE_MAX);
    return seen;
}

static unsigned seen_in_sample(const reader *r, size_t column)
{
    for (const part *p = r->parts; p < r->parts + r->n_parts; p++) {
        if (has_rows(p) || p->records.status)
            return seen_in_part(r, p, n_header(p), column, SAMPLED_BYTES);
    }
    return 0;
}

static void settle_types(reader *r)
{
    for (size_t i = 0; i < r->width; i++) {
        if (r->given[i])
            r->table->types[i] = r->given[i]->type;
        else
            r->table->types[i] =
                ref_join(r->types == REF_SETTLED ? seen_everywhere(r, i) : seen_in_sample(r, i));
    }
}

/* The first source that is not empty; NULL: all are. */
static const part *first_not_empty(const reader *r)
{
    for (const part *p = r->parts; p < r->parts + r->n_parts; p++) {
        if (p->records.n || p->records.status)
            return p;
    }
    return NULL;
}

/* ---- the header ---- */

static bool could_be_names(const reader *r, const ref_record *record)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        ref_bytes text = text_of(&record->fields[i]);
        if (seen_in_field(r, &record->fields[i]) != REF_SEEN_STRING)
            return false;
        for (size_t j = 0; j < i; j++) {
            if (same_text(text, text_of(&record->fields[j])))
                return false;
        }
    }
    return true;
}

static bool looks_like_header(const reader *r, const part *p)
{
    if (p->records.n == 0 || !could_be_names(r, p->records.items))
        return false;
    if (p->records.n == 1)
        return true;
    for (size_t column = 0; column < r->width; column++) {
        if (ref_join(seen_in_part(r, p, 1, column, SAMPLED_BYTES)) != TINE_STRING)
            return true;
    }
    return false;
}

static void settle_header(reader *r)
{
    const part *first = first_not_empty(r);
    tine_header header = r->options->header;
    r->has_header = header == TINE_HEADER_PRESENT ||
                    (header == TINE_HEADER_SNIFF && first && looks_like_header(r, first));
    for (part *p = r->parts; p < r->parts + r->n_parts; p++)
        p->header = r->has_header && p->records.n ? p->records.items : NULL;
}

/* ---- names ---- */

static bool name_taken(char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* Appends a name: never empty, and made new by a suffix. */
static void add_name(reader *r, char **names, size_t n, ref_bytes text)
{
    const size_t room_for_number = 32;
    char *name = names[n] = new_array(r, text.size + room_for_number, 1);
    if (text.size)
        memcpy(name, text.data, text.size);
    else
        snprintf(name, room_for_number, "column_%zu", n + 1);
    size_t length = strlen(name);
    for (size_t i = 2; name_taken(names, n, name); i++)
        snprintf(name + length, room_for_number - 8, "_%zu", i);
}

static char **names_of_header(reader *r, const ref_record *header)
{
    char **names = new_array(r, header->n_fields, sizeof *names);
    for (size_t i = 0; i < header->n_fields; i++)
        add_name(r, names, i, text_of(&header->fields[i]));
    return names;
}

static char **names_given(reader *r)
{
    char **names = new_array(r, r->width, sizeof *names);
    for (size_t i = 0; i < r->width; i++) {
        const char *name = r->options->n_names ? r->options->names[i] : "";
        add_name(r, names, i, (ref_bytes){name, strlen(name)});
    }
    return names;
}

static bool header_readable(reader *r, const part *p)
{
    for (size_t i = 0; i < p->header->n_fields; i++) {
        const ref_field *field = &p->header->fields[i];
        if (memchr(field->text, 0, field->size) || ref_utf8_bad(text_of(field)) < field->size)
            return fail_at(r, TINE_EFORMAT, p, field->at, 0, i + 1);
    }
    return true;
}

/* The header of a later source, against the names of the first. */
static bool header_agrees(reader *r, const part *p, char *const *names)
{
    size_t n = p->header->n_fields, i = 0;
    char **other = names ? names_of_header(r, p->header) : NULL;
    while (i < n && i < r->width && (!names || strcmp(names[i], other[i]) == 0))
        i++;
    if (i == n && i == r->width)
        return true;
    return fail_at(r, TINE_EFORMAT, p, p->header->at, 0, i + 1);
}

/* The header of one source; the first one gives the names, unless they are replaced. */
static bool read_header(reader *r, const part *p, char ***names)
{
    bool replaced = r->options->n_names > 0;
    if (p->records.n == 0)
        return p->records.status == TINE_OK || fail_split(r, p, 0);
    if (!replaced && !header_readable(r, p))
        return false;
    if (!replaced && !*names)
        *names = names_of_header(r, p->header);
    return header_agrees(r, p, *names);
}

static bool settle_names(reader *r)
{
    char **names = NULL;
    for (const part *p = r->parts; p < r->parts + r->n_parts; p++) {
        if (!source_readable(r, p) || (r->has_header && !read_header(r, p, &names)))
            return false;
    }
    if (r->options->n_names > 0 && r->options->n_names != r->width)
        return misuse(r);
    r->table->names = names ? names : names_given(r);
    return true;
}

/* ---- the columns ---- */

static bool settle_width(reader *r)
{
    const part *first = first_not_empty(r);
    tine_header header = r->options->header;
    for (const part *p = r->parts; p < r->parts + r->n_parts && (!first || p <= first); p++) {
        if (!source_readable(r, p))
            return false;
    }
    if (first && first->records.n == 0)
        return fail_split(r, first, header == TINE_HEADER_PRESENT ? 0 : 1);
    if (first)
        return true;
    if (header != TINE_HEADER_NONE || r->options->n_names == 0)
        return fail_at(r, TINE_EFORMAT, r->parts, 0, 0, 0);
    r->width = r->options->n_names;
    return true;
}

static bool take_fields(reader *r)
{
    r->given = new_array(r, r->width, sizeof(const tine_field *));
    for (size_t i = 0; i < r->options->n_fields; i++) {
        const tine_field *field = &r->options->fields[i];
        size_t column = 0;
        while (column < r->width && strcmp(r->table->names[column], field->name) != 0)
            column++;
        if (column == r->width)
            return misuse(r);
        r->given[column] = field->type == TINE_AUTO ? NULL : field;
    }
    return true;
}

/* ---- values ---- */

static bool parse(tine_type type, const tine_field *given, ref_bytes text, ref_value *out)
{
    const char *format = given ? given->format : NULL;
    switch (type) {
    case TINE_BOOL:
        return ref_bool(text, !given, &out->number);
    case TINE_INT64:
        return ref_int64(text, !given, &out->number);
    case TINE_DOUBLE:
        return ref_double(text, !given, &out->real);
    case TINE_DATE:
        return format ? ref_date_by_format(text, format, &out->number)
                      : ref_date(text, &out->number);
    case TINE_TIMESTAMP:
        return format ? ref_timestamp_by_format(text, format, &out->number)
                      : ref_timestamp(text, &out->number);
    default:
        return false;
    }
}

/* Whether a column of this inferred type stays of this type with the text in it. */
static bool keeps_type(tine_type type, ref_bytes text)
{
    unsigned seen = ref_classify(text);
    switch (type) {
    case TINE_DOUBLE:
        return ref_join(seen | REF_SEEN_DOUBLE) == type;
    case TINE_TIMESTAMP:
        return ref_join(seen | REF_SEEN_TIMESTAMP) == type;
    default:
        return ref_join(seen) == type;
    }
}

/* A record in its place, for errors. */
typedef struct place {
    const part *p;
    const ref_record *record;
    uint64_t number;
} place;

static bool read_string(reader *r, place at, size_t column, ref_value *out)
{
    const ref_field *field = &at.record->fields[column];
    size_t bad = ref_utf8_bad(text_of(field));
    out->bytes = text_of(field);
    return bad == field->size ||
           fail_at(r, TINE_EFORMAT, at.p, field->origin[bad], at.number, column + 1);
}

static bool read_value(reader *r, place at, size_t column, ref_value *out)
{
    const ref_field *field = &at.record->fields[column];
    const tine_field *given = r->given[column];
    tine_type type = r->table->types[column];
    ref_bytes text = ref_trimmed(text_of(field));
    out->null = is_null(r, field) || (type != TINE_STRING && text.size == 0);
    if (out->null)
        return true;
    if (type == TINE_STRING)
        return read_string(r, at, column, out);
    if (parse(type, given, text, out) && (given || keeps_type(type, text)))
        return true;
    return fail_at(r, TINE_ETYPE, at.p, field->at, at.number, column + 1);
}

static bool read_row(reader *r, place at)
{
    ref_table *t = r->table;
    size_t n = at.record->n_fields;
    if (n != r->width)
        return fail_at(r, TINE_EFORMAT, at.p, at.record->at, at.number,
                       (n < r->width ? n : r->width) + 1);
    t->rows = ref_one_more(&t->arena, t->rows, t->n_rows, sizeof *t->rows);
    ref_row *row = &t->rows[t->n_rows++];
    *row = (ref_row){.source = (size_t)(at.p - r->parts), .at = at.record->at};
    row->values = new_array(r, r->width, sizeof *row->values);
    for (size_t column = 0; column < r->width; column++) {
        bool used = !r->used || r->used[column];
        if (used && !read_value(r, at, column, &row->values[column]))
            return false;
    }
    return true;
}

static bool read_rows(reader *r)
{
    for (const part *p = r->parts; p < r->parts + r->n_parts; p++) {
        size_t first = n_header(p);
        for (size_t i = first; i < p->records.n; i++) {
            if (!read_row(r, (place){p, &p->records.items[i], i - first + 1}))
                return false;
        }
        if (p->records.status)
            return fail_split(r, p, p->records.n - first + 1);
    }
    return true;
}

/* ---- all of it ---- */

static bool open_table(reader *r)
{
    if (!read_dialect(r) || !check_formats(r))
        return false;
    skip_marks(r);
    settle_dialect(r);
    split_sources(r);
    if (!settle_width(r))
        return false;
    settle_header(r);
    if (!settle_names(r))
        return false;
    r->table->n_columns = r->width;
    r->table->types = new_array(r, r->width, sizeof *r->table->types);
    if (!take_fields(r))
        return false;
    settle_types(r);
    return true;
}

ref_table *ref_read(const ref_bytes *sources, size_t n, const tine_csv_options *options,
                    ref_types types, const bool *used)
{
    ref_table *table = calloc(1, sizeof *table);
    if (!table)
        abort();
    reader r = {.options = options, .types = types, .used = used, .table = table, .n_parts = n};
    r.parts = new_array(&r, n, sizeof *r.parts);
    for (size_t i = 0; i < n; i++)
        r.parts[i].in = sources[i];
    if (open_table(&r))
        read_rows(&r);
    return table;
}

void ref_table_free(ref_table *table)
{
    if (!table)
        return;
    ref_arena_free(&table->arena);
    free(table);
}
