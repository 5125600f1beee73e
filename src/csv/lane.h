/* The insides of a scan and its lanes. scan.c hands partitions out, lane.c reads them. */
#ifndef TINE_CSV_LANE_H
#define TINE_CSV_LANE_H
#include "csv/chain.h"
#include "csv/convert.h"

struct tine__scan {
    tine__csv *csv;
    tine__scan_options options;
    tine__input *inputs; /* one a source */
    tine__chain chain;

    bool has_mutex;
    tine__mutex claiming; /* guards the next four, and is held while a pipe is read for a claim */
    size_t source;
    uint64_t index; /* in the source */
    uint64_t base;  /* the ordinal of the source's first partition */
    uint64_t turn; /* counts the partitions claimed: some have only a header in them, and are not */

    /* Lanes add what they have done, anybody reads: figures, which order nothing. */
    _Atomic uint64_t bytes_done, rows_done;
};

struct tine__lane {
    tine__scan *scan;
    tine__partition partition;
    uint64_t turn;       /* of the partition, in the chain */
    tine__prefix prefix; /* at the view's first byte */
    tine__view view;     /* from the partition's first byte to the end of its last row */
    size_t partition_n;  /* bytes of the view that belong to the partition */
    size_t lead;         /* bytes of the partition in front of the view: the header's */
    tine__cursor cursor; /* behind the rows of the current batch */
    size_t bound;        /* rows of the current batch start in front of it */
    tine__rows rows;
    uint64_t rows_before; /* rows of the partition's earlier batches */
    tine__fault fault;    /* met behind the current batch */
    bool over;            /* there is no claimed partition, or nothing more of it */
    tine__cells cells;
};

/* Claims the next partition and moves the lane's view to it (a pipe's is loaded, too). TINE_END:
 * there is none, or a failure before it. Any other failure belongs to the partition claimed. */
TINE_MUST_USE tine_status tine__scan_next(tine__scan *scan, tine__lane *lane, tine_error *error);

#endif
