#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void print_row(const model_scenario *scenario, const model_mutation *mutation,
                      const model_result *r)
{
    printf("%-36s %9zu states %8zu runs %8.2g schedules %4u steps %6.2f s", scenario->name,
           r->n_states, r->n_runs, r->n_schedules, r->longest, r->seconds);
    if (mutation)
        printf("  %s %s %s: %s", mutation->function ? mutation->function : "*",
               mutation->kind ? mutation->kind : "*", mutation->object ? mutation->object : "",
               r->failed ? r->failure : "NOT FOUND");
    printf("\n");
}

void model_holds(const model_scenario *scenario)
{
    model_result r = model_explore(scenario, NULL);
    print_row(scenario, NULL, &r);
    if (r.failed)
        printf("%s: %s\n%s", scenario->name, r.failure, r.trace);
    free(r.trace);
    assert_false(r.failed);
    assert_false(r.gave_up);
}

void model_is_found(const model_scenario *scenario, const model_mutation *mutation)
{
    model_result r = model_explore(scenario, mutation);
    print_row(scenario, mutation, &r);
    if (getenv("MODEL_TRACE") && r.trace)
        printf("%s", r.trace);
    free(r.trace);
    assert_true(!mutation || r.mutated);
    assert_true(r.failed);
}
