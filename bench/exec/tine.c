/* Tine as a peer. */
#include "tine_pool.h"

/* ---- fork and join ---- */

typedef struct fib_call {
    unsigned n;
    uint64_t value;
} fib_call;

static void run_fib(void *arg)
{
    fib_call *c = arg;
    if (c->n < 2) {
        c->value = c->n;
        return;
    }
    fib_call left = {.n = c->n - 1}, right = {.n = c->n - 2};
    tine_frame frame;
    tine_fork(&frame, run_fib, &left);
    run_fib(&right);
    tine_join(&frame);
    c->value = left.value + right.value;
}

static uint64_t fib(unsigned n)
{
    fib_call c = {.n = n};
    exec_tine_run(run_fib, &c);
    return c.value;
}

typedef struct siblings_call {
    const exec_tree *tree;
    const exec_node *parent;
    unsigned begin, end; /* of its children */
    uint64_t n_nodes;    /* they and what is below */
} siblings_call;

static void run_siblings(void *arg);

static uint64_t count_below(const exec_tree *tree, const exec_node *node)
{
    siblings_call c = {.tree = tree, .parent = node, .end = node->n_children};
    if (node->n_children)
        run_siblings(&c);
    return 1 + c.n_nodes;
}

static void run_siblings(void *arg)
{
    siblings_call *c = arg;
    if (c->end - c->begin == 1) {
        const exec_node child = exec_tree_child(c->tree, c->parent, c->begin);
        c->n_nodes = count_below(c->tree, &child);
        return;
    }
    const unsigned middle = c->begin + (c->end - c->begin) / 2;
    siblings_call left = {.tree = c->tree, .parent = c->parent, .begin = c->begin, .end = middle};
    siblings_call right = {.tree = c->tree, .parent = c->parent, .begin = middle, .end = c->end};
    tine_frame frame;
    tine_fork(&frame, run_siblings, &left);
    run_siblings(&right);
    tine_join(&frame);
    c->n_nodes = left.n_nodes + right.n_nodes;
}

static uint64_t count_nodes(const exec_tree *tree)
{
    const exec_node root = exec_tree_root(tree);
    siblings_call c = {.tree = tree, .parent = &root, .end = root.n_children};
    exec_tine_run(run_siblings, &c);
    return 1 + c.n_nodes;
}

typedef struct queens_call {
    exec_board board;
    uint64_t n_solutions;
} queens_call;

static void run_queens(void *arg)
{
    queens_call *c = arg;
    const unsigned open = c->board.open, square = open & -open;
    if (!open) {
        c->n_solutions = exec_board_full(&c->board);
        return;
    }
    queens_call next = {.board = exec_board_place(&c->board, square)};
    queens_call rest = {
        .board = {c->board.columns, c->board.rising, c->board.falling, open ^ square}};
    tine_frame frame;
    if (rest.board.open)
        tine_fork(&frame, run_queens, &rest);
    run_queens(&next);
    if (rest.board.open)
        tine_join(&frame);
    c->n_solutions = rest.n_solutions + next.n_solutions;
}

static uint64_t count_queens(const exec_board *board)
{
    queens_call c = {.board = *board};
    exec_tine_run(run_queens, &c);
    return c.n_solutions;
}

/* ---- futures ---- */

static tine_status run_item(void *arg, void *value)
{
    const exec_item *item = arg;
    *(uint64_t *)value = item->body(item->x);
    return TINE_OK;
}

static void gather(exec_item *items, size_t n)
{
    tine_future **futures = exec_room(n * sizeof(tine_future *));
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    tine_error error;
    options.value_size = sizeof(uint64_t);
    for (size_t i = 0; i < n; i++)
        bench_check(tine_submit(exec_tine_pool, run_item, &items[i], &options, &futures[i], &error),
                    &error);
    exec_submitted();
    for (size_t i = 0; i < n; i++) {
        bench_check(tine_future_wait(futures[i], TINE_FOREVER, &error), &error);
        items[i].y = *(const uint64_t *)tine_future_value(futures[i]);
        tine_future_release(futures[i]);
    }
}

/* ---- loops and reductions ---- */

typedef struct loop_call {
    exec_loop_fn body;
    void *ctx;
} loop_call;

static tine_status run_range(size_t begin, size_t end, void *ctx)
{
    const loop_call *c = ctx;
    for (size_t i = begin; i < end; i++)
        c->body(i, c->ctx);
    return TINE_OK;
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
    loop_call c = {body, ctx};
    tine_error error;
    bench_check(tine_parallel_for(exec_tine_pool, 0, n, run_range, &c, NULL, &error), &error);
}

typedef struct vectors {
    const double *x, *y; /* y NULL: the sum of x */
} vectors;

static tine_status fold_vectors(void *state, size_t begin, size_t end, void *ctx)
{
    const vectors *v = ctx;
    *(double *)state += v->y ? exec_dot(v->x + begin, v->y + begin, end - begin)
                             : exec_sum(v->x + begin, end - begin);
    return TINE_OK;
}

static tine_status add(void *state, void *right, void *ctx)
{
    (void)ctx;
    *(double *)state += *(const double *)right;
    return TINE_OK;
}

static double reduce(const double *x, const double *y, size_t n)
{
    vectors v = {x, y};
    const tine_reducer adder = {
        .struct_size = sizeof adder, .size = sizeof(double), .merge = add, .ctx = &v};
    double sum;
    tine_error error;
    bench_check(
        tine_parallel_reduce(exec_tine_pool, 0, n, fold_vectors, &adder, &sum, NULL, &error),
        &error);
    return sum;
}

static double sum(const double *x, size_t n)
{
    return reduce(x, NULL, n);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .many = true,
        .open = exec_tine_open,
        .close = exec_tine_close,
        .fib = fib,
        .count_nodes = count_nodes,
        .count_queens = count_queens,
        .loop = loop,
        .gather = gather,
        .sum = sum,
        .dot = reduce,
        .allocated = exec_tine_allocated,
    };
    return exec_main(argc, argv, &peer);
}
