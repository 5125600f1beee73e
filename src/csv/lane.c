#include "csv/lane.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

tine_status tine__lane_open(tine__scan *scan, tine__lane **lane_out, tine_error *error)
{
    const tine_allocator *allocator = scan->options.allocator;
    tine__lane *lane = TINE__NEW(allocator, tine__lane);
    if (!lane)
        return tine__error_no_memory(error);
    lane->scan = scan;
    lane->over = true;
    tine__view_init(&lane->view, allocator);
    tine__rows_init(&lane->rows, allocator, scan->csv->n_columns, scan->csv->max_row_size);
    lane->cells = (tine__cells){.csv = scan->csv, .rows = &lane->rows, .allocator = allocator};
    *lane_out = lane;
    return TINE_OK;
}

/* The lane is done with its partition. */
static void leave(tine__lane *lane)
{
    if (!lane->over)
        atomic_fetch_add_explicit(&lane->scan->bytes_done, lane->partition_n, memory_order_relaxed);
    lane->over = true;
}

void tine__lane_close(tine__lane **lane)
{
    if (!*lane)
        return;
    const tine_allocator *allocator = (*lane)->scan->options.allocator;
    leave(*lane);
    tine__cells_free(&(*lane)->cells);
    tine__rows_destroy(&(*lane)->rows);
    tine__view_destroy(&(*lane)->view);
    TINE__DELETE(allocator, *lane);
    *lane = NULL;
}

tine_status tine__lane_fail(tine__lane *lane, const tine_error *error)
{
    tine__chain_fail(&lane->scan->chain, lane->turn, error);
    leave(lane);
    return error->status;
}

static tine_status ask_stop(const tine__lane *lane, tine_error *error)
{
    tine_status status = lane->scan->options.stop();
    return status == TINE_OK ? TINE_OK
                             : tine__error_set(error, status, "the run was stopped: %s",
                                               tine_status_name(status));
}

/* Loads what the partition's last row needs behind the partition's end, where the reader is in
 * state `state`. A row of more than max_row_size is left incomplete. */
static tine_status load_last_row(tine__lane *lane, tine__state state, tine_error *error)
{
    tine__view *view = &lane->view;
    size_t most = lane->partition_n + lane->scan->csv->max_row_size + 1, step = 4096;
    tine__cursor tail = {.n = view->n, .at = view->n, .state = state};
    do {
        tine_status status =
            tine__view_load(view, tine__min(tail.n + step, most), lane->scan->options.stop, error);
        if (status != TINE_OK)
            return status;
        tail.text = view->text;
        tail.n = view->n;
        tine__record_finish(&lane->scan->csv->machine, &tail);
        step *= 2;
    } while (tail.at == tail.n && tail.n < most && !view->at_end && tail.state != TINE__BROKEN &&
             !tine__between_records(tail.state));
    lane->cursor.text = view->text;
    lane->cursor.n = tail.at;
    lane->cursor.at_end = view->at_end && tail.at == view->n;
    return TINE_OK;
}

static bool last_row_goes_on(const tine__arc *arc)
{
    return arc->records > 0 && arc->end != TINE__BROKEN && !tine__between_records(arc->end);
}

/* With its turn: the partition's rows are known now, so that it can be read; and the next one's
 * turn comes. A pipe's last row is fetched first: from then on nobody asks for earlier bytes of the
 * pipe, and as each turn waits for this, at most a partition a lane is kept. */
static tine_status take_turn(tine__lane *lane, const tine__summary *summary, tine_error *error)
{
    tine__scan *scan = lane->scan;
    const tine__arc *arc = &summary->arcs[lane->prefix.state];
    tine__prefix next = tine__prefix_advance(&lane->prefix, summary);
    bool seekable = lane->view.input->seekable;
    lane->cursor = (tine__cursor){lane->view.text, lane->view.n, lane->view.at_end, arc->first,
                                  TINE__RECORD_START};
    tine_status status = TINE_OK;
    if (seekable)
        tine__chain_publish(&scan->chain, lane->turn, &next);
    if (last_row_goes_on(arc))
        status = load_last_row(lane, arc->end, error);
    if (seekable || status != TINE_OK)
        return status;
    tine__input_forget(lane->view.input, lane->view.offset + lane->partition_n);
    tine__chain_publish(&scan->chain, lane->turn, &next);
    return TINE_OK;
}

static void summarize(const tine__lane *lane, tine__summary *summary_out)
{
    const tine__csv *csv = lane->scan->csv;
    if (csv->plain.applies)
        tine__plain_summarize(&csv->plain, lane->view.text, lane->partition_n, summary_out);
    else
        tine__summarize(&csv->machine, lane->view.text, lane->partition_n, summary_out);
}

static tine_status read_partition(tine__lane *lane, tine_error *error)
{
    tine__scan *scan = lane->scan;
    const tine__csv_source *source = &scan->csv->sources[lane->partition.source];
    tine_status status = ask_stop(lane, error);
    if (status == TINE_OK)
        status = tine__view_load(&lane->view, scan->csv->partition_size - lane->lead,
                                 scan->options.stop, error);
    if (status != TINE_OK)
        return status;
    lane->partition_n = lane->view.n;
    tine__summary summary;
    summarize(lane, &summary);
    status = tine__chain_await(&scan->chain, lane->turn, scan->options.stop, &lane->prefix);
    if (status == TINE_END)
        return status;
    if (status != TINE_OK)
        return tine__error_set(error, status, "the run was stopped: %s", tine_status_name(status));
    if (lane->view.offset == source->start)
        lane->prefix = source->prefix;
    return take_turn(lane, &summary, error);
}

