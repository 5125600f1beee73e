/* The rows of a batch: where each starts and where its fields end, as offsets into the text. Every
 * row has the table's width, so that a field is found by multiplication. */
#ifndef TINE_CSV_ROWS_H
#define TINE_CSV_ROWS_H
#include "csv/fault.h"
#include "csv/machine.h"

typedef struct tine__rows {
    const tine_allocator *allocator;
    size_t width;
    size_t max_row_size;
    size_t n;
    uint32_t *starts; /* of row i: starts[i] */
    uint32_t *ends;   /* of field f of row i: ends[i * width + f] */
    size_t starts_capacity, ends_capacity;
} tine__rows;

void tine__rows_init(tine__rows *rows, const tine_allocator *allocator, size_t width,
                     size_t max_row_size);
void tine__rows_destroy(tine__rows *rows);

/* Room for so many of both in all; the first `used` ends are kept, or the first n starts. */
TINE_MUST_USE bool tine__rows_reserve_ends(tine__rows *rows, size_t used, size_t needed);
TINE_MUST_USE bool tine__rows_reserve_starts(tine__rows *rows, size_t needed);

/* The rows that start in front of `bound`, from the cursor on; the ones before are forgotten. A
 * record that is at fault ends them and is told in *fault_out, whose kind is else NONE. Returns
 * false when memory is short. */
TINE_MUST_USE bool tine__rows_index(tine__rows *rows, const tine__machine *machine,
                                    tine__cursor *cursor, size_t bound, tine__fault *fault_out);

/* What is wrong with a record that was split as `found`, when width fields are wanted (0: any). */
tine__fault tine__record_fault(tine__found found, const tine__record *record,
                               const tine__cursor *cursor, size_t width, size_t max_row_size);

static inline size_t tine__field_start(const tine__rows *rows, size_t row, size_t column)
{
    return column ? (size_t)rows->ends[row * rows->width + column - 1] + 1 : rows->starts[row];
}

static inline size_t tine__field_end(const tine__rows *rows, size_t row, size_t column)
{
    return rows->ends[row * rows->width + column];
}

#endif
