/* What all kinds of source share: counting references, names, and the promises of source.h checked
 * once. */
#include "source/kind.h"
#include "base/alloc.h"
#include "base/error.h"

void *tine__source_new(const tine__source_kind *kind, const char *name)
{
    tine_source *source = tine__alloc_zeroed(tine__heap(), kind->size, _Alignof(max_align_t));
    if (!source)
        return NULL;
    source->kind = kind;
    atomic_init(&source->references, 1);
    atomic_init(&source->taken, false);
    source->name = tine__string_copy(tine__heap(), name);
    if (source->name)
        return source;
    tine__source_discard(source);
    return NULL;
}

void tine__source_discard(tine_source *source)
{
    tine__string_free(tine__heap(), source->name);
    tine__free(tine__heap(), source, source->kind->size, _Alignof(max_align_t));
}

tine_source *tine__source_retain(tine_source *source)
{
    atomic_fetch_add_explicit(&source->references, 1, memory_order_relaxed);
    return source;
}

void tine_source_release(tine_source *source)
{
    if (!source || atomic_fetch_sub_explicit(&source->references, 1, memory_order_acq_rel) > 1)
        return;
    if (source->kind->destroy)
        source->kind->destroy(source);
    tine__source_discard(source);
}

const char *tine__source_name(const tine_source *source)
{
    return source->name;
}

bool tine__source_seekable(const tine_source *source)
{
    return source->seekable;
}

uint64_t tine__source_size(const tine_source *source)
{
    return source->n_bytes;
}

const char *tine__source_bytes(const tine_source *source)
{
    return source->bytes;
}

tine_status tine__source_read_at(tine_source *source, uint64_t offset, void *dst, size_t n,
                                 tine_error *error)
{
    size_t got = 0;
    tine_status status = source->kind->read_at(source, offset, dst, n, &got, error);
    if (!status && got < n) {
        status = tine__error_set(
            error, TINE_ECHANGED, "'%s' shrank while it was read: it ends at byte %llu of %llu",
            source->name, (unsigned long long)(offset + got), (unsigned long long)source->n_bytes);
        if (error)
            error->byte_offset = offset + got;
    }
    if (status)
        tine__error_source(error, source->name);
    return status;
}

tine_status tine__source_read(tine_source *source, void *dst, size_t n, size_t *n_read_out,
                              tine_status (*stop)(void), tine_error *error)
{
    size_t done = 0;
    while (done < n) {
        size_t got = 0;
        tine_status status =
            source->kind->read(source, (char *)dst + done, n - done, &got, stop, error);
        if (status) {
            tine__error_source(error, source->name);
            return status;
        }
        if (!got)
            break;
        done += got;
    }
    *n_read_out = done;
    return TINE_OK;
}

tine_status tine__source_unchanged(tine_source *source, tine_error *error)
{
    tine_status status = source->kind->unchanged ? source->kind->unchanged(source, error) : TINE_OK;
    if (status)
        tine__error_source(error, source->name);
    return status;
}

bool tine__source_take(tine_source *source)
{
    return !atomic_exchange_explicit(&source->taken, true, memory_order_relaxed);
}
