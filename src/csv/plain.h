/* The fast way for plain dialects: the kernels' bit masks instead of the machine. It reads regular
 * input only, and says so where it met any other: a quote in the wrong place, a row of another
 * width or size, a blank line. Then the machine reads the same bytes and finds what there is. */
#ifndef TINE_CSV_PLAIN_H
#define TINE_CSV_PLAIN_H
#include "csv/kernels.h"
#include "csv/rows.h"
#include "csv/split.h"

typedef struct tine__plain {
    bool applies; /* the dialect is plain */
    tine__marks marks;
    const tine__kernels *kernels;
} tine__plain;

void tine__plain_init(tine__plain *plain, const tine__dialect *dialect, bool blank_is_record);

/* What tine__summarize gives, but for the ends of arcs that lead to TINE__BROKEN: such a chunk
 * counts as anything, as the partition of the broken record fails, and none behind it is heard. The
 * states of escapes and comments, which a plain dialect does not know, all lead there. */
void tine__plain_summarize(const tine__plain *plain, const char *text, size_t n,
                           tine__summary *summary_out);

typedef enum tine__regular {
    TINE__REGULAR,
    TINE__IRREGULAR, /* nothing was done */
    TINE__REGULAR_NO_MEMORY
} tine__regular;

/* What tine__rows_index does. */
TINE_MUST_USE tine__regular tine__plain_rows(const tine__plain *plain, tine__rows *rows,
                                             tine__cursor *cursor, size_t bound);

#endif
