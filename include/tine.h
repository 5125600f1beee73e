/* Tine: parallel data processing for C.
 *
 * What it is
 *   Pools of workers with futures, parallel loops, maps and reductions and fork/join; and, on top
 *   of them, datasets: CSV of any size read in parallel, filtered, reduced, grouped and collected.
 *   Every result is a function of its input and options: never of the number of workers, of
 *   scheduling or of how a file was cut. Sums and moments of doubles are exact.
 *
 * A program (examples/quickstart.c)
 *
 *     #include <stdio.h>
 *     #include <tine.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *         tine_error error = {0};
 *         tine_pool *pool = NULL;
 *         tine_dataset *data = NULL;
 *         tine_table *table = NULL;
 *         tine_run run = TINE_RUN_INIT;
 *         tine_status status = tine_pool_open(NULL, &pool, &error);
 *         run.pool = pool;
 *         if (!status)
 *             status = tine_csv_open_file(argc > 1 ? argv[1] : "data.csv", NULL, &data, &error);
 *         if (!status)
 *             status = tine_dataset_describe(data, &run, &table, &error);
 *         if (status)
 *             fprintf(stderr, "%s\n", error.message);
 *         else
 *             printf("%zu columns described\n", tine_table_rows(table));
 *         tine_table_release(table);
 *         tine_dataset_release(data);
 *         tine_pool_close(&pool);
 *         return status ? 1 : 0;
 *     }
 *
 * Rules that hold everywhere, said once
 *   Status    A function that can fail returns a tine_status, which must be used, and takes a
 *             tine_error * last, which may be NULL. On failure the record is filled whole and the
 *             results are untouched, or NULL where they are handles; on success the record is not
 *             written. Any function may return TINE_ENOMEM, and TINE_EINVAL for a NULL where none
 *             is allowed; the lists below leave these two out where they mean nothing particular.
 *   Ownership A pointer that goes in is borrowed for the call unless its description says "copied",
 *             "retained" or "kept until". What comes out through an x_out belongs to the caller.
 *             What holds system resources is opened and closed (close takes the address and sets it
 *             to NULL); what is counted is retained and released. Close and release take NULL.
 *             Functions without a status want handles that are not NULL.
 *   Threads   A handle may be used by several threads at once unless its description says
 *             otherwise; closing, or releasing the last reference, must come after every other use.
 *   Options   A struct of options starts with its size: use its _INIT, or set struct_size and zero
 *             the rest. Zero means the default. Fields are only ever added at the end. NULL for the
 *             whole struct is all defaults.
 *   Callbacks Return TINE_OK or a failure: a positive status of their own passes through untouched.
 *             tine_fail gives a failure its message. A callback runs with the default
 *             floating-point environment, and restores it before it calls Tine or returns. "Body"
 *             is a callback that a pool runs: a task, or a piece of a loop, map, fold or for_each.
 *   Errors    Where several parts of one call fail, the one that comes first in the input (lowest
 *             byte, index or submission number) is the one reported; it cancels only what comes
 *             after it, so callbacks may have seen later elements.
 *   Time      Timeouts are in nanoseconds; TINE_FOREVER waits without limit and 0 asks without
 *             waiting. In options, 0 means no limit.
 *   Waiting   A wait with TINE_FOREVER runs the task it waits for in the waiting thread if nobody
 *             has started it, and never runs an unrelated one: a lock may be held across a wait. A
 *             bounded wait starts nothing: bodies that poll on every worker of a pool wait for ever
 *             for a task that waits for one of these workers.
 *   Units     Sizes are bytes, lengths are rows, offsets count from 0, lines, records and columns
 *             in errors from 1.
 */
#ifndef TINE_H
#define TINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- version --------------------------------------------------------------------------------- */

#define TINE_VERSION_MAJOR 0
#define TINE_VERSION_MINOR 1
#define TINE_VERSION_PATCH 0
/* The version that was compiled against; tine_version_number() is the one that is linked. */
#define TINE_VERSION_NUMBER                                                                        \
    (10000 * TINE_VERSION_MAJOR + 100 * TINE_VERSION_MINOR + TINE_VERSION_PATCH)

#if defined __GNUC__ || defined __clang__
#define TINE_API __attribute__((visibility("default")))
#define TINE_MUST_USE __attribute__((warn_unused_result))
#define TINE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TINE_API
#define TINE_MUST_USE
#define TINE_PRINTF(f, a)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* Returns the version of the linked library: "0.1.0", static. */
TINE_API const char *tine_version(void);

/* Returns it as a number that can be compared with TINE_VERSION_NUMBER. */
TINE_API int tine_version_number(void);

/* ---- status and errors ----------------------------------------------------------------------- */

/* 0 is success, negative is the library's, positive is a callback's own and passes through. */
typedef int tine_status;
enum {
    TINE_OK = 0,
    TINE_END = -1,       /* an iterator is exhausted */
    TINE_ENOMEM = -2,    /* an allocation failed, or the memory limit is reached */
    TINE_EINVAL = -3,    /* a misuse by the caller; the message says which */
    TINE_EIO = -4,       /* a system call failed: sys_errno says how */
    TINE_EFORMAT = -5,   /* the input is malformed: an unclosed quote, a ragged row, not UTF-8 */
    TINE_ETYPE = -6,     /* a value does not fit its column's type */
    TINE_ELIMIT = -7,    /* a stated limit was passed: the size of a row, the range of a sum */
    TINE_ECANCELED = -8, /* the scope, the task or the pool was cancelled */
    TINE_ETIMEDOUT = -9, /* a deadline passed */
    TINE_EWORKER = -10,  /* a worker process died: sys_errno holds the signal */
    TINE_ECHANGED = -11, /* a source changed or shrank while it was read */
    TINE_ENOTSUP = -12   /* this build of the library does not have that feature */
};

/* What went wrong, and where. Owned by the caller; plain data, may be copied and kept. */
typedef struct tine_error {
    tine_status status;
    int sys_errno;        /* TINE_EIO: the errno; TINE_EWORKER: the signal; else 0 */
    int64_t index;        /* the element, task or partition that failed, from 0; -1: none */
    uint64_t byte_offset; /* from 0, in the decompressed source */
    uint64_t line;        /* physical line, from 1; 0: the error has no place in an input */
    uint64_t record;      /* from 1, the header not counted; 0: none (the header is one) */
    uint64_t column;      /* field, from 1; 0: none */
    char source[256];     /* the name of the source; a longer one is cut in front */
    char message[512];    /* one line: what, where, the offending bytes (escaped), what to do */
    uint64_t reserved[8]; /* zero */
} tine_error;

/* Gives a callback's failure its message: `return tine_fail(MY_STATUS, -1, "...")`.
 *
 * Fills the record that the caller of the verb will get; the last call before the callback returns
 * counts. Outside a callback it does nothing but return `status`.
 * @param index the element the failure is about, or -1 to keep the one the library knows
 * @return status
 * @threads the one that runs the callback */
TINE_API tine_status tine_fail(tine_status status, int64_t index, const char *format, ...)
    TINE_PRINTF(3, 4);

/* Returns a status's name, "TINE_EFORMAT"; static, never NULL. */
TINE_API const char *tine_status_name(tine_status status);

/* ---- memory ---------------------------------------------------------------------------------- */

/* Where a handle takes its memory from. The functions may be called by any thread, several at once.
 * Sizes are never 0, alignments are powers of two, and a block is freed with the size and alignment
 * it was asked for. Kept (by copy; ctx by reference) until every handle that was opened with it,
 * and everything got from those handles, is gone. This struct is frozen. */
typedef struct tine_allocator {
    void *(*alloc)(void *ctx, size_t size, size_t alignment); /* NULL: no memory */
    void *(*realloc)(void *ctx, void *p, size_t old_size, size_t new_size, size_t alignment);
    void (*free)(void *ctx, void *p, size_t size, size_t alignment);
    void *ctx;
} tine_allocator;

/* ---- progress -------------------------------------------------------------------------------- */

