/* What the harness alone knows of the bodies: the trees, and what must come out. */
#ifndef EXEC_WORK_H
#define EXEC_WORK_H
#include "exec.h"

struct exec_tree {
    uint64_t seed;
    uint64_t n_nodes;         /* that it has */
    unsigned n_root_children; /* 0: drawn like any other's */
    /* A node above max_depth has k children or more with probability p_more to the k (the geometric
     * law), up to 100; or, where all_or_none is set, so many with probability p_more, else none. */
    double p_more;
    unsigned all_or_none;
    unsigned max_depth;
};

extern const exec_tree exec_tree_t1, exec_tree_t3;

#endif
