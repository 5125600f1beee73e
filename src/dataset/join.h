/* Joining the tables of several lanes into one set of groups, in order of first appearance. No
 * state is moved: of the groups with one key the one that appeared first takes in the others'
 * states, and the result says which groups of which tables are left.
 *
 * The groups are split by their hash into parts, which are joined in parallel, each through a small
 * table of its own that is filled in order of appearance. */
#ifndef TINE_DATASET_JOIN_H
#define TINE_DATASET_JOIN_H
#include "dataset/groups.h"

typedef struct tine__group_ref {
    uint32_t table, number;
} tine__group_ref;

typedef struct tine__group_list {
    const tine_allocator *allocator;
    tine__group_ref *refs;
    size_t n, capacity;
} tine__group_list;

/* The tables have one seed and one list of aggregates. Lists the groups that are left; the keys of
 * the others equal none now. Free the list on failure too. */
TINE_MUST_USE tine_status tine__groups_join(const tine__call *call, tine__groups *tables,
                                            size_t n_tables, tine__group_list *list_out,
                                            tine_error *error);
void tine__group_list_free(tine__group_list *list);

#endif
