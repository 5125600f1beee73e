/* BGZF (the SAM specification, section 4.1) says in a field of each gzip header how long the block
 * is, and gzip at its end how much it holds. A zstd frame (RFC 8878, section 3.1) may say in its
 * header how much it holds; how long it is shows by the headers of its blocks. */
#include "source/measure.h"
#include "source/kind.h"

#include <string.h>

/* Little-endian, n bytes. */
static uint64_t number(const unsigned char *p, size_t n)
{
    uint64_t x = 0;
    while (n)
        x = x << 8 | p[--n];
    return x;
}

/* Reads n bytes if there are so many. */
static tine_status peek(tine_source *source, uint64_t at, void *dst, size_t n, bool *there_out,
                        tine_error *error)
{
    *there_out = at <= source->n_bytes && source->n_bytes - at >= n;
    return *there_out ? tine__source_read_at(source, at, dst, n, error) : TINE_OK;
}

tine_status tine__measure_bgzf(tine_source *source, uint64_t at, uint64_t *n_in_out,
                               uint64_t *n_out_out, bool *known_out, tine_error *error)
{
    enum { HEADER = 18, SIZE_AT = 16, FOOTER = 8, LENGTH = 4 };
    unsigned char header[HEADER], length[LENGTH];
    tine_status status = peek(source, at, header, sizeof header, known_out, error);
    if (status != TINE_OK || !*known_out)
        return status;
    *n_in_out = number(header + SIZE_AT, 2) + 1;
    *known_out = memcmp(header, "\x1f\x8b\x08\x04", 4) == 0 &&
                 memcmp(header + 10, "\x06\x00\x42\x43\x02\x00", 6) == 0 &&
                 *n_in_out >= HEADER + FOOTER;
    if (!*known_out)
        return TINE_OK;
    status = peek(source, at + *n_in_out - LENGTH, length, sizeof length, known_out, error);
    *n_out_out = number(length, LENGTH);
    return status;
}

/* ---- zstd */

#define ZSTD_MAGIC UINT32_C(0xfd2fb528)
#define ZSTD_MAX_HEADER 18

typedef struct frame_header {
    size_t size;
    uint64_t content;
    bool has_checksum, has_content;
} frame_header;

static frame_header read_header(const unsigned char *bytes)
{
    static const size_t dictionary[4] = {0, 1, 2, 4}, content[4] = {0, 2, 4, 8};
    unsigned flags = bytes[4];
    bool single = flags >> 5 & 1;
    size_t n_content = flags >> 6 ? content[flags >> 6] : single, at = 5 + !single;
    at += dictionary[flags & 3];
    frame_header h = {.size = at + n_content,
                      .has_content = n_content > 0,
                      .has_checksum = flags >> 2 & 1,
                      .content = number(bytes + at, n_content)};
    h.content += n_content == 2 ? 256 : 0;
    return h;
}

/* From the first block's header to behind the last block. */
static tine_status pass_blocks(tine_source *source, uint64_t *at, bool *known_out,
                               tine_error *error)
{
    enum { RUN = 1, RESERVED = 3 };
    for (bool last = false; !last;) {
        unsigned char bytes[3];
        tine_status status = peek(source, *at, bytes, sizeof bytes, known_out, error);
        if (status != TINE_OK || !*known_out)
            return status;
        uint64_t header = number(bytes, sizeof bytes);
        unsigned type = header >> 1 & 3;
        *known_out = type != RESERVED;
        if (!*known_out)
            return TINE_OK;
        *at += sizeof bytes + (type == RUN ? 1 : header >> 3);
        last = header & 1;
    }
    return TINE_OK;
}

/* A frame for other programs' notes holds nothing. */
static bool is_note(const unsigned char *bytes)
{
    return (number(bytes, 4) & UINT32_C(0xfffffff0)) == UINT32_C(0x184d2a50);
}

tine_status tine__measure_zstd(tine_source *source, uint64_t at, uint64_t *n_in_out,
                               uint64_t *n_out_out, bool *known_out, tine_error *error)
{
    unsigned char bytes[ZSTD_MAX_HEADER] = {0};
    uint64_t left = source->n_bytes - at;
    size_t n = left < sizeof bytes ? (size_t)left : sizeof bytes;
    tine_status status = peek(source, at, bytes, n, known_out, error);
    if (status != TINE_OK || !(*known_out = *known_out && n >= 8))
        return status;
    if (is_note(bytes)) {
        *n_in_out = 8 + number(bytes + 4, 4);
        *n_out_out = 0;
        *known_out = *n_in_out <= left;
        return TINE_OK;
    }
    frame_header h = read_header(bytes);
    if (!(*known_out = number(bytes, 4) == ZSTD_MAGIC && h.has_content))
        return TINE_OK;
    uint64_t end = at + h.size;
    status = pass_blocks(source, &end, known_out, error);
    *n_in_out = end + (h.has_checksum ? 4 : 0) - at;
    *n_out_out = h.content;
    *known_out = *known_out && *n_in_out <= left;
    return status;
}
