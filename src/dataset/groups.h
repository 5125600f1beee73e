/* Groups: a hash table from keys to numbers 1, 2, 3, ... in order of arrival, and for each group a
 * row of states. Group 0 is none: no row's key is equal to its key.
 *
 * Open addressing with linear probing; a slot is the number of a group, 0 if it is free. While
 * groups are few, slots have 16 bits and nearly all of them are free, so that the first that a key
 * is looked for in has it; later they have 32 bits, and a quarter of them is taken at most. A block
 * of rows is looked up without a branch that depends on a key; rows that did not find theirs at
 * once are gone through again.
 *
 * Since a lane's rows come in the order of the input, so do the groups of its table. Which
 * partition a group was first seen in says the list of runs: that is all that the order of the
 * groups of several tables depends on. */
#ifndef TINE_DATASET_GROUPS_H
#define TINE_DATASET_GROUPS_H
#include "base/arena.h"
#include "dataset/aggs.h"
#include "dataset/keys.h"
#include "os/growing.h"

/* Groups that were first seen in one partition: from `first` to the first of the run behind. */
typedef struct tine__groups_run {
    uint64_t ordinal; /* of the partition: ascending */
    uint32_t first;
} tine__groups_run;

typedef struct tine__groups {
    const tine__aggs *aggs;
    const tine_allocator *allocator;
    tine__seed seed;
    uint64_t ordinal; /* of the partition that rows come from, set by whoever feeds them */
    bool wide;        /* slots have 32 bits */
    void *slots;
    size_t n_slots; /* a power of two, or 0 */
    size_t n;       /* groups, the one that is none included; 0 before the first */
    tine__key *keys;
    void *states;                /* NULL if there are no aggregates */
    const unsigned char **bytes; /* of long keys, by group; of the first n_bytes */
    size_t n_bytes;
    tine__growing key_room, state_room, byte_room; /* where the three of them are */
    tine__arena arena;                             /* what `bytes` points to */
    tine__groups_run *runs;
    size_t n_runs, runs_capacity;
} tine__groups;

void tine__groups_init(tine__groups *groups, const tine__aggs *aggs, tine__seed seed);
/* Takes one that was never used. */
void tine__groups_free(tine__groups *groups);

/* The numbers of the groups of a block's n keys, in the order of the rows; they are made if they
 * are new. */
TINE_MUST_USE tine_status tine__groups_number(tine__groups *groups, const tine__keys *keys,
                                              size_t n, uint32_t *numbers, tine_error *error);
static inline size_t tine__groups_count(const tine__groups *groups)
{
    return groups->n ? groups->n - 1 : 0;
}

/* The row of states of a group. */
static inline void *tine__groups_states(const tine__groups *groups, size_t number)
{
    return groups->states ? (char *)groups->states + number * groups->aggs->size : NULL;
}

/* What a long key consists of; NULL for a short one. */
static inline const unsigned char *tine__groups_bytes(const tine__groups *groups, size_t number)
{
    return tine__key_is_long(groups->keys[number]) ? groups->bytes[number] : NULL;
}

/* Whether the key, of those bytes if it is long, is that of the group. */
static inline bool tine__groups_are(const tine__groups *groups, size_t number, tine__key key,
                                    const unsigned char *bytes)
{
    return tine__key_equal(groups->keys[number], key) &&
           (!tine__key_is_long(key) || !memcmp(groups->bytes[number], bytes, tine__key_size(key)));
}

#endif
