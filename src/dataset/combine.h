/* Combining the states of partitions, in bounded memory and always in the same tree.
 *
 * The tree of a source is the perfect binary tree over its partitions 0, 1, 2, ...: node (level,
 * index) stands for partitions index * 2^level up to (index + 1) * 2^level. A partition without
 * rows is absent, and so are those behind the last and those that hold nothing but a header; a node
 * with one child that is there is that child, a node with none is absent. Over full partitions that
 * is a binary counter whose remains are merged from the right. The sources' states are merged from
 * the left, at the end.
 *
 * Partitions may end in any order. Two neighbours are merged as soon as both are there, by the lane
 * that brought the second: at any time a source has O(lanes + log partitions) nodes.
 *
 * The state of the very first partition (ordinal 0) is built in the caller's own room, where
 * everything is merged into it from the right, so no state is ever moved. For that it is always
 * there, rows or no rows. */
#ifndef TINE_DATASET_COMBINE_H
#define TINE_DATASET_COMBINE_H
#include "csv/scan.h"
#include "os/thread.h"

typedef struct tine__node {
    struct tine__node *next;
    unsigned level;
    uint64_t index;
    uint64_t ordinal; /* of the leftmost partition that is there: a failed merge is told by it */
    void *state;      /* NULL: absent */
} tine__node;

typedef struct tine__combiner {
    tine_reducer reducer;
    const tine_allocator *allocator;
    void *root;           /* the caller's room */
    tine__mutex mutex;    /* guards what follows while the pass runs */
    tine__node **sources; /* by source: its nodes, none of which is the sibling of another */
    size_t n_sources, capacity;
} tine__combiner;

/* Copies the reducer, and says what is wrong with it. On failure there is nothing to destroy. */
TINE_MUST_USE tine_status tine__combiner_init(tine__combiner *combiner, const tine_reducer *reducer,
                                              void *root, const tine_allocator *allocator,
                                              tine_error *error);

/* A leaf for a partition, with a fresh state if `present`, or if it is the first. */
TINE_MUST_USE tine_status tine__combiner_leaf(tine__combiner *combiner,
                                              const tine__partition *partition, bool present,
                                              tine__node **leaf_out, tine_error *error);
/* Takes the finished leaf, on failure too, and merges what can be. Any lane. */
TINE_MUST_USE tine_status tine__combiner_add(tine__combiner *combiner, size_t source,
                                             tine__node *leaf, tine_error *error);
/* Merges what is left into the root, one thread. */
TINE_MUST_USE tine_status tine__combiner_finish(tine__combiner *combiner, tine_error *error);

/* Destroys the node and its state, the root's too. Takes NULL. */
void tine__combiner_drop(tine__combiner *combiner, tine__node *node);
/* Drops what has not been merged. */
void tine__combiner_destroy(tine__combiner *combiner);

#endif
