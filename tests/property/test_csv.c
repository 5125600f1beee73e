/* Whatever the bytes and wherever they are cut: the library gives the reference's rows, to the bit,
 * or its first error, to the byte. Every case is a function of its number, and one that fails is
 * made as small as it gets before it is shown.
 *
 * TINE_PROPERTY_CASES: how many cases (a quick number by default); TINE_PROPERTY_FIRST: the number
 * of the first one, to run a failure again. */
#include "generate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { QUICK_CASES = 800, N_POOLS = 4 };

/* No pool, and pools of 1 to 8 workers, open as long as the tests run. */
static const unsigned pool_workers[N_POOLS] = {1, 2, 3, 8};
static tine_pool *pools[1 + N_POOLS];

static size_t number_from(const char *variable, size_t otherwise)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

/* ---- one comparison ---- */

static bool same_answer(const ref_job *job)
{
    ref_text expected = ref_answer(job), answer = ref_library_answer(job);
    bool same = answer.data && strcmp(expected.data, answer.data) == 0;
    ref_text_free(&expected);
    ref_text_free(&answer);
    return same;
}

/* Takes `n` bytes at `at` out of a source and tells whether the answers still differ. */
static bool differs_without(ref_job *job, size_t source, size_t at, size_t n)
{
    ref_bytes *in = &job->sources[source];
    ref_bytes whole = *in;
    char *shorter = malloc(in->size - n + 1);
    assert_non_null(shorter);
    memcpy(shorter, whole.data, at);
    memcpy(shorter + at, whole.data + at + n, whole.size - at - n);
    *in = (ref_bytes){shorter, whole.size - n};
    if (!same_answer(job)) {
        free((void *)(uintptr_t)whole.data);
        return true;
    }
    *in = whole;
    free(shorter);
    return false;
}

static void make_smaller(ref_job *job)
{
    for (size_t source = 0; source < job->n_sources; source++) {
        for (size_t n = job->sources[source].size; n > 0; n /= 2) {
            size_t at = 0;
            while (at + n <= job->sources[source].size) {
                if (!differs_without(job, source, at, n))
                    at++;
            }
        }
    }
}

static void show_options(ref_text *to, const tine_csv_options *o)
{
    ref_text_add(to, "delimiter %s quote %d escape %d comment %d header %d", //
                 o->delimiter ? o->delimiter : "sniffed", o->quote, o->escape, o->comment,
                 (int)o->header);
    ref_text_add(to, " partition_size %zu max_row_size %zu", o->partition_size, o->max_row_size);
    for (size_t i = 0; i < o->n_nulls; i++)
        ref_text_add(to, " null %s", o->nulls[i]);
    for (size_t i = 0; i < o->n_fields; i++)
        ref_text_add(to, " %s:%s", o->fields[i].name, ref_type_name(o->fields[i].type));
}

static void show_job(ref_text *to, const ref_job *job)
{
    static const char *const terminals[] = {"collect", "for_each", "count"};
    static const char *const kinds[] = {"seekable", "memory", "pipe"};
    ref_text_add(to, "%s of %s, %u workers, ", terminals[job->terminal], kinds[job->kind],
                 job->pool ? tine_pool_workers(job->pool) : 0);
    show_options(to, &job->options);
    for (size_t i = 0; i < job->n_sources; i++) {
        ref_text_add(to, "\nsource %zu: ", i);
        ref_text_add_quoted(to, job->sources[i].data, job->sources[i].size);
    }
}

static void complain(const ref_job *job, uint64_t number)
{
    ref_text shown = {0}, expected = ref_answer(job), answer = ref_library_answer(job);
    show_job(&shown, job);
    print_error("case %llu: %s\nreference:\n%s\nlibrary:\n%s\n", (unsigned long long)number,
                shown.data, expected.data, answer.data);
    ref_text_free(&shown);
    ref_text_free(&expected);
    ref_text_free(&answer);
}

