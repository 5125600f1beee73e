/* Telling the user how far a terminal has come: from whichever lane has just finished a partition,
 * one at a time, ten times a second at most. */
#ifndef TINE_DATASET_PROGRESS_H
#define TINE_DATASET_PROGRESS_H
#include "csv/scan.h"

#include <stdatomic.h>

typedef struct tine__progress {
    tine_progress_fn fn; /* NULL: nobody asked */
    void *ctx;
    int64_t started_ns; /* the call; then read by all */
    int64_t pass_ns;    /* the pass; set between passes */
    atomic_flag busy;   /* taken by the lane that reports: acquire pairs with its release */
    int64_t last_ns;    /* of the last report; guarded by busy */
    tine__progress_counts counts; /* of the last pass, when it has ended */
} tine__progress;

void tine__progress_init(tine__progress *progress, tine_progress_fn fn, void *ctx);
void tine__progress_pass_begins(tine__progress *progress);
void tine__progress_tick(tine__progress *progress, tine__scan *scan); /* any lane */
void tine__progress_pass_ends(tine__progress *progress, tine__scan *scan);
void tine__progress_last(tine__progress *progress);

#endif
