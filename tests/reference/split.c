/* One byte at a time from the front, one function for each thing that a record is made of: as slow
 * as it likes, so that every rule can be found again in one place. */
#include "reference/split.h"
#include <string.h>

typedef struct cursor {
    ref_arena *arena;
    const ref_dialect *dialect;
    ref_bytes in;
    size_t at;
    ref_records *out;
} cursor;

/* The byte in front of the cursor, or -1 at the end of the source. */
static int peek(const cursor *c)
{
    return c->at < c->in.size ? (unsigned char)c->in.data[c->at] : -1;
}

static bool at(const cursor *c, int byte)
{
    return byte >= 0 && peek(c) == byte;
}

static bool at_line_end(const cursor *c)
{
    return peek(c) == '\n' || peek(c) == '\r';
}

static bool at_field_end(const cursor *c)
{
    return peek(c) < 0 || at_line_end(c) || at(c, c->dialect->delimiter);
}

static void skip_line_end(cursor *c)
{
    bool cr = peek(c) == '\r';
    if (peek(c) >= 0)
        c->at++;
    if (cr && peek(c) == '\n')
        c->at++;
}

/* The record cannot be split: wrong at `fault_at`, which shows once the bytes up to `end` are read.
 */
static bool fail(cursor *c, size_t fault_at, size_t end)
{
    c->out->status = TINE_EFORMAT;
    c->out->fault_at = fault_at;
    c->out->fault_end = end;
    return false;
}

static void take(cursor *c, ref_field *field)
{
    field->text = ref_one_more(c->arena, field->text, field->size, 1);
    field->origin = ref_one_more(c->arena, field->origin, field->size, sizeof *field->origin);
    field->text[field->size] = c->in.data[c->at];
    field->origin[field->size] = c->at;
    field->size++;
    c->at++;
}

static bool take_escaped(cursor *c, ref_field *field)
{
    size_t escape_at = c->at++;
    if (peek(c) < 0)
        return fail(c, escape_at, c->at);
    take(c, field);
    return true;
}

static bool read_quoted(cursor *c, ref_field *field)
{
    const ref_dialect *d = c->dialect;
    field->quoted = true;
    c->at++;
    for (;;) {
        if (peek(c) < 0)
            return fail(c, field->at, c->at);
        if (at(c, d->escape)) {
            if (!take_escaped(c, field))
                return false;
            continue;
        }
        if (!at(c, d->quote)) {
            take(c, field);
            continue;
        }
        c->at++;
        if (d->escape >= 0 || !at(c, d->quote))
            break;
        take(c, field);
    }
    return at_field_end(c) || fail(c, c->at, c->at + 1);
}

static bool read_unquoted(cursor *c, ref_field *field)
{
    while (!at_field_end(c)) {
        if (at(c, c->dialect->quote))
            return fail(c, c->at, c->at + 1);
        if (!at(c, c->dialect->escape))
            take(c, field);
        else if (!take_escaped(c, field))
            return false;
    }
    return true;
}

static bool read_field(cursor *c, ref_record *record)
{
    record->fields =
        ref_one_more(c->arena, record->fields, record->n_fields, sizeof *record->fields);
    ref_field *field = &record->fields[record->n_fields++];
    *field = (ref_field){.at = c->at, .text = ref_new(c->arena, 1)};
    return at(c, c->dialect->quote) ? read_quoted(c, field) : read_unquoted(c, field);
}

static bool read_fields(cursor *c, ref_record *record)
{
    for (;;) {
        if (!read_field(c, record))
            return false;
        if (!at(c, c->dialect->delimiter))
            return true;
        c->at++;
    }
}

static bool read_record(cursor *c, ref_record *record)
{
    *record = (ref_record){.at = c->at, .blank = at_line_end(c)};
    bool split = read_fields(c, record);
    record->end = split ? c->at : c->out->fault_end;
    c->out->fault_column = record->n_fields;
    if (record->end - record->at > c->dialect->max_row_size) {
        c->out->status = TINE_ELIMIT;
        c->out->fault_at = record->at;
        c->out->fault_end = record->end;
        c->out->fault_column = 0;
        return false;
    }
    return split;
}

static void skip_comment(cursor *c)
{
    while (peek(c) >= 0 && !at_line_end(c))
        c->at++;
    skip_line_end(c);
}

ref_records ref_split(ref_arena *arena, ref_bytes in, size_t start, size_t stop,
                      const ref_dialect *dialect)
{
    ref_records out = {0};
    cursor c = {arena, dialect, in, start, &out};
    while (peek(&c) >= 0 && c.at < stop) {
        if (at(&c, dialect->comment)) {
            skip_comment(&c);
            continue;
        }
        if (out.n == 0 && at_line_end(&c)) {
            skip_line_end(&c);
            continue;
        }
        out.items = ref_one_more(arena, out.items, out.n, sizeof *out.items);
        out.record_at = c.at;
        if (!read_record(&c, &out.items[out.n]))
            return out;
        out.n++;
        skip_line_end(&c);
    }
    return out;
}

uint64_t ref_line(ref_bytes in, size_t offset)
{
    uint64_t line = 1;
    for (size_t i = 0; i < offset && i < in.size; i++) {
        bool cr_of_crlf = in.data[i] == '\r' && i + 1 < in.size && in.data[i + 1] == '\n';
        line += in.data[i] == '\n' || (in.data[i] == '\r' && !cr_of_crlf);
    }
    return line;
}
