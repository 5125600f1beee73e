/* A compressed source whose members say how long they are: seekable, each member decompressed by
 * whoever needs it, several at once. */
#ifndef TINE_SOURCE_MEMBERS_H
#define TINE_SOURCE_MEMBERS_H
#include "source/codec.h"

/* *source_out NULL: there is but one member, or they do not say, or are so large that a few of them
 * are too much; the source is to be read from its beginning then.
 * @param inner seekable; retained */
TINE_MUST_USE tine_status tine__members_open(tine_source *inner, const tine__codec *codec,
                                             tine_source **source_out, tine_error *error);

#endif
