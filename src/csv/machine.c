#include "csv/machine.h"

#include <string.h>

static void fill(uint8_t *row, unsigned step)
{
    memset(row, (int)step, 256);
}

static void on(uint8_t *row, int byte, unsigned step)
{
    if (byte != TINE_NONE)
        row[byte] = (uint8_t)step;
}

/* What ends a field does so whether there is anything in the field or not. */
static void on_field_end(uint8_t *row, const tine__dialect *dialect)
{
    on(row, dialect->delimiter, TINE__FIELD_START | TINE__FIELD_ENDS);
    on(row, '\r', TINE__AFTER_CR | TINE__FIELD_ENDS | TINE__RECORD_ENDS);
    on(row, '\n', TINE__RECORD_START | TINE__FIELD_ENDS | TINE__RECORD_ENDS);
}

static void init_field_states(tine__machine *machine, const tine__dialect *dialect)
{
    uint8_t *start = machine->step[TINE__FIELD_START];
    fill(start, TINE__UNQUOTED);
    on(start, dialect->escape, TINE__ESCAPED_UNQUOTED);
    on_field_end(start, dialect);
    uint8_t *unquoted = machine->step[TINE__UNQUOTED];
    memcpy(unquoted, start, 256);
    on(start, dialect->quote, TINE__QUOTED);
    on(unquoted, dialect->quote, TINE__BROKEN);
}

static void init_quoted_states(tine__machine *machine, const tine__dialect *dialect)
{
    uint8_t *quoted = machine->step[TINE__QUOTED];
    fill(quoted, TINE__QUOTED);
    on(quoted, dialect->quote, TINE__QUOTE_IN_QUOTED);
    on(quoted, dialect->escape, TINE__ESCAPED_QUOTED);

    uint8_t *behind = machine->step[TINE__QUOTE_IN_QUOTED];
    fill(behind, TINE__BROKEN);
    if (dialect->escape == TINE_NONE)
        on(behind, dialect->quote, TINE__QUOTED);
    on_field_end(behind, dialect);
}

/* The first byte of a record does what it does at the start of a field, and starts the record; but
 * for a comment byte, and for a line end, which makes a blank line. */
static void init_record_states(tine__machine *machine, const tine__dialect *dialect,
                               bool blank_is_record)
{
    uint8_t *start = machine->step[TINE__RECORD_START];
    for (int byte = 0; byte < 256; byte++)
        start[byte] = machine->step[TINE__FIELD_START][byte] | TINE__STARTS;
    on(start, dialect->comment, TINE__COMMENT);
    if (!blank_is_record) {
        on(start, '\r', TINE__AFTER_CR);
        on(start, '\n', TINE__RECORD_START);
    }
    memcpy(machine->step[TINE__AFTER_CR], start, 256);
    on(machine->step[TINE__AFTER_CR], '\n', TINE__RECORD_START);
}

void tine__machine_init(tine__machine *machine, const tine__dialect *dialect, bool blank_is_record)
{
    init_field_states(machine, dialect);
    init_quoted_states(machine, dialect);
    init_record_states(machine, dialect, blank_is_record);
    fill(machine->step[TINE__ESCAPED_UNQUOTED], TINE__UNQUOTED);
    fill(machine->step[TINE__ESCAPED_QUOTED], TINE__QUOTED);
    fill(machine->step[TINE__COMMENT], TINE__COMMENT);
    on(machine->step[TINE__COMMENT], '\r', TINE__AFTER_CR);
    on(machine->step[TINE__COMMENT], '\n', TINE__RECORD_START);
    fill(machine->step[TINE__BROKEN], TINE__BROKEN);
}

/* Steps over blank lines and comments, up to the first byte of a record. */
static bool find_start(const tine__machine *machine, tine__cursor *cursor, size_t bound)
{
    for (size_t end = bound < cursor->n ? bound : cursor->n; cursor->at < end; cursor->at++) {
        unsigned step = machine->step[cursor->state][(unsigned char)cursor->text[cursor->at]];
        if (step & TINE__STARTS)
            return true;
        cursor->state = (tine__state)(step & TINE__STATE_MASK);
    }
    return false;
}

static void end_field(tine__record *record, size_t at, uint32_t *ends, size_t max_ends)
{
    if (record->n_fields < max_ends)
        ends[record->n_fields] = (uint32_t)at;
    record->n_fields++;
}

/* The source, or at least the text, has ended within a record. */
static tine__found end_of_text(const tine__cursor *cursor, tine__record *record, uint32_t *ends,
                               size_t max_ends)
{
    record->end = cursor->n;
    if (!cursor->at_end)
        return TINE__FOUND_CUT;
    switch (cursor->state) {
    case TINE__QUOTED:
        return TINE__FOUND_OPEN_QUOTE;
    case TINE__ESCAPED_UNQUOTED:
    case TINE__ESCAPED_QUOTED:
        return TINE__FOUND_OPEN_ESCAPE;
    default:
        end_field(record, cursor->n, ends, max_ends);
        return TINE__FOUND_RECORD;
    }
}

tine__found tine__record_next(const tine__machine *machine, tine__cursor *cursor, size_t bound,
                              tine__record *record, uint32_t *ends, size_t max_ends)
{
    if (!find_start(machine, cursor, bound))
        return TINE__FOUND_NONE;
    *record = (tine__record){.start = cursor->at, .field_start = cursor->at};
    for (; cursor->at < cursor->n; cursor->at++) {
        unsigned step = machine->step[cursor->state][(unsigned char)cursor->text[cursor->at]];
        tine__state next = (tine__state)(step & TINE__STATE_MASK);
        if (next == TINE__BROKEN)
            return cursor->state == TINE__UNQUOTED ? TINE__FOUND_STRAY_QUOTE
                                                   : TINE__FOUND_AFTER_QUOTE;
        cursor->state = next;
        if (!(step & TINE__FIELD_ENDS))
            continue;
        end_field(record, cursor->at, ends, max_ends);
        if (step & TINE__RECORD_ENDS) {
            record->end = cursor->at++;
            return TINE__FOUND_RECORD;
        }
        record->field_start = cursor->at + 1;
    }
    return end_of_text(cursor, record, ends, max_ends);
}

void tine__record_finish(const tine__machine *machine, tine__cursor *cursor)
{
    while (cursor->at < cursor->n && cursor->state != TINE__BROKEN &&
           !tine__between_records(cursor->state)) {
        unsigned char byte = (unsigned char)cursor->text[cursor->at++];
        cursor->state = (tine__state)(machine->step[cursor->state][byte] & TINE__STATE_MASK);
    }
}
