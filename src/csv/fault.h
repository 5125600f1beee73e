/* What can be wrong with a record, and how it is told: with the place and the bytes. */
#ifndef TINE_CSV_FAULT_H
#define TINE_CSV_FAULT_H
#include <tine.h>

typedef enum tine__fault_kind {
    TINE__FAULT_NONE = 0,
    TINE__FAULT_STRAY_QUOTE,
    TINE__FAULT_AFTER_QUOTE,
    TINE__FAULT_OPEN_QUOTE,
    TINE__FAULT_OPEN_ESCAPE,
    TINE__FAULT_ROW_SIZE,
    TINE__FAULT_RAGGED
} tine__fault_kind;

typedef struct tine__fault {
    tine__fault_kind kind;
    size_t at;      /* the byte that is blamed, in the text */
    size_t column;  /* from 1; 0: none */
    size_t n_found; /* RAGGED: fields; ROW_SIZE: bytes */
    size_t n_wanted;
} tine__fault;

typedef struct tine__place { /* a text, and where it lies */
    const char *source;
    const char *text;
    size_t n;
    uint64_t offset; /* of text[0] in the source */
    uint64_t lines;  /* line ends in front of text[0] */
    bool last_cr;    /* the byte in front of it is a CR */
} tine__place;

/* Sets the position of text[at], and puts it in front of the message that is there. */
void tine__error_place(tine_error *error, const tine__place *place, size_t at, uint64_t record,
                       uint64_t column);

/* Fills *error, position and all; `record` is the number of the record at fault, 0 for a header. */
tine_status tine__fault_error(const tine__fault *fault, const tine__place *place, uint64_t record,
                              tine_error *error);

#endif
