// oneTBB as a peer: parallel_invoke for fork and join, a task_group for tasks, the loops as they
// come.
#include "exec.h"
#include <memory>
#include <oneapi/tbb.h>

namespace
{

constexpr size_t stack_size = size_t{8} << 20; // as Tine's

std::unique_ptr<tbb::global_control> limit, stacks;

// The calling thread counts as one.
void open_pool(unsigned n_workers)
{
    using control = tbb::global_control;
    limit = std::make_unique<control>(control::max_allowed_parallelism, n_workers);
    stacks = std::make_unique<control>(control::thread_stack_size, stack_size);
}

void close_pool()
{
    stacks.reset();
    limit.reset();
}

uint64_t fib(unsigned n)
{
    if (n < 2)
        return n;
    uint64_t left, right;
    tbb::parallel_invoke([&] { left = fib(n - 1); }, [&] { right = fib(n - 2); });
    return left + right;
}

uint64_t count_below(const exec_tree *tree, const exec_node &node);

uint64_t count_siblings(const exec_tree *tree, const exec_node &parent, unsigned begin,
                        unsigned end)
{
    if (end - begin == 1)
        return count_below(tree, exec_tree_child(tree, &parent, begin));
    const unsigned middle = begin + (end - begin) / 2;
    uint64_t left, right;
    tbb::parallel_invoke([&] { left = count_siblings(tree, parent, begin, middle); },
                         [&] { right = count_siblings(tree, parent, middle, end); });
    return left + right;
}

uint64_t count_below(const exec_tree *tree, const exec_node &node)
{
    return 1 + (node.n_children ? count_siblings(tree, node, 0, node.n_children) : 0);
}

uint64_t count_nodes(const exec_tree *tree)
{
    return count_below(tree, exec_tree_root(tree));
}

uint64_t count_queens(const exec_board *board)
{
    const unsigned open = board->open, square = open & -open;
    if (!open)
        return exec_board_full(board);
    exec_board rest = *board;
    const exec_board next = exec_board_place(board, square);
    rest.open = open ^ square;
    if (!rest.open)
        return count_queens(&next);
    uint64_t left, right;
    tbb::parallel_invoke([&] { left = count_queens(&rest); }, [&] { right = count_queens(&next); });
    return left + right;
}

void loop(size_t n, exec_loop_fn body, void *ctx)
{
    tbb::parallel_for(size_t{0}, n, [=](size_t i) { body(i, ctx); });
}

void gather(exec_item *items, size_t n)
{
    tbb::task_group group;
    for (exec_item *item = items; item < items + n; item++)
        group.run([item] { item->y = item->body(item->x); });
    exec_submitted();
    group.wait();
}

template <typename Range_sum> double reduce(size_t n, Range_sum range_sum)
{
    return tbb::parallel_reduce(
        tbb::blocked_range<size_t>(0, n), 0.0,
        [=](const tbb::blocked_range<size_t> &range, double sum) {
            return sum + range_sum(range.begin(), range.size());
        },
        std::plus<double>());
}

double sum(const double *x, size_t n)
{
    return reduce(n, [=](size_t begin, size_t size) { return exec_sum(x + begin, size); });
}

double dot(const double *x, const double *y, size_t n)
{
    return reduce(n,
                  [=](size_t begin, size_t size) { return exec_dot(x + begin, y + begin, size); });
}

} // namespace

int main(int argc, char **argv)
{
    exec_peer peer = {};
    peer.many = true;
    peer.open = open_pool;
    peer.close = close_pool;
    peer.fib = fib;
    peer.count_nodes = count_nodes;
    peer.count_queens = count_queens;
    peer.loop = loop;
    peer.gather = gather;
    peer.sum = sum;
    peer.dot = dot;
    return exec_main(argc, argv, &peer);
}
