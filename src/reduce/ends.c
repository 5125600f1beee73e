/* FIRST and LAST: the value that is not null in the first row of all, and in the last. Rows come to
 * a state partition by partition, so a value is told from the others by its partition: of those of
 * one partition FIRST keeps the one that comes first, LAST the one that comes last. For LAST every
 * bit of the partition's number is complemented: then both look for the least rank. */
#include "reduce/family.h"
#include "reduce/ieee.h"
#include "reduce/runs.h"
#include "reduce/text.h"

typedef struct place { /* of the value that a state keeps; every state begins with one */
    uint64_t flip;     /* 0 for FIRST, all ones for LAST */
    uint64_t rank;     /* the least so far */
    bool any;
} place;

typedef struct cell_end {
    place at;
    int64_t cell; /* as tine__finish_cell takes it */
} cell_end;

typedef struct text_end {
    place at;
    tine__text text;
} text_end;

/* Whether a value out of that partition takes the place; then it has taken it. */
static inline bool take_place(place *at, uint64_t rank)
{
    bool takes = !at->any || rank < at->rank || (rank == at->rank && at->flip);
    if (takes) {
        at->any = true;
        at->rank = rank;
    }
    return takes;
}

/* What is done with a row of a column: its value is not null. */
typedef tine_status take_row(void *state, uint64_t ordinal, const tine_column *column, size_t row,
                             const tine_allocator *allocator);

/* Without groups only one row of a batch counts. */
static tine_status update_one(take_row *take, place *state, const tine_column *column, size_t n,
                              uint64_t ordinal, const tine_allocator *allocator)
{
    tine__runs runs = tine__runs_of(column, n);
    size_t row = n;
    while ((row == n || state->flip) && tine__runs_next(&runs, 0))
        row = state->flip ? runs.end - 1 : runs.begin;
    return row == n ? TINE_OK : take(state, ordinal, column, row, allocator);
}

static inline __attribute__((always_inline)) tine_status
update(take_row *take, void *states, size_t stride, const uint32_t *groups,
       const tine_column *column, size_t n, uint64_t ordinal, const tine_allocator *allocator)
{
    if (!groups)
        return update_one(take, states, column, n, ordinal, allocator);
    TINE__EACH_VALID (row, column, n) {
        tine_status status =
            take(tine__state_at(states, stride, groups, row), ordinal, column, row, allocator);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

#define UPDATE(kind)                                                                               \
    static tine_status kind##_update(void *states, size_t stride, const uint32_t *groups,          \
                                     const tine_column *column, size_t n, uint64_t ordinal,        \
                                     const tine_allocator *allocator)                              \
    {                                                                                              \
        return update(kind##_take, states, stride, groups, column, n, ordinal, allocator);         \
    }

/* ---- values of a fixed size ---- */

static void cell_init_first(void *state)
{
    *(cell_end *)state = (cell_end){.at.flip = 0};
}

static void cell_init_last(void *state)
{
    *(cell_end *)state = (cell_end){.at.flip = UINT64_MAX};
}

static inline int64_t cell_at(const tine_column *column, size_t row)
{
    switch (column->type) {
    case TINE_BOOL:
        return tine__bit_get(column->values, row);
    case TINE_DATE:
        return ((const int32_t *)column->values)[row];
    case TINE_DOUBLE:
        return (int64_t)tine__one_nan(tine__double_bits(((const double *)column->values)[row]));
    default:
        return ((const int64_t *)column->values)[row];
    }
}

static inline tine_status cell_take(void *state, uint64_t ordinal, const tine_column *column,
                                    size_t row, const tine_allocator *allocator)
{
    cell_end *end = state;
    (void)allocator;
    if (take_place(&end->at, ordinal ^ end->at.flip))
        end->cell = cell_at(column, row);
    return TINE_OK;
}

UPDATE(cell)

static tine_status cell_merge(void *state, const void *right, const tine_allocator *allocator)
{
    cell_end *end = state;
    const cell_end *other = right;
    (void)allocator;
    if (other->at.any && take_place(&end->at, other->at.rank))
        end->cell = other->cell;
    return TINE_OK;
}

static tine_status cell_finish(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    const cell_end *end = state;
    return end->at.any ? tine__finish_cell(end->cell, out, allocator, error)
                       : tine__finish_null(out, allocator, error);
}

/* ---- strings ---- */

static void text_init_first(void *state)
{
    *(text_end *)state = (text_end){.at.flip = 0};
}

static void text_init_last(void *state)
{
    *(text_end *)state = (text_end){.at.flip = UINT64_MAX};
}

static inline tine_status text_take(void *state, uint64_t ordinal, const tine_column *column,
                                    size_t row, const tine_allocator *allocator)
{
    text_end *end = state;
    return take_place(&end->at, ordinal ^ end->at.flip)
               ? tine__text_set(&end->text, tine_string_at(column, row), allocator)
               : TINE_OK;
}

UPDATE(text)

static tine_status text_merge(void *state, const void *right, const tine_allocator *allocator)
{
    text_end *end = state;
    const text_end *other = right;
    return other->at.any && take_place(&end->at, other->at.rank)
               ? tine__text_set(&end->text, tine__text_get(&other->text), allocator)
               : TINE_OK;
}

static tine_status text_finish(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    const text_end *end = state;
    return end->at.any ? tine__finish_text(tine__text_get(&end->text), out, allocator, error)
                       : tine__finish_null(out, allocator, error);
}

static void text_destroy(void *state, const tine_allocator *allocator)
{
    tine__text_destroy(&((text_end *)state)->text, allocator);
}

#define END(which, kind, value_type, destroys)                                                     \
    {                                                                                              \
        .size = sizeof(kind##_end), .result = value_type, .needs_column = true,                    \
        .init = kind##_init_##which, .update_ordered = kind##_update, .merge = kind##_merge,       \
        .finish = kind##_finish, .destroy = destroys                                               \
    }
#define ENDS(which)                                                                                \
    {                                                                                              \
        [TINE_BOOL] = END(which, cell, TINE_BOOL, NULL),                                           \
        [TINE_INT64] = END(which, cell, TINE_INT64, NULL),                                         \
        [TINE_DOUBLE] = END(which, cell, TINE_DOUBLE, NULL),                                       \
        [TINE_DATE] = END(which, cell, TINE_DATE, NULL),                                           \
        [TINE_TIMESTAMP] = END(which, cell, TINE_TIMESTAMP, NULL),                                 \
        [TINE_STRING] = END(which, text, TINE_STRING, text_destroy),                               \
    }

const tine__aggregate *tine__ends_find(tine_op op, tine_type type)
{
    static const tine__aggregate first[TINE_STRING + 1] = ENDS(first);
    static const tine__aggregate last[TINE_STRING + 1] = ENDS(last);
    const tine__aggregate *found = op == TINE_FIRST ? &first[type] : &last[type];
    return found->size ? found : NULL;
}
