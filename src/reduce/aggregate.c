#include "reduce/aggregate.h"
#include "reduce/family.h"

const tine__aggregate *tine__aggregate_find(tine_op op, tine_type type)
{
    switch (op) {
    case TINE_COUNT:
    case TINE_NULLS:
        return tine__count_find(op, type);
    case TINE_SUM:
        return type == TINE_BOOL ? tine__count_find(op, type) : tine__sums_find(op, type);
    case TINE_MEAN:
    case TINE_VAR:
    case TINE_STD:
        return tine__sums_find(op, type);
    case TINE_MIN:
    case TINE_MAX:
        return tine__extremes_find(op, type);
    case TINE_FIRST:
    case TINE_LAST:
        return tine__ends_find(op, type);
    case TINE_DISTINCT:
        return tine__distinct_find(type);
    case TINE_DISTINCT_APPROX:
        return tine__sketch_find(type);
    case TINE_QUANTILE:
        return tine__quantile_find(type);
    }
    return NULL;
}

#define BIT(op) (1u << (op))

const tine__aggregate *tine__aggregate_find_among(tine_op op, tine_type type, unsigned ops,
                                                  bool grouped)
{
    const unsigned sums = BIT(TINE_SUM) | BIT(TINE_MEAN), extremes = BIT(TINE_MIN) | BIT(TINE_MAX);
    const unsigned moments = BIT(TINE_VAR) | BIT(TINE_STD);
    const bool is_sum = sums & BIT(op), is_extreme = extremes & BIT(op);
    if (ops & moments) {
        const tine__aggregate *how = tine__aggregate_of_moments(op, type);
        return how ? how : tine__aggregate_find(op, type);
    }
    if (grouped && (is_sum || is_extreme) && type == TINE_DOUBLE && ops & sums && ops & extremes)
        return tine__summary_find(op);
    return tine__aggregate_find(op, type);
}

const char *tine__op_name(tine_op op)
{
    static const char *const names[] = {
        [TINE_COUNT] = "count",
        [TINE_NULLS] = "nulls",
        [TINE_SUM] = "sum",
        [TINE_MEAN] = "mean",
        [TINE_MIN] = "min",
        [TINE_MAX] = "max",
        [TINE_FIRST] = "first",
        [TINE_LAST] = "last",
        [TINE_VAR] = "var",
        [TINE_STD] = "std",
        [TINE_QUANTILE] = "quantile",
        [TINE_DISTINCT] = "distinct",
        [TINE_DISTINCT_APPROX] = "distinct_approx",
    };
    return (size_t)op < sizeof names / sizeof *names ? names[op] : "unknown";
}

tine_status tine__finish_null(tine__array *out, const tine_allocator *allocator, tine_error *error)
{
    size_t text = out->offsets ? (size_t)out->offsets[out->length] : 0;
    tine_status status = tine__array_reserve(out, allocator, out->length + 1, text, error);
    if (status == TINE_OK)
        tine__array_push_null(out);
    return status;
}

tine_status tine__finish_int64(int64_t value, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    tine_status status = tine__array_reserve(out, allocator, out->length + 1, 0, error);
    if (status == TINE_OK)
        tine__array_push_int64(out, value);
    return status;
}

tine_status tine__finish_double(double value, tine__array *out, const tine_allocator *allocator,
                                tine_error *error)
{
    tine_status status = tine__array_reserve(out, allocator, out->length + 1, 0, error);
    if (status == TINE_OK)
        tine__array_push_double(out, value);
    return status;
}

tine_status tine__finish_cell(int64_t cell, tine__array *out, const tine_allocator *allocator,
                              tine_error *error)
{
    tine_status status = tine__array_reserve(out, allocator, out->length + 1, 0, error);
    if (status != TINE_OK)
        return status;
    if (out->type == TINE_BOOL)
        tine__array_push_bool(out, cell != 0);
    else if (out->type == TINE_DATE)
        tine__array_push_int32(out, (int32_t)cell);
    else /* eight bytes are eight bytes */
        tine__array_push_int64(out, cell);
    return TINE_OK;
}

tine_status tine__finish_text(tine_string text, tine__array *out, const tine_allocator *allocator,
                              tine_error *error)
{
    const int32_t offsets[] = {0, (int32_t)text.size}; /* it came out of a column: it fits */
    const tine_column one = {
        .type = TINE_STRING, .length = 1, .offsets = offsets, .data = text.data};
    return tine__array_append_row(out, allocator, &one, 0, error);
}
