/* A draft of <tine.h>: the names, the signatures and the ideas that hold the library together, without the
 * documentation that the real header owes (STYLE.md). Programs outside the project are written against these
 * declarations, so keep them source-compatible; add fields, functions and types freely, and complete what a comment only
 * names. Where one of them turns out to be wrong, change it and say so. */
#ifndef TINE_H
#define TINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TINE_VERSION_MAJOR 0
#define TINE_VERSION_MINOR 1
#define TINE_VERSION_PATCH 0
#define TINE_VERSION_NUMBER (10000 * TINE_VERSION_MAJOR + 100 * TINE_VERSION_MINOR + TINE_VERSION_PATCH)
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

/* ---- status and errors. 0 is success, negative is the library's, positive is the caller's own and passes through ---- */
typedef int tine_status;
enum {
    TINE_OK = 0,
    TINE_END = -1,       /* an iterator is exhausted */
    TINE_ENOMEM = -2,    /* allocation failed, or the memory limit is reached */
    TINE_EINVAL = -3,    /* a misuse by the caller */
    TINE_EIO = -4,       /* a system call failed: sys_errno */
    TINE_EFORMAT = -5,   /* the input is malformed: unclosed quote, ragged row, truncated gzip */
    TINE_ETYPE = -6,     /* a value does not fit its column's type */
    TINE_ELIMIT = -7,    /* a stated limit was passed: row size, rejects */
    TINE_ECANCELED = -8,
    TINE_ETIMEDOUT = -9,
    TINE_EWORKER = -10,  /* a worker process died: sys_errno holds the signal */
    TINE_ECHANGED = -11, /* a source changed or shrank while it was read */
    TINE_ENOTSUP = -12   /* built without that feature */
};

typedef struct tine_error {
    tine_status status;
    int sys_errno;
    int64_t index;        /* element or task that failed, -1 if none */
    uint64_t byte_offset; /* from 0, in the decompressed source */
    uint64_t line;        /* physical line, from 1; 0 if none */
    uint64_t record;      /* record, from 1, header excluded */
    uint64_t column;      /* field, from 1 */
    char source[256];
    char message[512];    /* what, where, the offending bytes (escaped), what to do */
    uint64_t reserved[8];
} tine_error;

/* Called from inside a user's callback: fills the record that the caller of the verb will get, returns status. */
TINE_API tine_status tine_fail(tine_status status, int64_t index, const char *format, ...) TINE_PRINTF(3, 4);
TINE_API const char *tine_status_name(tine_status status);
TINE_API const char *tine_version(void);
TINE_API int tine_version_number(void);

typedef struct tine_allocator { /* thread-safe; frozen */
    void *(*alloc)(void *ctx, size_t size, size_t alignment);
    void *(*realloc)(void *ctx, void *p, size_t old_size, size_t new_size, size_t alignment);
    void (*free)(void *ctx, void *p, size_t size, size_t alignment);
    void *ctx;
} tine_allocator;

typedef struct tine_progress {
    size_t struct_size;
    uint64_t n_done, n_total; /* elements, or bytes of input; total 0 if unknown */
    uint64_t n_rows;
    double seconds, seconds_left;
} tine_progress;
typedef void (*tine_progress_fn)(const tine_progress *progress, void *ctx); /* one thread at a time, at most 10 a second */

#define TINE_FOREVER INT64_MAX /* for every timeout argument, in nanoseconds; 0 asks without waiting. In options 0 means no limit */

/* ---- pools: threads or processes behind one API; NULL means "here and now, in the calling thread" ---- */
typedef struct tine_pool tine_pool;
typedef struct tine_scope tine_scope;
typedef struct tine_future tine_future;
typedef enum tine_pool_kind { TINE_THREADS = 0, TINE_PROCESSES } tine_pool_kind;
typedef struct tine_pool_options {
    size_t struct_size;
    tine_pool_kind kind;
    unsigned n_workers;  /* bodies that run at once (a waiter who runs what it waits for comes on top); 0: CPUs it may use */
    const char *name;    /* prefix of thread names */
    size_t stack_size;   /* bytes, 0: 8 MiB */
    tine_status (*on_start)(unsigned worker, void *ctx);
    void (*on_stop)(unsigned worker, void *ctx);
    void *ctx;
    const tine_allocator *allocator;
    unsigned max_tasks_per_worker; /* processes: recycle a worker after so many; 0 never */
    size_t worker_memory_limit;    /* processes: bytes of address space; 0 none */
} tine_pool_options;
#define TINE_POOL_OPTIONS_INIT { sizeof(tine_pool_options), TINE_THREADS, 0, NULL, 0, NULL, NULL, NULL, NULL, 0, 0 }

