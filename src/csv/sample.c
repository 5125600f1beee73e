#include "csv/sample.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* What each field of the head's last record shows. */
static tine_status look_at_record(const tine__head *head, tine__evidence *seen, tine_error *error)
{
    tine__cells cells = tine__head_cells(head, 0);
    tine__cell cell = TINE__CELL_NULL;
    for (; cells.column < head->rows.width && cell != TINE__CELL_FAILED; cells.column++) {
        tine_string text;
        cell = tine__cells_at(&cells, 0, &text);
        if (cell == TINE__CELL_TEXT && !tine__evidence_is_text(seen[cells.column]))
            seen[cells.column] |= tine__cell_evidence(text);
    }
    tine__cells_free(&cells);
    return cell == TINE__CELL_FAILED ? tine__error_no_memory(error) : TINE_OK;
}

tine_status tine__sample_types(tine__head *head, tine__evidence *seen, size_t width,
                               tine_error *error)
{
    for (;;) {
        tine_status status = tine__head_next(head, TINE__SAMPLE_BYTES, error);
        if (status != TINE_OK || head->found != TINE__FOUND_RECORD ||
            tine__head_fault(head, width).kind != TINE__FAULT_NONE)
            return status;
        status = look_at_record(head, seen, error);
        if (status != TINE_OK)
            return status;
    }
}

static bool all_text(const tine__evidence *seen, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (seen[i] != TINE__SEEN_STRING)
            return false;
    return true;
}

static bool any_not_text(const tine__evidence *seen, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (seen[i] && tine__evidence_type(seen[i]) != TINE_STRING)
            return true;
    return false;
}

static bool same_content(tine__cells *a, tine__cells *b, bool *failed)
{
    tine_string x, y;
    *failed = tine__cells_at(a, 0, &x) == TINE__CELL_FAILED ||
              tine__cells_at(b, 0, &y) == TINE__CELL_FAILED;
    return !*failed && x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
}

static tine_status all_different(const tine__head *head, bool *different_out, tine_error *error)
{
    tine__cells a = tine__head_cells(head, 0), b = a;
    bool failed = false, same = false;
    for (; a.column < head->rows.width && !same && !failed; a.column++)
        for (b.column = 0; b.column < a.column && !same && !failed; b.column++)
            same = same_content(&a, &b, &failed);
    tine__cells_free(&a);
    tine__cells_free(&b);
    *different_out = !same;
    return failed ? tine__error_no_memory(error) : TINE_OK;
}

static tine_status judge(tine__head *head, tine__evidence *seen, bool *is_header_out,
                         tine_error *error)
{
    size_t width = head->record.n_fields;
    *is_header_out = false;
    tine_status status = look_at_record(head, seen, error);
    bool different = false;
    if (status == TINE_OK && all_text(seen, width))
        status = all_different(head, &different, error);
    if (status != TINE_OK || !different)
        return status;
    tine__cursor behind = head->cursor;
    status = tine__head_next(head, SIZE_MAX, error);
    /* A record that cannot be split ends the sample in front of it; a ragged one was seen. */
    bool alone =
        head->found != TINE__FOUND_RECORD || tine__head_fault(head, 0).kind != TINE__FAULT_NONE;
    head->cursor.at = behind.at;
    head->cursor.state = behind.state;
    memset(seen, 0, width * sizeof *seen);
    if (status == TINE_OK && !alone)
        status = tine__sample_types(head, seen, width, error);
    *is_header_out = alone || any_not_text(seen, width);
    return status;
}

tine_status tine__sample_header(tine__head *head, bool *is_header_out, tine_error *error)
{
    size_t width = head->record.n_fields;
    tine__evidence *seen =
        tine__alloc_zeroed(&head->csv->allocator, width * sizeof *seen, _Alignof(tine__evidence));
    if (!seen)
        return tine__error_no_memory(error);
    tine_status status = judge(head, seen, is_header_out, error);
    TINE__DELETE_ARRAY(&head->csv->allocator, seen, width);
    return status;
}
