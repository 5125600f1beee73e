/* A failed system call as an error record. */
#ifndef TINE_OS_SYSTEM_ERROR_H
#define TINE_OS_SYSTEM_ERROR_H
#include <tine.h>

/* TINE_EIO with that errno, and the system's text for it behind the message. */
tine_status tine__error_system(tine_error *error, int sys_errno, const char *format, ...)
    TINE_PRINTF(3, 4);

#endif
