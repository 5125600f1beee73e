/* Lace as a peer (van Dijk and van de Pol 2014), from sources that one has fetched oneself.
 *
 * Its tasks are submitted by its workers alone: what gathers them is a task itself. It has no loops
 * and no reductions: both are halved by hand, down to an element or to a block of doubles. A task
 * can be stolen when a thief has asked and its owner then forks or joins; where bodies may need one
 * another they are all made public at once. From start to stop its workers look for work without a
 * pause, as they do if one does not suspend and resume them oneself. */
#include "exec.h"
#include <lace.h>

/* Tasks that a worker can have spawned and not yet synchronised, 64 bytes each; touched when used.
 */
enum { DEQUE_SIZE = 1 << 22 };

static void open_workers(unsigned n_workers)
{
    lace_start(n_workers, DEQUE_SIZE);
}

static void close_workers(void)
{
    lace_stop();
}

/* ---- fork and join ---- */

TASK_1(uint64_t, fib_task, unsigned, n)
{
    if (n < 2)
        return n;
    SPAWN(fib_task, n - 1);
    const uint64_t right = CALL(fib_task, n - 2);
    return SYNC(fib_task) + right;
}

static uint64_t fib(unsigned n)
{
    return RUN(fib_task, n);
}

/* Of the children begin ... end - 1, they and what is below. */
TASK_4(uint64_t, siblings_task, const exec_tree *, tree, const exec_node *, parent, unsigned, begin,
       unsigned, end)
{
    if (end - begin == 1) {
        const exec_node child = exec_tree_child(tree, parent, begin);
        return 1 + (child.n_children ? CALL(siblings_task, tree, &child, 0, child.n_children) : 0);
    }
    const unsigned middle = begin + (end - begin) / 2;
    SPAWN(siblings_task, tree, parent, begin, middle);
    const uint64_t right = CALL(siblings_task, tree, parent, middle, end);
    return SYNC(siblings_task) + right;
}

static uint64_t count_nodes(const exec_tree *tree)
{
    const exec_node root = exec_tree_root(tree);
    return 1 + RUN(siblings_task, tree, &root, 0, root.n_children);
}

TASK_1(uint64_t, queens_task, exec_board, board)
{
    const unsigned square = board.open & -board.open;
    if (!board.open)
        return exec_board_full(&board);
    const exec_board next = exec_board_place(&board, square);
    board.open ^= square;
    if (!board.open)
        return CALL(queens_task, next);
    SPAWN(queens_task, board);
    const uint64_t right = CALL(queens_task, next);
    return SYNC(queens_task) + right;
}

static uint64_t count_queens(const exec_board *board)
{
    return RUN(queens_task, *board);
}

/* ---- loops and tasks ---- */

VOID_TASK_4(loop_task, size_t, begin, size_t, end, exec_loop_fn, body, void *, ctx)
{
    if (end - begin == 1) {
        body(begin, ctx);
        return;
    }
    const size_t middle = begin + (end - begin) / 2;
    SPAWN(loop_task, middle, end, body, ctx);
    LACE_MAKE_ALL_SHARED();
    CALL(loop_task, begin, middle, body, ctx);
    SYNC(loop_task);
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
    RUN(loop_task, 0, n, body, ctx);
}

VOID_TASK_1(item_task, exec_item *, item)
{
    item->y = item->body(item->x);
}

VOID_TASK_2(gather_task, exec_item *, items, size_t, n)
{
    for (size_t i = 0; i < n; i++)
        SPAWN(item_task, &items[i]);
    LACE_MAKE_ALL_SHARED();
    exec_submitted();
    for (size_t i = 0; i < n; i++)
        SYNC(item_task);
}

static void gather(exec_item *items, size_t n)
{
    if (n >= DEQUE_SIZE)
        bench_fail("more tasks than Lace's deque is opened for");
    RUN(gather_task, items, n);
}

/* ---- sums ---- */

enum { BLOCK = 1 << 16 };

TASK_3(double, sum_task, const double *, x, const double *, y, size_t, n)
{
    if (n <= BLOCK)
        return y ? exec_dot(x, y, n) : exec_sum(x, n);
    const size_t half = n / 2;
    SPAWN(sum_task, x + half, y ? y + half : NULL, n - half);
    const double left = CALL(sum_task, x, y, half);
    return left + SYNC(sum_task);
}

static double dot(const double *x, const double *y, size_t n)
{
    return RUN(sum_task, x, y, n);
}

static double sum(const double *x, size_t n)
{
    return dot(x, NULL, n);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .open = open_workers,
        .close = close_workers,
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
