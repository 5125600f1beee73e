/* Zstandard by its own library, which skips skippable frames and compares checksums. A frame whose
 * window is larger than 128 MiB is refused, as by the zstd program. */
#include "source/codec.h"

#include <zstd.h>
#include <zstd_errors.h>

static void *zstd_open(void)
{
    return ZSTD_createDCtx();
}

static void zstd_close(void *state)
{
    ZSTD_freeDCtx(state);
}

static tine__coded meaning(size_t result)
{
    if (!ZSTD_isError(result))
        return result == 0 ? TINE__CODED_END : TINE__CODED_MORE;
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation:
        return TINE__CODED_NO_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge:
        return TINE__CODED_LIMIT;
    default:
        return TINE__CODED_DAMAGED;
    }
}

static tine__coded zstd_step(void *state, tine__coding *c)
{
    ZSTD_inBuffer in = {c->in, c->n_in, 0};
    ZSTD_outBuffer out = {c->out, c->n_out, 0};
    tine__coded coded = meaning(ZSTD_decompressStream(state, &out, &in));
    c->in += in.pos;
    c->n_in -= in.pos;
    c->out += out.pos;
    c->n_out -= out.pos;
    return coded;
}

const tine__codec tine__codec_zstd = {.name = "zstd",
                                      .magic = "\x28\xb5\x2f\xfd",
                                      .n_magic = 4,
                                      .open = zstd_open,
                                      .step = zstd_step,
                                      .close = zstd_close,
                                      .measure = tine__measure_zstd};
