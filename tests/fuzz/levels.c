#include "levels.h"
#include "csv/kernels.h"
#include "reduce/exact_loops.h"

static size_t n_hidden;

/* The linker's --wrap. */
const tine__kernels *__real_tine__kernels_at(size_t i);
const tine__kernels *__wrap_tine__kernels_at(size_t i);
const tine__exact_loops *__real_tine__exact_loops_at(size_t i);
const tine__exact_loops *__wrap_tine__exact_loops_at(size_t i);

/* Number i of those that are left. */
#define LEFT(at, i)                                                                                \
    size_t first = 0;                                                                              \
    while (first < n_hidden && at(first + 1))                                                      \
        first++;                                                                                   \
    return at(first + i)

const tine__kernels *__wrap_tine__kernels_at(size_t i)
{
    LEFT(__real_tine__kernels_at, i);
}

const tine__exact_loops *__wrap_tine__exact_loops_at(size_t i)
{
    LEFT(__real_tine__exact_loops_at, i);
}

bool levels_hide(size_t n)
{
    n_hidden = n;
    return n == 0 || __real_tine__kernels_at(n) || __real_tine__exact_loops_at(n);
}
