#include "csv/head.h"
#include "base/alloc.h"
#include "base/error.h"
#include "csv/text.h"
#include "task/scope.h"

#include <string.h>

#define FIRST_LOAD ((size_t)4 << 10) /* as a rule the first record is within it */

void tine__head_init(tine__head *head, tine__csv *csv)
{
    *head = (tine__head){.csv = csv};
    tine__view_init(&head->view, &csv->allocator);
    tine__rows_init(&head->rows, &csv->allocator, 0, csv->max_row_size);
}

void tine__head_destroy(tine__head *head)
{
    tine__rows_destroy(&head->rows);
    tine__view_destroy(&head->view);
}

tine__place tine__head_place(const tine__head *head)
{
    return (tine__place){
        .source = tine__source_name(head->csv->sources[head->source].source),
        .text = head->view.text,
        .n = head->view.n,
    };
}

tine_status tine__head_load(tine__head *head, size_t n, tine_error *error)
{
    tine_status status = tine__view_load(&head->view, n, tine__stop_status, error);
    head->cursor.text = head->view.text;
    head->cursor.n = head->view.n;
    head->cursor.at_end = head->view.at_end;
    return status;
}

static bool starts_with(const tine__head *head, const char *bytes)
{
    size_t n = strlen(bytes);
    return head->view.n >= n && memcmp(head->view.text, bytes, n) == 0;
}

static bool is_bzip2(const tine__head *head)
{
    enum { LEVEL = 3 }; /* "BZh", a digit, and a block's magic number */
    return starts_with(head, "BZh") && head->view.n > LEVEL + 6 &&
           tine__is_digit(head->view.text[LEVEL]) &&
           memcmp(head->view.text + LEVEL + 1, "1AY&SY", 6) == 0;
}

/* What the source is instead of text, by its first bytes, and what to do about it; NULL: nothing.
 */
static const char *not_text(const tine__head *head)
{
    static const struct {
        const char *bytes, *advice;
    } signs[] = {
        {"\xff\xfe", "this is UTF-16: convert the input to UTF-8"},
        {"\xfe\xff", "this is UTF-16: convert the input to UTF-8"},
        {"\x1f\x8b", "this is compressed by gzip: read it through tine_source_decompress"},
        {"\x28\xb5\x2f\xfd", "this is compressed by zstd: read it through tine_source_decompress"},
        {"\xfd\x37zXZ", "this is compressed by xz, which is not read: decompress it first"},
        {"PK\x03\x04",
         "this is a ZIP archive or a workbook (.xlsx), which are not read: unpack it, "
         "or save it as CSV in UTF-8"},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (starts_with(head, signs[i].bytes))
            return signs[i].advice;
    return is_bzip2(head) ? "this is compressed by bzip2, which is not read: decompress it first"
                          : NULL;
}

tine_status tine__head_enter(tine__head *head, size_t source, tine_error *error)
{
    head->source = source;
    tine__view_move(&head->view, &head->csv->sources[source].input, 0);
    head->cursor = (tine__cursor){.state = TINE__RECORD_START};
    tine_status status = tine__head_load(head, FIRST_LOAD, error);
    if (status != TINE_OK)
        return status;
    const char *advice = not_text(head);
    if (advice) {
        tine__place place = tine__head_place(head);
        tine__error_set(error, TINE_EFORMAT, "%s", advice);
        tine__error_place(error, &place, 0, 0, 0);
        return TINE_EFORMAT;
    }
    head->cursor.at = starts_with(head, "\xef\xbb\xbf") ? 3 : 0;
    return TINE_OK;
}

/* Room for the ends of the fields just counted, as the only row. */
static bool reserve(tine__head *head, size_t n_fields)
{
    head->rows.n = 0;
    head->rows.width = n_fields;
    return tine__rows_reserve_ends(&head->rows, 0, n_fields) &&
           tine__rows_reserve_starts(&head->rows, 1);
}

/* Looks once, with what is loaded. False: more must be loaded, or more room made, to look again. */
static bool look(tine__head *head, size_t bound)
{
    tine__cursor cursor = head->cursor;
    size_t room = head->rows.ends_capacity;
    head->found = tine__record_next(&head->csv->machine, &cursor, bound, &head->record,
                                    head->rows.ends, room);
    if (head->found == TINE__FOUND_NONE) {
        head->cursor = cursor;
        return cursor.at >= bound || head->view.at_end;
    }
    if (head->found == TINE__FOUND_CUT)
        return head->record.end - head->record.start > head->csv->max_row_size;
    if (head->record.n_fields > room)
        return false;
    head->cursor = cursor;
    return true;
}

tine_status tine__head_next(tine__head *head, size_t bound, tine_error *error)
{
    while (!look(head, bound)) {
        tine_status status = TINE_OK;
        if (head->found == TINE__FOUND_NONE || head->found == TINE__FOUND_CUT)
            status = tine__head_load(head, 2 * head->view.n, error);
        else if (!reserve(head, head->record.n_fields))
            status = tine__error_no_memory(error);
        if (status != TINE_OK)
            return status;
    }
    if (head->found != TINE__FOUND_RECORD)
        return TINE_OK;
    if (!reserve(head, head->record.n_fields))
        return tine__error_no_memory(error);
    head->rows.starts[0] = (uint32_t)head->record.start;
    head->rows.n = 1;
    return TINE_OK;
}

tine__fault tine__head_fault(const tine__head *head, size_t width)
{
    return tine__record_fault(head->found, &head->record, &head->cursor, width,
                              head->csv->max_row_size);
}

tine_status tine__head_fail(const tine__head *head, const tine__fault *fault, uint64_t record,
                            tine_error *error)
{
    tine__place place = tine__head_place(head);
    return tine__fault_error(fault, &place, record, error);
}

tine__cells tine__head_cells(const tine__head *head, size_t column)
{
    return (tine__cells){
        .csv = head->csv,
        .text = head->view.text,
        .rows = &head->rows,
        .column = column,
        .allocator = &head->csv->allocator,
    };
}
