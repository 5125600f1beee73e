/* A map over inputs some of which crash it, never end, or make it leave: each of these costs itself
 * alone, and says what became of it. */
#define TINE_SHORT_NAMES
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tine.h>

/* A parser of the kind that one would rather not have in one's own process. */
static tine_status parse(size_t index, const void *in, void *out, void *ctx)
{
    (void)ctx;
    const char *text = *(const char *const *)in;
    if (strcmp(text, "crash") == 0)
        abort();
    if (strcmp(text, "leave") == 0)
        exit(3);
    for (volatile int forever = strcmp(text, "hang") == 0; forever;)
        ;
    char *end;
    *(double *)out = strtod(text, &end);
    return *end ? tine_fail(1, (int64_t)index, "\"%s\" is no number", text) : TINE_OK;
}

int main(void)
{
    /* Constants of the program are in its workers too, at the same place. */
    const char *const texts[] = {"1", "2.5", "crash", "1e3", "leave", "hang", "x", "-7"};
    enum { N = sizeof texts / sizeof texts[0] };
    double numbers[N];
    tine_status statuses[N];

    tine_error error = {0};
    tine_pool *pool = NULL;
    tine_pool_options how = TINE_POOL_OPTIONS_INIT;
    how.kind = TINE_PROCESSES; /* with TINE_THREADS, the first of them would be the last */
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.statuses = statuses;
    options.timeout_ns = 200000000;

    tine_status status = tine_pool_open(&how, &pool, &error);
    if (!status)
        status = parallel_map(pool, parse, NULL, texts, sizeof texts[0], numbers, sizeof numbers[0],
                              N, &options, &error);
    tine_pool_close(&pool);
    if (status) {
        fprintf(stderr, "isolate: %s: %s\n", tine_status_name(status), error.message);
        return 1;
    }
    for (int i = 0; i < N; i++)
        if (statuses[i] == TINE_OK)
            printf("%-6s %g\n", texts[i], numbers[i]);
        else
            printf("%-6s %s\n", texts[i], tine_status_name(statuses[i]));
    return 0;
}
