/* Bytes that lie in memory: read in place. */
#include "source/kind.h"
#include "base/error.h"

#include <string.h>

typedef struct memory_source {
    tine_source base;
    void (*free_fn)(void *ctx);
    void *ctx;
} memory_source;

static tine_status memory_read_at(tine_source *source, uint64_t offset, void *dst, size_t n,
                                  size_t *n_read_out, tine_error *error)
{
    (void)error;
    memcpy(dst, source->bytes + offset, n);
    *n_read_out = n;
    return TINE_OK;
}

static void memory_destroy(tine_source *source)
{
    memory_source *m = (memory_source *)source;
    if (m->free_fn)
        m->free_fn(m->ctx);
}

static const tine__source_kind memory_kind = {sizeof(memory_source), memory_read_at, NULL, NULL,
                                              memory_destroy};

tine_status tine_source_memory(const void *data, size_t size, void (*free_fn)(void *ctx), void *ctx,
                               tine_source **source_out, tine_error *error)
{
    if ((!data && size) || !source_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_source_memory: data or source_out is NULL");
    *source_out = NULL;
    memory_source *m = tine__source_new(&memory_kind, "memory");
    if (!m)
        return tine__error_no_memory(error);
    m->free_fn = free_fn;
    m->ctx = ctx;
    m->base.seekable = true;
    m->base.n_bytes = size;
    m->base.bytes = data ? data : "";
    *source_out = &m->base;
    return TINE_OK;
}
