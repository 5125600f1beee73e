/* What tests say of scenarios. Each verdict prints one line of numbers. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H
#include "model/model.h"

/* The scenario holds in everything that can happen. */
void model_holds(const model_scenario *scenario);
/* With the mutation, NULL for none, it does not. */
void model_is_found(const model_scenario *scenario, const model_mutation *mutation);

/* Running every schedule by itself comes to as many ends as there are schedules by the count that
 * is made with states. */
void model_counts(const model_scenario *scenario);
/* A test program: runs the tests; with the argument "long" the long ones instead; with "mutant" all
 * of them until one scenario does not hold, which is then what is wanted. */
#define model_main(argc, argv, tests, long_tests)                                                  \
    (model_is_long(argc, argv) ? cmocka_run_group_tests(long_tests, NULL, NULL)                    \
                               : cmocka_run_group_tests(tests, NULL, NULL) + model_mutant_lives())
bool model_is_long(int argc, char **argv);
/* 1 if a mutant was to be found and was not. */
int model_mutant_lives(void);

#endif