/* Frees the copies that make_smaller works on. */
static void own_sources(ref_job *job, bool take)
{
    for (size_t i = 0; i < job->n_sources; i++) {
        ref_bytes *in = &job->sources[i];
        char *copy = take ? malloc(in->size + 1) : NULL;
        if (take)
            memcpy(copy, in->data, in->size);
        else
            free((void *)(uintptr_t)in->data);
        in->data = copy;
    }
}

static bool answers_alike(const ref_job *job, uint64_t number)
{
    if (same_answer(job))
        return true;
    ref_job small = *job;
    own_sources(&small, true);
    make_smaller(&small);
    complain(&small, number);
    own_sources(&small, false);
    return false;
}

/* ---- one case, in every way it can be asked ---- */

static size_t longest_source(const ref_job *job)
{
    size_t longest = 0;
    for (size_t i = 0; i < job->n_sources; i++) {
        if (job->sources[i].size > longest)
            longest = job->sources[i].size;
    }
    return longest;
}

/* All terminals over all kinds of sources, at one partition size and on one pool. */
static bool alike_in_every_way(question *q, uint64_t number)
{
    for (ref_terminal t = REF_COLLECT; t <= REF_COUNT; t++) {
        for (ref_kind k = REF_SEEKABLE; k <= REF_PIPE; k++) {
            q->job.terminal = t;
            q->job.kind = k;
            if (!answers_alike(&q->job, number))
                return false;
        }
    }
    return true;
}

static bool alike_at_sizes(question *q, uint64_t number, random_state *random)
{
    static const size_t sizes[] = {0, 1, 2, 3, 5, 7, 16, 64, 256, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        q->job.options.partition_size = sizes[i];
        q->job.pool = pools[random_below(random, 1 + N_POOLS)];
        q->job.terminal = (ref_terminal)random_below(random, 3);
        q->job.kind = (ref_kind)random_below(random, 3);
        if (!answers_alike(&q->job, number))
            return false;
    }
    q->job.options.partition_size = sizes[random_below(random, sizeof sizes / sizeof *sizes)];
    return alike_in_every_way(q, number);
}

static bool alike_at_every_cut(question *q, uint64_t number, random_state *random)
{
    size_t n = longest_source(&q->job);
    q->job.terminal = (ref_terminal)random_below(random, 2);
    q->job.kind = (ref_kind)random_below(random, 3);
    for (size_t size = 1; size <= n + 1; size++) {
        q->job.options.partition_size = size;
        q->job.pool = pools[size % (1 + N_POOLS)];
        if (!answers_alike(&q->job, number))
            return false;
    }
    return true;
}

static size_t count_failures(bool (*alike)(question *, uint64_t, random_state *), size_t n_cases,
                             size_t longest)
{
    size_t first = number_from("TINE_PROPERTY_FIRST", 1), n_failed = 0;
    for (size_t i = first; i < first + n_cases && n_failed < 10; i++) {
        question q;
        random_state random = {~(uint64_t)i};
        question_make(&q, i);
        if (longest_source(&q.job) <= longest)
            n_failed += !alike(&q, i, &random);
        question_free(&q);
    }
    return n_failed;
}

static void same_rows_and_errors_at_any_size(void **state)
{
    (void)state;
    size_t n = number_from("TINE_PROPERTY_CASES", QUICK_CASES);
    assert_int_equal(count_failures(alike_at_sizes, n, SIZE_MAX), 0);
}

static void same_rows_and_errors_at_every_cut(void **state)
{
    (void)state;
    size_t n = number_from("TINE_PROPERTY_CASES", QUICK_CASES);
    assert_int_equal(count_failures(alike_at_every_cut, n, 100), 0);
}

/* ---- pools ---- */

static int open_pools(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POOLS; i++) {
        tine_pool_options options = TINE_POOL_OPTIONS_INIT;
        options.n_workers = pool_workers[i];
        if (tine_pool_open(&options, &pools[1 + i], NULL))
            return -1;
    }
    return 0;
}

static int close_pools(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POOLS; i++)
        tine_pool_close(&pools[1 + i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_rows_and_errors_at_any_size),
        cmocka_unit_test(same_rows_and_errors_at_every_cut),
    };
    return cmocka_run_group_tests_name("csv property", tests, open_pools, close_pools);
}
