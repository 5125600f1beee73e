#include "csv/names.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_ROOM 32 /* for "column_" or "_" and a number */

static bool taken(const tine__names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

/* Appends a name: never empty, and made new by a suffix. */
static bool add(tine__csv *csv, tine__names *names, tine_string text)
{
    char *name = tine__arena_alloc(&csv->arena, text.size + 2 * NUMBER_ROOM, 1);
    if (!name)
        return false;
    if (text.size)
        memcpy(name, text.data, text.size);
    name[text.size] = 0;
    if (!text.size)
        snprintf(name, NUMBER_ROOM, "column_%zu", names->n + 1);
    size_t length = strlen(name);
    for (size_t i = 2; taken(names, name); i++)
        snprintf(name + length, NUMBER_ROOM, "_%zu", i);
    names->names[names->n++] = name;
    return true;
}

static bool start(tine__csv *csv, tine__names *names, size_t n)
{
    *names = (tine__names){0};
    names->names = tine__arena_alloc(&csv->arena, n * sizeof *names->names, _Alignof(char *));
    return names->names != NULL;
}

static tine_status bad_name(const tine__head *head, size_t column, tine_error *error)
{
    tine__place place = tine__head_place(head);
    tine__error_set(error, TINE_EFORMAT,
                    "the name of column %zu is not UTF-8, or holds a NUL: convert the input to "
                    "UTF-8, or give names",
                    column + 1);
    tine__error_place(error, &place, tine__field_start(&head->rows, 0, column), 0, column + 1);
    return TINE_EFORMAT;
}

static tine_status add_from(tine__head *head, tine__cells *cells, tine__names *names,
                            tine_error *error)
{
    tine_string text;
    if (tine__cells_at(cells, 0, &text) == TINE__CELL_FAILED)
        return tine__error_no_memory(error);
    if (tine__utf8_valid_prefix(text.data, text.size) != text.size ||
        (text.size && memchr(text.data, 0, text.size)))
        return bad_name(head, cells->column, error);
    return add(head->csv, names, text) ? TINE_OK : tine__error_no_memory(error);
}

tine_status tine__names_of_header(tine__head *head, tine__names *names_out, tine_error *error)
{
    size_t n = head->record.n_fields;
    if (!start(head->csv, names_out, n))
        return tine__error_no_memory(error);
    tine__cells cells = tine__head_cells(head, 0);
    tine_status status = TINE_OK;
    for (; cells.column < n && status == TINE_OK; cells.column++)
        status = add_from(head, &cells, names_out, error);
    tine__cells_free(&cells);
    return status;
}

tine_status tine__names_given(tine__csv *csv, const char *const *names, size_t n,
                              tine__names *names_out, tine_error *error)
{
    bool ok = start(csv, names_out, n);
    for (size_t i = 0; i < n && ok; i++) {
        const char *name = names ? names[i] : "";
        ok = add(csv, names_out, (tine_string){name, strlen(name)});
    }
    return ok ? TINE_OK : tine__error_no_memory(error);
}
