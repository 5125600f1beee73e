/* Gzip by zlib, which reads headers and compares checksums. */
#include "source/codec.h"
#include "base/alloc.h"
#include "base/size.h"

#include <limits.h>
#include <zlib.h>

/* The largest window, and a gzip header in front. */
#define WINDOW_BITS (15 + 16)

typedef struct gzip_state {
    z_stream stream;
    bool ended; /* the next step begins a member */
} gzip_state;

/* zlib does not say how large a block was when it gives it back, so each begins with its size. */
static voidpf take_block(voidpf opaque, uInt n, uInt size)
{
    size_t total;
    (void)opaque;
    if (!tine__size_mul(n, size, &total) || !tine__size_add(total, TINE__ALIGN, &total))
        return NULL;
    unsigned char *block = tine__alloc(tine__heap(), total, TINE__ALIGN);
    if (!block)
        return NULL;
    *(size_t *)(void *)block = total;
    return block + TINE__ALIGN;
}

static void give_block(voidpf opaque, voidpf p)
{
    unsigned char *block = (unsigned char *)p - TINE__ALIGN;
    (void)opaque;
    tine__free(tine__heap(), block, *(size_t *)(void *)block, TINE__ALIGN);
}

static void *gzip_open(void)
{
    gzip_state *g = TINE__NEW(tine__heap(), gzip_state);
    if (!g)
        return NULL;
    g->stream.zalloc = take_block;
    g->stream.zfree = give_block;
    if (inflateInit2(&g->stream, WINDOW_BITS) == Z_OK)
        return g;
    TINE__DELETE(tine__heap(), g);
    return NULL;
}

static void gzip_close(void *state)
{
    gzip_state *g = state;
    inflateEnd(&g->stream);
    TINE__DELETE(tine__heap(), g);
}

static tine__coded meaning(int result)
{
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: /* no progress */
        return TINE__CODED_MORE;
    case Z_STREAM_END:
        return TINE__CODED_END;
    case Z_MEM_ERROR:
        return TINE__CODED_NO_MEMORY;
    default:
        return TINE__CODED_DAMAGED;
    }
}

static tine__coded gzip_step(void *state, tine__coding *c)
{
    gzip_state *g = state;
    uInt n_in = (uInt)tine__min(c->n_in, UINT_MAX), n_out = (uInt)tine__min(c->n_out, UINT_MAX);
    if (g->ended && inflateReset(&g->stream) != Z_OK)
        return TINE__CODED_DAMAGED;
    g->stream.next_in = (z_const Bytef *)c->in;
    g->stream.avail_in = n_in;
    g->stream.next_out = c->out;
    g->stream.avail_out = n_out;
    tine__coded coded = meaning(inflate(&g->stream, Z_NO_FLUSH));
    g->ended = coded == TINE__CODED_END;
    c->in += n_in - g->stream.avail_in;
    c->n_in -= n_in - g->stream.avail_in;
    c->out += n_out - g->stream.avail_out;
    c->n_out -= n_out - g->stream.avail_out;
    return coded;
}

const tine__codec tine__codec_gzip = {.name = "gzip",
                                      .magic = "\x1f\x8b",
                                      .n_magic = 2,
                                      .padded = true,
                                      .open = gzip_open,
                                      .step = gzip_step,
                                      .close = gzip_close,
                                      .measure = tine__measure_bgzf};
