#define _GNU_SOURCE
#include "support/hostile.h"

#include <fenv.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#if defined __SSE2__
#include <xmmintrin.h>
#define FLUSH_TO_ZERO 0x8040u /* with denormals-are-zero */
#endif

static int rounding_of(hostile_kind kind)
{
    return kind == HOSTILE_UPWARD     ? FE_UPWARD
           : kind == HOSTILE_DOWNWARD ? FE_DOWNWARD
                                      : FE_TOWARDZERO;
}

/* Few machines have such a locale installed, so it is made, from the definitions of Debian's
 * package "locales", in a folder that is gone again before this returns. */
static void enter_comma(void)
{
    char folder[] = "/tmp/tine-locale-XXXXXX", command[256];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>/dev/null",
             folder);
    int made = system(command);
    setenv("LOCPATH", folder, 1);
    bool comma = setlocale(LC_ALL, "de_DE.UTF-8") && *localeconv()->decimal_point == ',';
    unsetenv("LOCPATH");
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    if (!comma)
        fail_msg("no locale with a decimal comma (localedef: %d): install the package locales",
                 made);
}

void hostile_enter(hostile_kind kind)
{
    if (kind == HOSTILE_DECIMAL_COMMA) {
        enter_comma();
    } else if (kind == HOSTILE_FLUSH_TO_ZERO) {
#if defined FLUSH_TO_ZERO
        _mm_setcsr(_mm_getcsr() | FLUSH_TO_ZERO);
#endif
    } else {
        assert_int_equal(fesetround(rounding_of(kind)), 0);
    }
}

bool hostile_leave(hostile_kind kind)
{
    bool intact = true;
    if (kind == HOSTILE_DECIMAL_COMMA) {
        intact = *localeconv()->decimal_point == ',';
        setlocale(LC_ALL, "C");
    } else if (kind == HOSTILE_FLUSH_TO_ZERO) {
#if defined FLUSH_TO_ZERO
        intact = (_mm_getcsr() & FLUSH_TO_ZERO) == FLUSH_TO_ZERO;
        _mm_setcsr(_mm_getcsr() & ~FLUSH_TO_ZERO);
#endif
    } else {
        intact = fegetround() == rounding_of(kind);
        fesetround(FE_TONEAREST);
    }
    return intact;
}
