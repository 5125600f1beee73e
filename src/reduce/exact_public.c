#include "os/fp.h"
#include "reduce/dot.h"

#include <tine.h>

double tine_exact_sum(const double *x, size_t n)
{
    tine__exact sum = {.n = 0};
    double rounded;
    tine__fp fp;
    tine__fp_enter(&fp);
    tine__exact_add_array(&sum, x, n);
    tine__fp_leave(&fp);
    tine__exact_sum(&sum, &rounded);
    return rounded;
}

double tine_exact_dot(const double *x, const double *y, size_t n)
{
    tine__dot dot = {.pending = 0};
    tine__fp fp;
    tine__fp_enter(&fp);
    tine__dot_add_arrays(&dot, x, y, n);
    tine__fp_leave(&fp);
    return tine__dot_sum(&dot);
}
