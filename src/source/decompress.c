/* A compressed source as what it holds. Where its members do not say how long they are
 * (source/members.c) it is a pipe, since nothing behind a compressed byte can be read without it.
 * Whoever reads it decompresses; others meanwhile work on what they have read.
 *
 * Members follow one another: what the source holds is what they hold, one after the other. It has
 * to end where a member does. */
#include "source/codec.h"
#include "source/kind.h"
#include "source/members.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* Compressed bytes that are read at once. */
#define INPUT_SIZE ((size_t)256 << 10)

typedef struct decompressed_source {
    tine_source base;
    tine_source *inner;       /* a reference */
    const tine__codec *codec; /* NULL: it is no compression that is known, and passes through */
    void *state;
    unsigned char *input; /* INPUT_SIZE bytes */
    size_t at, n;         /* input[at, n) is yet to be decompressed */
    uint64_t n_taken;     /* bytes that were read of `inner`, */
    bool inner_ended;     /* which were all */
    uint64_t n_given;     /* bytes that were decompressed */
    bool between;         /* no member has begun, or one has ended and none begun since */
    bool padding;         /* zeros have followed it */
    tine__coded failure;  /* of an earlier step, which makes all later ones fail; MORE: none has */
} decompressed_source;

static uint64_t position(const decompressed_source *d)
{
    return d->n_taken - (d->n - d->at);
}

/* ---- input */

static tine_status read_inner(decompressed_source *d, size_t *n_out, tine_status (*stop)(void),
                              tine_error *error)
{
    if (!d->inner->seekable)
        return tine__source_read(d->inner, d->input, INPUT_SIZE, n_out, stop, error);
    uint64_t left = d->inner->n_bytes - d->n_taken;
    *n_out = left < INPUT_SIZE ? (size_t)left : INPUT_SIZE;
    return *n_out ? tine__source_read_at(d->inner, d->n_taken, d->input, *n_out, error) : TINE_OK;
}

static tine_status refill(decompressed_source *d, tine_status (*stop)(void), tine_error *error)
{
    size_t n = 0;
    tine_status status = read_inner(d, &n, stop, error);
    if (status != TINE_OK)
        return status;
    d->at = 0;
    d->n = n;
    d->n_taken += n;
    d->inner_ended = n < INPUT_SIZE;
    return TINE_OK;
}

/* ---- errors: the message has the place in the compressed bytes, the record that in the others */

static tine_status failed(const decompressed_source *d, tine_status status, const char *what,
                          tine_error *error)
{
    tine__error_set(error, status, "'%.*s' %s, at byte %llu of the %s data",
                    tine__error_name(d->base.name), d->base.name, what,
                    (unsigned long long)position(d), d->codec->name);
    if (error)
        error->byte_offset = d->n_given;
    return status;
}

static tine_status fail_coded(const decompressed_source *d, tine__coded coded, tine_error *error)
{
    if (coded == TINE__CODED_NO_MEMORY)
        return tine__error_no_memory(error);
    if (coded == TINE__CODED_LIMIT)
        return failed(d, TINE_ELIMIT, "wants a window of more than 128 MiB", error);
    return failed(d, TINE_EFORMAT, "is damaged", error);
}

/* ---- reading */

/* Between members, with input: whether the next begins here. Zeros are padding, and then there is
 * none. */
static tine_status look_for_member(decompressed_source *d, tine_error *error)
{
    while (d->codec->padded && d->at < d->n && d->input[d->at] == 0) {
        d->padding = true;
        d->at++;
    }
    if (d->at == d->n)
        return TINE_OK;
    if (d->padding || (d->codec->padded && d->input[d->at] != (unsigned char)d->codec->magic[0]))
        return failed(d, TINE_EFORMAT, "goes on after its end with something else", error);
    d->between = false;
    return TINE_OK;
}

static tine_status decompress_some(decompressed_source *d, tine__coding *coding, tine_error *error)
{
    coding->in = d->input + d->at;
    coding->n_in = d->n - d->at;
    size_t room = coding->n_out;
    tine__coded coded = d->failure;
    if (coded == TINE__CODED_MORE)
        coded = d->codec->step(d->state, coding);
    d->at = d->n - coding->n_in;
    d->n_given += room - coding->n_out;
    if (coded == TINE__CODED_END)
        d->between = true;
    if (coded <= TINE__CODED_END)
        return TINE_OK;
    d->failure = coded;
    return fail_coded(d, coded, error);
}

/* A step towards the next byte. A member whose input has been read may still give some. */
static tine_status advance(decompressed_source *d, tine__coding *coding, bool *ended_out,
                           tine_status (*stop)(void), tine_error *error)
{
    if (d->at == d->n && !d->inner_ended) {
        tine_status status = refill(d, stop, error);
        if (status != TINE_OK)
            return status;
    }
    bool dry = d->at == d->n;
    if (d->between) {
        *ended_out = dry;
        tine_status status = dry ? TINE_OK : look_for_member(d, error);
        if (status != TINE_OK || d->between)
            return status;
    }
    size_t room = coding->n_out;
    tine_status status = decompress_some(d, coding, error);
    if (status == TINE_OK && dry && coding->n_out == room && !d->between)
        return failed(d, TINE_EFORMAT, "is cut off", error);
    return status;
}

