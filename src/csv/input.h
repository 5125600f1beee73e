/* The bytes of a source by their offset, whatever kind of source it is. Of a pipe the bytes that
 * were read stay in a window until everybody who may ask for them has said to be past them.
 *
 * A view is a stretch of an input as one piece of memory: of a memory source the source's own
 * bytes, of any other a buffer that is used again and again. */
#ifndef TINE_CSV_INPUT_H
#define TINE_CSV_INPUT_H
#include "os/thread.h"
#include "source/source.h"

typedef tine_status (*tine__stop_fn)(void);
tine_status tine__never_stop(void);

typedef struct tine__input {
    tine_source *source; /* borrowed */
    const tine_allocator *allocator;
    bool seekable;
    uint64_t size;     /* seekable */
    const char *bytes; /* of a memory source; else NULL */

    /* A pipe. The mutex guards what follows, and is held while the pipe is waited for. */
    bool has_mutex;
    tine__mutex mutex;
    char *window; /* the bytes [window_start, window_start + window_n) of the source */
    size_t window_n, window_capacity;
    uint64_t window_start;
    bool ended; /* the source ends with the window */
} tine__input;

TINE_MUST_USE tine_status tine__input_init(tine__input *input, tine_source *source,
                                           const tine_allocator *allocator, tine_error *error);
void tine__input_destroy(tine__input *input); /* takes a zeroed one */

/* A pipe's window as another input has it: what was read of it before is read again. */
TINE_MUST_USE tine_status tine__input_replay(tine__input *input, const tine__input *from,
                                             tine_error *error);

/* Any thread. Reads [offset, offset + n) into dst; fewer bytes only at the source's end. */
TINE_MUST_USE tine_status tine__input_read(tine__input *input, uint64_t offset, void *dst, size_t n,
                                           size_t *n_read_out, tine__stop_fn stop,
                                           tine_error *error);

/* Any thread. Nobody will ask for bytes in front of `offset` again. */
void tine__input_forget(tine__input *input, uint64_t offset);

typedef struct tine__view {
    const tine_allocator *allocator;
    tine__input *input;
    uint64_t offset; /* of text[0] in the source */
    const char *text;
    size_t n;
    bool at_end; /* the source ends with the text */
    char *buffer;
    size_t capacity;
} tine__view;

void tine__view_init(tine__view *view, const tine_allocator *allocator);
void tine__view_destroy(tine__view *view);
/* An empty view at that offset, which is not behind a seekable source's end. */
void tine__view_move(tine__view *view, tine__input *input, uint64_t offset);
/* Makes the view n bytes long, or as long as the source goes. */
TINE_MUST_USE tine_status tine__view_load(tine__view *view, size_t n, tine__stop_fn stop,
                                          tine_error *error);

#endif
