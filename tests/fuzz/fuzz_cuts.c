/* Any bytes, in any dialect: whatever the partition size, several workers must find what is found
 * in one piece by nobody else. Only the marks between batches tell the partitions. */
#include "question.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_CUT = 96, N_WORKERS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Opened once: never closed, as nothing says which input is the last. */
static tine_pool *the_pool(void)
{
    static tine_pool *pool;
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = N_WORKERS;
    if (!pool && tine_pool_open(&options, &pool, NULL) != TINE_OK)
        abort();
    return pool;
}

static bool is_mark(const char *line)
{
    return *line == '@' || strncmp(line, "--\n", 3) == 0;
}

/* Takes the lines between batches out. No row looks like one: strings are in quotes. */
static void drop_marks(char *text)
{
    char *to = text;
    for (char *line = text; *line;) {
        char *end = strchr(line, '\n');
        size_t n = end ? (size_t)(end - line) + 1 : strlen(line);
        if (!is_mark(line)) {
            memmove(to, line, n);
            to += n;
        }
        line += n;
    }
    *to = '\0';
}

static ref_text answer(const ref_job *job)
{
    ref_text text = ref_library_answer(job);
    drop_marks(text.data);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ref_job job;
    if (!question_of(data, size, &job))
        return 0;
    job.options.partition_size = 0;
    ref_text expected = answer(&job);
    job.pool = the_pool();
    for (size_t cut = 1; cut <= size && cut <= MAX_CUT; cut++) {
        job.options.partition_size = cut;
        ref_text found = answer(&job);
        if (strcmp(expected.data, found.data) != 0)
            abort();
        ref_text_free(&found);
    }
    ref_text_free(&expected);
    return 0;
}