static tine_status pass_through(decompressed_source *d, void *dst, size_t n, size_t *n_read_out,
                                tine_status (*stop)(void), tine_error *error)
{
    if (d->at == d->n)
        return d->inner_ended ? TINE_OK
                              : tine__source_read(d->inner, dst, n, n_read_out, stop, error);
    *n_read_out = n < d->n - d->at ? n : d->n - d->at;
    memcpy(dst, d->input + d->at, *n_read_out);
    d->at += *n_read_out;
    return TINE_OK;
}

static tine_status decompressed_read(tine_source *source, void *dst, size_t n, size_t *n_read_out,
                                     tine_status (*stop)(void), tine_error *error)
{
    decompressed_source *d = (decompressed_source *)source;
    if (!d->codec)
        return pass_through(d, dst, n, n_read_out, stop, error);
    tine__coding coding = {.out = dst, .n_out = n};
    bool ended = false;
    tine_status status = TINE_OK;
    while (status == TINE_OK && !ended && coding.n_out == n) {
        status = stop();
        if (status != TINE_OK)
            return tine__error_set(error, status, "stopped while decompressing");
        status = advance(d, &coding, &ended, stop, error);
    }
    *n_read_out = n - coding.n_out;
    return status;
}

static tine_status decompressed_unchanged(tine_source *source, tine_error *error)
{
    return tine__source_unchanged(((decompressed_source *)source)->inner, error);
}

/* ---- life: of a half-built one, too */

static void decompressed_destroy(tine_source *source)
{
    decompressed_source *d = (decompressed_source *)source;
    if (d->state)
        d->codec->close(d->state);
    tine__free(tine__heap(), d->input, INPUT_SIZE, TINE__ALIGN);
    tine_source_release(d->inner);
}

static const tine__source_kind decompressed_kind = {sizeof(decompressed_source), NULL,
                                                    decompressed_read, decompressed_unchanged,
                                                    decompressed_destroy};

/* A frame for other programs' notes, which those of zstd that work in parallel begin with. */
static bool is_skippable(const unsigned char *bytes, size_t n)
{
    return n >= 4 && bytes[0] >> 4 == 5 && memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0;
}

static const tine__codec *recognise(const unsigned char *bytes, size_t n)
{
    const tine__codec *const known[] = {&tine__codec_gzip, &tine__codec_zstd};
    if (is_skippable(bytes, n))
        return &tine__codec_zstd;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n >= known[i]->n_magic && memcmp(bytes, known[i]->magic, known[i]->n_magic) == 0)
            return known[i];
    return NULL;
}

static tine_status never_stop(void)
{
    return TINE_OK;
}

/* Reads the beginning, and readies what it is found to need. */
static tine_status begin(decompressed_source *d, tine_error *error)
{
    tine_status status = refill(d, never_stop, error);
    if (status != TINE_OK)
        return status;
    d->codec = recognise(d->input, d->n);
    d->between = true;
    if (!d->codec)
        return TINE_OK;
    if (!d->codec->open)
        return tine__error_set(error, TINE_ENOTSUP,
                               "'%.*s' is compressed by %s, and this build of the library lacks %s",
                               tine__error_name(d->base.name), d->base.name, d->codec->name,
                               d->codec->needs);
    d->state = d->codec->open();
    return d->state ? TINE_OK : tine__error_no_memory(error);
}

/* Something better than a pipe, if there is. */
static tine_status find_seekable(const decompressed_source *d, tine_source **source_out,
                                 tine_error *error)
{
    if (d->codec)
        return tine__members_open(d->inner, d->codec, source_out, error);
    *source_out = tine__source_retain(d->inner);
    return TINE_OK;
}

static tine_status make(tine_source *inner, tine_source **source_out, tine_error *error)
{
    decompressed_source *d = tine__source_new(&decompressed_kind, inner->name);
    if (!d)
        return tine__error_no_memory(error);
    d->inner = tine__source_retain(inner);
    d->input = tine__alloc(tine__heap(), INPUT_SIZE, TINE__ALIGN);
    tine_status status = d->input ? begin(d, error) : tine__error_no_memory(error);
    if (status == TINE_OK && inner->seekable)
        status = find_seekable(d, source_out, error);
    if (status == TINE_OK && !*source_out) {
        *source_out = &d->base;
        return TINE_OK;
    }
    if (status != TINE_OK)
        tine__error_source(error, inner->name);
    tine_source_release(&d->base);
    return status;
}

tine_status tine_source_decompress(tine_source *source, tine_source **source_out, tine_error *error)
{
    if (!source || !source_out)
        return tine__error_set(error, TINE_EINVAL,
                               "tine_source_decompress: source or source_out is NULL");
    *source_out = NULL;
    if (!source->seekable && !tine__source_take(source))
        return tine__error_set(error, TINE_EINVAL,
                               "'%.*s' is a pipe, and is read by somebody else already",
                               tine__error_name(source->name), source->name);
    return make(source, source_out, error);
}
