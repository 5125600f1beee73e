#include "os/fp.h"
#include "reduce/exact_array.h"

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
