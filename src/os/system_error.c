#undef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L /* strerror_r in its POSIX form, which returns an int */
#include "os/system_error.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

tine_status tine__error_system(tine_error *error, int sys_errno, const char *format, ...)
{
    if (!error)
        return TINE_EIO;
    va_list args;
    va_start(args, format);
    tine__error_setv(error, TINE_EIO, format, args);
    va_end(args);
    error->sys_errno = sys_errno;
    char text[128];
    if (strerror_r(sys_errno, text, sizeof text))
        snprintf(text, sizeof text, "errno %d", sys_errno);
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, ": %s", text);
    return TINE_EIO;
}
