/* The error record. Every function that fails fills the caller's record, which may be NULL, through
 * one of these and returns their result, so that a failure is one statement. */
#ifndef TINE_BASE_ERROR_H
#define TINE_BASE_ERROR_H
#include <tine.h>
#include <stdarg.h>

/* How many offending bytes a message shows, and the room their escaped form needs. */
#define TINE__SHOWN_BYTES 40
#define TINE__SHOWN_SIZE (4 * TINE__SHOWN_BYTES + 4)

/* Each fills the whole record (no position, index -1) and returns `status`. */
tine_status tine__error_set(tine_error *error, tine_status status, const char *format, ...)
    TINE_PRINTF(3, 4);
tine_status tine__error_setv(tine_error *error, tine_status status, const char *format, va_list args)
    TINE_PRINTF(3, 0);
tine_status tine__error_no_memory(tine_error *error);

/* An empty record: TINE_OK, index -1. */
void tine__error_clear(tine_error *error);

/* Copies the record to *to unless it is NULL; returns its status. */
tine_status tine__error_copy(tine_error *to, const tine_error *from);

/* How many bytes of a name a message has room for; no character is cut. For "%.*s". */
int tine__error_name(const char *name);

/* Sets the source's name, cut in front if it is too long. */
void tine__error_source(tine_error *error, const char *name);

/* Writes up to TINE__SHOWN_BYTES of the bytes into out (TINE__SHOWN_SIZE of room), printable ASCII
 * as it is and the rest as \n, \t, \\, \" or \xNN, with "..." behind if more follows. Returns out. */
const char *tine__error_show(char *out, const void *bytes, size_t n);

/* The names there are, for a message: "a", "b", ... as far as there is room. Starts all zero. */
typedef struct tine__name_list {
    char text[384];
    size_t used;
    bool cut;
} tine__name_list;
void tine__name_list_add(tine__name_list *list, const char *name);

#endif
