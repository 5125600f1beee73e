/* One lane of a pass: takes the rows of its partitions batch by batch through the filters to the
 * terminal, converting a column when it is needed and only for the rows that are left then. */
#ifndef TINE_DATASET_RUNNER_H
#define TINE_DATASET_RUNNER_H
#include "dataset/pass.h"

typedef struct tine__pass {
    tine__call *call;
    const tine__terminal *terminal;
    tine__pass_kind kind;
    tine__scan *scan;
    size_t n_slots;      /* columns that are used at all */
    size_t *slot_column; /* which they are, by index in the csv */
    size_t *column_slot; /* and back, by column of the csv */
    size_t max_view;     /* columns of the widest batch that anybody is shown */
    /* As in tine__outcome. Every lane lowers them and reads wrong_at; they guard no other memory.
     */
    _Atomic uint64_t failed_at, wrong_at;
} tine__pass;

/* A used column as a lane has it at the moment. */
typedef struct tine__used_column {
    uint64_t stage; /* the runner's, when it was converted: else it is stale */
    tine__array array;
    tine__misfit misfit;
    tine__evidence evidence;
    tine__sightings seen; /* when its bits came */
    tine__witness witness;
} tine__used_column;

typedef struct tine__runner {
    tine__pass *pass;
    size_t index;
    tine__lane *lane; /* NULL: never opened */
    tine__partition partition;
    tine__used_column *slots;
    tine_column *columns; /* of the batch that is shown to somebody */
    uint32_t *selection;  /* the rows that are left; stands for all if selected is false */
    size_t selection_capacity;
    uint8_t *keep;
    size_t keep_capacity;
    size_t n_left; /* rows */
    bool selected;
    uint64_t stage;      /* counts the times the rows that are left have changed */
    tine__misfit misfit; /* the batch's first so far; rows from there on are not left */
    tine_error error;
} tine__runner;

TINE_MUST_USE tine_status tine__runner_open(tine__runner *runner, tine__pass *pass, size_t index,
                                            tine_error *error);
/* Runs until nothing is left to claim. Failures are the scan's to tell. */
void tine__runner_run(tine__runner *runner);
/* Takes one that was never opened, or half. */
void tine__runner_close(tine__runner *runner);

#endif
