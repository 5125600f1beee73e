/* Options that cross the border of the library: structs that open with their own size, so that an
 * older program's shorter struct and a newer program's longer one are both understood. */
#ifndef TINE_BASE_OPTIONS_H
#define TINE_BASE_OPTIONS_H
#include <tine.h>

/* Copies the caller's struct `in`, whose first member is a size_t with its size, to `out`, a struct
 * of `size` bytes. Fields the caller does not know become 0, which is their default; NULL asks for
 * nothing but defaults. A size of 0, or bytes beyond ours that are not 0 (an option we do not know
 * and must not ignore), is TINE_EINVAL, with what is understood copied all the same; `name` is the
 * type's name for the message. */
TINE_MUST_USE tine_status tine__options_read(void *out, size_t size, const void *in,
                                             const char *name, tine_error *error);

#endif
