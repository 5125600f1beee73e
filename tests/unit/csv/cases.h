/* The rules of SEMANTICS.md as questions with answers: one table, asked of the reference reader and
 * of the library. reference/job.h says how an answer is written. */
#ifndef TINE_TESTS_CSV_CASES_H
#define TINE_TESTS_CSV_CASES_H
#include "reference/job.h"

typedef struct csv_case {
    const char *rule; /* its name in SEMANTICS.md */
    ref_bytes in[REF_MAX_SOURCES];
    size_t n_sources; /* 0: one */
    ref_bytes body;   /* follows the first source's bytes n_bodies times, and then `tail` */
    size_t n_bodies;
    ref_bytes tail;
    tine_csv_options options;
    ref_terminal terminal;
    const bool *used;
    ref_kind kind;
    size_t rows_shown;
    const char *answer;
} csv_case;

extern const csv_case csv_cases[];
extern const size_t n_csv_cases;

typedef ref_text (*csv_reader)(const ref_job *job);

/* Runs a group of cmocka tests, one a rule and of its name, with all its cases. */
int csv_run_rules(const char *group, csv_reader reader);

#endif
