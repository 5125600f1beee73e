/* The default environment inside, the program's own outside. */
#include "os/fp.h"

#include <float.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void rounding_is_nearest_inside_and_restored(void **state)
{
    (void)state;
    volatile double one = 1, tiny = DBL_EPSILON / 4;
    tine__fp fp;
    fesetround(FE_UPWARD);
    tine__fp_enter(&fp);
    double inside = one + tiny;
    tine__fp_leave(&fp);
    double outside = one + tiny;
    int after = fegetround();
    fesetround(FE_TONEAREST);
    assert_true(inside == 1);
    assert_true(outside > 1);
    assert_int_equal(after, FE_UPWARD);
}

static void flags_inside_do_not_leak(void **state)
{
    (void)state;
    volatile double zero = 0, one = 1;
    tine__fp fp;
    feclearexcept(FE_ALL_EXCEPT);
    tine__fp_enter(&fp);
    volatile double infinite = one / zero;
    (void)infinite;
    assert_true(fetestexcept(FE_DIVBYZERO));
    tine__fp_leave(&fp);
    assert_false(fetestexcept(FE_DIVBYZERO));
}

static void subnormals_are_kept_inside(void **state)
{
    (void)state;
#ifdef __SSE2__
    enum { DAZ = 0x0040, FTZ = 0x8000 };
    volatile double least = DBL_MIN, half = 0.5;
    unsigned before = _mm_getcsr();
    tine__fp fp;
    _mm_setcsr(before | DAZ | FTZ);
    tine__fp_enter(&fp);
    volatile double inside = least * half;
    inside = inside * 2;
    tine__fp_leave(&fp);
    volatile double outside = least * half;
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    assert_true(inside == DBL_MIN);
    assert_true(outside == 0);
    assert_int_equal(after & (DAZ | FTZ), DAZ | FTZ);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_is_nearest_inside_and_restored),
        cmocka_unit_test(flags_inside_do_not_leak),
        cmocka_unit_test(subnormals_are_kept_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
