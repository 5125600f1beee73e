/* Gzip by ISA-L, about three times as fast as zlib. */
#include "source/codec.h"
#include "base/alloc.h"
#include "base/size.h"

#include <isa-l/igzip_lib.h>

#include <limits.h>

typedef struct gzip_state {
    struct inflate_state stream;
    bool ended; /* the next step begins a member */
} gzip_state;

/* All of it is in the struct; it is large, and asked for as one block. */
static void *gzip_open(void)
{
    gzip_state *g = tine__alloc(tine__heap(), sizeof *g, TINE__ALIGN);
    if (!g)
        return NULL;
    isal_inflate_init(&g->stream);
    g->ended = true;
    return g;
}

static void gzip_close(void *state)
{
    tine__free(tine__heap(), state, sizeof(gzip_state), TINE__ALIGN);
}

static void begin_member(gzip_state *g)
{
    isal_inflate_reset(&g->stream);
    g->stream.crc_flag = ISAL_GZIP;
    g->ended = false;
}

static tine__coded gzip_step(void *state, tine__coding *c)
{
    gzip_state *g = state;
    uint32_t n_in = (uint32_t)tine__min(c->n_in, INT_MAX);
    uint32_t n_out = (uint32_t)tine__min(c->n_out, INT_MAX);
    if (g->ended)
        begin_member(g);
    g->stream.next_in = (uint8_t *)(uintptr_t)c->in; /* it is only read */
    g->stream.avail_in = n_in;
    g->stream.next_out = c->out;
    g->stream.avail_out = n_out;
    int result = isal_inflate(&g->stream);
    c->in += n_in - g->stream.avail_in;
    c->n_in -= n_in - g->stream.avail_in;
    c->out += n_out - g->stream.avail_out;
    c->n_out -= n_out - g->stream.avail_out;
    if (result < 0 || result == ISAL_NEED_DICT)
        return TINE__CODED_DAMAGED;
    g->ended = g->stream.block_state == ISAL_BLOCK_FINISH;
    return g->ended ? TINE__CODED_END : TINE__CODED_MORE;
}

const tine__codec tine__codec_gzip = {.name = "gzip",
                                      .magic = "\x1f\x8b",
                                      .n_magic = 2,
                                      .padded = true,
                                      .open = gzip_open,
                                      .step = gzip_step,
                                      .close = gzip_close,
                                      .measure = tine__measure_bgzf};
