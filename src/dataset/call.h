/* One call of a terminal: how it runs, the memory it may take, and the types it reads columns as.
 * All memory comes from the budget; what outlives the call is handed over to the keeper. */
#ifndef TINE_DATASET_CALL_H
#define TINE_DATASET_CALL_H
#include "base/budget.h"
#include "dataset/plan.h"
#include "dataset/progress.h"

/* Where a column first held a value that its sample's type does not admit. */
typedef struct tine__witness {
    uint64_t ordinal; /* of the partition; UINT64_MAX: there is none */
    uint64_t line;
} tine__witness;

/* What has been seen of a column, and since when: for each bit of evidence the least partition that
 * showed it, 0 for what the sample did, UINT64_MAX if nothing has. */
typedef struct tine__sightings {
    uint64_t ordinal[TINE__SEEN_BITS];
} tine__sightings;

typedef struct tine__call {
    const tine_dataset *plan;
    tine_run run;
    const tine_allocator *keeper;
    tine__budget budget;
    const tine_allocator *allocator; /* the budget's */
    size_t n_lanes;
    size_t n_groups;  /* in the lanes' tables when a terminal gave up: for the message */
    bool final;       /* the types will not change any more in this call */
    tine_type *types; /* the three of them: by column of the csv */
    tine__sightings *seen;
    tine__witness *witnesses;
    tine__progress progress;
} tine__call;

/* On failure there is nothing to close. */
TINE_MUST_USE tine_status tine__call_open(tine__call *call, const tine_dataset *plan,
                                          const tine_run *run, tine_error *error);
/* Returns `status`; tells TINE_ENOMEM's two causes apart in *error. */
tine_status tine__call_close(tine__call *call, tine_status status, tine_error *error);

/* The column's type may still turn out to be another one before the call ends. */
bool tine__call_may_change(const tine__call *call, size_t column);
/* Takes the types that the evidence of the partitions up to `last` speaks for, which then are
 * final; says whether any has changed. */
bool tine__call_settle(tine__call *call, uint64_t last);

void tine__sightings_init(tine__sightings *seen, tine__evidence evidence);
/* Bits that were not there before were seen in that partition. */
void tine__sightings_add(tine__sightings *seen, tine__evidence fresh, uint64_t ordinal);
void tine__sightings_join(tine__sightings *seen, const tine__sightings *other);

#endif
