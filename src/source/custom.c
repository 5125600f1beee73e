/* The user's own sources. */
#include "source/kind.h"
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"

#include <string.h>

typedef struct custom_source {
    tine_source base;
    tine_source_vtable vtable;
    void *ctx;
} custom_source;

/* The end of a call of a user's function. TINE_END means something to those who read, and is no way
 * to say that a source ends. */
static tine_status leave(tine__callback *callback, tine_status returned, tine_error *error)
{
    tine_status status = tine__callback_leave(callback, returned, -1);
    if (status != TINE_END)
        return status;
    return tine__error_set(error, TINE_EINVAL,
                           "a source's function returned TINE_END: the end is TINE_OK and 0 bytes");
}

static tine_status custom_read_at(tine_source *source, uint64_t offset, void *dst, size_t n,
                                  size_t *n_read_out, tine_error *error)
{
    custom_source *c = (custom_source *)source;
    tine__callback callback;
    tine__callback_enter(&callback, error);
    tine_status status = c->vtable.read_at(c->ctx, offset, dst, n, n_read_out);
    status = leave(&callback, status, error);
    return !status && *n_read_out > n
               ? tine__error_set(error, TINE_EINVAL, "read_at gave more bytes than were asked for")
               : status;
}

static tine_status custom_read(tine_source *source, void *dst, size_t n, size_t *n_read_out,
                               tine_status (*stop)(void), tine_error *error)
{
    custom_source *c = (custom_source *)source;
    tine__callback callback;
    tine_status status = stop();
    if (status)
        return tine__error_set(error, status, "stopped while waiting for input");
    tine__callback_enter(&callback, error);
    status = c->vtable.read(c->ctx, dst, n, n_read_out);
    status = leave(&callback, status, error);
    return !status && *n_read_out > n
               ? tine__error_set(error, TINE_EINVAL, "read gave more bytes than were asked for")
               : status;
}

static void custom_destroy(tine_source *source)
{
    custom_source *c = (custom_source *)source;
    if (c->vtable.close)
        c->vtable.close(c->ctx);
}

static const tine__source_kind custom_kind = {sizeof(custom_source), custom_read_at, custom_read,
                                              NULL, custom_destroy};

static tine_status ask_size(custom_source *c, tine_error *error)
{
    tine__callback callback;
    tine__callback_enter(&callback, error);
    tine_status status = c->vtable.size(c->ctx, &c->base.n_bytes);
    status = leave(&callback, status, error);
    if (status)
        tine__error_source(error, c->base.name);
    return status;
}

tine_status tine_source_custom(const tine_source_vtable *vtable, void *ctx, const char *name,
                               tine_source **source_out, tine_error *error)
{
    if (!vtable || !source_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_source_custom: vtable or source_out is NULL");
    *source_out = NULL;
    tine_source_vtable known;
    tine_status status =
        tine__options_read(&known, sizeof known, vtable, "tine_source_vtable", error);
    if (status)
        return status;
    bool seekable = known.size && known.read_at;
    if (!seekable && !known.read)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_source_custom: the vtable needs size and read_at, or read");
    custom_source *c = tine__source_new(&custom_kind, name ? name : "custom");
    if (!c)
        return tine__error_no_memory(error);
    c->vtable = known;
    c->ctx = ctx;
    c->base.seekable = seekable;
    status = seekable ? ask_size(c, error) : TINE_OK;
    if (status) {
        tine__source_discard(&c->base);
        return status;
    }
    *source_out = &c->base;
    return TINE_OK;
}
