/* What a kind of source provides, and what all of them share. */
#ifndef TINE_SOURCE_KIND_H
#define TINE_SOURCE_KIND_H
#include "source/source.h"

#include <stdatomic.h>

typedef struct tine__source_kind {
    size_t size; /* bytes of its struct, whose first member is the tine_source */
    /* Seekable: fills [offset, offset + n), fewer bytes only where the source ends early. */
    tine_status (*read_at)(tine_source *source, uint64_t offset, void *dst, size_t n,
                           size_t *n_read_out, tine_error *error);
    /* A pipe: what is there, at most n bytes; 0: the end. */
    tine_status (*read)(tine_source *source, void *dst, size_t n, size_t *n_read_out,
                        tine_status (*stop)(void), tine_error *error);
    tine_status (*unchanged)(tine_source *source, tine_error *error); /* NULL: it cannot change */
    void (*destroy)(tine_source *source);                             /* NULL: it owns nothing */
} tine__source_kind;

struct tine_source {
    const tine__source_kind *kind;
    _Atomic size_t references; /* any holder adds and drops; the last drop frees */
    atomic_bool taken;         /* a pipe: the first tine__source_take sets it */
    bool seekable;
    uint64_t n_bytes;  /* seekable */
    const char *bytes; /* in memory already, or NULL */
    char *name;
};

/* A zeroed struct of that kind with one reference and a copy of the name; NULL: no memory. */
void *tine__source_new(const tine__source_kind *kind, const char *name);

/* Frees one that was never given out, without its kind's destroy. */
void tine__source_discard(tine_source *source);

#endif
