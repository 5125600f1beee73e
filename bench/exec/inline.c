/* Tine once more as a peer, with the fork and join that are inline and typed. */
#include "tine_pool.h"
#include <tine_fork.h>

/* ---- fib ---- */

TINE_FORK_TASK(uint64_t, fib_at, unsigned)

static uint64_t fib_at(tine_place place, unsigned n)
{
    if (n < 2)
        return n;
    fib_at_frame left;
    fib_at_fork(&place, &left, n - 1);
    const uint64_t right = fib_at(place, n - 2);
    return fib_at_join(&place, &left) + right;
}

typedef struct fib_call {
    unsigned n;
    uint64_t value;
} fib_call;

static void run_fib(void *arg)
{
    fib_call *c = arg;
    c->value = fib_at(tine_place_here(), c->n);
}

static uint64_t fib(unsigned n)
{
    fib_call c = {.n = n};
    exec_tine_run(run_fib, &c);
    return c.value;
}

/* ---- trees ---- */

typedef struct siblings {
    const exec_tree *tree;
    const exec_node *parent;
    unsigned begin, end; /* of its children */
} siblings;

TINE_FORK_TASK(uint64_t, count_siblings, siblings)

static uint64_t count_below(tine_place place, const exec_tree *tree, const exec_node *node)
{
    const siblings all = {.tree = tree, .parent = node, .end = node->n_children};
    return 1 + (node->n_children ? count_siblings(place, all) : 0);
}

static uint64_t count_siblings(tine_place place, siblings s)
{
    if (s.end - s.begin == 1) {
        const exec_node child = exec_tree_child(s.tree, s.parent, s.begin);
        return count_below(place, s.tree, &child);
    }
    const unsigned middle = s.begin + (s.end - s.begin) / 2;
    count_siblings_frame left;
    count_siblings_fork(&place, &left, (siblings){s.tree, s.parent, s.begin, middle});
    const uint64_t right = count_siblings(place, (siblings){s.tree, s.parent, middle, s.end});
    return count_siblings_join(&place, &left) + right;
}

typedef struct tree_call {
    const exec_tree *tree;
    uint64_t n_nodes;
} tree_call;

static void run_tree(void *arg)
{
    tree_call *c = arg;
    const exec_node root = exec_tree_root(c->tree);
    c->n_nodes = count_below(tine_place_here(), c->tree, &root);
}

static uint64_t count_nodes(const exec_tree *tree)
{
    tree_call c = {.tree = tree};
    exec_tine_run(run_tree, &c);
    return c.n_nodes;
}

/* ---- queens ---- */

TINE_FORK_TASK(uint64_t, count_boards, exec_board)

static uint64_t count_boards(tine_place place, exec_board board)
{
    const unsigned square = board.open & -board.open;
    if (!board.open)
        return exec_board_full(&board);
    const exec_board next = exec_board_place(&board, square);
    board.open ^= square;
    if (!board.open)
        return count_boards(place, next);
    count_boards_frame rest;
    count_boards_fork(&place, &rest, board);
    const uint64_t n_solutions = count_boards(place, next);
    return count_boards_join(&place, &rest) + n_solutions;
}

typedef struct queens_call {
    const exec_board *board;
    uint64_t n_solutions;
} queens_call;

static void run_queens(void *arg)
{
    queens_call *c = arg;
    c->n_solutions = count_boards(tine_place_here(), *c->board);
}

static uint64_t count_queens(const exec_board *board)
{
    queens_call c = {.board = board};
    exec_tine_run(run_queens, &c);
    return c.n_solutions;
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .open = exec_tine_open,
        .close = exec_tine_close,
        .fib = fib,
        .count_nodes = count_nodes,
        .count_queens = count_queens,
    };
    return exec_main(argc, argv, &peer);
}
