/* The tree of a reduction, and who destroys what. */
#define _GNU_SOURCE
#include "support/pool.h"
#include <stdlib.h>

/* A state that writes down how it came to be: leaf [3, 5) is "3-5", a merge is "(left,right)". */
typedef struct text {
    char *s;
} text;

typedef struct world {
    atomic_int live, inits, merges;
    int fail_init, fail_merge; /* the call of that number, or -1 */
    size_t fail_fold;          /* the element, or SIZE_MAX */
} world;

static const world fine = {.fail_init = -1, .fail_merge = -1, .fail_fold = SIZE_MAX};

static char *format_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *s = malloc((size_t)n + 1);
    va_start(args, format);
    vsnprintf(s, (size_t)n + 1, format, args);
    va_end(args);
    return s;
}

static tine_status text_init(void *state, void *ctx)
{
    world *w = ctx;
    if (atomic_fetch_add(&w->inits, 1) == w->fail_init)
        return 50;
    atomic_fetch_add(&w->live, 1);
    ((text *)state)->s = format_text("");
    return TINE_OK;
}

static tine_status text_fold(void *state, size_t begin, size_t end, void *ctx)
{
    world *w = ctx;
    text *t = state;
    if (w->fail_fold >= begin && w->fail_fold < end)
        return tine_fail(60, (int64_t)w->fail_fold, "no");
    free(t->s);
    t->s = end == begin + 1 ? format_text("%zu", begin) : format_text("%zu-%zu", begin, end);
    return TINE_OK;
}

static tine_status text_merge(void *state, void *right, void *ctx)
{
    world *w = ctx;
    text *l = state, *r = right;
    if (atomic_fetch_add(&w->merges, 1) == w->fail_merge)
        return 70;
    char *s = format_text("(%s,%s)", l->s, r->s);
    free(l->s);
    l->s = s;
    return TINE_OK;
}

static void text_destroy(void *state, void *ctx)
{
    free(((text *)state)->s);
    atomic_fetch_sub(&((world *)ctx)->live, 1);
}

static tine_reducer text_reducer(world *w)
{
    return (tine_reducer){.struct_size = sizeof(tine_reducer),
                          .size = sizeof(text),
                          .init = text_init,
                          .merge = text_merge,
                          .destroy = text_destroy,
                          .ctx = w};
}

static tine_status reduce(tine_pool *pool, size_t n, size_t grain, world *w, text *out,
                          tine_error *error)
{
    tine_reducer reducer = text_reducer(w);
    tine_parallel_options options = TINE_PARALLEL_OPTIONS_INIT;
    options.grain = grain;
    return tine_parallel_reduce(pool, 0, n, text_fold, &reducer, out, &options, error);
}

/* The same by a binary counter: place i holds the state of 2^i leaves, or nothing. */
static char *count_leaves(size_t n, size_t grain)
{
    char *place[16] = {0}, *all = NULL;
    for (size_t begin = 0; begin < n; begin += grain) {
        size_t end = begin + grain < n ? begin + grain : n, i = 0;
        char *carry =
            end == begin + 1 ? format_text("%zu", begin) : format_text("%zu-%zu", begin, end);
        for (; place[i]; i++) {
            char *merged = format_text("(%s,%s)", place[i], carry);
            free(place[i]);
            free(carry);
            place[i] = NULL;
            carry = merged;
        }
        place[i] = carry;
    }
    for (size_t i = 0; i < 16; i++) { /* what remains, from the right */
        if (!place[i])
            continue;
        char *merged = all ? format_text("(%s,%s)", place[i], all) : format_text("%s", place[i]);
        free(place[i]);
        free(all);
        all = merged;
    }
    return all ? all : format_text("");
}

static void the_tree_is_a_binary_counters(void **state)
{
    (void)state;
    for (unsigned workers = 0; workers <= 8; workers++) {
        tine_pool *pool = workers ? open_pool(workers) : NULL;
        for (size_t grain = 1; grain <= 3; grain += 2)
            for (size_t n = 0; n <= 70 * grain; n++) {
                world w = fine;
                text out;
                assert_int_equal(reduce(pool, n, grain, &w, &out, NULL), TINE_OK);
                char *expected = count_leaves(n, grain);
                assert_string_equal(out.s, expected);
                free(expected);
                assert_int_equal(w.live, 1);
                text_destroy(&out, &w);
            }
        tine_pool_close(&pool);
    }
}

static void the_default_tree_does_not_depend_on_the_workers(void **state)
{
    (void)state;
    for (size_t n = 1; n < 5000; n = 3 * n + 1) {
        char *first = NULL;
        for (unsigned workers = 0; workers <= 8; workers = workers ? 2 * workers : 1) {
            tine_pool *pool = workers ? open_pool(workers) : NULL;
            world w = fine;
            text out;
            assert_int_equal(reduce(pool, n, 0, &w, &out, NULL), TINE_OK);
            if (first)
                assert_string_equal(out.s, first);
            else
                first = format_text("%s", out.s);
            text_destroy(&out, &w);
            tine_pool_close(&pool);
        }
        free(first);
    }
}