TINE_API TINE_MUST_USE tine_status tine_pool_open(const tine_pool_options *options, tine_pool **pool_out, tine_error *error);
TINE_API tine_status tine_pool_close(tine_pool **pool); /* runs all that was submitted, then joins; from a worker: TINE_EINVAL */
TINE_API void tine_pool_cancel(tine_pool *pool);        /* what waits ends as TINE_ECANCELED */
TINE_API unsigned tine_pool_workers(const tine_pool *pool);
TINE_API unsigned tine_pool_slots(const tine_pool *pool); /* workers and waiters: the size for per-worker state */
TINE_API unsigned tine_worker_index(void);              /* inside a body: 0 … tine_pool_slots - 1; hooks run on workers alone */
TINE_API bool tine_stopping(void);                      /* inside a body: its scope was cancelled or its time is over */

/* ---- scopes: task group, cancellation, deadline. A body's scope is the parent of what it starts ---- */
TINE_API TINE_MUST_USE tine_status tine_scope_open(tine_scope *parent, tine_scope **scope_out, tine_error *error);
TINE_API void tine_scope_cancel(tine_scope *scope);
TINE_API void tine_scope_set_timeout(tine_scope *scope, int64_t timeout_ns);
TINE_API TINE_MUST_USE tine_status tine_scope_wait(tine_scope *scope, tine_error *error); /* the failure of lowest submission number */
TINE_API void tine_scope_close(tine_scope **scope); /* cancels and waits for what is left */

/* ---- futures: one type for threads, processes, timers and I/O ---- */
typedef tine_status (*tine_task_fn)(void *arg, void *value); /* value: value_size zeroed bytes inside the future */
typedef tine_status (*tine_then_fn)(const tine_future *done, void *arg, void *value);
typedef struct tine_task_options {
    size_t struct_size;
    tine_scope *scope;
    size_t arg_size;               /* > 0: arg is copied at submission, on every kind of pool; 0: borrowed (threads only) */
    size_t value_size, value_align;
    int64_t timeout_ns;            /* this task alone: a process is killed, a thread's body sees tine_stopping() */
    unsigned n_retries;            /* processes: after a death or a timeout */
    void (*arg_free)(void *arg);   /* exactly once: ran, failed, cancelled or dropped */
    void (*value_free)(void *value);
} tine_task_options;
#define TINE_TASK_OPTIONS_INIT { sizeof(tine_task_options), NULL, 0, 0, 0, 0, 0, NULL, NULL }

TINE_API TINE_MUST_USE tine_status tine_submit(tine_pool *pool, tine_task_fn fn, void *arg, const tine_task_options *options,
                                               tine_future **future_out, tine_error *error);
/* The task's own status. A TINE_FOREVER wait runs the awaited task itself if nobody has started it; no wait runs another. */
TINE_API TINE_MUST_USE tine_status tine_future_wait(tine_future *future, int64_t timeout_ns, tine_error *error);
TINE_API bool tine_future_done(const tine_future *future);
TINE_API tine_status tine_future_status(const tine_future *future);
TINE_API const void *tine_future_value(const tine_future *future); /* NULL unless done and TINE_OK */
TINE_API bool tine_future_cancel(tine_future *future);
/* Runs when the predecessor is done, whatever its status; pool NULL: where that happens; not onto a process pool. */
TINE_API TINE_MUST_USE tine_status tine_future_then(tine_future *future, tine_pool *pool, tine_then_fn fn, void *arg,
                                                    const tine_task_options *options, tine_future **next_out, tine_error *error);
