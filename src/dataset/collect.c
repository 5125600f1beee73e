/* tine_dataset_collect: a copy of every partition's rows, put in order at the end. Each lane packs
 * its copies into slabs. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "dataset/settle.h"
#include "table/pack.h"
#include "table/table.h"

typedef struct part {
    uint64_t ordinal;
    tine_batch *batch; /* owned; NULL when the table has taken it */
} part;

typedef struct parts { /* of one lane, by ascending ordinal: that is how it claims them */
    part *parts;
    size_t n, capacity, taken;
    tine__slab *slab; /* being filled; NULL: none yet */
    size_t n_bytes;   /* of all slabs so far */
} parts;

typedef struct collect {
    const tine_allocator *allocator;
    size_t n_lanes;
    parts *lanes;
} collect;

static void forget(collect *c)
{
    for (size_t i = 0; c->lanes && i < c->n_lanes; i++) {
        parts *p = &c->lanes[i];
        for (size_t k = 0; k < p->n; k++)
            tine_batch_release(p->parts[k].batch);
        tine__slab_release(p->slab);
        TINE__DELETE_ARRAY(c->allocator, p->parts, p->capacity);
    }
    TINE__DELETE_ARRAY(c->allocator, c->lanes, c->n_lanes);
    c->lanes = NULL;
}

static tine_status begin(void *ctx, tine__call *call, tine_error *error)
{
    collect *c = ctx;
    forget(c);
    c->n_lanes = call->n_lanes;
    c->lanes = tine__alloc_zeroed(c->allocator, c->n_lanes * sizeof *c->lanes, _Alignof(parts));
    return c->lanes ? TINE_OK : tine__error_no_memory(error);
}

/* A slab is a quarter as large as all before it, so that no more than that is in vain; and as a
 * part that is retained keeps its whole slab, at most this. */
#define MAX_SLAB ((size_t)16 << 20)

/* NULL: no memory. */
static tine_batch *copy_of(collect *c, parts *p, const tine_batch *batch)
{
    tine_batch *copy = p->slab ? tine__pack(batch, p->slab) : NULL;
    if (copy)
        return copy;
    size_t size = tine__max(tine__pack_size(batch), tine__min(p->n_bytes / 4, MAX_SLAB));
    tine__slab_release(p->slab);
    p->slab = tine__slab_create(c->allocator, size);
    p->n_bytes += size;
    return p->slab ? tine__pack(batch, p->slab) : NULL;
}

static tine_status keep(void *ctx, size_t lane, const tine__piece *piece, tine_error *error)
{
    collect *c = ctx;
    parts *p = &c->lanes[lane];
    void *array = p->parts;
    bool grown = tine__grow(c->allocator, &array, &p->capacity, p->n, p->n + 1, sizeof(part),
                            _Alignof(part));
    p->parts = array;
    if (!grown)
        return tine__error_no_memory(error);
    tine_batch *copy = copy_of(c, p, piece->batch);
    if (!copy)
        return tine__error_no_memory(error);
    p->parts[p->n++] = (part){piece->partition->ordinal, copy};
    return TINE_OK;
}

/* The part of lowest ordinal that has not been taken, or NULL. */
static part *next_part(collect *c)
{
    parts *lowest = NULL;
    for (size_t i = 0; i < c->n_lanes; i++) {
        parts *p = &c->lanes[i];
        if (p->taken < p->n &&
            (!lowest || p->parts[p->taken].ordinal < lowest->parts[lowest->taken].ordinal))
            lowest = p;
    }
    return lowest ? &lowest->parts[lowest->taken++] : NULL;
}

static tine_status join(collect *c, tine_table **table_out, tine_error *error)
{
    tine_table *table;
    tine_status status = tine__table_create(c->allocator, &table, error);
    if (status != TINE_OK)
        return status;
    for (part *p; status == TINE_OK && (p = next_part(c));) {
        status = tine__table_push(table, p->batch, error);
        p->batch = NULL;
    }
    if (status == TINE_OK)
        *table_out = table;
    else
        tine_table_release(table);
    return status;
}

tine_status tine_dataset_collect(const tine_dataset *dataset, const tine_run *run,
                                 tine_table **table_out, tine_error *error)
{
    if (!table_out)
        return tine__error_set(error, TINE_EINVAL, "tine_dataset_collect: table_out is NULL");
    *table_out = NULL;
    tine__call call;
    tine_status status = tine__call_open(&call, dataset, run, error);
    if (status != TINE_OK)
        return status;
    collect c = {.allocator = call.allocator};
    tine__terminal terminal = {
        .ctx = &c,
        .batch_bytes = 0, /* the whole partition */
        .n_columns = dataset->n_columns,
        .columns = dataset->columns,
        .begin = begin,
        .batch = keep,
    };
    status = tine__run_settled(&call, &terminal, error);
    if (status == TINE_OK)
        status = join(&c, table_out, error);
    if (status == TINE_OK)
        tine__table_hand_over(*table_out, call.keeper);
    forget(&c);
    return tine__call_close(&call, status, error);
}
