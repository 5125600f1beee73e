#include "dataset/group_table.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "dataset/bodies.h"
#include "table/table.h"

/* Rows of a piece: a multiple of 64. */
#define PIECE_ROWS ((size_t)4096)

typedef struct filling {
    const tine__key_layout *layout;
    const tine__groups *tables;
    const tine__group_list *list;
    tine_batch *out;
    size_t n_columns, n_pieces;
    tine__array *arrays; /* of pieces, n_columns of each: windows of out's, or strings */
} filling;

static tine__array *piece_arrays(const filling *f, size_t piece)
{
    return f->arrays + piece * f->n_columns;
}

static size_t piece_rows(const filling *f, size_t piece)
{
    return tine__min(PIECE_ROWS, f->list->n - piece * PIECE_ROWS);
}

static void open_pieces(filling *f)
{
    for (size_t piece = 0; piece < f->n_pieces; piece++)
        for (size_t c = 0; c < f->n_columns; c++) {
            tine__array *array = &piece_arrays(f, piece)[c];
            if (f->out->arrays[c].type == TINE_STRING)
                tine__array_init(array, TINE_STRING);
            else
                tine__array_window(&f->out->arrays[c], piece * PIECE_ROWS, piece_rows(f, piece),
                                   array);
        }
}

/* ---- filling a piece ---- */

static tine_status fill_keys(const filling *f, const tine__group_ref *refs, size_t n,
                             tine__array *arrays, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++) {
        const tine__groups *g = &f->tables[refs[i].table];
        status = tine__body_pause(i, error);
        if (status == TINE_OK)
            status = tine__key_decode(f->layout, g->keys[refs[i].number],
                                      tine__groups_bytes(g, refs[i].number), arrays,
                                      &f->out->allocator, error);
    }
    return status;
}

static tine_status fill_aggregate(const filling *f, size_t aggregate, const tine__group_ref *refs,
                                  size_t n, tine__array *array, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++) {
        const tine__groups *g = &f->tables[refs[i].table];
        status = tine__body_pause(i, error);
        if (status == TINE_OK)
            status = tine__aggs_finish(g->aggs, aggregate, tine__groups_states(g, refs[i].number),
                                       array, &f->out->allocator, error);
    }
    return status;
}

static tine_status fill_piece(void *ctx, size_t piece, tine_error *error)
{
    const filling *f = ctx;
    const tine__group_ref *refs = f->list->refs + piece * PIECE_ROWS;
    size_t n = piece_rows(f, piece), n_keys = f->layout->n_columns;
    tine__array *arrays = piece_arrays(f, piece);
    tine_status status = fill_keys(f, refs, n, arrays, error);
    for (size_t c = n_keys; status == TINE_OK && c < f->n_columns; c++)
        status = fill_aggregate(f, c - n_keys, refs, n, &arrays[c], error);
    return status;
}

/* ---- putting pieces together ---- */

static tine_status gather_strings(const filling *f, size_t c, tine_error *error)
{
    tine__array *array = &f->out->arrays[c];
    size_t text = 0;
    for (size_t piece = 0; piece < f->n_pieces; piece++) {
        const tine__array *part = &piece_arrays(f, piece)[c];
        text += (size_t)part->offsets[part->length];
    }
    tine_status status = tine__array_reserve(array, &f->out->allocator, f->list->n, text, error);
    for (size_t piece = 0; status == TINE_OK && piece < f->n_pieces; piece++) {
        tine_column column;
        tine__array *part = &piece_arrays(f, piece)[c];
        tine__array_view(part, "", &column);
        status = tine__array_append(array, &f->out->allocator, &column, error);
        tine__array_free(part, &f->out->allocator);
    }
    return status;
}

static tine_status gather(const filling *f, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t c = 0; status == TINE_OK && c < f->n_columns; c++) {
        tine__array *array = &f->out->arrays[c];
        if (array->type == TINE_STRING)
            status = gather_strings(f, c, error);
        else
            for (size_t piece = 0; piece < f->n_pieces; piece++)
                tine__array_take_window(array, &piece_arrays(f, piece)[c]);
    }
    if (status == TINE_OK)
        tine__batch_seal(f->out, f->list->n);
    return status;
}

/* ---- the whole ---- */

/* Room for all values of a fixed size. */
static tine_status reserve(const filling *f, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t c = 0; status == TINE_OK && c < f->n_columns; c++)
        if (f->out->arrays[c].type != TINE_STRING)
            status =
                tine__array_reserve(&f->out->arrays[c], &f->out->allocator, f->list->n, 0, error);
    return status;
}

static tine_status fill(const tine__call *call, filling *f, tine_error *error)
{
    tine_status status = reserve(f, error);
    if (status != TINE_OK)
        return status;
    f->arrays = TINE__NEW_ARRAY(call->allocator, tine__array, f->n_pieces * f->n_columns);
    if (!f->arrays)
        return tine__error_no_memory(error);
    open_pieces(f);
    status = tine__bodies_run(call, fill_piece, f, f->n_pieces, error);
    if (status == TINE_OK)
        status = gather(f, error);
    for (size_t i = 0; i < f->n_pieces * f->n_columns; i++)
        if (f->arrays[i].type == TINE_STRING)
            tine__array_free(&f->arrays[i], &f->out->allocator);
    TINE__DELETE_ARRAY(call->allocator, f->arrays, f->n_pieces * f->n_columns);
    return status;
}

tine_status tine__group_table_make(const tine__call *call, const tine__key_layout *layout,
                                   const tine__groups *tables, const tine__group_list *list,
                                   const tine_column *schema, tine_table **table_out,
                                   tine_error *error)
{
    filling f = {
        .layout = layout,
        .tables = tables,
        .list = list,
        .n_columns = layout->n_columns + tables->aggs->n,
        .n_pieces = list->n / PIECE_ROWS + (list->n % PIECE_ROWS != 0),
    };
    tine_status status = tine__batch_create(call->allocator, schema, f.n_columns, &f.out, error);
    if (status != TINE_OK)
        return status;
    if (f.n_pieces)
        status = fill(call, &f, error);
    else
        tine__batch_seal(f.out, 0);
    if (status == TINE_OK)
        return tine__table_of(call->allocator, f.out, table_out, error);
    tine_batch_release(f.out);
    return status;
}