tine_status tine__lane_claim(tine__lane *lane, tine__partition *partition_out)
{
    leave(lane);
    tine_error error;
    tine_status status = tine__scan_next(lane->scan, lane, &error);
    if (status == TINE_OK)
        status = read_partition(lane, &error);
    if (status == TINE_END)
        return status;
    *partition_out = lane->partition;
    if (status != TINE_OK)
        return tine__lane_fail(lane, &error);
    lane->over = false;
    lane->bound = 0;
    lane->rows.n = 0;
    lane->rows_before = 0;
    lane->fault = (tine__fault){0};
    lane->cells.text = lane->cursor.text;
    return TINE_OK;
}

static tine__place place_of(const tine__lane *lane)
{
    return (tine__place){
        .source = tine__source_name(lane->view.input->source),
        .text = lane->cursor.text,
        .n = lane->cursor.n,
        .offset = lane->view.offset,
        .lines = lane->prefix.lines,
        .last_cr = lane->prefix.last_cr,
    };
}

/* The number of a row of the current batch, or of the one behind the last. */
static uint64_t record_number(const tine__lane *lane, size_t row)
{
    return lane->prefix.records + lane->rows_before + row + 1;
}

/* Where the window behind the current one ends. */
static size_t next_bound(const tine__lane *lane)
{
    size_t window = lane->scan->options.batch_bytes;
    if (window == 0)
        return lane->partition_n;
    size_t in_partition = lane->bound + lane->lead;
    size_t end = (in_partition / window + 1) * window - lane->lead;
    return tine__min(end, lane->partition_n);
}

static bool index_window(tine__lane *lane)
{
    const tine__csv *csv = lane->scan->csv;
    tine__regular regular = TINE__IRREGULAR;
    if (csv->plain.applies)
        regular = tine__plain_rows(&csv->plain, &lane->rows, &lane->cursor, lane->bound);
    if (regular != TINE__IRREGULAR)
        return regular == TINE__REGULAR;
    return tine__rows_index(&lane->rows, &csv->machine, &lane->cursor, lane->bound, &lane->fault);
}

static tine_status next_batch(tine__lane *lane, tine_error *error)
{
    lane->rows_before += lane->rows.n;
    lane->rows.n = 0;
    while (lane->rows.n == 0 && lane->fault.kind == TINE__FAULT_NONE) {
        if (lane->bound == lane->partition_n)
            return TINE_END;
        lane->bound = next_bound(lane);
        if (!index_window(lane))
            return tine__error_no_memory(error);
    }
    if (lane->rows.n)
        return TINE_OK;
    tine__place place = place_of(lane);
    return tine__fault_error(&lane->fault, &place, record_number(lane, 0), error);
}

tine_status tine__lane_rows(tine__lane *lane, size_t *n_rows_out)
{
    if (lane->over)
        return TINE_END;
    tine_error error;
    tine_status status = ask_stop(lane, &error);
    if (status == TINE_OK)
        status = tine__chain_failed_before(&lane->scan->chain, lane->turn)
                     ? TINE_END
                     : next_batch(lane, &error);
    if (status == TINE_END)
        leave(lane);
    else if (status != TINE_OK)
        return tine__lane_fail(lane, &error);
    else
        atomic_fetch_add_explicit(&lane->scan->rows_done, lane->rows.n, memory_order_relaxed);
    *n_rows_out = lane->rows.n;
    return status;
}

uint64_t tine__lane_row_offset(const tine__lane *lane, size_t row)
{
    return lane->view.offset + lane->rows.starts[row];
}

tine_status tine__lane_convert(tine__lane *lane, size_t column, tine_type type,
                               const uint32_t *selection, size_t n, tine__array *out,
                               tine__evidence *evidence, tine__misfit *misfit)
{
    tine_error error;
    lane->cells.column = column;
    tine_status status =
        tine__convert(&lane->cells, type, selection, n, out, evidence, misfit, &error);
    return status == TINE_OK ? TINE_OK : tine__lane_fail(lane, &error);
}

static tine_status describe_misfit(const tine__csv_column *column, tine_type type,
                                   const char *shown, tine_error *error)
{
    if (type == TINE_STRING)
        return tine__error_set(error, TINE_EFORMAT,
                               "column \"%.*s\": not UTF-8 at \"%s\": convert the input to UTF-8",
                               tine__error_name(column->name), column->name, shown);
    return tine__error_set(error, TINE_ETYPE, "column \"%.*s\": \"%s\" is not of type %s%s",
                           tine__error_name(column->name), column->name, shown,
                           tine__type_name(type),
                           column->inferred ? ", as the first rows had it: give the column's type "
                                              "in fields, or call tine_dataset_infer first"
                                            : "");
}

tine_status tine__lane_misfit_error(tine__lane *lane, const tine__misfit *misfit, tine_type type,
                                    tine_error *error)
{
    lane->cells.column = misfit->column;
    size_t at = tine__field_start(&lane->rows, misfit->row, misfit->column);
    size_t end = tine__field_end(&lane->rows, misfit->row, misfit->column);
    tine_string content;
    if (type == TINE_STRING &&
        tine__cells_at(&lane->cells, misfit->row, &content) == TINE__CELL_TEXT)
        at = tine__cells_origin(&lane->cells, misfit->row,
                                tine__utf8_valid_prefix(content.data, content.size));
    char shown[TINE__SHOWN_SIZE];
    tine__error_show(shown, lane->cursor.text + at, end - at);
    tine_status status =
        describe_misfit(&lane->scan->csv->columns[misfit->column], type, shown, error);
    tine__place place = place_of(lane);
    tine__error_place(error, &place, at, record_number(lane, misfit->row), misfit->column + 1);
    return status;
}
