#include "csv/head.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_ROOM 32 /* for "column_" or "_" and a number */

/* The slot of the name, or the free one where it would be. */
static tine__names_slot *slot_of(const tine__names *names, const char *name)
{
    size_t i = (size_t)tine__hash64(name, strlen(name), (uintptr_t)names->names);
    for (;; i++) {
        tine__names_slot *slot = &names->slots[i & (names->n_slots - 1)];
        if (!slot->number || strcmp(names->names[slot->number - 1], name) == 0)
            return slot;
    }
}

size_t tine__names_find(const tine__names *names, const char *name)
{
    return slot_of(names, name)->number - 1;
}

/* Puts a suffix behind the name, whose length without it is `length`, that makes it new; returns
 * the slot it belongs in. */
static tine__names_slot *make_new(const tine__names *names, char *name, size_t length)
{
    tine__names_slot *same = slot_of(names, name), *slot = same;
    while (slot->number) {
        snprintf(name + length, NUMBER_ROOM, "_%zu", same->next_suffix++);
        slot = slot_of(names, name);
    }
    return slot;
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
    tine__names_slot *slot = make_new(names, name, strlen(name));
    names->names[names->n++] = name;
    *slot = (tine__names_slot){.number = names->n, .next_suffix = 2};
    return true;
}

static bool start(tine__csv *csv, tine__names *names, size_t n)
{
    *names = (tine__names){.n_slots = 2};
    while (names->n_slots < 2 * n)
        names->n_slots *= 2;
    size_t slots_size = names->n_slots * sizeof *names->slots;
    names->names = tine__arena_alloc(&csv->arena, n * sizeof *names->names, _Alignof(char *));
    names->slots = tine__arena_alloc(&csv->arena, slots_size, _Alignof(tine__names_slot));
    if (!names->names || !names->slots)
        return false;
    memset(names->slots, 0, slots_size);
    return true;
}

static tine_status bad_name(const tine__head *head, size_t column, bool has_nul, tine_error *error)
{
    tine__place place = tine__head_place(head);
    size_t at = tine__field_start(&head->rows, 0, column);
    size_t end = tine__field_end(&head->rows, 0, column);
    char shown[TINE__SHOWN_SIZE];
    tine__error_show(shown, place.text + at, end - at);
    tine__error_set(error, TINE_EFORMAT, "the name of column %zu, \"%s\", %s, or give names",
                    column + 1, shown,
                    has_nul ? "holds a NUL byte: if this is text at all, convert it to UTF-8"
                            : "is not UTF-8: convert the input to UTF-8");
    tine__error_place(error, &place, at, 0, column + 1);
    return TINE_EFORMAT;
}

static tine_status add_from(tine__head *head, tine__cells *cells, tine__names *names,
                            tine_error *error)
{
    tine_string text;
    if (tine__cells_at(cells, 0, &text) == TINE__CELL_FAILED)
        return tine__error_no_memory(error);
    bool has_nul = text.size && memchr(text.data, 0, text.size);
    if (has_nul || tine__utf8_valid_prefix(text.data, text.size) != text.size)
        return bad_name(head, cells->column, has_nul, error);
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
