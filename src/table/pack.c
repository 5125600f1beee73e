/* A packed batch: itself, its columns, their names and their buffers in one piece of a slab. */
#include "table/pack.h"
#include "base/alloc.h"
#include "base/bits.h"

#include <string.h>

static size_t whole_lines(size_t size)
{
    return (size + TINE__ALIGN - 1) & ~(size_t)(TINE__ALIGN - 1);
}

/* Gives out the pieces of a room one behind the other; with `at` NULL it counts what they take. */
typedef struct pieces {
    char *at;
    size_t size;
} pieces;

static void *next_piece(pieces *p, size_t size)
{
    void *piece = p->at ? p->at + p->size : NULL;
    p->size += whole_lines(size);
    return piece;
}

static void *copy_piece(pieces *p, const void *from, size_t size)
{
    void *piece = next_piece(p, size);
    if (piece && size)
        memcpy(piece, from, size);
    return piece;
}

static int32_t *copy_offsets(pieces *p, const tine_column *column)
{
    int32_t *to = next_piece(p, (column->length + 1) * sizeof *to);
    for (size_t i = 0; to && i <= column->length; i++)
        to[i] = column->offsets[i] - column->offsets[0];
    return to;
}

static void pack_column(pieces *p, const tine_column *column, tine_column *to)
{
    tine_column copy = *column;
    copy.name = copy_piece(p, column->name, strlen(column->name) + 1);
    if (column->validity)
        copy.validity = copy_piece(p, column->validity, tine__bitmap_bytes(column->length));
    if (column->values)
        copy.values = copy_piece(
            p, column->values, tine__bitmap_bytes(column->length * tine__type_bits(column->type)));
    if (column->offsets) {
        int32_t first = column->offsets[0];
        copy.offsets = copy_offsets(p, column);
        copy.data =
            copy_piece(p, column->data + first, (size_t)(column->offsets[column->length] - first));
    }
    if (to)
        *to = copy;
}

static tine_batch *pack(pieces *p, const tine_batch *batch)
{
    tine_batch *to = next_piece(p, sizeof *to);
    tine_column *columns = next_piece(p, batch->n_columns * sizeof *columns);
    for (size_t i = 0; i < batch->n_columns; i++)
        pack_column(p, &batch->columns[i], columns ? &columns[i] : NULL);
    if (to)
        *to = (tine_batch){
            .n_rows = batch->n_rows, .n_columns = batch->n_columns, .columns = columns};
    return to;
}

size_t tine__pack_size(const tine_batch *batch)
{
    pieces p = {0};
    pack(&p, batch);
    return p.size;
}

tine_batch *tine__pack(const tine_batch *batch, tine__slab *slab)
{
    pieces p = {.at = tine__slab_take(slab, tine__pack_size(batch))};
    if (!p.at)
        return NULL;
    tine_batch *packed = pack(&p, batch);
    atomic_init(&packed->references, 1);
    packed->allocator = slab->allocator;
    packed->slab = slab;
    return packed;
}
