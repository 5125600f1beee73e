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
    case TINE_DISTINCT_APPROX:
        return tine__distinct_find(op, type);
    case TINE_FIRST:
    case TINE_LAST:
    case TINE_QUANTILE:
    case TINE_DISTINCT:
        break;
    }
    return NULL;
}

#define BIT(op) (1u << (op))

const tine__aggregate *tine__aggregate_find_among(tine_op op, tine_type type, unsigned ops)
{
    const unsigned sums = BIT(TINE_SUM) | BIT(TINE_MEAN), extremes = BIT(TINE_MIN) | BIT(TINE_MAX);
    const unsigned moments = BIT(TINE_VAR) | BIT(TINE_STD);
    bool is_sum = sums & BIT(op);
    if (is_sum && ops & moments && (type == TINE_DOUBLE || type == TINE_INT64))
        return tine__sums_find_in_moments(op, type);
    if ((is_sum || extremes & BIT(op)) && type == TINE_DOUBLE && ops & sums && ops & extremes &&
        !(ops & moments))
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
