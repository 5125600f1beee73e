#include "csv/plain.h"
#include "base/size.h"

#define PIECE 4096     /* bytes indexed at once: their positions must find room */
#define LAST_PIECE 256 /* and behind the bound, where the last row's end is near as a rule */

void tine__plain_init(tine__plain *plain, const tine__dialect *dialect, bool blank_is_record)
{
    *plain = (tine__plain){
        .applies = dialect->escape == TINE_NONE && dialect->comment == TINE_NONE,
        .marks = {.delimiter = (unsigned char)dialect->delimiter,
                  .has_quote = dialect->quote != TINE_NONE,
                  .quote = (unsigned char)dialect->quote,
                  .blank_is_record = blank_is_record},
        .kernels = tine__kernels_at(0),
    };
}

/* ---- summaries ---- */

/* The machine's state behind a byte, from the side of the quotes that it lies on. */
static tine__state state_behind(const tine__marks *marks, unsigned char byte, bool inside)
{
    if (inside)
        return TINE__QUOTED;
    if (marks->has_quote && byte == marks->quote)
        return TINE__QUOTE_IN_QUOTED;
    if (byte == marks->delimiter)
        return TINE__FIELD_START;
    return byte == '\n' ? TINE__RECORD_START : byte == '\r' ? TINE__AFTER_CR : TINE__UNQUOTED;
}

/* Entered between records the chunk may start one with its first byte. */
static bool starts_at_once(const tine__marks *marks, tine__state state, char byte)
{
    if (state == TINE__AFTER_CR && byte == '\n')
        return false;
    return marks->blank_is_record || (byte != '\n' && byte != '\r');
}

void tine__plain_summarize(const tine__plain *plain, const char *text, size_t n,
                           tine__summary *summary_out)
{
    tine__halves halves;
    plain->kernels->summarize(&plain->marks, text, n, &halves);
    unsigned char last = (unsigned char)text[n - 1];
    *summary_out = (tine__summary){
        .lines = halves.lines, .first_lf = text[0] == '\n', .last_cr = last == '\r'};
    for (unsigned s = 0; s < TINE__N_STATES; s++)
        summary_out->arcs[s] = (tine__arc){TINE__BROKEN, 0, n};
    for (tine__state s = TINE__RECORD_START; s <= TINE__QUOTE_IN_QUOTED; s++) {
        unsigned half = s == TINE__QUOTED;
        summary_out->arcs[s] = (tine__arc){state_behind(&plain->marks, last, half ^ halves.odd),
                                           halves.records[half], halves.first[half]};
        if (tine__between_records(s) && starts_at_once(&plain->marks, s, text[0])) {
            summary_out->arcs[s].records++;
            summary_out->arcs[s].first = 0;
        }
    }
}

/* ---- rows ---- */

static inline bool ends_line(const tine__cursor *cursor, size_t at)
{
    return at == cursor->n || (cursor->text[at] == '\n') | (cursor->text[at] == '\r');
}

/* The first byte behind a line end. */
static inline size_t behind_line(const tine__cursor *cursor, size_t at)
{
    if (at == cursor->n)
        return at;
    bool two = cursor->text[at] == '\r' && at + 1 < cursor->n && cursor->text[at + 1] == '\n';
    return at + 1 + two;
}

typedef struct work {
    const tine__plain *plain;
    tine__rows *rows;
    const tine__cursor *cursor;
    tine__index index;
} work;

/* Indexes text[begin ... end - 1]. */
static tine__regular index_piece(work *w, size_t begin, size_t end)
{
    if (!tine__rows_reserve_ends(w->rows, w->index.n_ends,
                                 w->index.n_ends + (end - begin) + TINE__INDEX_SLACK))
        return TINE__REGULAR_NO_MEMORY;
    w->index.ends = w->rows->ends;
    return w->plain->kernels->index(&w->plain->marks, w->cursor->text, begin, end, &w->index)
               ? TINE__REGULAR
               : TINE__IRREGULAR;
}