/* How far a long call has come. Borrowed for the callback. */
typedef struct tine_progress {
    size_t struct_size;
    uint64_t n_done, n_total; /* elements; for datasets bytes of input. n_total 0: not known */
    uint64_t n_rows;          /* datasets: records read so far */
    double seconds;           /* since the call began */
    double seconds_left;      /* an estimate; negative: none */
} tine_progress;

/* Called by one thread at a time, at most ten times a second and once at the end, from whatever
 * thread has just finished a piece. It should be quick. */
typedef void (*tine_progress_fn)(const tine_progress *progress, void *ctx);

/* For every timeout argument: wait without limit. */
#define TINE_FOREVER INT64_MAX

/* For tine_task_options.submit_timeout_ns, where 0 has another meaning: do not wait. */
#define TINE_NO_WAIT ((int64_t)-1)

/* ---- pools ----------------------------------------------------------------------------------- */

/* Workers that run bodies. Wherever a pool is taken, NULL means "here and now, in the calling
 * thread", with the same results. There is no hidden global pool. */
typedef struct tine_pool tine_pool;
typedef struct tine_scope tine_scope;
typedef struct tine_future tine_future;

/* Where bodies run.
 *
 * A worker process is a copy of the program as it was when the pool was opened, so open such pools
 * first. What a task may touch there:
 *   - functions: all that the program had then, by their pointers; one from a library that was
 *     loaded later is TINE_EINVAL
 *   - its argument, value, element, state and ctx, which are copies or in shared memory
 *     (tine_shared_alloc). Of a ctx each verb makes one copy for all workers; what they write there
 *     does not come back. A pointer inside any of these leads to the worker's own memory
 *   - globals, statics, environment and heap: as they were then. What the program changes later is
 *     not seen, and what tasks change is seen by later tasks of the same worker alone. malloc and
 *     stdio work, whatever other threads of the program were doing
 *   - locks: only those that no other thread held then
 *   - threads: the program's are not there, and so none of its pools of threads. A task may start
 *     threads, and open pools of its own. The pool that it runs on is to it what NULL is
 *   - descriptors: standard input, output and error; all others are closed. What a task opens stays
 *     open in its worker. Standard output is flushed when the worker ends
 *   - signals: the program's dispositions, and the mask of the thread that opened the pool. Each
 *     worker leads a process group of its own: keys typed at a terminal do not reach it
 *   - processes: what a task forks ends with the worker, and may not return from the task
 * A task that dies of a signal, or exits, is TINE_EWORKER; one that is killed for its timeout_ns is
 * TINE_ETIMEDOUT. Either may be retried, so it should do no harm to begin a task twice. Core dumps
 * are the program's setting.
 *
 * The program's own children, its SIGCHLD and its wait() have nothing to do with the workers, which
 * end with it however it ends. Needs Linux. */
typedef enum tine_pool_kind {
    TINE_THREADS = 0,
    TINE_PROCESSES
} tine_pool_kind;

typedef struct tine_pool_options {
    size_t struct_size;
    tine_pool_kind kind;
    unsigned n_workers; /* bodies that run at once; 0: as many as there are CPUs this process may
                            use (affinity, cgroup quota). A waiter who runs what it waits for
                            comes on top */
    const char *name;   /* copied; its first 9 bytes are the prefix of the threads' names; NULL:
                            "tine" */
    size_t stack_size;  /* bytes of a worker's stack; 0: 8 MiB */
    tine_status (*on_start)(unsigned worker, void *ctx); /* on each worker before its first body; a
                                                            failure fails tine_pool_open */
    void (*on_stop)(unsigned worker, void *ctx);         /* on each worker that has started, last */
    void *ctx;                                           /* for the hooks; kept until close */
    const tine_allocator *allocator;                     /* copied; NULL: malloc */
    unsigned max_tasks_per_worker; /* processes: replace a worker after so many tasks, or elements
                                      of loops; 0: never */
    size_t worker_memory_limit;    /* processes: bytes of address space beyond what a worker has at
                                      its start; 0: no limit */
    size_t queue_limit; /* tasks that wait for a worker, at most: tine_submit then waits for room,
                           see submit_timeout_ns; 0: no limit */
} tine_pool_options;
#define TINE_POOL_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(tine_pool_options), TINE_THREADS, 0, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, 0       \
    }

/* Opens a pool and starts its workers.
 *
 * Idle workers sleep and cost nothing. Several pools may be open at once and share nothing.
 * @param options NULL: all defaults
 * @param pool_out the pool; close with tine_pool_close
 * @return TINE_OK; TINE_EIO if a thread or process cannot be started (all that was started is ended
 *         again); on_start's own failure; TINE_EWORKER if a process dies at its start;
 *         TINE_ENOTSUP for TINE_PROCESSES where there are none; TINE_EINVAL; TINE_ENOMEM
 * @threads any; waits for the workers to start */
TINE_API TINE_MUST_USE tine_status tine_pool_open(const tine_pool_options *options,
                                                  tine_pool **pool_out, tine_error *error);

/* Runs all that was submitted, ends the workers and frees the pool; *pool becomes NULL.
 *
 * Futures stay valid until they are released. To drop what waits instead: tine_pool_cancel first.
 * @return TINE_OK; TINE_EINVAL inside a body of this pool, which then stays open
 * @threads one; no other thread may use the pool any more. Blocks */
TINE_API tine_status tine_pool_close(tine_pool **pool);

/* Ends every task that has not started as TINE_ECANCELED (one that waits for another task: when
 * that has ended), and makes tine_stopping() true in the bodies that run now, loops that they run
 * on other pools included. What is submitted later runs as ever.
 * @threads any; does not wait */
TINE_API void tine_pool_cancel(tine_pool *pool);

/* Returns the number of workers; 1 for NULL. */
TINE_API unsigned tine_pool_workers(const tine_pool *pool);

/* Returns the number of places that bodies can run in: the workers and, behind them, the outside
 * threads that run bodies while they wait. It is the size for per-worker state. 1 for NULL. */
TINE_API unsigned tine_pool_slots(const tine_pool *pool);

/* Returns the place of the running body, 0 ... tine_pool_slots(pool) - 1: no other body that runs
 * at the same time on that pool has it, except those that this one waits for. 0 outside a body. */
TINE_API unsigned tine_worker_index(void);

/* Returns whether the running body should give up: its scope, task or pool was cancelled, or its
 * time is over. False outside a body. Cheap enough for inner loops of microseconds. */
TINE_API bool tine_stopping(void);

/* Allocates memory that the bodies of the pool and the program share, whatever kind of pool it is.
 *
 * Between processes, that is what makes an array's way to a task free of copies: a map takes it as
 * in and out, a task as its argument (with an arg_size of 0), and a callback as its ctx (with a
 * ctx_size of 0). It is at the same address in all of them. Pages are taken when they are first
 * touched. Nothing but the end of a task or verb orders what one of them writes before what another
 * one reads: use C11 atomics inside.
 * @param pool who will use it; NULL: the calling thread
 * @param size bytes, not 0
 * @param memory_out aligned to 64 bytes; its content is not defined. Free with tine_shared_free; of
 *        a pool of processes it is gone at the latest when that is closed
 * @return TINE_OK; TINE_EINVAL; TINE_ENOMEM
 * @threads any of the program, not tasks in worker processes; does not wait */
TINE_API TINE_MUST_USE tine_status tine_shared_alloc(tine_pool *pool, size_t size,
                                                     void **memory_out, tine_error *error);

/* Frees it; NULL is allowed. With the same pool, which is still open, and while no task uses it. */
TINE_API void tine_shared_free(tine_pool *pool, void *memory);

/* ---- scopes: task group, cancellation, deadline ---------------------------------------------- */

/* Opens a scope: what is started in it can be cancelled, timed out and waited for together.
 *
 * Scopes form a tree: cancelling or timing out one reaches those below. Inside a body, a scope
 * opened with parent NULL is a child of the body's own, and so is whatever the body starts without
 * naming a scope. The first failure of a task in the scope (lowest submission number) cancels what
 * was submitted after it; what is submitted later still is refused as TINE_ECANCELED.
 * @param parent kept until the child is closed; NULL: the body's scope, outside a body none
 * @param scope_out close with tine_scope_close */
