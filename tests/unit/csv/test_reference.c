/* The reference reader against the cases, and the cases against the page: every rule of
 * SEMANTICS.md has one, and every case has a rule. argv[1] is the page. */
#include "cases.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MAX_RULES = 200, NAME_SIZE = 64 };

static const char *page_path;
static char rules[MAX_RULES][NAME_SIZE];
static size_t n_rules;

/* A rule's row starts with its name in the first column of a table: | `name` | */
static int read_rules(void **state)
{
    (void)state;
    static char line[1 << 14];
    FILE *page = fopen(page_path, "r");
    if (!page)
        return -1;
    while (fgets(line, sizeof line, page) && n_rules < MAX_RULES)
        n_rules += sscanf(line, "| `%63[a-z0-9_]` |", rules[n_rules]) == 1;
    fclose(page);
    return n_rules > 0 && n_rules < MAX_RULES ? 0 : -1;
}

static void every_case_has_a_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_csv_cases; i++) {
        bool found = false;
        for (size_t j = 0; j < n_rules; j++)
            found = found || strcmp(rules[j], csv_cases[i].rule) == 0;
        if (!found)
            fail_msg("no such rule: %s", csv_cases[i].rule);
    }
}

static void every_rule_has_a_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_rules; i++) {
        bool found = false;
        for (size_t j = 0; j < n_csv_cases; j++)
            found = found || strcmp(rules[i], csv_cases[j].rule) == 0;
        if (!found)
            fail_msg("a rule without a case: %s", rules[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest page[] = {
        cmocka_unit_test(every_case_has_a_rule),
        cmocka_unit_test(every_rule_has_a_case),
    };
    if (argc != 2)
        return EXIT_FAILURE;
    page_path = argv[1];
    int n_failed = csv_run_rules("csv reference", ref_answer);
    n_failed += cmocka_run_group_tests_name("csv semantics page", page, read_rules, NULL);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
