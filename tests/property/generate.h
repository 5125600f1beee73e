/* Random CSV: a question for both readers, made of a seed alone. */
#ifndef TINE_TESTS_PROPERTY_GENERATE_H
#define TINE_TESTS_PROPERTY_GENERATE_H
#include "reference/job.h"

typedef struct random_state {
    uint64_t state;
} random_state;

uint64_t random_next(random_state *r);
size_t random_below(random_state *r, size_t n); /* n > 0 */
bool random_chance(random_state *r, unsigned percent);

/* A job and all that it points to. */
typedef struct question {
    ref_job job;
    ref_text texts[REF_MAX_SOURCES];
    char delimiter[2];
    tine_field fields[8];
    char *names_of_fields[8];
} question;

void question_make(question *q, uint64_t seed);
void question_free(question *q);

#endif
