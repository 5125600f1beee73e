/* What a host program may have done to its thread before it calls the library: another rounding mode,
 * flush-to-zero, a locale whose decimal point is a comma. No result may depend on it, and the host
 * finds it as it was. */
#ifndef TESTS_SUPPORT_HOSTILE_H
#define TESTS_SUPPORT_HOSTILE_H
#include <stdbool.h>

typedef enum hostile_kind {
    HOSTILE_UPWARD,
    HOSTILE_DOWNWARD,
    HOSTILE_TOWARD_ZERO,
    HOSTILE_FLUSH_TO_ZERO, /* and denormals are zero; where the machine has such a mode */
    HOSTILE_DECIMAL_COMMA,
    HOSTILE_KINDS
} hostile_kind;

/* Sets the thread (the locale: the process) up; fails the test if it cannot be done here, and says what
 * to install. One at a time. */
void hostile_enter(hostile_kind kind);
/* Puts it back; true if it was still as hostile_enter left it. */
bool hostile_leave(hostile_kind kind);

#endif