TINE_API TINE_MUST_USE tine_status tine_scope_open(tine_scope *parent, tine_scope **scope_out,
                                                   tine_error *error);

/* Cancels what is in the scope: what has not started ends as TINE_ECANCELED, running bodies see
 * tine_stopping(), running verbs return TINE_ECANCELED. What is started in it later ends so at
 * once. Tasks of the scopes below end when they are taken up.
 * @threads any; does not wait */
TINE_API void tine_scope_cancel(tine_scope *scope);

/* Sets the scope's deadline to `timeout_ns` from now: then what is in it ends as TINE_ETIMEDOUT,
 * like a cancellation. TINE_FOREVER takes the deadline away. An earlier one of a parent, or of the
 * task that opened the scope, holds too.
 * @threads any */
TINE_API void tine_scope_set_timeout(tine_scope *scope, int64_t timeout_ns);

/* Waits until everything in the scope has ended, running what nobody has started.
 * @return TINE_OK if all succeeded; else the failure of the lowest submission number, cancellations
 *         that follow from it not counted, nor tasks that tine_future_cancel has ended:
 *         error->index is that number, from 0, unless the body named another. TINE_ECANCELED if
 *         there is none and the scope was cancelled. TINE_EINVAL inside a body of the scope or of
 *         one below: it would wait for itself
 * @threads any outside the scope's own bodies. Blocks */
TINE_API TINE_MUST_USE tine_status tine_scope_wait(tine_scope *scope, tine_error *error);

/* Cancels what is left, waits for it, frees the scope; *scope becomes NULL. Inside a body of the
 * scope it does nothing. */
TINE_API void tine_scope_close(tine_scope **scope);

/* ---- futures --------------------------------------------------------------------------------- */

/* A task. `value` is value_size zeroed bytes inside its future, NULL if that is 0. */
typedef tine_status (*tine_task_fn)(void *arg, void *value);
/* A continuation: `done` is its predecessor, ended, borrowed for the call. */
typedef tine_status (*tine_then_fn)(const tine_future *done, void *arg, void *value);

typedef struct tine_task_options {
    size_t struct_size;
    tine_scope *scope;  /* NULL: the running body's, outside a body none */
    size_t arg_size;    /* > 0: so many bytes of arg are copied at once; 0: arg is borrowed
                               until the task has ended (threads, and shared memory) */
    size_t value_size;  /* bytes of the value */
    size_t value_align; /* its alignment, a power of two up to 4096; 0: that of any C object */
    int64_t timeout_ns; /* from the task's start: then its body sees tine_stopping(), and if
                               it returns a failure that is TINE_ETIMEDOUT; a process is
                               killed then; 0: no limit */
    unsigned n_retries; /* processes: after a death or a timeout, 1, 2, 4, ... ms later */
    void (*arg_free)(void *arg);     /* called exactly once when the task ran, failed, was cancelled
                                        or dropped, with the arg the task had (the copy, if copied);
                                        also if tine_submit fails (unless struct_size is 0) */
    void (*value_free)(void *value); /* called once, at the future's end, if the task succeeded */
    int64_t submit_timeout_ns;       /* how long to wait for room in the queue of a pool that has a
                                        queue_limit; 0: without limit; TINE_NO_WAIT: not at all */
} tine_task_options;
#define TINE_TASK_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(tine_task_options), NULL, 0, 0, 0, 0, 0, NULL, NULL, 0                              \
    }

/* Submits a task.
 *
 * It runs as soon as a worker is free, in order of submission as far as that can be said; with a
 * NULL pool it has run when the call returns. Cost: some tens of nanoseconds and 64 bytes, in which
 * there is room for a value of 16. A larger value, a copied argument, a scope, a timeout or a
 * function that frees are an allocation more.
 *
 * If the pool has a queue_limit and so many tasks wait, the call waits for room, and a
 * cancellation or the deadline of the scope ends that; not so in a body of the same pool, which may
 * pass the limit, since it could wait for itself.
 * @param arg see arg_size
 * @param options NULL: all defaults
 * @param future_out release with tine_future_release; NULL: nobody waits for it (its failure is
 *        then seen through its scope alone)
 * @return TINE_OK: the task will end, one way or another; TINE_ECANCELED or TINE_ETIMEDOUT if the
 *         scope is over; TINE_ETIMEDOUT if there was no room in time; TINE_EINVAL; TINE_ENOMEM
 * @threads any, bodies included; does not wait, but for room */
TINE_API TINE_MUST_USE tine_status tine_submit(tine_pool *pool, tine_task_fn fn, void *arg,
                                               const tine_task_options *options,
                                               tine_future **future_out, tine_error *error);

/* Submits n tasks that differ in their argument alone, for less than n calls would cost.
 *
 * It is no transaction: each task may run before the next is submitted.
 * @param args task i gets (char *)args + i * arg_stride, see arg_size; with a stride of 0 all get
 *        args, and arg_free gets it n times
 * @param options for each of them
 * @param futures_out room for n; each as future_out; NULL: nobody waits for them
 * @return TINE_OK: all n are submitted; else as tine_submit, with error->index the first that is
 *         not: from there on the futures are NULL, and arg_free has been called; those before stay
 *         submitted
 * @threads as tine_submit */
TINE_API TINE_MUST_USE tine_status tine_submit_many(tine_pool *pool, tine_task_fn fn, void *args,
                                                    size_t arg_stride, size_t n,
                                                    const tine_task_options *options,
                                                    tine_future **futures_out, tine_error *error);

/* Waits for a future.
 *
 * With TINE_FOREVER the waiting thread runs the awaited task (or the predecessor it hangs on)
 * itself if nobody has started it; a bounded wait never does, since it must end in time.
 * @return the task's own status, with its record, whose index is what the body named, else the
 *         task's number in its scope, else -1; TINE_ETIMEDOUT if the time is over first (the task
 *         goes on): tine_future_done tells the two apart; TINE_EINVAL for the task that waits, or
 *         one that it is a part of, and with TINE_FOREVER for what follows such a one
 * @threads any, bodies included. Blocks */
TINE_API TINE_MUST_USE tine_status tine_future_wait(tine_future *future, int64_t timeout_ns,
                                                    tine_error *error);

/* Returns whether the task has ended, whatever its status. Does not wait. */
TINE_API bool tine_future_done(const tine_future *future);

/* Returns the task's status once it is done; TINE_END while it is not. */
TINE_API tine_status tine_future_status(const tine_future *future);

/* Returns the task's value; NULL unless it is done and TINE_OK. Borrowed from the future. */
TINE_API const void *tine_future_value(const tine_future *future);

/* Cancels a task. One that has not started ends as TINE_ECANCELED; a running one sees
 * tine_stopping().
 * @return true: the body will not run; false: it runs now, or it has ended
 * @threads any; does not wait */
TINE_API bool tine_future_cancel(tine_future *future);

/* Makes a task run when another is done, whatever the status of that one.
 * @param pool where; NULL: in the thread that ends the predecessor, or at once in this one if it
 *        has ended. Not a pool of processes
 * @param next_out the new task's future; NULL: nobody waits
 * @return as tine_submit
 * @threads any; does not wait (but may run fn: see pool) */
TINE_API TINE_MUST_USE tine_status tine_future_then(tine_future *future, tine_pool *pool,
                                                    tine_then_fn fn, void *arg,
                                                    const tine_task_options *options,
                                                    tine_future **next_out, tine_error *error);

/* Adds a reference; returns the future. */
TINE_API tine_future *tine_future_retain(tine_future *future);

/* Drops a reference. A task whose future is gone runs all the same. */
TINE_API void tine_future_release(tine_future *future);

/* Waits for all of n futures, like n waits with one deadline.
 * @return TINE_OK if all succeeded; TINE_ETIMEDOUT if the time is over before all are done; else
 *         the failure of the lowest index, error->index set to it */
TINE_API TINE_MUST_USE tine_status tine_wait_all(tine_future *const *futures, size_t n,
                                                 int64_t timeout_ns, tine_error *error);

