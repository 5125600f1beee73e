/* FE_DFL_ENV resets the control register whole, flush-to-zero and denormals-are-zero included, on
 * the C libraries at hand; on x86 the register is written once more, because no standard says so.
 */
#include "os/fp.h"

#if defined __SSE2__
#include <xmmintrin.h>
#endif

void tine__fp_enter(tine__fp *fp)
{
    fegetenv(&fp->saved);
    fesetenv(FE_DFL_ENV);
#if defined __SSE2__
    enum { MXCSR_DEFAULT = 0x1f80 }; /* all exceptions masked, nearest, no FTZ, no DAZ */
    _mm_setcsr(MXCSR_DEFAULT);
#endif
}

void tine__fp_leave(const tine__fp *fp)
{
    fesetenv(&fp->saved);
}
