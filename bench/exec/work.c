/* The bodies.
 *
 * The trees are those of UTS, the unbalanced tree search (Olivier, Huan, Liu, Prins, Dinan,
 * Sadayappan and Tseng 2006): a node is a state of a splittable generator, its number of children
 * is drawn from that state, and only who has visited a node knows what is below. T1 and T3 have the
 * published parameters; instead of SHA-1 a child's state is its parent's and its index mixed by
 * SplitMix64's function (Steele, Lea and Flood 2014), so often that it costs about as much, and the
 * seeds give trees of about the published sizes. */
#include "work.h"

enum { N_MIXES = 16, MAX_CHILDREN = 100 };

uint64_t exec_steps(uint64_t n)
{
    uint64_t x = n;
    for (uint64_t i = 0; i < n; i++)
        x = x * 6364136223846793005 + 1442695040888963407;
    return x;
}

void exec_meet(exec_meeting *meeting)
{
    const double deadline = bench_now() + 20;
    __atomic_fetch_add(&meeting->n_here, 1, __ATOMIC_ACQ_REL);
    for (unsigned n_looks = 1; __atomic_load_n(&meeting->n_here, __ATOMIC_ACQUIRE) < 2; n_looks++) {
        if (n_looks % (1 << 20) == 0 && bench_now() > deadline)
            bench_fail("two bodies do not run at once");
    }
}

/* ---- trees ---- */

/* Geometric, b0 = 4: a mean of 4 is p_more = 4 / 5. SHA-1's has 4130071 nodes. */
const exec_tree exec_tree_t1 = {.seed = 30, .n_nodes = 4259155, .p_more = 0.8, .max_depth = 10};

/* Binomial: b0 = 2000, q = 0.124875, m = 8. SHA-1's has 4112897 nodes, this one 1685 levels. */
const exec_tree exec_tree_t3 = {.seed = 32,
                                .n_nodes = 4083793,
                                .n_root_children = 2000,
                                .p_more = 0.124875,
                                .all_or_none = 8,
                                .max_depth = UINT32_MAX};

static uint64_t mix(uint64_t x)
{
    for (unsigned i = 0; i < N_MIXES; i++) {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        x ^= x >> 31;
    }
    return x;
}

static unsigned draw_children(const exec_tree *tree, const exec_node *node)
{
    const double drawn = (double)(node->state >> 11) * 0x1p-53;
    unsigned n = 0;
    if (node->depth >= tree->max_depth)
        return 0;
    if (tree->all_or_none)
        return drawn < tree->p_more ? tree->all_or_none : 0;
    for (double p = tree->p_more; drawn < p && n < MAX_CHILDREN; p *= tree->p_more)
        n++;
    return n;
}

exec_node exec_tree_root(const exec_tree *tree)
{
    exec_node root = {.state = mix(tree->seed)};
    root.n_children = tree->n_root_children ? tree->n_root_children : draw_children(tree, &root);
    return root;
}

exec_node exec_tree_child(const exec_tree *tree, const exec_node *parent, unsigned i)
{
    exec_node child = {.state = mix(parent->state ^ (i + 1)), .depth = parent->depth + 1};
    child.n_children = draw_children(tree, &child);
    return child;
}

/* ---- memory ---- */

/* Enough sums at once that memory, not addition, is what is waited for. */
enum { N_SUMS = 16 };

static double add_up(const double sums[N_SUMS])
{
    double sum = 0;
    for (size_t k = 0; k < N_SUMS; k++)
        sum += sums[k];
    return sum;
}

double exec_sum(const double *x, size_t n)
{
    double sums[N_SUMS] = {0};
    size_t i = 0;
    for (; i + N_SUMS <= n; i += N_SUMS) {
        for (size_t k = 0; k < N_SUMS; k++)
            sums[k] += x[i + k];
    }
    for (; i < n; i++)
        sums[0] += x[i];
    return add_up(sums);
}

double exec_dot(const double *x, const double *y, size_t n)
{
    double sums[N_SUMS] = {0};
    size_t i = 0;
    for (; i + N_SUMS <= n; i += N_SUMS) {
        for (size_t k = 0; k < N_SUMS; k++)
            sums[k] += x[i + k] * y[i + k];
    }
    for (; i < n; i++)
        sums[0] += x[i] * y[i];
    return add_up(sums);
}

/* ---- fork and join of nobody ---- */

void exec_fork(exec_frame *frame, void (*fn)(void *arg), void *arg)
{
    frame->fn = fn;
    frame->arg = arg;
}

void exec_join(exec_frame *frame)
{
    frame->fn(frame->arg);
}