/* Whatever fails, and wherever, no state is left. */
static void failures_leave_no_state(void **state)
{
    (void)state;
    for (unsigned workers = 0; workers <= 4; workers = workers ? 2 * workers : 1) {
        tine_pool *pool = workers ? open_pool(workers) : NULL;
        for (int i = 0; i < 20; i++)
            for (int kind = 0; kind < 3; kind++) {
                world w = fine;
                text out;
                tine_error error;
                if (kind == 0)
                    w.fail_init = i;
                else if (kind == 1)
                    w.fail_merge = i;
                else
                    w.fail_fold = (size_t)i;
                tine_status expected = kind == 0 ? 50 : kind == 1 ? 70 : 60;
                if (kind == 1 && i == 19)
                    expected = TINE_OK; /* 20 leaves have 19 merges */
                assert_int_equal(reduce(pool, 20, 1, &w, &out, &error), expected);
                if (kind == 2)
                    assert_int_equal(error.index, i);
                if (expected == TINE_OK)
                    text_destroy(&out, &w);
                assert_int_equal(w.live, 0);
            }
        tine_pool_close(&pool);
    }
}

/* Element i and every one after it fail; the lowest wins over later ones that came first. */
static tine_status late_fold(void *state, size_t begin, size_t end, void *ctx)
{
    (void)state;
    size_t lowest = *(size_t *)ctx;
    for (size_t i = begin; i < end; i++)
        if (i >= lowest)
            return tine_fail((tine_status)i, (int64_t)i, "element %zu", i);
    return TINE_OK;
}

static tine_status no_merge(void *state, void *right, void *ctx)
{
    (void)state;
    (void)right;
    (void)ctx;
    return TINE_OK;
}

static void the_lowest_failure_wins(void **state)
{
    (void)state;
    for (unsigned workers = 0; workers <= 8; workers++) {
        tine_pool *pool = workers ? open_pool(workers) : NULL;
        for (size_t lowest = 1; lowest < 1000; lowest += 37) {
            tine_reducer reducer = {.struct_size = sizeof reducer,
                                    .size = 1,
                                    .align = 1,
                                    .merge = no_merge,
                                    .ctx = &lowest};
            char out;
            tine_error error;
            assert_int_equal(
                tine_parallel_reduce(pool, 0, 1000, late_fold, &reducer, &out, NULL, &error),
                lowest);
            assert_int_equal(error.index, lowest);
        }
        tine_pool_close(&pool);
    }
}

/* A state too large, or too aligned, for the frames of the tree. */
typedef struct wide {
    _Alignas(256) uint64_t sum[64];
} wide;

static tine_status wide_fold(void *state, size_t begin, size_t end, void *ctx)
{
    wide *w = state;
    (void)ctx;
    if ((uintptr_t)w % _Alignof(wide))
        return 1;
    for (size_t i = begin; i < end; i++)
        w->sum[i % 64] += i;
    return TINE_OK;
}

static tine_status wide_merge(void *state, void *right, void *ctx)
{
    wide *l = state;
    const wide *r = right;
    (void)ctx;
    for (size_t i = 0; i < 64; i++)
        l->sum[i] += r->sum[i];
    return TINE_OK;
}

static void large_states_are_zeroed_and_aligned(void **state)
{
    (void)state;
    tine_pool *pool = open_pool(4);
    tine_reducer reducer = {.struct_size = sizeof reducer,
                            .size = sizeof(wide),
                            .align = _Alignof(wide),
                            .merge = wide_merge};
    wide out;
    assert_int_equal(tine_parallel_reduce(pool, 0, 6400, wide_fold, &reducer, &out, NULL, NULL), 0);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(out.sum[i], 100 * i + 64 * 4950);
    tine_pool_close(&pool);
}

static void bad_reducers_are_refused(void **state)
{
    (void)state;
    world w = fine;
    text out;
    tine_reducer r = text_reducer(&w);
    r.struct_size = 0;
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, text_fold, &r, &out, NULL, NULL),
                     TINE_EINVAL);
    r = text_reducer(&w);
    r.merge = NULL;
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, text_fold, &r, &out, NULL, NULL),
                     TINE_EINVAL);
    r = text_reducer(&w);
    r.align = 24;
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, text_fold, &r, &out, NULL, NULL),
                     TINE_EINVAL);
    r = text_reducer(&w);
    r.size = 0;
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, text_fold, &r, &out, NULL, NULL),
                     TINE_EINVAL);
    r = text_reducer(&w);
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, text_fold, &r, NULL, NULL, NULL),
                     TINE_EINVAL);
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, NULL, &r, &out, NULL, NULL), TINE_EINVAL);
    assert_int_equal(tine_parallel_reduce(NULL, 0, 9, text_fold, NULL, &out, NULL, NULL),
                     TINE_EINVAL);
    assert_int_equal(w.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_a_binary_counters),
        cmocka_unit_test(the_default_tree_does_not_depend_on_the_workers),
        cmocka_unit_test(failures_leave_no_state),
        cmocka_unit_test(the_lowest_failure_wins),
        cmocka_unit_test(large_states_are_zeroed_and_aligned),
        cmocka_unit_test(bad_reducers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