/* Waits until one of n futures is done.
 * @param index_out which: of those that are done, the lowest
 * @return TINE_OK: one is done, whatever its status; TINE_ETIMEDOUT; TINE_EINVAL if n is 0 */
TINE_API TINE_MUST_USE tine_status tine_wait_any(tine_future *const *futures, size_t n,
                                                 int64_t timeout_ns, size_t *index_out,
                                                 tine_error *error);

/* Futures in the order in which they end. One thread at a time uses it. */
typedef struct tine_completed tine_completed;

/* Begins to follow n futures; O(n).
 * @param futures retained until the close
 * @param completed_out close with tine_completed_close
 * @return TINE_OK; TINE_EINVAL for the task that asks, one that it is a part of, or what follows
 *         such a one; TINE_ENOMEM
 * @threads any, bodies included; does not wait */
TINE_API TINE_MUST_USE tine_status tine_as_completed(tine_future *const *futures, size_t n,
                                                     tine_completed **completed_out,
                                                     tine_error *error);

/* Waits for the next one to end; O(1).
 *
 * With TINE_FOREVER the waiting thread runs one itself, if none has ended and one has not started.
 * @param index_out which; those that had ended at the beginning come first, by index
 * @return TINE_OK: it has ended, whatever its status; TINE_END: that was all; TINE_ETIMEDOUT
 * @threads any, bodies included. Blocks */
TINE_API TINE_MUST_USE tine_status tine_completed_next(tine_completed *completed,
                                                       int64_t timeout_ns, size_t *index_out,
                                                       tine_error *error);

/* Ends the iteration, finished or not; *completed becomes NULL. The tasks go on. */
TINE_API void tine_completed_close(tine_completed **completed);

/* ---- asynchronous input and output ----------------------------------------------------------- */

/* A loop: one thread that carries operations to their end while nobody waits, ten thousand of them
 * as well as one. Each is a future like any other: to be waited for, followed by a task, put into a
 * scope, cancelled.
 *
 * What a call is lent (buffers, contexts, descriptors) it keeps until the future has ended, and not
 * a moment longer, however it ends. A cancelled operation ends at once, as far as a buffer is not
 * being filled at that very moment, which does not take long; a write may have written a part.
 *
 * A continuation without a pool runs in the loop's thread. It should be quick, and cannot wait for
 * an operation of the loop: that is TINE_EINVAL. */
typedef struct tine_loop tine_loop;

typedef struct tine_loop_options {
    size_t struct_size;
    const char *name;                /* copied; its first 15 bytes name the thread; NULL:
                                        "tine-loop" */
    size_t stack_size;               /* bytes of the thread's stack; 0: 1 MiB */
    const tine_allocator *allocator; /* copied; NULL: malloc. Futures are malloc's in any case */
} tine_loop_options;
#define TINE_LOOP_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(tine_loop_options), NULL, 0, NULL                                                   \
    }

/* Opens a loop and starts its thread.
 * @param options NULL: all defaults
 * @param loop_out close with tine_loop_close
 * @return TINE_OK; TINE_EIO: no thread, or no descriptor (it needs two) */
TINE_API TINE_MUST_USE tine_status tine_loop_open(const tine_loop_options *options,
                                                  tine_loop **loop_out, tine_error *error);

/* Ends everything that is under way as TINE_ECANCELED, kills and collects children, ends the thread
 * and frees the loop; *loop becomes NULL. Futures stay valid until they are released.
 * @return TINE_OK; TINE_EINVAL in the loop's own thread, and then it stays open
 * @threads one; no other thread may use the loop any more. Blocks, as long as an attempt that a
 *          retry has under way does not end */
TINE_API tine_status tine_loop_close(tine_loop **loop);

/* What all operations have in common. */
typedef struct tine_io_options {
    size_t struct_size;
    tine_scope *scope;  /* NULL: the running body's, outside a body none. Its cancellation ends the
                           operation at once; its deadline, and the end of a scope above it, within
                           50 ms */
    int64_t timeout_ns; /* from the call; then it ends as TINE_ETIMEDOUT; 0: no limit */
} tine_io_options;
#define TINE_IO_OPTIONS_INIT                                                                       \
    {                                                                                              \
        sizeof(tine_io_options), NULL, 0                                                           \
    }

/* The value of the futures of reads, writes, accepts, connects and of tine_loop_ready. Frozen. */
typedef struct tine_io {
    size_t n_bytes;  /* read or written */
    int fd;          /* accept, connect: the socket, which the caller closes; else -1 */
    unsigned events; /* tine_loop_ready: what it is ready for */
} tine_io;

/* For all of them:
 * @param options NULL: all defaults
 * @param future_out release with tine_future_release
 * @return TINE_OK: the future will end, one way or another; TINE_ECANCELED or TINE_ETIMEDOUT if the
 *         scope is over; TINE_ECANCELED if the loop is being closed; TINE_EINVAL; TINE_ENOMEM
 * @threads any, bodies and continuations included; does not wait
 * The future ends as TINE_OK; TINE_EIO with sys_errno; TINE_ETIMEDOUT; TINE_ECANCELED; TINE_ENOMEM.
 */

/* Ends after `delay_ns`, by less than a millisecond late if the machine is idle. No value. */
TINE_API TINE_MUST_USE tine_status tine_loop_sleep(tine_loop *loop, int64_t delay_ns,
                                                   const tine_io_options *options,
                                                   tine_future **future_out, tine_error *error);

enum { TINE_READABLE = 1, TINE_WRITABLE = 2 };

/* Ends when a descriptor is ready for any of the `events`. At its end, or after an error, it is
 * ready for all: the next read or write says why.
 * @param fd a socket, pipe, terminal or the like, open until the future has ended; several
 *        operations may wait for it */
TINE_API TINE_MUST_USE tine_status tine_loop_ready(tine_loop *loop, int fd, unsigned events,
                                                   const tine_io_options *options,
                                                   tine_future **future_out, tine_error *error);

/* Reads what there is, as soon as there is something: up to n bytes, 0 at the end.
 * @param fd as above; may block or not. One that blocks and is no socket must have no other reader
 * @param dst room for n bytes, lent */
TINE_API TINE_MUST_USE tine_status tine_loop_read(tine_loop *loop, int fd, void *dst, size_t n,
                                                  const tine_io_options *options,
                                                  tine_future **future_out, tine_error *error);

/* Writes n bytes, all of them unless it fails; then error->byte_offset is how many were written.
 * Writes to one descriptor that are under way together mix.
 * @param src lent */
TINE_API TINE_MUST_USE tine_status tine_loop_write(tine_loop *loop, int fd, const void *src,
                                                   size_t n, const tine_io_options *options,
                                                   tine_future **future_out, tine_error *error);

/* Connects to "127.0.0.1:80", "[::1]:80" or "unix:/path". Names of hosts are not looked up. The
 * socket does not block, and is closed on exec.
 * @param address copied */
TINE_API TINE_MUST_USE tine_status tine_loop_connect(tine_loop *loop, const char *address,
                                                     const tine_io_options *options,
                                                     tine_future **future_out, tine_error *error);

/* Accepts a connection. Where no descriptor is left for it, it waits until there is. The socket
 * does not block, and is closed on exec. Whoever drops the future without a look at it leaves the
 * socket open.
 * @param fd a listening socket */
TINE_API TINE_MUST_USE tine_status tine_loop_accept(tine_loop *loop, int fd,
                                                    const tine_io_options *options,
                                                    tine_future **future_out, tine_error *error);

/* Opens a socket that listens on an address as above; port 0: one that is free.
 * @param fd_out the caller closes it
 * @return TINE_OK; TINE_EIO; TINE_EINVAL: no address */
TINE_API TINE_MUST_USE tine_status tine_listen(const char *address, int *fd_out,
                                               tine_error *error);

/* Reads n bytes of a file at `offset`, fewer only at its end, or writes them. Files are always
 * ready, and take as long as they take: this is a task on a pool, no operation of a loop. One that
 * has begun is carried to its end.
 * @param pool NULL: here and now
 * @param fd,dst,src lent; the descriptor's position is neither used nor moved
 * @param options timeout_ns counts from the task's start; see tine_task_options
 * @return as tine_submit */
