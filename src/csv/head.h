/* The front of a source, record by record, as opening a CSV looks at it: each is loaded as far as
 * it goes, and its fields may be any number. */
#ifndef TINE_CSV_HEAD_H
#define TINE_CSV_HEAD_H
#include "csv/cells.h"

typedef struct tine__head {
    tine__csv *csv;
    size_t source;
    tine__view view;
    tine__cursor cursor;
    tine__found found;   /* what the last call of tine__head_next came upon */
    tine__record record; /* found RECORD, or at fault */
    tine__rows rows;     /* the record as the only row of its own width */
} tine__head;

void tine__head_init(tine__head *head, tine__csv *csv);
void tine__head_destroy(tine__head *head);

/* To the first byte of a source, behind a byte order mark. TINE_EFORMAT: UTF-16. */
TINE_MUST_USE tine_status tine__head_enter(tine__head *head, size_t source, tine_error *error);

/* Makes n bytes of the source visible, if it has so many. */
TINE_MUST_USE tine_status tine__head_load(tine__head *head, size_t n, tine_error *error);

/* The next record that starts in front of `bound`. A malformed one is not an error of this call. */
TINE_MUST_USE tine_status tine__head_next(tine__head *head, size_t bound, tine_error *error);

/* The fault of the last record; width 0: any. */
tine__fault tine__head_fault(const tine__head *head, size_t width);
tine_status tine__head_fail(const tine__head *head, const tine__fault *fault, uint64_t record,
                            tine_error *error);
tine__place tine__head_place(const tine__head *head);

/* The fields of the last record. */
tine__cells tine__head_cells(const tine__head *head, size_t column);

#endif
