/* The general transition machine: what one byte does to the reader, for every dialect. All of the
 * structure of a CSV (SEMANTICS.md, bytes to rows) is in one table of states × bytes. Two readers
 * step through it: split.c, which starts in every state at once, and tine__record_next, which
 * starts where the state is known and splits records into fields. */
#ifndef TINE_CSV_MACHINE_H
#define TINE_CSV_MACHINE_H
#include "csv/dialect.h"

typedef enum tine__state {
    TINE__RECORD_START = 0, /* behind a line end, or at the source's first byte */
    TINE__AFTER_CR,         /* the same behind a CR: an LF here belongs to that line end */
    TINE__FIELD_START,      /* behind a delimiter */
    TINE__UNQUOTED,
    TINE__QUOTED,
    TINE__QUOTE_IN_QUOTED,  /* behind a quote in a quoted field: its end, or the first of two */
    TINE__ESCAPED_UNQUOTED, /* behind an escape byte */
    TINE__ESCAPED_QUOTED,
    TINE__COMMENT,
    TINE__BROKEN, /* behind a byte that no rule admits; nothing leads out of it */
    TINE__N_STATES
} tine__state;

/* A step: the next state in the low bits, and what happens at the byte that is stepped over. */
enum {
    TINE__STATE_MASK = 15,
    TINE__STARTS = 16,      /* a record starts with this byte */
    TINE__FIELD_ENDS = 32,  /* a field ends in front of it */
    TINE__RECORD_ENDS = 64, /* and with it the record */
};

typedef struct tine__machine {
    uint8_t step[TINE__N_STATES][256];
} tine__machine;

/* `blank_is_record`: a line with nothing in it is a record (of one empty field), not skipped. */
void tine__machine_init(tine__machine *machine, const tine__dialect *dialect, bool blank_is_record);

static inline bool tine__between_records(tine__state state)
{
    return state == TINE__RECORD_START || state == TINE__AFTER_CR || state == TINE__COMMENT;
}

/* Where a reader stands in a text. */
typedef struct tine__cursor {
    const char *text;
    size_t n;
    bool at_end; /* the source ends with the text */
    size_t at;
    tine__state state;
} tine__cursor;

typedef struct tine__record {
    size_t start, end; /* its first byte; its line end, or the end of the source */
    size_t n_fields;
    size_t field_start; /* of its last field: where an unclosed quote was opened */
} tine__record;

typedef enum tine__found {
    TINE__FOUND_RECORD,
    TINE__FOUND_NONE,        /* no record starts in front of `bound` */
    TINE__FOUND_CUT,         /* the text ends within the record, the source does not */
    TINE__FOUND_STRAY_QUOTE, /* at cursor->at */
    TINE__FOUND_AFTER_QUOTE, /* at cursor->at */
    TINE__FOUND_OPEN_QUOTE,  /* at record->field_start */
    TINE__FOUND_OPEN_ESCAPE, /* at cursor->at - 1 */
} tine__found;

/* Splits the next record that starts in front of `bound`. The ends of its first max_ends fields are
 * written to ends; a field starts one byte behind the end of the one before. The cursor must stand
 * between records, and afterwards stands behind the record's line end (of CR LF: behind the CR), or
 * in front of the byte that was in error. */
tine__found tine__record_next(const tine__machine *machine, tine__cursor *cursor, size_t bound,
                              tine__record *record, uint32_t *ends, size_t max_ends);

/* Steps from the cursor to the end of the record it stands in: to a state between records, a byte
 * in error (stepped over), or the end of the text. */
void tine__record_finish(const tine__machine *machine, tine__cursor *cursor);

#endif
