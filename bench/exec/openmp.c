/* OpenMP as a peer, built twice: by gcc with libgomp and by clang with libomp. */
#include "exec.h"
#include <omp.h>

static unsigned n_threads; /* of every parallel region */

static void open_team(unsigned n_workers)
{
    n_threads = n_workers;
    omp_set_dynamic(0);
}

static void close_team(void)
{
}

static uint64_t run_fib(unsigned n)
{
    if (n < 2)
        return n;
    uint64_t left, right;
#pragma omp task default(none) shared(left) firstprivate(n)
    left = run_fib(n - 1);
    right = run_fib(n - 2);
#pragma omp taskwait
    return left + right;
}

static uint64_t fib(unsigned n)
{
    uint64_t value = 0;
#pragma omp parallel default(none) shared(value, n) num_threads(n_threads)
#pragma omp single
    value = run_fib(n);
    return value;
}

static uint64_t count_below(const exec_tree *tree, const exec_node *node);

static uint64_t count_siblings(const exec_tree *tree, const exec_node *parent, unsigned begin,
                               unsigned end)
{
    if (end - begin == 1) {
        const exec_node child = exec_tree_child(tree, parent, begin);
        return count_below(tree, &child);
    }
    const unsigned middle = begin + (end - begin) / 2;
    uint64_t left, right;
#pragma omp task default(none) shared(left) firstprivate(tree, parent, begin, middle)
    left = count_siblings(tree, parent, begin, middle);
    right = count_siblings(tree, parent, middle, end);
#pragma omp taskwait
    return left + right;
}

static uint64_t count_below(const exec_tree *tree, const exec_node *node)
{
    return 1 + (node->n_children ? count_siblings(tree, node, 0, node->n_children) : 0);
}

static uint64_t count_nodes(const exec_tree *tree)
{
    const exec_node root = exec_tree_root(tree);
    uint64_t n_nodes = 0;
#pragma omp parallel default(none) shared(n_nodes, tree, root) num_threads(n_threads)
#pragma omp single
    n_nodes = count_below(tree, &root);
    return n_nodes;
}

static uint64_t run_queens(exec_board board)
{
    const unsigned square = board.open & -board.open;
    if (!board.open)
        return exec_board_full(&board);
    const exec_board next = exec_board_place(&board, square);
    board.open ^= square;
    if (!board.open)
        return run_queens(next);
    uint64_t left, right;
#pragma omp task default(none) shared(left) firstprivate(board)
    left = run_queens(board);
    right = run_queens(next);
#pragma omp taskwait
    return left + right;
}

static uint64_t count_queens(const exec_board *board)
{
    uint64_t n_solutions = 0;
#pragma omp parallel default(none) shared(n_solutions, board) num_threads(n_threads)
#pragma omp single
    n_solutions = run_queens(*board);
    return n_solutions;
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
#pragma omp parallel for default(none) shared(n, body, ctx) num_threads(n_threads)
    for (size_t i = 0; i < n; i++)
        body(i, ctx);
}

static void gather(exec_item *items, size_t n)
{
#pragma omp parallel default(none) shared(items, n) num_threads(n_threads)
#pragma omp single
    {
        for (exec_item *item = items; item < items + n; item++) {
#pragma omp task default(none) firstprivate(item)
            item->y = item->body(item->x);
        }
        exec_submitted();
#pragma omp taskwait
    }
}

static double sum(const double *x, size_t n)
{
    double value = 0;
#pragma omp parallel for simd default(none) firstprivate(x, n) reduction(+ : value) \
    num_threads(n_threads)
    for (size_t i = 0; i < n; i++)
        value += x[i];
    return value;
}

static double dot(const double *x, const double *y, size_t n)
{
    double value = 0;
#pragma omp parallel for simd default(none) firstprivate(x, y, n) reduction(+ : value) \
    num_threads(n_threads)
    for (size_t i = 0; i < n; i++)
        value += x[i] * y[i];
    return value;
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .eager = true,
        .open = open_team,
        .close = close_team,
        .fib = fib,
        .count_nodes = count_nodes,
        .count_queens = count_queens,
        .loop = loop,
        .gather = gather,
        .sum = sum,
        .dot = dot,
    };
    return exec_main(argc, argv, &peer);
}
