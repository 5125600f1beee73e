/* How executors are compared. Each is a program of its own that fills an exec_peer with the few
 * ways there are to give it work and hands that to exec_main; the harness behind exec_main runs the
 * rows, verifies every result and prints samples, so that all are asked the same. The bodies are in
 * the same shared library: one machine code for all, whatever compiled the peer.
 *
 *     PROGRAM                 prints the names of the rows it can run
 *     PROGRAM ROW [ROUNDS]    runs one and prints lines of "measure value"
 *     PROGRAM ROW -           likewise, in lockstep (see harness.c)
 *
 * compare.py runs the programs side by side and makes the tables. */
#ifndef EXEC_H
#define EXEC_H
#include "../base.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ---- bodies ---- */

/* A chain of n dependent multiplications and additions: 1.3 ns each at 3 GHz. */
uint64_t exec_steps(uint64_t n);

/* One of two bodies that must run at once: waits, on its CPU, for the other to have started. */
typedef struct exec_meeting {
    int n_here; /* counted up by each body, atomically; both wait for the second */
} exec_meeting;
void exec_meet(exec_meeting *meeting);

/* An unbalanced tree (see work.c) and one of its nodes. */
typedef struct exec_tree exec_tree;
typedef struct exec_node {
    uint64_t state;
    unsigned depth, n_children;
} exec_node;
exec_node exec_tree_root(const exec_tree *tree);
exec_node exec_tree_child(const exec_tree *tree, const exec_node *parent, unsigned i);

/* Queens on a board, row by row; a set of squares of a row is a set of bits. */
enum { EXEC_QUEENS = 12, EXEC_ALL_SQUARES = (1 << EXEC_QUEENS) - 1 };
typedef struct exec_board {
    unsigned columns, rising, falling; /* squares of this row that earlier queens attack */
    unsigned open;                     /* safe ones that are still to be tried */
} exec_board;

static inline bool exec_board_full(const exec_board *board)
{
    return board->columns == EXEC_ALL_SQUARES;
}

/* The board after a queen on `square`: the next row. */
static inline exec_board exec_board_place(const exec_board *board, unsigned square)
{
    exec_board next;
    next.columns = board->columns | square;
    next.rising = (board->rising | square) << 1;
    next.falling = (board->falling | square) >> 1;
    next.open = EXEC_ALL_SQUARES & ~(next.columns | next.rising | next.falling);
    return next;
}

double exec_sum(const double *x, size_t n);
double exec_dot(const double *x, const double *y, size_t n);

/* Fork and join that do nothing but keep the call until the join: what the calls into a shared
 * library cost an executor before it has done anything. */
typedef struct exec_frame {
    void (*fn)(void *arg);
    void *arg;
} exec_frame;
void exec_fork(exec_frame *frame, void (*fn)(void *arg), void *arg);
void exec_join(exec_frame *frame);

/* ---- a peer ---- */

/* A task: y = body(x). */
typedef struct exec_item {
    uint64_t (*body)(uint64_t x);
    uint64_t x, y;
} exec_item;

typedef void (*exec_loop_fn)(size_t i, void *ctx);

/* What is NULL the peer does not have. All are called outside any task and, but for `gather` where
 * `many` is set, by the main thread. */
typedef struct exec_peer {
    bool serial; /* nothing runs at once: the reference that speed-ups are measured by */
    bool bare;   /* threads without an executor: a floor; gather keeps no task for later */
    bool eager;  /* gather runs tasks at submission when many are waiting */
    bool many;   /* threads may be in gather at once */
    void (*open)(unsigned n_workers); /* before all others; n_workers bodies run at once */
    void (*close)(void);
    uint64_t (*fib)(unsigned n);                          /* a fork for every addition */
    uint64_t (*count_nodes)(const exec_tree *tree);       /* siblings halved down to one child */
    uint64_t (*count_queens)(const exec_board *board);    /* a fork for every square but the last */
    void (*loop)(size_t n, exec_loop_fn body, void *ctx); /* by default settings */
    /* Submits a task for each item, calls exec_submitted, and gathers the results. */
    void (*gather)(exec_item *items, size_t n);
    double (*sum)(const double *x, size_t n);
    double (*dot)(const double *x, const double *y, size_t n);
    uint64_t (*allocated)(void); /* bytes that are allocated now, by an allocator that counts */
} exec_peer;

/* Called between submitting tasks and waiting for them. */
void exec_submitted(void);

/* Whether `allocated` will be asked, known before `open`. */
bool exec_counting(void);

/* `size` bytes that the peer keeps from call to call; one block for each thread. */
void *exec_room(size_t size);

/* For `gather`, of a peer whose loop submits a task for each index and then calls exec_submitted.
 */
void exec_gather_by_loop(exec_item *items, size_t n);

/* For `allocated`: what malloc has handed out, without the room. */
uint64_t exec_malloced(void);

int exec_main(int argc, char **argv, const exec_peer *peer);

#ifdef __cplusplus
}
#endif
#endif