TINE_API tine_future *tine_future_retain(tine_future *future);
TINE_API void tine_future_release(tine_future *future);
TINE_API TINE_MUST_USE tine_status tine_wait_all(tine_future *const *futures, size_t n, int64_t timeout_ns, tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_wait_any(tine_future *const *futures, size_t n, int64_t timeout_ns, size_t *index_out,
                                                 tine_error *error);
/* ---- data parallelism: deterministic whatever the worker count; the failure of lowest index is the one reported ---- */
typedef tine_status (*tine_range_fn)(size_t begin, size_t end, void *ctx);
typedef tine_status (*tine_map_fn)(size_t index, const void *in, void *out, void *ctx);
typedef tine_status (*tine_fold_fn)(void *state, size_t begin, size_t end, void *ctx);
/* A state, for parallel_reduce, dataset_fold and user aggregates. state_out is uninitialised room of that size and alignment;
 * on TINE_OK the caller destroys what it holds, on failure Tine has. Tine destroys right after a merge. */
typedef struct tine_reducer {
    size_t struct_size;
    size_t size, align;
    tine_status (*init)(void *state, void *ctx);               /* NULL: zeroed */
    tine_status (*merge)(void *state, void *right, void *ctx); /* right holds what comes later in the input */
    void (*destroy)(void *state, void *ctx);                   /* NULL: it owns nothing */
    void *ctx;
    size_t ctx_size;                                           /* processes: bytes of ctx; the state must hold no pointers there */
} tine_reducer;
typedef struct tine_parallel_options {
    size_t struct_size;
    tine_scope *scope;
    size_t grain;     /* elements a leaf runs; 0: for and map adapt, reduce takes a function of n alone */
    size_t ctx_size;  /* processes: bytes of ctx to carry over (0 with a ctx: TINE_EINVAL) */
    int64_t timeout_ns; /* processes: of one element */
    unsigned n_retries;
    tine_status *statuses; /* map: one per element; then a failure lands there, cancels nothing and is not the call's */
    tine_progress_fn progress;
    void *progress_ctx;
} tine_parallel_options;
#define TINE_PARALLEL_OPTIONS_INIT { sizeof(tine_parallel_options), NULL, 0, 0, 0, 0, NULL, NULL, NULL }

TINE_API TINE_MUST_USE tine_status tine_parallel_for(tine_pool *pool, size_t begin, size_t end, tine_range_fn fn, void *ctx,
                                                     const tine_parallel_options *options, tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_parallel_map(tine_pool *pool, tine_map_fn fn, void *ctx, const void *in, size_t in_size,
                                                     void *out, size_t out_size, size_t n, const tine_parallel_options *options,
                                                     tine_error *error);
/* leaves merge in a binary-counter tree over their index */
TINE_API TINE_MUST_USE tine_status tine_parallel_reduce(tine_pool *pool, size_t begin, size_t end, tine_fold_fn fold,
                                                        const tine_reducer *reducer, void *state_out,
                                                        const tine_parallel_options *options, tine_error *error);

/* ---- fork-join: recursion; the frame lives on the caller's stack, inside a body of a pool ---- */
typedef struct tine_frame { void *opaque[8]; } tine_frame;
TINE_API void tine_fork(tine_frame *frame, void (*fn)(void *arg), void *arg);
TINE_API void tine_join(tine_frame *frame); /* in reverse order of the forks */

/* ---- columns and batches: Arrow's own layouts, 64-byte aligned, zeros under nulls ---- */
typedef enum tine_type {
    TINE_AUTO = 0, TINE_BOOL, TINE_INT64, TINE_DOUBLE, TINE_DECIMAL, TINE_DATE, TINE_TIMESTAMP, TINE_STRING
} tine_type;
typedef struct tine_column {  /* borrowed from its batch */
    tine_type type;
    int32_t precision, scale; /* DECIMAL (int64 units of 10^-scale) */
    const char *name;
    size_t length, null_count;
    const uint8_t *validity;  /* bit i, least significant first: row i is not null; NULL: none is */
    const void *values;       /* BOOL bits, int64_t, double, int32_t days (DATE), int64_t microseconds UTC (TIMESTAMP) */
    const int32_t *offsets;   /* STRING: length + 1, into data */
    const char *data;         /* STRING: UTF-8 */
    const void *reserved[6];
} tine_column;
typedef struct tine_string { const char *data; size_t size; } tine_string; /* not terminated, borrowed */
static inline tine_string tine_string_at(const tine_column *column, size_t row)
{
    tine_string s;
    s.data = column->data + column->offsets[row];
    s.size = (size_t)(column->offsets[row + 1] - column->offsets[row]);
    return s;
}
static inline bool tine_is_null(const tine_column *column, size_t row)
{
    return column->validity && !((column->validity[row >> 3] >> (row & 7)) & 1);
}
typedef struct tine_batch tine_batch; /* rows of one partition; a table is a list of batches */
typedef struct tine_table tine_table;
TINE_API size_t tine_batch_rows(const tine_batch *batch);
TINE_API size_t tine_batch_columns(const tine_batch *batch);
TINE_API TINE_MUST_USE tine_status tine_batch_column(const tine_batch *batch, size_t i, tine_column *column_out);
TINE_API TINE_MUST_USE tine_status tine_batch_find(const tine_batch *batch, const char *name, tine_column *column_out);
TINE_API TINE_MUST_USE tine_status tine_batch_retain(const tine_batch *batch, tine_batch **batch_out, tine_error *error);
TINE_API void tine_batch_release(tine_batch *batch);
TINE_API size_t tine_table_rows(const tine_table *table);
TINE_API size_t tine_table_batches(const tine_table *table); /* aggregate, group_by and describe give one */
TINE_API const tine_batch *tine_table_batch(const tine_table *table, size_t i);
TINE_API TINE_MUST_USE tine_status tine_table_combine(const tine_table *table, tine_table **table_out, tine_error *error);
TINE_API void tine_table_release(tine_table *table);

/* ---- sources: where bytes come from. Nothing touches a network, or expands a pattern, unless it is asked by name ---- */
typedef struct tine_source tine_source;
TINE_API TINE_MUST_USE tine_status tine_source_file(const char *path, tine_source **source_out, tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_source_memory(const void *data, size_t size, void (*free_fn)(void *ctx), void *ctx,
                                                      tine_source **source_out, tine_error *error); /* free_fn NULL: borrowed */
TINE_API TINE_MUST_USE tine_status tine_source_fd(int fd, tine_source **source_out, tine_error *error); /* fd stays the caller's */
/* A source of the user's own. size and read_at given: it is seekable and read in parallel; otherwise read is called in order. */
typedef struct tine_source_vtable {
    size_t struct_size;
    tine_status (*size)(void *ctx, uint64_t *size_out);
    tine_status (*read_at)(void *ctx, uint64_t offset, void *dst, size_t n, size_t *n_read_out); /* thread-safe; short only at the end */
    tine_status (*read)(void *ctx, void *dst, size_t n, size_t *n_read_out);                     /* 0 bytes: the end */
    void (*close)(void *ctx);
} tine_source_vtable;
TINE_API TINE_MUST_USE tine_status tine_source_custom(const tine_source_vtable *vtable, void *ctx, const char *name,
                                                      tine_source **source_out, tine_error *error);
TINE_API void tine_source_release(tine_source *source);

/* ---- datasets: a lazy, immutable plan; a terminal is one fused pass ---- */
typedef struct tine_dataset tine_dataset;
#define TINE_NONE (-1)
typedef struct tine_field {
    const char *name;
    tine_type type;
    int32_t precision, scale; /* DECIMAL */
    const char *format;       /* DATE, TIMESTAMP; NULL: ISO 8601 */
    const void *reserved[2];
} tine_field;
typedef enum tine_header { TINE_HEADER_PRESENT = 0, TINE_HEADER_NONE, TINE_HEADER_SNIFF } tine_header;
typedef struct tine_csv_options {
    size_t struct_size;
    const char *delimiter;          /* NULL: sniffed among , ; tab | */
    int quote, escape;              /* a byte; TINE_NONE; 0: the quote is '"', and there is no escape */
    tine_header header;
    const struct tine_field *fields; /* columns whose type is given; the rest are inferred */
    size_t n_fields;
    const char *const *names;       /* names for all columns, where there is no header or it is to be replaced */
    size_t n_names;                 /* without either: column_1, column_2, … */
    size_t partition_size;          /* bytes; 0: 1 MiB, whatever the input and the machine */
    size_t max_row_size;            /* bytes; 0: 64 MiB; a longer row is TINE_ELIMIT */
    const tine_allocator *allocator;
    int comment;                    /* a byte that opens a comment line; 0 or TINE_NONE: there are none */
    const char *const *nulls;       /* unquoted texts that mean null, beside the empty field */
    size_t n_nulls;
} tine_csv_options;
#define TINE_CSV_OPTIONS_INIT { sizeof(tine_csv_options), NULL, 0, 0, TINE_HEADER_PRESENT, NULL, 0, NULL, 0, 0, 0, NULL, 0, NULL, 0 }

typedef struct tine_cluster tine_cluster;
typedef struct tine_run { /* how a terminal runs */
    size_t struct_size;
    tine_pool *pool;
    tine_scope *scope;
    size_t memory_limit;    /* bytes that Tine itself asks for; 0 none */
    tine_progress_fn progress;
    void *progress_ctx;
    const char *trace_path; /* a trace for Perfetto, or NULL */
    tine_cluster *cluster;  /* the ranks to share the work with, or NULL */
    size_t ctx_size;        /* processes: bytes of the callback's ctx to carry over */
} tine_run;
#define TINE_RUN_INIT { sizeof(tine_run), NULL, NULL, 0, NULL, NULL, NULL, NULL, 0 }

/* retains the sources */
TINE_API TINE_MUST_USE tine_status tine_csv_open(tine_source *const *sources, size_t n, const tine_csv_options *options,
                                                 tine_dataset **dataset_out, tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_csv_open_file(const char *path, const tine_csv_options *options, tine_dataset **dataset_out,
                                                      tine_error *error);
TINE_API size_t tine_dataset_columns(const tine_dataset *dataset);
TINE_API TINE_MUST_USE tine_status tine_dataset_column(const tine_dataset *dataset, size_t i, tine_field *field_out);
/* Reads everything once and settles the inferred types, so that streaming terminals cannot meet a surprise */
TINE_API TINE_MUST_USE tine_status tine_dataset_infer(const tine_dataset *dataset, const tine_run *run, tine_dataset **dataset_out,
                                                      tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_dataset_select(const tine_dataset *dataset, const char *const *columns, size_t n,
                                                       tine_dataset **dataset_out, tine_error *error);
typedef tine_status (*tine_filter_fn)(const tine_batch *batch, uint8_t *keep, void *ctx); /* sets bit i for each row that stays */
/* fn sees the named columns alone (NULL: all); the others are converted only for rows that stay */
TINE_API TINE_MUST_USE tine_status tine_dataset_filter(const tine_dataset *dataset, const char *const *columns, size_t n_columns,
                                                       tine_filter_fn fn, void *ctx, size_t ctx_size, void (*ctx_free)(void *),
                                                       tine_dataset **dataset_out, tine_error *error);
TINE_API tine_dataset *tine_dataset_retain(tine_dataset *dataset);
TINE_API void tine_dataset_release(tine_dataset *dataset);

typedef tine_status (*tine_batch_fn)(const tine_batch *batch, size_t partition, void *ctx);
typedef tine_status (*tine_batch_fold_fn)(void *state, const tine_batch *batch, void *ctx);
TINE_API TINE_MUST_USE tine_status tine_dataset_for_each(const tine_dataset *dataset, const tine_run *run, tine_batch_fn fn, void *ctx,
                                                         tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_dataset_fold(const tine_dataset *dataset, const tine_run *run, tine_batch_fold_fn fold,
                                                     const tine_reducer *reducer, void *state_out, tine_error *error);

typedef enum tine_op {
    TINE_COUNT = 0, TINE_NULLS, TINE_SUM, TINE_MEAN, TINE_MIN, TINE_MAX, TINE_FIRST, TINE_LAST, TINE_VAR, TINE_STD, TINE_QUANTILE,
    TINE_DISTINCT, TINE_DISTINCT_APPROX
} tine_op;
typedef struct tine_agg {
    tine_op op;
    const char *column; /* NULL with COUNT: rows */
    const char *name;   /* of the result's column; NULL: "sum(x)" */
    double arg;         /* QUANTILE: 0 … 1 */
    const void *reserved[2];
} tine_agg;
TINE_API TINE_MUST_USE tine_status tine_dataset_aggregate(const tine_dataset *dataset, const tine_run *run, const tine_agg *aggs,
                                                          size_t n_aggs, tine_table **table_out, tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_dataset_group_by(const tine_dataset *dataset, const tine_run *run, const char *const *keys,
                                                         size_t n_keys, const tine_agg *aggs, size_t n_aggs, tine_table **table_out,
                                                         tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_dataset_describe(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                                                         tine_error *error);
TINE_API TINE_MUST_USE tine_status tine_dataset_collect(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                                                        tine_error *error);
#ifdef TINE_SHORT_NAMES
#define parallel_for tine_parallel_for
#define parallel_map tine_parallel_map
#define parallel_reduce tine_parallel_reduce
#endif
#ifdef __cplusplus
}
#endif
#endif
