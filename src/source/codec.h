/* A compression, as far as a stream of it has to be taken apart. Which library does it is decided
 * when Tine is built (meson.build here). */
#ifndef TINE_SOURCE_CODEC_H
#define TINE_SOURCE_CODEC_H
#include "source/measure.h"

/* What is left to read, and the room that is left to write to. */
typedef struct tine__coding {
    const unsigned char *in;
    size_t n_in;
    unsigned char *out;
    size_t n_out;
} tine__coding;

typedef enum tine__coded {
    TINE__CODED_MORE,    /* the input, or the room, is used up */
    TINE__CODED_END,     /* here a member ends */
    TINE__CODED_DAMAGED, /* here, or a little before, is what no compressor has written */
    TINE__CODED_LIMIT,   /* it asks for more memory than is sensible */
    TINE__CODED_NO_MEMORY
} tine__coded;

typedef struct tine__codec {
    const char *name;
    const char *magic; /* the first bytes of each member */
    size_t n_magic;
    bool padded;         /* zeros may follow the last member, as on tapes */
    const char *needs;   /* open is NULL: the library that this build lacks */
    void *(*open)(void); /* NULL: no memory */
    /* Goes on with the member, or begins the next after an end. */
    tine__coded (*step)(void *state, tine__coding *coding);
    void (*close)(void *state);
    tine__measure_fn measure;
} tine__codec;

extern const tine__codec tine__codec_gzip, tine__codec_zstd;

#endif