/* The text from the cursor to `bound`, in which all is of the batch's rows. */
static tine__regular index_to(work *w, size_t bound)
{
    tine__regular regular = TINE__REGULAR;
    for (size_t at = w->cursor->at; at < bound && regular == TINE__REGULAR; at += PIECE)
        regular = index_piece(w, at, tine__min(at + PIECE, bound));
    return regular;
}

/* Drops what was found behind the first line end from the index's end `from` on. */
static bool cut_behind_line(work *w, size_t from)
{
    for (size_t i = from; i < w->index.n_ends; i++)
        if (ends_line(w->cursor, w->index.ends[i])) {
            w->index.n_ends = i + 1;
            return true;
        }
    return false;
}

/* The rest of the row that lies across the bound. */
static tine__regular index_last_row(work *w, size_t bound)
{
    size_t n_lines = w->index.n_lines;
    for (size_t at = bound; at < w->cursor->n; at += LAST_PIECE) {
        size_t from = w->index.n_ends;
        tine__regular regular = index_piece(w, at, tine__min(at + LAST_PIECE, w->cursor->n));
        if (regular != TINE__REGULAR)
            return regular;
        if (cut_behind_line(w, from)) {
            w->index.n_lines = n_lines + 1;
            return TINE__REGULAR;
        }
    }
    if (!w->cursor->at_end || w->index.inside)
        return TINE__IRREGULAR;
    if (!tine__rows_reserve_ends(w->rows, w->index.n_ends, w->index.n_ends + 1))
        return TINE__REGULAR_NO_MEMORY;
    w->rows->ends[w->index.n_ends++] = (uint32_t)w->cursor->n;
    w->index.n_lines++;
    return TINE__REGULAR;
}

static tine__regular index_rows(work *w, size_t bound)
{
    tine__regular regular = index_to(w, bound);
    if (regular != TINE__REGULAR)
        return regular;
    size_t n = w->index.n_ends;
    bool complete = !w->index.inside && n && ends_line(w->cursor, w->index.ends[n - 1]) &&
                    behind_line(w->cursor, w->index.ends[n - 1]) >= bound;
    return complete ? TINE__REGULAR : index_last_row(w, bound);
}

/* A row from `start` to `end` is regular, as far as its ends tell. Bits, not branches: all of them
 * are, as a rule. */
static inline bool is_regular_row(const work *w, size_t start, size_t end)
{
    size_t size = end - start;
    return ends_line(w->cursor, end) & (size <= w->rows->max_row_size) &
           ((size > 0) | w->plain->marks.blank_is_record);
}

/* Every width-th end is a line's and no other is: then every row has the table's width. */
static tine__regular make_rows(work *w, size_t *behind_out)
{
    const size_t n = w->index.n_lines, width = w->rows->width;
    if (w->index.n_ends != n * width)
        return TINE__IRREGULAR;
    if (!tine__rows_reserve_starts(w->rows, n))
        return TINE__REGULAR_NO_MEMORY;
    const uint32_t *end = w->rows->ends + width - 1;
    uint32_t *starts = w->rows->starts;
    size_t start = w->cursor->at;
    bool regular = true;
    for (size_t i = 0; i < n; i++, end += width) {
        starts[i] = (uint32_t)start;
        regular &= is_regular_row(w, start, *end);
        start = behind_line(w->cursor, *end);
    }
    *behind_out = start;
    return regular ? TINE__REGULAR : TINE__IRREGULAR;
}

tine__regular tine__plain_rows(const tine__plain *plain, tine__rows *rows, tine__cursor *cursor,
                               size_t bound)
{
    rows->n = 0;
    if (cursor->state == TINE__AFTER_CR && cursor->at < cursor->n &&
        cursor->text[cursor->at] == '\n')
        cursor->at++;
    cursor->state = TINE__RECORD_START;
    if (cursor->at >= bound)
        return TINE__REGULAR;
    work w = {plain, rows, cursor, {.may_open = true}};
    size_t behind = cursor->at;
    tine__regular regular = index_rows(&w, bound);
    if (regular == TINE__REGULAR)
        regular = make_rows(&w, &behind);
    if (regular != TINE__REGULAR)
        return regular;
    rows->n = w.index.n_lines;
    cursor->at = behind;
    return TINE__REGULAR;
}
