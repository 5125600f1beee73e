#define _GNU_SOURCE
#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static bool is_mutant;

bool model_is_long(int argc, char **argv)
{
    is_mutant = argc > 1 && strcmp(argv[1], "mutant") == 0;
    return argc > 1 && strcmp(argv[1], "long") == 0;
}

int model_mutant_lives(void)
{
    return is_mutant;
}

static void print_row(const model_scenario *scenario, const model_mutation *mutation,
                      const model_result *r)
{
    printf("%-36s %9zu states %8zu runs %8.2g schedules %4u steps %6.2f s", scenario->name,
           r->n_states, r->n_runs, r->n_schedules, r->longest, r->seconds);
    if (mutation)
        printf("  %s %s %s: %s", mutation->function ? mutation->function : "*",
               mutation->kind ? mutation->kind : "*", mutation->object ? mutation->object : "",
               r->failed ? r->failure : "NOT FOUND");
    printf("%s\n", r->gave_up ? " and more" : "");
}

static const char *next_field(char **rest)
{
    const char *field = strsep(rest, ",");
    return field && *field ? field : NULL;
}

/* MODEL_MUTATE=function,kind,object,order in the environment: what becomes of a scenario that holds
 * (survey.py). NULL: it is not there. */
static const model_mutation *mutation_to_survey(void)
{
    static char text[256];
    static model_mutation mutation;
    const char *wanted = getenv("MODEL_MUTATE");
    if (!wanted)
        return NULL;
    snprintf(text, sizeof text, "%s", wanted);
    char *rest = text;
    mutation.function = next_field(&rest);
    mutation.kind = next_field(&rest);
    mutation.object = next_field(&rest);
    mutation.omit = !rest || !*rest;
    mutation.order = mutation.omit ? memory_order_relaxed : (memory_order)atoi(rest);
    return &mutation;
}

void model_holds(const model_scenario *scenario)
{
    const model_mutation *mutation = mutation_to_survey();
    model_result r = model_explore(scenario, mutation);
    print_row(scenario, mutation, &r);
    if (r.failed && !mutation)
        printf("%s: %s\n%s", scenario->name, r.failure, r.trace);
    if (r.failed && is_mutant)
        exit(0);
    free(r.trace);
    assert_false(r.failed);
    assert_false(r.gave_up);
}

void model_is_found(const model_scenario *scenario, const model_mutation *mutation)
{
    if (is_mutant || mutation_to_survey())
        return;
    model_result r = model_explore(scenario, mutation);
    print_row(scenario, mutation, &r);
    if (getenv("MODEL_TRACE") && r.trace)
        printf("%s", r.trace);
    free(r.trace);
    assert_true(!mutation || r.mutated);
    assert_true(r.failed);
}

void model_counts(const model_scenario *scenario)
{
    if (is_mutant || mutation_to_survey())
        return;
    model_scenario unmerged = *scenario;
    unmerged.unmerged = true;
    model_result merged = model_explore(scenario, NULL), all = model_explore(&unmerged, NULL);
    print_row(&unmerged, NULL, &all);
    assert_false(merged.failed || all.failed);
    assert_true(merged.n_schedules == (double)all.n_ends);
    assert_true(merged.n_runs < all.n_runs);
}