TINE_API TINE_MUST_USE tine_status tine_file_read(tine_pool *pool, int fd, uint64_t offset,
                                                  void *dst, size_t n,
                                                  const tine_io_options *options,
                                                  tine_future **future_out, tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_file_write(tine_pool *pool, int fd, uint64_t offset,
                                                   const void *src, size_t n,
                                                   const tine_io_options *options,
                                                   tine_future **future_out, tine_error *error);

typedef enum tine_stdio {
    TINE_STDIO_INHERIT = 0, /* what this process has */
    TINE_STDIO_PIPE,        /* a pipe to this process */
    TINE_STDIO_NULL         /* nothing to read, nowhere to write */
} tine_stdio;

/* A program to run. Borrowed for the call. */
typedef struct tine_command {
    size_t struct_size;
    const char *const *argv; /* ends with NULL; argv[0] is looked for in PATH if it has no slash */
    const char *const *env;  /* "NAME=value", ends with NULL; NULL: that of this process */
    tine_stdio stdio[3];     /* input, output, errors */
} tine_command;

/* A program that runs. Frozen. */
typedef struct tine_child {
    int64_t pid;
    int fd[3]; /* this side's ends of the pipes, which do not block; the caller closes them; -1 */
} tine_child;

/* How it ended: the value of its future. Frozen. */
typedef struct tine_exit {
    int code;   /* -1: a signal has ended it */
    int signal; /* 0: none */
} tine_exit;

/* Starts a program. Its future ends when the program has, and was collected. If the future is
 * cancelled or out of time, the program is killed. It starts with no signal blocked.
 *
 * A program that is to be collected by Tine must not be by others: a wait for any child, elsewhere
 * in the process, makes the future fail with ECHILD. No signal handler is installed.
 * @return also TINE_EIO if the program cannot be started: sys_errno says why
 * @threads any; waits until it is started, not longer */
TINE_API TINE_MUST_USE tine_status tine_loop_spawn(tine_loop *loop, const tine_command *command,
                                                   const tine_io_options *options,
                                                   tine_child *child_out, tine_future **future_out,
                                                   tine_error *error);

/* Starts attempt number `attempt`, from 0, and hands over its future. Called in the loop's thread,
 * one at a time: it should be quick. */
typedef tine_status (*tine_attempt_fn)(unsigned attempt, void *ctx, tine_future **future_out);

typedef struct tine_retry_options {
    size_t struct_size;
    unsigned n_attempts;      /* at most; 0: 5 */
    int64_t first_pause_ns;   /* after the first failure; twice as long after the next, and so on;
                                 0: 100 ms */
    int64_t longest_pause_ns; /* 0: 30 s */
    uint64_t seed;            /* each pause is drawn evenly from its upper half; 0: seeded anew */
    size_t value_size;        /* so many bytes of the value of the attempt that succeeds become the
                                 value */
    /* Whether to try again after that failure. NULL: after all but TINE_EINVAL, TINE_ENOMEM and
     * TINE_ECANCELED */
    bool (*again)(tine_status status, const tine_error *error, void *ctx);
} tine_retry_options;
#define TINE_RETRY_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(tine_retry_options), 0, 0, 0, 0, 0, NULL                                            \
    }

/* Starts attempts until one succeeds.
 *
 * An attempt is any future: of this loop, of another, of a pool. If the retry is cancelled or out
 * of time it cancels the attempt, and ends when that has: until then the attempt may use what it
 * was lent.
 * @param ctx passed to start and again; lent
 * @param retry NULL: all defaults
 * @return the future ends as the last attempt, or as TINE_ETIMEDOUT, TINE_ECANCELED */
TINE_API TINE_MUST_USE tine_status tine_loop_retry(tine_loop *loop, tine_attempt_fn start,
                                                   void *ctx, const tine_retry_options *retry,
                                                   const tine_io_options *options,
                                                   tine_future **future_out, tine_error *error);

/* ---- loops, maps, reductions ----------------------------------------------------------------- */

/* The caller takes part in the work and returns when all of it is done. The element of lowest index
 * that fails is the one reported: of a map, error->index is that element; of a loop or a reduction,
 * which run pieces, it is what the callback named, else -1. */
typedef tine_status (*tine_range_fn)(size_t begin, size_t end, void *ctx);
typedef tine_status (*tine_map_fn)(size_t index, const void *in, void *out, void *ctx);
typedef tine_status (*tine_fold_fn)(void *state, size_t begin, size_t end, void *ctx);

/* A state that pieces of the input are folded into and that merges, for parallel_reduce and
 * dataset_fold. Tine makes states with init and destroys each exactly once, right after it was
 * merged into its left neighbour. The result is built in the caller's state_out, uninitialised room
 * of that size and alignment: on TINE_OK the caller destroys what it holds, on failure Tine has. A
 * state that init has failed on is not destroyed. */
typedef struct tine_reducer {
    size_t struct_size;
    size_t size, align;                          /* of a state; align 0: that of any C object */
    tine_status (*init)(void *state, void *ctx); /* NULL: zeroed */
    tine_status (*merge)(void *state, void *right, void *ctx); /* right: later in the input */
    void (*destroy)(void *state, void *ctx);                   /* NULL: it owns nothing */
    void *ctx;                                                 /* for the three and the fold */
    size_t ctx_size; /* processes: bytes of ctx; the state must hold no pointers there */
} tine_reducer;

typedef struct tine_parallel_options {
    size_t struct_size;
    tine_scope *scope;     /* NULL: the running body's */
    size_t grain;          /* elements that one leaf runs. 0: for and map adapt to the number of
                              workers; reduce takes a function of the length alone */
    size_t ctx_size;       /* processes: bytes of ctx to carry over; 0 for what is in shared memory */
    int64_t timeout_ns;    /* processes: of one element, or of a piece of a loop; 0: no limit */
    unsigned n_retries;    /* processes: of an element or piece, after a death or a timeout */
    tine_status *statuses; /* map: room for n, each element's own; then a failure lands there,
                              cancels nothing and is not the call's */
    tine_progress_fn progress;
    void *progress_ctx;
} tine_parallel_options;
#define TINE_PARALLEL_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(tine_parallel_options), NULL, 0, 0, 0, 0, NULL, NULL, NULL                          \
    }

/* Runs fn over [begin, end), cut into pieces of `grain` elements or so.
 * @param fn gets a piece [begin, end) of its own; pieces may run at the same time, in any order
 * @param ctx passed to fn, borrowed for the call
 * @param options NULL: all defaults
 * @return TINE_OK; fn's failure; TINE_ECANCELED, TINE_ETIMEDOUT by the scope; TINE_EINVAL if begin
 *         > end
 * @threads any, bodies included. Blocks. Allocates nothing, unless loops and forks are nested so
 *          deeply that one thread has more than 64 forks open
 * @algorithm ranges are halved and the halves forked; idle workers steal the largest */
TINE_API TINE_MUST_USE tine_status tine_parallel_for(tine_pool *pool, size_t begin, size_t end,
                                                     tine_range_fn fn, void *ctx,
                                                     const tine_parallel_options *options,
                                                     tine_error *error);

/* Computes out[i] from in[i] for n elements.
 * @param in n elements of in_size bytes; NULL: fn gets NULL
 * @param out room for n elements of out_size bytes, in order; NULL: fn gets NULL
 * @return as tine_parallel_for; on failure the elements before error->index are computed */
TINE_API TINE_MUST_USE tine_status tine_parallel_map(tine_pool *pool, tine_map_fn fn, void *ctx,
                                                     const void *in, size_t in_size, void *out,
                                                     size_t out_size, size_t n,
                                                     const tine_parallel_options *options,
                                                     tine_error *error);

/* Folds [begin, end) into states and merges these.
 *
 * Leaf k folds [begin + k * grain, begin + (k + 1) * grain) into a state of its own. Leaves merge
 * in the tree of a binary counter over their index: equal neighbours pair up, and what remains at
 * the end is merged from the right. The tree depends on the length and the grain alone, so a merge
 * that is not associative to the last bit (a floating-point sum) still gives the same bits every
 * time.
 * @param state_out see tine_reducer; an empty range gives a fresh state
 * @return as tine_parallel_for; the failure of init or merge */
