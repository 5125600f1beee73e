/* One pass over a plan's rows: lanes on a pool, each claiming partitions and sending their batches
 * through the filters to the terminal. settle.c says how many passes a terminal takes. */
#ifndef TINE_DATASET_PASS_H
#define TINE_DATASET_PASS_H
#include "dataset/call.h"
#include "table/batch.h"

/* The windows of text that batches are cut by. What a callback sees depends on it: never to be
 * changed. Small enough for a batch to stay in a core's own cache. */
#define TINE__BATCH_BYTES 65536

/* A batch on its way to a terminal. */
typedef struct tine__piece {
    const tine_batch *batch;
    const tine__partition *partition;
    const tine__lane *lane;
    const uint32_t *selection; /* the batch's rows among the lane's; NULL: all of them */
} tine__piece;

/* What a terminal does. ctx holds a state per lane, and nothing but these functions touches it
 * while a pass runs: batch and partition_end with the number of their lane, which runs one at a
 * time. */
typedef struct tine__terminal {
    void *ctx;
    size_t batch_bytes;    /* see tine__scan_options */
    size_t n_columns;      /* of the batches it wants */
    const size_t *columns; /* by index in the csv; one may be there twice */
    /* Readies it for a pass with the call's types, forgetting an earlier one. TINE_END: not with
     * these types, but perhaps with others. May be NULL. */
    tine_status (*begin)(void *ctx, tine__call *call, tine_error *error);
    tine_status (*batch)(void *ctx, size_t lane, const tine__piece *piece, tine_error *error);
    /* Behind the last batch of a partition, empty ones included. May be NULL. */
    tine_status (*partition_end)(void *ctx, size_t lane, const tine__partition *partition,
                                 tine_error *error);
} tine__terminal;

typedef enum tine__pass_kind {
    TINE__PASS_PLAIN,    /* a value that does not fit its column's type is an error */
    TINE__PASS_GATHER,   /* the same, but an unsettled column that does not fit puts the pass in
                            doubt; evidence is gathered from all rows */
    TINE__PASS_EVIDENCE, /* gathers evidence and does nothing else */
    TINE__PASS_CHECK,    /* looks for failures: as PLAIN, but the terminal gets nothing */
} tine__pass_kind;

/* The least partition in which the pass failed, and in which it learnt that a type it went by is
 * wrong: from there on it only gathers evidence. UINT64_MAX: none. */
typedef struct tine__outcome {
    uint64_t failed_at, wrong_at;
} tine__outcome;

TINE_MUST_USE tine_status tine__pass_run(tine__call *call, const tine__terminal *terminal,
                                         tine__pass_kind kind, tine__outcome *outcome_out,
                                         tine_error *error);

#endif
