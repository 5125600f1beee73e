#include "csv/rows.h"
#include "base/alloc.h"

void tine__rows_init(tine__rows *rows, const tine_allocator *allocator, size_t width,
                     size_t max_row_size)
{
    *rows = (tine__rows){.allocator = allocator, .width = width, .max_row_size = max_row_size};
}

void tine__rows_destroy(tine__rows *rows)
{
    if (rows->starts)
        TINE__DELETE_ARRAY(rows->allocator, rows->starts, rows->starts_capacity);
    if (rows->ends)
        TINE__DELETE_ARRAY(rows->allocator, rows->ends, rows->ends_capacity);
    *rows = (tine__rows){0};
}

static bool grow(const tine_allocator *allocator, uint32_t **array, size_t *capacity, size_t used,
                 size_t needed)
{
    void *grown = *array;
    bool ok =
        tine__grow(allocator, &grown, capacity, used, needed, sizeof **array, _Alignof(uint32_t));
    *array = grown;
    return ok;
}

bool tine__rows_reserve_ends(tine__rows *rows, size_t used, size_t needed)
{
    return grow(rows->allocator, &rows->ends, &rows->ends_capacity, used, needed);
}

bool tine__rows_reserve_starts(tine__rows *rows, size_t needed)
{
    return grow(rows->allocator, &rows->starts, &rows->starts_capacity, rows->n, needed);
}

static bool room_for_one_more(tine__rows *rows)
{
    size_t used = rows->n * rows->width;
    return tine__rows_reserve_starts(rows, rows->n + 1) &&
           tine__rows_reserve_ends(rows, used, used + rows->width);
}

/* How much of a record the splitter went over: up to its line end, or the byte in error. */
static size_t bytes_seen(tine__found found, const tine__record *record, const tine__cursor *cursor)
{
    bool broken = found == TINE__FOUND_STRAY_QUOTE || found == TINE__FOUND_AFTER_QUOTE;
    return (broken ? cursor->at + 1 : record->end) - record->start;
}

static tine__fault ragged(const tine__record *record, size_t width)
{
    size_t common = record->n_fields < width ? record->n_fields : width;
    return (tine__fault){TINE__FAULT_RAGGED, record->start, common + 1, record->n_fields, width};
}

tine__fault tine__record_fault(tine__found found, const tine__record *record,
                               const tine__cursor *cursor, size_t width, size_t max_row_size)
{
    size_t size = bytes_seen(found, record, cursor), column = record->n_fields + 1;
    if (size > max_row_size || found == TINE__FOUND_CUT)
        return (tine__fault){TINE__FAULT_ROW_SIZE, record->start, 0, size, max_row_size};
    switch (found) {
    case TINE__FOUND_STRAY_QUOTE:
        return (tine__fault){TINE__FAULT_STRAY_QUOTE, cursor->at, column, 0, 0};
    case TINE__FOUND_AFTER_QUOTE:
        return (tine__fault){TINE__FAULT_AFTER_QUOTE, cursor->at, column, 0, 0};
    case TINE__FOUND_OPEN_QUOTE:
        return (tine__fault){TINE__FAULT_OPEN_QUOTE, record->field_start, column, 0, 0};
    case TINE__FOUND_OPEN_ESCAPE:
        return (tine__fault){TINE__FAULT_OPEN_ESCAPE, cursor->at - 1, column, 0, 0};
    default:
        return width && record->n_fields != width ? ragged(record, width) : (tine__fault){0};
    }
}

bool tine__rows_index(tine__rows *rows, const tine__machine *machine, tine__cursor *cursor,
                      size_t bound, tine__fault *fault_out)
{
    rows->n = 0;
    *fault_out = (tine__fault){0};
    for (;;) {
        if (!room_for_one_more(rows))
            return false;
        tine__record record;
        tine__found found = tine__record_next(machine, cursor, bound, &record,
                                              rows->ends + rows->n * rows->width, rows->width);
        if (found == TINE__FOUND_NONE)
            return true;
        *fault_out = tine__record_fault(found, &record, cursor, rows->width, rows->max_row_size);
        if (fault_out->kind != TINE__FAULT_NONE)
            return true;
        rows->starts[rows->n++] = (uint32_t)record.start;
    }
}