TINE_API TINE_MUST_USE tine_status tine_parallel_reduce(
    tine_pool *pool, size_t begin, size_t end, tine_fold_fn fold, const tine_reducer *reducer,
    void *state_out, const tine_parallel_options *options, tine_error *error);

/* ---- fork-join ------------------------------------------------------------------------------- */

/* One forked call. Lives on the forking function's stack until it is joined. */
typedef struct tine_frame {
    void *opaque[8];
} tine_frame;

/* Lets another worker run fn(arg) while this body goes on. Cannot fail: where nobody can take it,
 * outside the bodies of a pool or if there is no room, its join runs it. The call is a part of the
 * body: it stops with it, and what it says by tine_fail counts as said by the body, at the join;
 * only the body has a status.
 * @param frame uninitialised room, kept until the join
 * @param arg borrowed until the join
 * @threads any; does not wait */
TINE_API void tine_fork(tine_frame *frame, void (*fn)(void *arg), void *arg);

/* Waits for a forked call, running it here if nobody has taken it. Every fork is joined, by the
 * thread that forked it, in reverse order of the forks.
 * @algorithm leapfrogging (Wagner and Calder 1993): while a stolen call runs elsewhere, the joiner
 *            helps only with what that call has forked */
TINE_API void tine_join(tine_frame *frame);

/* ---- exact arithmetic ------------------------------------------------------------------------ */

/* Sums and dot products of arrays as if computed over the real numbers and rounded once, to the
 * nearest double, ties to even: no order of the elements, no thread and no instruction set can show
 * in the result, nor can the rounding mode that is set or whether subnormals are flushed. What
 * overflows or cancels on the way does no harm; a result past the range is an infinity. A zero is
 * +0. Any NaN, or infinities of both signs, give NaN (0x7ff8000000000000); else an infinity gives
 * itself. */

/* Returns the sum of n doubles; 0 of none. About as fast as memory delivers them if their
 * magnitudes are within a factor of 2^40 or so of one another, else a few times slower.
 * @param x may be NULL if n is 0
 * @threads any
 * @algorithm extraction into two bins of 52 bits (splitting: Ogita, Rump and Oishi 2005, section
 *            3) whose bit patterns are summed as integers; beyond them the small superaccumulator
 *            of Neal 2015 */
TINE_API double tine_exact_sum(const double *x, size_t n);

/* Returns the sum of the n products x[i] * y[i], none of which is rounded, overflows or vanishes; 0
 * of none. A zero times an infinity is NaN. Fast where the magnitudes of the products are alike.
 * @param x,y may be NULL if n is 0; may be the same
 * @threads any
 * @algorithm the same, over each product and the error of its rounding (Dekker 1971), which is a
 *            double too */
TINE_API double tine_exact_dot(const double *x, const double *y, size_t n);

/* ---- columns, batches, tables ---------------------------------------------------------------- */

typedef enum tine_type {
    TINE_AUTO = 0,  /* in a tine_field: infer it */
    TINE_BOOL,      /* bits, least significant first */
    TINE_INT64,     /* int64_t */
    TINE_DOUBLE,    /* double */
    TINE_DECIMAL,   /* int64_t units of 10^-scale; not read by this version */
    TINE_DATE,      /* int32_t days since 1970-01-01 */
    TINE_TIMESTAMP, /* int64_t microseconds since 1970-01-01T00:00:00Z */
    TINE_STRING     /* UTF-8, int32_t offsets */
} tine_type;

/* A column of a batch, in Arrow's layout: buffers 64-byte aligned and readable up to the next
 * multiple of 64 bytes, zeros under nulls. Everything it points to is borrowed from its batch. */
typedef struct tine_column {
    tine_type type;
    int32_t precision, scale; /* DECIMAL */
    const char *name;
    size_t length, null_count; /* rows */
    const uint8_t *validity;   /* bit i, least significant first: row i is valid; NULL: all are */
    const void *values;        /* by type, see tine_type; NULL for STRING */
    const int32_t *offsets;    /* STRING: length + 1 of them, into data; else NULL */
    const char *data;          /* STRING: the bytes; else NULL */
    const void *reserved[6];
} tine_column;

/* A string that is not terminated; borrowed. */
typedef struct tine_string {
    const char *data;
    size_t size; /* bytes */
} tine_string;

/* Returns row `row` of a STRING column; empty for a null. */
static inline tine_string tine_string_at(const tine_column *column, size_t row)
{
    tine_string s;
    s.data = column->data + column->offsets[row];
    s.size = (size_t)(column->offsets[row + 1] - column->offsets[row]);
    return s;
}

/* Returns whether row `row` is null. */
static inline bool tine_is_null(const tine_column *column, size_t row)
{
    return column->validity && !((column->validity[row >> 3] >> (row & 7)) & 1);
}

/* Rows of one partition, column by column. A table is a list of batches. Both are immutable. */
typedef struct tine_batch tine_batch;
typedef struct tine_table tine_table;

TINE_API size_t tine_batch_rows(const tine_batch *batch);
TINE_API size_t tine_batch_columns(const tine_batch *batch);

/* Gives column i, from 0; or the one of that name.
 * @param column_out borrowed from the batch
 * @return TINE_OK; TINE_EINVAL: there is none */
TINE_API TINE_MUST_USE tine_status tine_batch_column(const tine_batch *batch, size_t i,
                                                     tine_column *column_out);
TINE_API TINE_MUST_USE tine_status tine_batch_find(const tine_batch *batch, const char *name,
                                                   tine_column *column_out);

/* Keeps a batch beyond the callback that was given it. A batch whose memory the library will use
 * again is copied (O(bytes)); another gets a reference.
 * @param batch_out release with tine_batch_release */
TINE_API TINE_MUST_USE tine_status tine_batch_retain(const tine_batch *batch,
                                                     tine_batch **batch_out, tine_error *error);
TINE_API void tine_batch_release(tine_batch *batch);

TINE_API size_t tine_table_rows(const tine_table *table); /* over all batches */
TINE_API size_t
tine_table_batches(const tine_table *table); /* of collect: one a partition; else 1 */
TINE_API const tine_batch *tine_table_batch(const tine_table *table, size_t i); /* borrowed */

/* Makes a table of one batch out of a table of many; O(bytes).
 * @return TINE_OK; TINE_ELIMIT if a string column passes 2 GiB */
TINE_API TINE_MUST_USE tine_status tine_table_combine(const tine_table *table,
                                                      tine_table **table_out, tine_error *error);
TINE_API void tine_table_release(tine_table *table);

/* ---- sources --------------------------------------------------------------------------------- */

/* Where bytes come from. Nothing touches a network, or expands a pattern, unless it is asked by
 * name. A source is seekable, and read in parallel and as often as one likes, or a pipe, which is
 * read once. */
typedef struct tine_source tine_source;

/* Opens a file. The path is taken literally. The file stays open as long as the source. A FIFO or a
 * device is a pipe; opening a FIFO waits for its writer.
 * @return TINE_OK; TINE_EIO with sys_errno (EISDIR for a directory) */
TINE_API TINE_MUST_USE tine_status tine_source_file(const char *path, tine_source **source_out,
                                                    tine_error *error);

/* Makes a source of bytes in memory, read in place.
 * @param data kept until the source is gone; must not change
 * @param free_fn called once with ctx when the source is gone; NULL: data is the caller's. On
 *        failure it is not called */
TINE_API TINE_MUST_USE tine_status tine_source_memory(const void *data, size_t size,
                                                      void (*free_fn)(void *ctx), void *ctx,
                                                      tine_source **source_out, tine_error *error);

/* Makes a source of an open descriptor, from its present position on: seekable if it is a regular
 * file (whose position is not moved), else a pipe.
 * @param fd stays the caller's, who closes it after the source is gone */
TINE_API TINE_MUST_USE tine_status tine_source_fd(int fd, tine_source **source_out,
                                                  tine_error *error);

/* A source of the caller's own. With size and read_at it is seekable; with read it is a pipe.
 * Failures are statuses, with tine_fail for the message. */
