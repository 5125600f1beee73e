/* No executor at all: what speed-ups are measured by, and what calls into a shared library cost. */
#include "exec.h"

static void open_nothing(unsigned n_workers)
{
    (void)n_workers;
}

static void close_nothing(void)
{
}

typedef struct fib_call {
    unsigned n;
    uint64_t value;
} fib_call;

/* As Tine's, with the fork and join of nobody. */
static void run_fib(void *arg)
{
    fib_call *c = arg;
    if (c->n < 2) {
        c->value = c->n;
        return;
    }
    fib_call left = {.n = c->n - 1}, right = {.n = c->n - 2};
    exec_frame frame;
    exec_fork(&frame, run_fib, &left);
    run_fib(&right);
    exec_join(&frame);
    c->value = left.value + right.value;
}

static uint64_t fib(unsigned n)
{
    fib_call c = {.n = n};
    run_fib(&c);
    return c.value;
}

static uint64_t count_below(const exec_tree *tree, const exec_node *node)
{
    uint64_t n_nodes = 1;
    for (unsigned i = 0; i < node->n_children; i++) {
        const exec_node child = exec_tree_child(tree, node, i);
        n_nodes += count_below(tree, &child);
    }
    return n_nodes;
}

static uint64_t count_nodes(const exec_tree *tree)
{
    const exec_node root = exec_tree_root(tree);
    return count_below(tree, &root);
}

static uint64_t count_queens(const exec_board *board)
{
    uint64_t n_solutions = exec_board_full(board);
    for (unsigned open = board->open; open; open &= open - 1) {
        const exec_board next = exec_board_place(board, open & -open);
        n_solutions += count_queens(&next);
    }
    return n_solutions;
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
    for (size_t i = 0; i < n; i++)
        body(i, ctx);
}

static void gather(exec_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        items[i].y = items[i].body(items[i].x);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .serial = true,
        .open = open_nothing,
        .close = close_nothing,
        .fib = fib,
        .count_nodes = count_nodes,
        .count_queens = count_queens,
        .loop = loop,
        .gather = gather,
    };
    return exec_main(argc, argv, &peer);
}
