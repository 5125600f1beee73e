/* What the tests of datasets share: datasets over text in memory, pools of every size, and tables
 * as text that shows every bit. */
#ifndef TINE_TESTS_DATASET_SUPPORT_H
#define TINE_TESTS_DATASET_SUPPORT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <tine.h>

/* 0 stands for no pool at all. */
extern const unsigned worker_counts[];
extern const size_t n_worker_counts;
extern const size_t partition_sizes[];
extern const size_t n_partition_sizes;

/* A pool of n workers; NULL for 0. */
tine_pool *open_pool(unsigned n_workers);

/* A dataset over texts that outlive it. */
tine_dataset *open_text(const char *text, size_t partition_size);
tine_dataset *open_texts(const char *const *texts, size_t n, size_t partition_size);
tine_dataset *open_with(const char *text, const tine_csv_options *options);
/* The same over a pipe. */
tine_dataset *open_pipe(const char *text);

/* A line for the names, one for the types, and one for each row of the table combined into one
 * batch; doubles in hexadecimal. Freed with free. */
char *show_table(const tine_table *table);
char *show_batch(const tine_batch *batch);

/* Frees the text and the table. */
void assert_table(tine_table *table, const char *expected);

/* Text that grows. */
typedef struct growing {
    char *data;
    size_t n, capacity;
} growing;
void text_add(growing *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs a terminal with every number of workers and every size of partitions, and asserts that the
 * table is always the expected one. */
typedef tine_status (*terminal_fn)(const tine_dataset *dataset, const tine_run *run,
                                   tine_table **table_out, tine_error *error);
void assert_always(const char *text, terminal_fn terminal, const char *expected);

#endif