typedef struct tine_source_vtable {
    size_t struct_size;
    tine_status (*size)(void *ctx, uint64_t *size_out); /* called once */
    /* Any thread, several at once. Fewer than n bytes: it has shrunk, TINE_ECHANGED. */
    tine_status (*read_at)(void *ctx, uint64_t offset, void *dst, size_t n, size_t *n_read_out);
    /* One thread at a time, in order. 0 bytes: the end. */
    tine_status (*read)(void *ctx, void *dst, size_t n, size_t *n_read_out);
    void (*close)(void *ctx); /* once, when the source is gone; may be NULL */
} tine_source_vtable;

/* Makes a source of a vtable.
 * @param vtable copied
 * @param ctx kept until close; on failure it stays the caller's and close is not called
 * @param name for error messages; copied */
TINE_API TINE_MUST_USE tine_status tine_source_custom(const tine_source_vtable *vtable, void *ctx,
                                                      const char *name, tine_source **source_out,
                                                      tine_error *error);

/* Gives what a source compressed by gzip or zstd holds, recognised by its first bytes; any other
 * source as it is.
 *
 * Members (frames) that follow one another are one content; zeros behind a gzip are padding. Where
 * there are several that say how long they are, of at most 16 MiB each (BGZF, and zstd frames with
 * the size of their content), and the source is seekable, so is the result: members are
 * decompressed in parallel. Else the result is a pipe, decompressed by whoever reads it, while
 * others work on what they have read. Input that is cut off or damaged is TINE_EFORMAT: the message
 * has the place in the compressed bytes, error->byte_offset that in the decompressed ones.
 * @param source retained; a pipe cannot be read by anybody else from now on
 * @return TINE_OK; TINE_ENOTSUP: this build lacks the library that the message names; TINE_EINVAL:
 *         a pipe that is being read; the failures of reading the source
 * @threads any; reads the first 256 KiB, so it may block on a pipe, and of members the headers */
TINE_API TINE_MUST_USE tine_status tine_source_decompress(tine_source *source,
                                                          tine_source **source_out,
                                                          tine_error *error);

/* Drops a reference. Datasets keep references of their own. */
TINE_API void tine_source_release(tine_source *source);

/* ---- datasets -------------------------------------------------------------------------------- */

/* A plan: sources, columns, filters. Lazy (nothing but headers and a sample is read before a
 * terminal), immutable and counted. A terminal is one fused pass over the bytes. Over a pipe there
 * can be one terminal: a second is TINE_EINVAL. */
typedef struct tine_dataset tine_dataset;

/* For a dialect's quote, escape or comment: there is none. */
#define TINE_NONE (-1)

/* A column's name and type. */
typedef struct tine_field {
    const char *name;
    tine_type type;
    int32_t precision, scale; /* DECIMAL */
    const char *format;       /* DATE, TIMESTAMP: strptime's %Y %m %d %H %M %S %y %b %B %z %f %%;
                                 NULL: ISO 8601 */
    const void *reserved[2];
} tine_field;

typedef enum tine_header {
    TINE_HEADER_PRESENT = 0, /* the first record of every source names the columns */
    TINE_HEADER_NONE,        /* there is none: names, or column_1, column_2, ... */
    TINE_HEADER_SNIFF        /* decide by looking */
} tine_header;

/* How a CSV is read; src/csv/SEMANTICS.md states every rule. Everything is copied but the
 * allocator's ctx. */
typedef struct tine_csv_options {
    size_t struct_size;
    const char *delimiter; /* one byte; NULL: sniffed among , ; tab | */
    int quote;             /* a byte; TINE_NONE; 0: '"' */
    int escape;            /* a byte; 0 or TINE_NONE: none. With one, "" is not an escaped quote */
    tine_header header;
    const struct tine_field *fields; /* columns whose type is given; the rest are inferred */
    size_t n_fields;
    const char *const *names; /* of all columns, without a header or instead of it */
    size_t n_names;
    size_t partition_size; /* bytes, up to 1 GiB; 0: 1 MiB, whatever the input and the machine */
    size_t max_row_size;   /* bytes, up to 1 GiB; 0: 64 MiB; a longer row is TINE_ELIMIT */
    const tine_allocator *allocator; /* NULL: malloc */
    int comment;              /* a byte that opens a comment line; 0 or TINE_NONE: there are none */
    const char *const *nulls; /* unquoted texts that mean null, beside the empty field */
    size_t n_nulls;
} tine_csv_options;
#define TINE_CSV_OPTIONS_INIT                                                                      \
    {                                                                                              \
        sizeof(tine_csv_options), NULL, 0, 0, TINE_HEADER_PRESENT, NULL, 0, NULL, 0, 0, 0, NULL,   \
            0, NULL, 0                                                                             \
    }

/* The ranks to share a terminal's work with; this version has none. */
typedef struct tine_cluster tine_cluster;

/* How a terminal runs. None of it changes a result. */
typedef struct tine_run {
    size_t struct_size;
    tine_pool *pool;     /* NULL: in the calling thread */
    tine_scope *scope;   /* to cancel it, or give it a deadline; NULL: the running body's */
    size_t memory_limit; /* bytes that Tine itself asks for; 0: no limit. Beyond: TINE_ENOMEM */
    tine_progress_fn progress;
    void *progress_ctx;
    const char *trace_path; /* a trace for Perfetto; this version answers TINE_ENOTSUP */
    tine_cluster *cluster;  /* NULL: this process alone */
    size_t ctx_size;        /* processes: bytes of the callback's ctx to carry over */
} tine_run;
#define TINE_RUN_INIT                                                                              \
    {                                                                                              \
        sizeof(tine_run), NULL, NULL, 0, NULL, NULL, NULL, NULL, 0                                 \
    }

/* Opens n sources of CSV as one dataset, in that order, all with the same columns.
 *
 * Reads the headers and the sample (the records that start in the first MiB of the first source
 * that has any), by which the delimiter and the types that were not given are settled for now. The
 * types of the whole file are settled by the terminals that can (aggregate, group_by, describe,
 * collect) or by tine_dataset_infer.
 * @param sources retained; the array is borrowed for the call
 * @param options NULL: all defaults
 * @param dataset_out release with tine_dataset_release
 * @return TINE_OK; TINE_EFORMAT: no header where one must be, headers that differ, or the errors of
 *         the sample; TINE_ELIMIT; TINE_EIO; TINE_ECHANGED; TINE_EINVAL: options that contradict
 *         each other
 * @threads any; reads, so it may block on a pipe */
TINE_API TINE_MUST_USE tine_status tine_csv_open(tine_source *const *sources, size_t n,
                                                 const tine_csv_options *options,
                                                 tine_dataset **dataset_out, tine_error *error);

/* The same for one file. */
TINE_API TINE_MUST_USE tine_status tine_csv_open_file(const char *path,
                                                      const tine_csv_options *options,
                                                      tine_dataset **dataset_out,
                                                      tine_error *error);

/* Returns the number of columns. */
TINE_API size_t tine_dataset_columns(const tine_dataset *dataset);

/* Gives the name and type of column i, from 0. The type of one that is inferred is the sample's,
 * or, after tine_dataset_infer, the whole file's.
 * @param field_out what it points to is borrowed from the dataset
 * @return TINE_OK; TINE_EINVAL: there is none */
TINE_API TINE_MUST_USE tine_status tine_dataset_column(const tine_dataset *dataset, size_t i,
                                                       tine_field *field_out);

/* Reads everything once and settles the inferred types of all columns, so that no terminal over
 * dataset_out can meet a value that does not fit.
 * @return TINE_OK; TINE_EINVAL over a pipe; what a terminal can return
 * @threads any; a terminal */
TINE_API TINE_MUST_USE tine_status tine_dataset_infer(const tine_dataset *dataset,
                                                      const tine_run *run,
                                                      tine_dataset **dataset_out,
                                                      tine_error *error);

/* Keeps only the named columns, in that order. Others are not converted; their structure is
 * checked.
 * @return TINE_OK; TINE_EINVAL: no such column, or one twice */
