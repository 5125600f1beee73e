/* Where bytes come from: one interface over files, memory, descriptors and the user's own vtable.
 *
 * A source is seekable (its size is known, bytes can be read at any offset by any thread, again and
 * again) or a pipe (bytes come once, in order). What was true of a seekable source when it was made
 * is what is promised of it: fewer bytes, or other ones, are TINE_ECHANGED. */
#ifndef TINE_SOURCE_SOURCE_H
#define TINE_SOURCE_SOURCE_H
#include <tine.h>

tine_source *tine__source_retain(tine_source *source);

const char *
tine__source_name(const tine_source *source); /* path, "memory", "fd 3", the user's name */
bool tine__source_seekable(const tine_source *source);
uint64_t tine__source_size(const tine_source *source); /* bytes; seekable ones alone */

/* The whole content, where it lies in memory already; NULL: read it. */
const char *tine__source_bytes(const tine_source *source);

/* Seekable; any thread. Reads [offset, offset + n), which must lie within the size. Fewer bytes
 * there than were promised are TINE_ECHANGED at the first one missing. */
TINE_MUST_USE tine_status tine__source_read_at(tine_source *source, uint64_t offset, void *dst,
                                               size_t n, tine_error *error);

/* A pipe; one thread at a time. Fills dst as far as the source goes: fewer than n bytes only at its
 * end. `stop` is asked while it waits; its status ends the call. */
TINE_MUST_USE tine_status tine__source_read(tine_source *source, void *dst, size_t n,
                                            size_t *n_read_out, tine_status (*stop)(void),
                                            tine_error *error);

/* TINE_ECHANGED if a seekable source has another size or time of change than when it was made. */
TINE_MUST_USE tine_status tine__source_unchanged(tine_source *source, tine_error *error);

/* A pipe can be read once. True for the first caller, false for every later one. */
bool tine__source_take(tine_source *source);

#endif
