#include "csv/lane.h"
#include "base/alloc.h"
#include "base/error.h"

static void scan_destroy(tine__scan *scan)
{
    const tine_allocator *allocator = scan->options.allocator;
    if (scan->inputs) {
        for (size_t i = 0; i < scan->csv->n_sources; i++)
            tine__input_destroy(&scan->inputs[i]);
        TINE__DELETE_ARRAY(allocator, scan->inputs, scan->csv->n_sources);
    }
    if (scan->has_mutex)
        tine__mutex_destroy(&scan->claiming);
    tine__chain_destroy(&scan->chain);
    tine__csv_release(scan->csv);
    TINE__DELETE(allocator, scan);
}

static tine_status take_pipes(tine__csv *csv, tine_error *error)
{
    if (tine__csv_rereadable(csv) ||
        !atomic_exchange_explicit(&csv->pipes_read, true, memory_order_relaxed))
        return TINE_OK;
    return tine__error_set(error, TINE_EINVAL,
                           "a pipe can be read once, and has been: do all in one pass, or read it "
                           "into memory first");
}

static tine_status open_inputs(tine__scan *scan, tine_error *error)
{
    const tine__csv *csv = scan->csv;
    scan->inputs = tine__alloc_zeroed(scan->options.allocator,
                                      csv->n_sources * sizeof *scan->inputs, _Alignof(tine__input));
    if (!scan->inputs)
        return tine__error_no_memory(error);
    for (size_t i = 0; i < csv->n_sources; i++) {
        tine__input *input = &scan->inputs[i];
        tine_status status =
            tine__input_init(input, csv->sources[i].source, scan->options.allocator, error);
        if (status == TINE_OK)
            status = tine__input_replay(input, &csv->sources[i].input, error);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

static uint64_t first_index(const tine__scan *scan)
{
    const tine__csv *csv = scan->csv;
    return scan->source < csv->n_sources ? csv->sources[scan->source].start / csv->partition_size
                                         : 0;
}

static tine_status scan_init(tine__scan *scan, tine_error *error)
{
    scan->index = first_index(scan);
    tine_status status = tine__chain_init(&scan->chain, error);
    if (status == TINE_OK)
        status = tine__mutex_init(&scan->claiming, error);
    if (status != TINE_OK)
        return status;
    scan->has_mutex = true;
    status = open_inputs(scan, error);
    return status == TINE_OK ? take_pipes(scan->csv, error) : status;
}

tine_status tine__scan_open(tine__csv *csv, const tine__scan_options *options,
                            tine__scan **scan_out, tine_error *error)
{
    const tine_allocator *allocator = tine__allocator_or_heap(options->allocator);
    tine__scan *scan = TINE__NEW(allocator, tine__scan);
    if (!scan)
        return tine__error_no_memory(error);
    scan->csv = tine__csv_retain(csv);
    scan->options = *options;
    scan->options.allocator = allocator;
    if (!options->stop)
        scan->options.stop = tine__never_stop;
    tine_status status = scan_init(scan, error);
    if (status != TINE_OK) {
        scan_destroy(scan);
        return status;
    }
    *scan_out = scan;
    return TINE_OK;
}

static tine_status sources_unchanged(const tine__csv *csv, tine_error *error)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; i < csv->n_sources && status == TINE_OK; i++)
        status = tine__source_unchanged(csv->sources[i].source, error);
    return status;
}

tine_status tine__scan_close(tine__scan **scan, tine_error *error)
{
    if (!*scan)
        return TINE_OK;
    bool failed = tine__chain_failed_before(&(*scan)->chain, UINT64_MAX);
    tine_status status = failed ? tine__error_copy(error, &(*scan)->chain.failure)
                                : sources_unchanged((*scan)->csv, error);
    scan_destroy(*scan);
    *scan = NULL;
    return status;
}

void tine__scan_progress(tine__scan *scan, tine__progress_counts *out)
{
    *out = (tine__progress_counts){
        .bytes_done = atomic_load_explicit(&scan->bytes_done, memory_order_relaxed),
        .rows_done = atomic_load_explicit(&scan->rows_done, memory_order_relaxed),
    };
    for (size_t i = 0; i < scan->csv->n_sources; i++) { /* headers are in no partition */
        const tine__csv_source *source = &scan->csv->sources[i];
        out->bytes_total += source->empty ? 0 : scan->inputs[i].size - source->start;
    }
    if (!tine__csv_rereadable(scan->csv))
        out->bytes_total = 0;
}

/* Moves the lane to partition scan->index of scan->source. TINE_END: the source has no such one. */
static tine_status enter(tine__scan *scan, tine__lane *lane, tine_error *error)
{
    const tine__csv_source *source = &scan->csv->sources[scan->source];
    tine__input *input = &scan->inputs[scan->source];
    uint64_t begin = scan->index * scan->csv->partition_size;
    uint64_t from = begin > source->start ? begin : source->start;
    if (source->empty || (input->seekable && from >= input->size))
        return TINE_END;
    lane->partition =
        (tine__partition){scan->source, scan->index, scan->base + scan->index, scan->turn == 0};
    lane->turn = scan->turn;
    lane->lead = (size_t)(from - begin);
    tine__view_move(&lane->view, input, from);
    if (input->seekable)
        return TINE_OK;
    tine_status status = tine__view_load(&lane->view, scan->csv->partition_size - lane->lead,
                                         scan->options.stop, error);
    return status == TINE_OK && lane->view.n == 0 ? TINE_END : status;
}

/* Of the source that `enter` has found to be at its end. */
static uint64_t partitions_of(const tine__scan *scan, const tine__lane *lane)
{
    const tine__input *input = &scan->inputs[scan->source];
    uint64_t unit = scan->csv->partition_size, size = input->size;
    if (!input->seekable && !scan->csv->sources[scan->source].empty)
        return scan->index + (lane->lead > 0);
    if (!input->seekable)
        size = input->window_n; /* opening it has read it all, and no lane does */
    return size / unit + (size % unit != 0);
}

static tine_status claim(tine__scan *scan, tine__lane *lane, tine_error *error)
{
    while (scan->source < scan->csv->n_sources) {
        tine_status status = enter(scan, lane, error);
        if (status != TINE_END) {
            scan->index++;
            scan->turn++;
            return status;
        }
        scan->base += partitions_of(scan, lane);
        scan->source++;
        scan->index = first_index(scan);
    }
    return TINE_END;
}

tine_status tine__scan_next(tine__scan *scan, tine__lane *lane, tine_error *error)
{
    tine__mutex_lock(&scan->claiming);
    tine_status status =
        tine__chain_failed_before(&scan->chain, scan->turn) ? TINE_END : claim(scan, lane, error);
    tine__mutex_unlock(&scan->claiming);
    return status;
}