TINE_API TINE_MUST_USE tine_status tine_dataset_select(const tine_dataset *dataset,
                                                       const char *const *columns, size_t n,
                                                       tine_dataset **dataset_out,
                                                       tine_error *error);

/* Sets bit i (least significant first) of `keep` for each row i of the batch that stays; keep comes
 * zeroed. Runs in parallel on different batches. */
typedef tine_status (*tine_filter_fn)(const tine_batch *batch, uint8_t *keep, void *ctx);

/* Keeps only the rows that fn lets through. Filters run in the order they were added, each on the
 * rows the earlier ones left; columns that no filter sees are converted for the rows that stay
 * alone.
 * @param columns what fn sees, in that order; NULL: all
 * @param ctx passed to fn: copied if ctx_size > 0, else kept until the last dataset with this
 *        filter is gone
 * @param ctx_free called once with ctx (the copy, if copied) at that time; NULL: nothing to free.
 *        On failure it is not called */
TINE_API TINE_MUST_USE tine_status tine_dataset_filter(const tine_dataset *dataset,
                                                       const char *const *columns, size_t n_columns,
                                                       tine_filter_fn fn, void *ctx,
                                                       size_t ctx_size, void (*ctx_free)(void *),
                                                       tine_dataset **dataset_out,
                                                       tine_error *error);

TINE_API tine_dataset *tine_dataset_retain(tine_dataset *dataset);
TINE_API void tine_dataset_release(tine_dataset *dataset);

/* ---- terminals ------------------------------------------------------------------------------- */

/* All of them: @param run NULL: all defaults
 * @return TINE_OK; TINE_EFORMAT, TINE_ETYPE, TINE_ELIMIT with the position of the first record that
 *         is wrong; TINE_EIO; TINE_ECHANGED; TINE_ECANCELED, TINE_ETIMEDOUT by the scope, within
 *         the time of one partition; a callback's failure; TINE_ENOMEM beyond memory_limit
 * @threads any, bodies included. Block; the caller takes part in the work
 * Memory: workers x (partition + longest row), and what the result needs. */

/* A batch holds the rows that start in one window of 64 KiB of its partition, so what a callback
 * sees depends on the bytes and the partition size alone. `partition` numbers the partitions of all
 * sources in input order, from 0. */
typedef tine_status (*tine_batch_fn)(const tine_batch *batch, size_t partition, void *ctx);
typedef tine_status (*tine_batch_fold_fn)(void *state, const tine_batch *batch, void *ctx);

/* Calls fn for every batch: batches of different partitions in parallel and in any order, those of
 * one partition one after the other. */
TINE_API TINE_MUST_USE tine_status tine_dataset_for_each(const tine_dataset *dataset,
                                                         const tine_run *run, tine_batch_fn fn,
                                                         void *ctx, tine_error *error);

/* Folds the batches of each partition into a state, and merges the states of neighbours: in the
 * tree of a binary counter over the partitions of a source, then over the sources from the left.
 * @param fold gets reducer->ctx
 * @param state_out see tine_reducer; a dataset without rows gives a fresh state */
TINE_API TINE_MUST_USE tine_status tine_dataset_fold(const tine_dataset *dataset,
                                                     const tine_run *run, tine_batch_fold_fn fold,
                                                     const tine_reducer *reducer, void *state_out,
                                                     tine_error *error);

/* What an aggregate computes of the values of a column that are not null.
 *   COUNT            int64: values; rows with a NULL column
 *   NULLS            int64: nulls
 *   SUM              exact. int64 of int64 (TINE_ELIMIT out of its range) and of bool (the trues);
 *                    double of double: the correctly rounded sum of the exact values; 0 of nothing
 *   MEAN VAR STD     double, of int64 and double: the correctly rounded value over the exact reals.
 *                    VAR and STD are the sample's (n - 1). Null below one value, or two
 *   MIN MAX          the column's type. NaN is skipped, -0 < +0, strings compare bytewise. Null of
 *                    nothing
 *   FIRST LAST       the column's type: the value of the first and of the last row that has one, in
 *                    the order of the file and of the sources. NaN is a value. Null of nothing
 *   QUANTILE         double, of int64 and double: of n values in order, the one at position
 *                    arg * (n - 1), counted from 0; between two of them the point on the straight
 *                    line (definition 7 of Hyndman and Fan 1996: what NumPy, pandas and R do).
 *                    Correctly rounded over the exact reals. NaN is skipped, -0 < +0. Null of
 *                    nothing. Memory: O(different values x workers)
 *   DISTINCT         int64: how many different values there are, by the rule of group_by's keys:
 *                    -0 is +0, and all NaNs are one. Memory: O(different values x workers)
 *   DISTINCT_APPROX  int64: HyperLogLog (Flajolet et al. 2007; estimator of Ertl 2017), 2^14
 *                    registers: standard error 0.8 %
 * NaN among the values, or infinities of both signs, make SUM, MEAN, VAR and STD NaN; one infinity
 * makes VAR and STD NaN. Every NaN that leaves is 0x7ff8000000000000. */
typedef enum tine_op {
    TINE_COUNT = 0,
    TINE_NULLS,
    TINE_SUM,
    TINE_MEAN,
    TINE_MIN,
    TINE_MAX,
    TINE_FIRST,
    TINE_LAST,
    TINE_VAR,
    TINE_STD,
    TINE_QUANTILE,
    TINE_DISTINCT,
    TINE_DISTINCT_APPROX
} tine_op;

typedef struct tine_agg {
    tine_op op;
    const char *column; /* NULL with COUNT: rows */
    const char *name;   /* of the result's column; NULL: "sum(x)", "count(*)" */
    double arg;         /* QUANTILE: 0 ... 1, the median is 0.5; else not looked at */
    const void *reserved[2];
} tine_agg;

/* Computes n_aggs aggregates over all rows: a table of one row, a column each.
 * @return also TINE_EINVAL: no such column, or an operation that its type does not have,
 *         or a QUANTILE whose arg is not from 0 to 1; TINE_ELIMIT: an int64 sum out of range */
TINE_API TINE_MUST_USE tine_status tine_dataset_aggregate(const tine_dataset *dataset,
                                                          const tine_run *run, const tine_agg *aggs,
                                                          size_t n_aggs, tine_table **table_out,
                                                          tine_error *error);

/* Computes them for each group of rows with equal keys: a table of a row a group, in order of first
 * appearance; the keys' columns, then the aggregates'. Nulls are a group of their own, as are all
 * NaNs together; -0 is +0. With COUNT alone it counts values. Memory: O(groups x workers).
 * Quickest are keys that fit 15 bytes
 * together: a short string, two integers of 7 bytes, three columns at most. The workers' groups are
 * joined, and the result is filled, on the pool too.
 * @return also TINE_EINVAL: no key, no such column, or an operation that its type does not have;
 *         TINE_ENOMEM, which says how many groups there were if the memory limit was reached */
TINE_API TINE_MUST_USE tine_status tine_dataset_group_by(const tine_dataset *dataset,
                                                         const tine_run *run,
                                                         const char *const *keys, size_t n_keys,
                                                         const tine_agg *aggs, size_t n_aggs,
                                                         tine_table **table_out, tine_error *error);

/* Describes every column: a table of a row a column, with the columns
 *   column, type (string); count, nulls (int64); min, max (string, as the value would be written);
 *   mean, std (double, null where the type has none); distinct (int64, approximate). */
TINE_API TINE_MUST_USE tine_status tine_dataset_describe(const tine_dataset *dataset,
                                                         const tine_run *run,
                                                         tine_table **table_out, tine_error *error);

/* Collects all rows in file order, a batch a partition; partitions without rows give none. */
TINE_API TINE_MUST_USE tine_status tine_dataset_collect(const tine_dataset *dataset,
                                                        const tine_run *run, tine_table **table_out,
                                                        tine_error *error);

/* ---- short names, for those who ask for them ------------------------------------------------- */

#ifdef TINE_SHORT_NAMES
#define parallel_for tine_parallel_for
#define parallel_map tine_parallel_map
#define parallel_reduce tine_parallel_reduce
#endif
#ifdef __cplusplus
}
#endif
#endif
