#include "csv/fault.h"
#include "csv/split.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Puts the position in front of the message; of a long name the end is what tells it from others.
 */
static void tell_position(tine_error *error)
{
    enum { MOST_OF_NAME = 80 };
    char said[sizeof error->message], record[40] = "", column[40] = "";
    size_t n = strlen(error->source);
    bool cut = n > MOST_OF_NAME;
    memcpy(said, error->message, sizeof said);
    if (error->record)
        snprintf(record, sizeof record, ", record %" PRIu64, error->record);
    if (error->column)
        snprintf(column, sizeof column, ", column %" PRIu64, error->column);
    tine_error placed;
    tine__error_set(&placed, error->status, "%s%s, line %" PRIu64 "%s%s: %s", cut ? "..." : "",
                    error->source + (cut ? n - MOST_OF_NAME : 0), error->line, record, column,
                    said);
    memcpy(error->message, placed.message, sizeof error->message);
}

void tine__error_place(tine_error *error, const tine__place *place, size_t at, uint64_t record,
                       uint64_t column)
{
    if (!error)
        return;
    tine__error_source(error, place->source);
    error->byte_offset = place->offset + at;
    error->line = place->lines + tine__count_lines(place->text, at, place->last_cr) + 1;
    /* A line end that is blamed itself belongs to the line it ends: of CR LF the LF too. */
    if (at < place->n && place->text[at] == '\n' &&
        (at ? place->text[at - 1] == '\r' : place->last_cr))
        error->line--;
    error->record = record;
    error->column = column;
    tell_position(error);
}

static tine_status describe(const tine__fault *fault, const char *shown, tine_error *error)
{
    switch (fault->kind) {
    case TINE__FAULT_STRAY_QUOTE:
        return tine__error_set(error, TINE_EFORMAT,
                               "a quote inside an unquoted field at \"%s\": quote the whole field "
                               "and double the quotes in it, or open with quote = TINE_NONE",
                               shown);
    case TINE__FAULT_AFTER_QUOTE:
        return tine__error_set(error, TINE_EFORMAT,
                               "text behind a closing quote at \"%s\": only a delimiter or a line "
                               "end may follow; a quote inside a quoted field is doubled",
                               shown);
    case TINE__FAULT_OPEN_QUOTE:
        return tine__error_set(error, TINE_EFORMAT,
                               "the quote that opens \"%s\" is never closed: close it, and double "
                               "the quotes that belong to the field",
                               shown);
    case TINE__FAULT_OPEN_ESCAPE:
        return tine__error_set(error, TINE_EFORMAT,
                               "the input ends right behind an escape byte (\"%s\")", shown);
    case TINE__FAULT_ROW_SIZE:
        return tine__error_set(
            error, TINE_ELIMIT,
            "a record of more than %zu bytes, \"%s\": raise max_row_size, or look "
            "for a quote that is not closed",
            fault->n_wanted, shown);
    default:
        return tine__error_set(
            error, TINE_EFORMAT,
            "%zu fields where %zu were expected in \"%s\": check the delimiter, and "
            "quote fields that hold it or a line end",
            fault->n_found, fault->n_wanted, shown);
    }
}

tine_status tine__fault_error(const tine__fault *fault, const tine__place *place, uint64_t record,
                              tine_error *error)
{
    char shown[TINE__SHOWN_SIZE];
    tine__error_show(shown, place->text + fault->at, place->n - fault->at);
    tine_status status = describe(fault, shown, error);
    tine__error_place(error, place, fault->at, record, fault->column);
    return status;
}
