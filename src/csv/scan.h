/* One pass over an opened CSV by several lanes (one a body). A lane claims partitions in input order,
 * and for each gets the rows that start in it, batch by batch, and converts the columns it is asked
 * for. Splitting is exact: SEMANTICS.md says what a row is, split.h how the cuts are found.
 *
 *     tine__scan_open
 *       per body: tine__lane_open
 *         while tine__lane_claim gives a partition
 *           while tine__lane_rows gives a batch of rows
 *             tine__lane_convert for each column wanted
 *       tine__lane_close
 *     tine__scan_close
 *
 * Errors: a failure inside a partition is told to tine__scan_fail (tine__lane_* do it themselves for
 * their own); later partitions are no longer claimed, earlier ones run to their end, and
 * tine__scan_close gives the failure of the lowest partition. */
#ifndef TINE_CSV_SCAN_H
#define TINE_CSV_SCAN_H
#include "csv/csv.h"
#include "table/array.h"

typedef struct tine__scan tine__scan;
typedef struct tine__lane tine__lane;

typedef struct tine__scan_options {
    size_t batch_bytes; /* a batch holds the rows that start in one window of so many bytes of its
                           partition (windows counted from the partition's first byte);
                           0: the whole partition is one batch */
    const tine_allocator *allocator; /* the run's budget */
    tine_status (*stop)(void);       /* asked in every batch and while a pipe is waited for;
                                        NULL: never */
} tine__scan_options;

/* TINE_EINVAL if a pipe of it has been read before. */
TINE_MUST_USE tine_status tine__scan_open(tine__csv *csv, const tine__scan_options *options,
                                          tine__scan **scan_out, tine_error *error);
/* Takes NULL. Returns and fills in the failure of the lowest partition, TINE_OK if there was none.
 * Also finds sources that changed while they were read: TINE_ECHANGED. */
tine_status tine__scan_close(tine__scan **scan, tine_error *error);

typedef struct tine__partition {
    size_t source;    /* index of the source */
    uint64_t index;   /* of the partition in its source: rows that start in [index * P, (index + 1) * P) */
    uint64_t ordinal; /* the same counted over all sources, those without a row included */
    bool first;       /* claimed before all others: those in front have only a header in them */
} tine__partition;

typedef struct tine__progress_counts {
    uint64_t bytes_done, bytes_total; /* total 0: not known */
    uint64_t rows_done;
} tine__progress_counts;
void tine__scan_progress(tine__scan *scan, tine__progress_counts *out); /* any thread */

TINE_MUST_USE tine_status tine__lane_open(tine__scan *scan, tine__lane **lane_out, tine_error *error);
void tine__lane_close(tine__lane **lane);

/* TINE_END: nothing left, or a failure before what is left. Any other failure has been recorded. */
TINE_MUST_USE tine_status tine__lane_claim(tine__lane *lane, tine__partition *partition_out);

/* The next batch of the claimed partition that has rows: TINE_OK and how many. TINE_END: no more. A
 * malformed row ends the batch before it; the failure is recorded and returned by the call after. */
TINE_MUST_USE tine_status tine__lane_rows(tine__lane *lane, size_t *n_rows_out);

/* Where row `row` of the current batch starts, counted over its whole source: a total order. */
uint64_t tine__lane_row_offset(const tine__lane *lane, size_t row);

typedef struct tine__misfit { /* the first value of a batch that did not fit its column's type */
    size_t row;               /* SIZE_MAX: all fit */
    size_t column;
} tine__misfit;

/* Converts column `column` of the rows `selection[0 ... n-1]` (ascending; NULL: rows 0 ... n-1) into
 * *out as `type`, using memory of the lane's allocator; out has been init'ed or reset by the caller
 * (the function resets it to `type`). For an inferred column (`evidence` not NULL) the spelling is the
 * canonical one, *evidence is joined with what was seen, and a value that does not fit sets *misfit
 * and becomes null. For a given one it also sets *misfit. Returns only TINE_ENOMEM / TINE_ELIMIT,
 * recorded; the caller decides what a misfit means. */
TINE_MUST_USE tine_status tine__lane_convert(tine__lane *lane, size_t column, tine_type type,
                                             const uint32_t *selection, size_t n, tine__array *out,
                                             tine__evidence *evidence, tine__misfit *misfit);

/* Fills *error for a value that does not fit: TINE_ETYPE (or TINE_EFORMAT for text that is not UTF-8)
 * with source, line, record, column, byte offset, the bytes and, for an inferred column, the advice. */
tine_status tine__lane_misfit_error(tine__lane *lane, const tine__misfit *misfit, tine_type type,
                                    tine_error *error);

/* Records a failure in the lane's current partition (a misfit, or the user's own) and returns its
 * status: the lane gives up that partition, and lower ones go on. */
tine_status tine__lane_fail(tine__lane *lane, const tine_error *error);

#endif
