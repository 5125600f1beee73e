/* Groups: a hash table from keys to numbers 0, 1, 2, ... in order of arrival, and for each group
 * the place where it was first seen and a row of states.
 *
 * Open addressing with linear probing over slots of 8 bytes: 32 bits of the hash and the group's
 * number. At most half of the slots are taken. Keys lie in an arena. The hash is seeded for each
 * table. */
#ifndef TINE_DATASET_GROUPS_H
#define TINE_DATASET_GROUPS_H
#include "base/arena.h"
#include "dataset/aggs.h"
#include "dataset/keys.h"

typedef struct tine__position { /* of a row among all rows of the input */
    size_t source;
    uint64_t offset;
} tine__position;

typedef struct tine__group {
    const unsigned char *key;
    size_t key_size;
    uint64_t hash;
    tine__position first;
} tine__group;

typedef struct tine__group_slot {
    uint32_t tag;    /* upper half of the hash */
    uint32_t number; /* of the group, from 1; 0: free */
} tine__group_slot;

typedef struct tine__groups {
    const tine__aggs *aggs;
    const tine_allocator *allocator;
    uint64_t seed;
    tine__arena keys;
    tine__group_slot *slots;
    size_t n_slots; /* a power of two, or 0 */
    tine__group *groups;
    size_t n, capacity;
    void *states; /* a row for each group; NULL if there are no aggregates */
    size_t states_capacity;
} tine__groups;

void tine__groups_init(tine__groups *groups, const tine__aggs *aggs, uint64_t seed);
/* Takes one that was never used, or is all zeros. */
void tine__groups_free(tine__groups *groups);

/* The number of the key's group, which is made if it is new. `position` counts if it comes before
 * the group's first place. */
TINE_MUST_USE tine_status tine__groups_find(tine__groups *groups, const unsigned char *key,
                                            size_t key_size, tine__position position,
                                            uint32_t *number_out, tine_error *error);
/* The row of states of a group. */
void *tine__groups_states(const tine__groups *groups, size_t number);

/* For a loop over groups that is at group i: now and then asks whether it should stop. */
TINE_MUST_USE tine_status tine__groups_pause(size_t i, tine_error *error);
/* Takes in another table's groups, whose states are merged into these. */
TINE_MUST_USE tine_status tine__groups_merge(tine__groups *groups, const tine__groups *other,
                                             tine_error *error);
/* Writes the numbers of all groups, in the order of their first places, to `order`. */
void tine__groups_order(const tine__groups *groups, uint32_t *order);

#endif
