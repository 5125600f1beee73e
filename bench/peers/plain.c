/* What exactness costs: linked in front of the library's own choice of aggregates, this gives sums
 * and means of doubles that are plain, and everything else as it is. */
#include "base/error.h"
#include "reduce/family.h"
#include "reduce/runs.h"

typedef struct plain {
    double sum;
    int64_t n;
} plain;

static void init(void *state)
{
    *(plain *)state = (plain){.sum = 0};
}

static tine_status update(void *states, size_t stride, const uint32_t *groups,
                          const tine_column *column, size_t n, const tine_allocator *allocator)
{
    const double *values = column->values;
    tine__runs runs = tine__runs_of(column, n);
    (void)allocator;
    while (tine__runs_next(&runs, 0)) {
        for (size_t i = runs.begin; i < runs.end; i++) {
            plain *state = tine__state_at(states, stride, groups, i);
            state->sum += values[i];
            state->n++;
        }
    }
    return TINE_OK;
}

static tine_status merge(void *state, const void *right, const tine_allocator *allocator)
{
    plain *left = state;
    (void)allocator;
    left->sum += ((const plain *)right)->sum;
    left->n += ((const plain *)right)->n;
    return TINE_OK;
}

static tine_status finish_sum(const void *state, tine__array *out, const tine_allocator *allocator,
                              tine_error *error)
{
    return tine__finish_double(((const plain *)state)->sum, out, allocator, error);
}

static tine_status finish_mean(const void *state, tine__array *out, const tine_allocator *allocator,
                               tine_error *error)
{
    const plain *p = state;
    return p->n > 0 ? tine__finish_double(p->sum / (double)p->n, out, allocator, error)
                    : tine__finish_null(out, allocator, error);
}

#define PLAIN(how)                                                                                 \
    {                                                                                              \
        .size = sizeof(plain), .result = TINE_DOUBLE, .needs_column = true, .init = init,          \
        .update = update, .merge = merge, .finish = how                                            \
    }

static const tine__aggregate plain_sum = PLAIN(finish_sum), plain_mean = PLAIN(finish_mean);

/* The linker's --wrap. */
const tine__aggregate *__real_tine__aggregate_find(tine_op op, tine_type type);
const tine__aggregate *__wrap_tine__aggregate_find(tine_op op, tine_type type);

const tine__aggregate *__wrap_tine__aggregate_find(tine_op op, tine_type type)
{
    if (type == TINE_DOUBLE && op == TINE_SUM)
        return &plain_sum;
    if (type == TINE_DOUBLE && op == TINE_MEAN)
        return &plain_mean;
    return __real_tine__aggregate_find(op, type);
}
