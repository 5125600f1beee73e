/* What the programs in C among the peers share: the task as the command line gives it, its clock,
 * and the answer. See programs.py for what is asked and answered. */
#ifndef PEERS_TASK_H
#define PEERS_TASK_H
#include "../base.h"
#include <stdbool.h>
#include <stdint.h>

enum { TASK_MAX_COLUMNS = 64 };

typedef struct task_column {
    char name[32], type[12];
} task_column;

typedef struct task {
    const char *path, *delimiter;
    unsigned n_threads;
    task_column columns[TASK_MAX_COLUMNS]; /* of the file */
    size_t n_columns;
    const char *name;
    char **arguments; /* n_arguments of them */
    int n_arguments;
} task;

void task_parse(task *t, int argc, char **argv);

/* Whether the file has a column of that name and type. */
bool task_type(const task *t, const char *name, const char *type);

/* What is timed: the task, and neither the program's start nor the answer. Of several passes the
 * shortest counts. */
void task_begin(void);
void task_end(void);

/* The answer, one value or more; then the end of it. */
void task_answer(double value, const char *format, ...) __attribute__((format(printf, 2, 3)));
void task_answer_count(uint64_t n, const char *format, ...) __attribute__((format(printf, 2, 3)));
void task_finish(void);

#endif
