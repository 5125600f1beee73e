#include "csv/input.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "os/pages.h"

#include <string.h>

tine_status tine__never_stop(void)
{
    return TINE_OK;
}

tine_status tine__input_init(tine__input *input, tine_source *source,
                             const tine_allocator *allocator, tine_error *error)
{
    *input = (tine__input){
        .source = source,
        .allocator = allocator,
        .seekable = tine__source_seekable(source),
        .bytes = tine__source_bytes(source),
    };
    if (input->seekable) {
        input->size = tine__source_size(source);
        return TINE_OK;
    }
    tine_status status = tine__mutex_init(&input->mutex, error);
    input->has_mutex = status == TINE_OK;
    return status;
}

void tine__input_destroy(tine__input *input)
{
    if (input->has_mutex)
        tine__mutex_destroy(&input->mutex);
    if (input->window)
        tine__free(input->allocator, input->window, input->window_capacity, TINE__ALIGN);
    *input = (tine__input){0};
}

static tine_status window_reserve(tine__input *input, size_t n, tine_error *error)
{
    void *window = input->window;
    if (!tine__grow(input->allocator, &window, &input->window_capacity, input->window_n, n, 1,
                    TINE__ALIGN))
        return tine__error_no_memory(error);
    input->window = window;
    return TINE_OK;
}

tine_status tine__input_replay(tine__input *input, const tine__input *from, tine_error *error)
{
    tine_status status = window_reserve(input, from->window_n, error);
    if (status != TINE_OK)
        return status;
    if (from->window_n)
        memcpy(input->window, from->window, from->window_n);
    input->window_n = from->window_n;
    input->window_start = from->window_start;
    input->ended = from->ended;
    return TINE_OK;
}

/* Reads the pipe up to `end`, or to its own end. */
static tine_status window_fill(tine__input *input, uint64_t end, tine__stop_fn stop,
                               tine_error *error)
{
    if (input->ended || end <= input->window_start + input->window_n)
        return TINE_OK;
    size_t needed = (size_t)(end - input->window_start), missing = needed - input->window_n;
    tine_status status = window_reserve(input, needed, error);
    if (status != TINE_OK)
        return status;
    size_t n_read = 0;
    status = tine__source_read(input->source, input->window + input->window_n, missing, &n_read,
                               stop, error);
    if (status != TINE_OK)
        return status;
    input->window_n += n_read;
    input->ended = n_read < missing;
    return TINE_OK;
}

static tine_status pipe_read(tine__input *input, uint64_t offset, void *dst, size_t n,
                             size_t *n_read_out, tine__stop_fn stop, tine_error *error)
{
    tine__mutex_lock(&input->mutex);
    tine_status status = window_fill(input, offset + n, stop, error);
    uint64_t end = input->window_start + input->window_n;
    if (status == TINE_OK && offset < end) {
        *n_read_out = tine__min(n, (size_t)(end - offset));
        memcpy(dst, input->window + (offset - input->window_start), *n_read_out);
    }
    tine__mutex_unlock(&input->mutex);
    return status;
}

tine_status tine__input_read(tine__input *input, uint64_t offset, void *dst, size_t n,
                             size_t *n_read_out, tine__stop_fn stop, tine_error *error)
{
    *n_read_out = 0;
    if (!input->seekable)
        return pipe_read(input, offset, dst, n, n_read_out, stop, error);
    if (input->size - offset < n)
        n = (size_t)(input->size - offset);
    if (n == 0)
        return TINE_OK;
    *n_read_out = n;
    return tine__source_read_at(input->source, offset, dst, n, error);
}

void tine__input_forget(tine__input *input, uint64_t offset)
{
    if (input->seekable)
        return;
    tine__mutex_lock(&input->mutex);
    size_t past = offset <= input->window_start ? 0 : (size_t)(offset - input->window_start);
    past = tine__min(past, input->window_n);
    if (past > 0) {
        memmove(input->window, input->window + past, input->window_n - past);
        input->window_start += past;
        input->window_n -= past;
    }
    tine__mutex_unlock(&input->mutex);
}

void tine__view_init(tine__view *view, const tine_allocator *allocator)
{
    *view = (tine__view){.allocator = allocator};
}

void tine__view_destroy(tine__view *view)
{
    tine__pages_free(view->allocator, view->buffer, view->capacity);
    *view = (tine__view){0};
}

void tine__view_move(tine__view *view, tine__input *input, uint64_t offset)
{
    view->input = input;
    view->offset = offset;
    view->text = input->bytes ? input->bytes + offset : view->buffer;
    view->n = 0;
    view->at_end = input->seekable && offset == input->size;
}

static tine_status load_in_place(tine__view *view, size_t n)
{
    uint64_t rest = view->input->size - view->offset;
    view->n = rest < n ? (size_t)rest : n;
    view->at_end = view->n == rest;
    return TINE_OK;
}

/* Half as much again as is asked for, as a partition's last row comes behind it; in whole huge pages
 * where it takes most of one. */
static bool view_reserve(tine__view *view, size_t n)
{
    if (n <= view->capacity)
        return true;
    size_t size = n + n / 2;
    if (size > TINE__HUGE_PAGE / 2 && !tine__size_round_up(size, TINE__HUGE_PAGE, &size))
        return false;
    char *buffer = tine__pages_alloc(view->allocator, size);
    if (!buffer)
        return false;
    if (view->n)
        memcpy(buffer, view->buffer, view->n);
    tine__pages_free(view->allocator, view->buffer, view->capacity);
    view->buffer = buffer;
    view->capacity = size;
    return true;
}

tine_status tine__view_load(tine__view *view, size_t n, tine__stop_fn stop, tine_error *error)
{
    if (n <= view->n || view->at_end)
        return TINE_OK;
    if (view->input->bytes)
        return load_in_place(view, n);
    if (!view_reserve(view, n))
        return tine__error_no_memory(error);
    view->text = view->buffer;
    size_t missing = n - view->n, n_read;
    tine_status status = tine__input_read(view->input, view->offset + view->n,
                                          view->buffer + view->n, missing, &n_read, stop, error);
    if (status != TINE_OK)
        return status;
    view->n += n_read;
    view->at_end =
        n_read < missing || (view->input->seekable && view->offset + view->n == view->input->size);
    return TINE_OK;
}
