#include "csv/cells.h"
#include "base/alloc.h"

#include <string.h>

void tine__cells_free(tine__cells *cells)
{
    if (cells->scratch)
        tine__free(cells->allocator, cells->scratch, cells->scratch_capacity, 1);
    cells->scratch = NULL;
    cells->scratch_capacity = 0;
}

static tine__cell undo(tine__cells *cells, const tine__raw_field *field, tine_string *content_out)
{
    void *scratch = cells->scratch;
    if (!tine__grow(cells->allocator, &scratch, &cells->scratch_capacity, 0, field->n, 1, 1))
        return TINE__CELL_FAILED;
    cells->scratch = scratch;
    content_out->data = scratch;
    content_out->size = tine__unescape(field->mark, field->text, field->n, scratch);
    return TINE__CELL_TEXT;
}

bool tine__is_null_text(const tine__csv *csv, tine_string content)
{
    if (content.size == 0)
        return true;
    for (size_t i = 0; i < csv->n_nulls; i++)
        if (csv->nulls[i].size == content.size &&
            memcmp(csv->nulls[i].data, content.data, content.size) == 0)
            return true;
    return false;
}

tine__cell tine__cells_at(tine__cells *cells, size_t row, tine_string *content_out)
{
    tine__raw_field field = tine__raw_field_at(cells, row);
    *content_out = (tine_string){field.text, field.n};
    if (field.mark != TINE_NONE && memchr(field.text, field.mark, field.n) &&
        undo(cells, &field, content_out) == TINE__CELL_FAILED)
        return TINE__CELL_FAILED;
    return !field.quoted && tine__is_null_text(cells->csv, *content_out) ? TINE__CELL_NULL
                                                                         : TINE__CELL_TEXT;
}

size_t tine__cells_origin(const tine__cells *cells, size_t row, size_t i)
{
    tine__raw_field field = tine__raw_field_at(cells, row);
    size_t at = 0;
    for (;; at++, i--) {
        if (at < field.n && (unsigned char)field.text[at] == field.mark)
            at++;
        if (i == 0 || at >= field.n)
            return (size_t)(field.text - cells->text) + at;
    }
}

tine_string tine__trim(tine_string content)
{
    while (content.size && (content.data[0] == ' ' || content.data[0] == '\t')) {
        content.data++;
        content.size--;
    }
    while (content.size &&
           (content.data[content.size - 1] == ' ' || content.data[content.size - 1] == '\t'))
        content.size--;
    return content;
}

tine__evidence tine__cell_evidence(tine_string content)
{
    tine_string value = tine__trim(content);
    return value.size ? tine__classify(value.data, value.size) : 0;
}
