#include "reduce/aggregate.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "unit/reduce/numbers.h"
#include "unit/table/counting.h"

#define GROUPS 3
#define STRIDE 2048 /* room for any state */

static _Alignas(64) unsigned char states[GROUPS * STRIDE], others[GROUPS * STRIDE];
static _Alignas(64) unsigned char whole[GROUPS * STRIDE]; /* of aggregate() */

typedef struct fixture {
    counting_allocator c;
    tine__array in, out;
    tine_column column, result;
} fixture;

/* An empty column with room for every test. */
static void restart(fixture *f, tine_type type)
{
    tine__array_reset(&f->in, type, &f->c.allocator);
    assert_int_equal(tine__array_reserve(&f->in, &f->c.allocator, 200, 2000, NULL), TINE_OK);
}

static void open_fixture(fixture *f, tine_type type)
{
    memset(f, 0, sizeof *f);
    counting_init(&f->c);
    restart(f, type);
}

static void close_fixture(fixture *f)
{
    tine__array_free(&f->in, &f->c.allocator);
    tine__array_free(&f->out, &f->c.allocator);
    counting_assert_empty(&f->c);
}

static void start(const tine__aggregate *g, unsigned char *at)
{
    memset(at, 0xaa, GROUPS * STRIDE);
    assert_int_equal(g->size % 8, 0);
    assert_true(g->size <= STRIDE);
    for (size_t i = 0; i < GROUPS; i++)
        g->init(at + i * STRIDE);
}

static void stop(const tine__aggregate *g, unsigned char *at, const tine_allocator *a)
{
    for (size_t i = 0; g->destroy && i < GROUPS; i++)
        g->destroy(at + i * STRIDE, a);
}

/* The rows of a part of the input; a later part has a higher number. */
static tine_status feed(const tine__aggregate *g, void *to, const uint32_t *groups,
                        const tine_column *column, uint64_t part, const tine_allocator *a)
{
    if (g->update_ordered)
        return g->update_ordered(to, STRIDE, groups, column, column->length, part, a);
    return g->update(to, STRIDE, groups, column, column->length, a);
}

/* The median is the quantile of this test. */
static tine_status finish(const tine__aggregate *g, const void *state, tine__array *out,
                          const tine_allocator *a)
{
    return g->finish_at ? g->finish_at(state, 0.5, out, a, NULL) : g->finish(state, out, a, NULL);
}

/* The aggregate of the whole column, as row 0 of f->result. */
static void aggregate(fixture *f, tine_op op)
{
    const tine__aggregate *g = tine__aggregate_find(op, f->in.type);
    const tine_allocator *a = &f->c.allocator;
    assert_non_null(g);
    tine__array_view(&f->in, "x", &f->column);
    tine__array_reset(&f->out, g->result, a);
    start(g, whole);
    assert_int_equal(feed(g, whole, NULL, &f->column, 0, a), TINE_OK);
    assert_int_equal(finish(g, whole, &f->out, a), TINE_OK);
    stop(g, whole, a);
    tine__array_view(&f->out, "y", &f->result);
    assert_int_equal(f->result.length, 1);
}

static int64_t as_int64(fixture *f, tine_op op)
{
    aggregate(f, op);
    assert_false(tine_is_null(&f->result, 0));
    assert_true(f->result.type == TINE_INT64 || f->result.type == TINE_TIMESTAMP);
    return *(const int64_t *)f->result.values;
}

static double as_double(fixture *f, tine_op op)
{
    aggregate(f, op);
    assert_false(tine_is_null(&f->result, 0));
    assert_int_equal(f->result.type, TINE_DOUBLE);
    return *(const double *)f->result.values;
}

static bool is_null(fixture *f, tine_op op)
{
    aggregate(f, op);
    return tine_is_null(&f->result, 0);
}

static void assert_distinct(fixture *f, int64_t n)
{
    assert_int_equal(as_int64(f, TINE_DISTINCT), n);
    assert_int_equal(as_int64(f, TINE_DISTINCT_APPROX), n);
}

static void assert_text(fixture *f, tine_op op, const char *expected)
{
    aggregate(f, op);
    tine_string text = tine_string_at(&f->result, 0);
    assert_false(tine_is_null(&f->result, 0));
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

/* One line a type: the operations it has, in the order of tine_op; '.' has none. */
static void test_what_applies(void **state)
{
    static const char *const table[] = {
        [TINE_AUTO] = "c............",      [TINE_BOOL] = "cns.mMfl...Dd",
        [TINE_INT64] = "cnsamMflvSqDd",     [TINE_DOUBLE] = "cnsamMflvSqDd",
        [TINE_DECIMAL] = "cn...........",   [TINE_DATE] = "cn..mMfl...Dd",
        [TINE_TIMESTAMP] = "cn..mMfl...Dd", [TINE_STRING] = "cn..mMfl...Dd",
    };
    (void)state;
    for (int type = TINE_AUTO; type <= TINE_STRING; type++)
        for (int op = TINE_COUNT; op <= TINE_DISTINCT_APPROX; op++) {
            const tine__aggregate *g = tine__aggregate_find((tine_op)op, (tine_type)type);
            assert_int_equal(g != NULL, table[type][op] != '.');
            if (g)
                assert_int_equal(g->needs_column, type != TINE_AUTO);
        }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tine__op_name(TINE_COUNT), "count");
    assert_string_equal(tine__op_name(TINE_STD), "std");
    assert_string_equal(tine__op_name(TINE_DISTINCT_APPROX), "distinct_approx");
    for (int op = TINE_COUNT; op <= TINE_DISTINCT_APPROX; op++)
        assert_string_not_equal(tine__op_name((tine_op)op), "unknown");
}

/* What has no value, whether it has rows or not. */
static void assert_nothing(fixture *f)
{
    for (int op = TINE_MIN; op <= TINE_LAST; op++)
        assert_true(is_null(f, (tine_op)op));
    assert_int_equal(as_int64(f, TINE_COUNT), 0);
    assert_int_equal(as_int64(f, TINE_NULLS), f->in.length);
    assert_int_equal(as_int64(f, TINE_DISTINCT), 0);
    assert_int_equal(as_int64(f, TINE_DISTINCT_APPROX), 0);
    if (f->in.type == TINE_DOUBLE)
        assert_same_double(as_double(f, TINE_SUM), 0.0);
    if (f->in.type == TINE_INT64 || f->in.type == TINE_BOOL)
        assert_int_equal(as_int64(f, TINE_SUM), 0);
    if (f->in.type == TINE_INT64 || f->in.type == TINE_DOUBLE) {
        assert_true(is_null(f, TINE_MEAN));
        assert_true(is_null(f, TINE_VAR));
        assert_true(is_null(f, TINE_STD));
    }
}

static void test_nothing(void **state)
{
    (void)state;
    for (int type = TINE_BOOL; type <= TINE_STRING; type++) {
        if (type == TINE_DECIMAL)
            continue;
        fixture f;
        open_fixture(&f, (tine_type)type);
        assert_nothing(&f);
        for (int i = 0; i < 70; i++)
            tine__array_push_null(&f.in);
        assert_nothing(&f);
        close_fixture(&f);
    }
}

static void test_bool(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f, TINE_BOOL);
    for (int i = 0; i < 130; i++)
        if (i % 5 == 4)
            tine__array_push_null(&f.in);
        else
            tine__array_push_bool(&f.in, i % 5 < 2);
    assert_int_equal(as_int64(&f, TINE_COUNT), 104);
    assert_int_equal(as_int64(&f, TINE_NULLS), 26);
    assert_int_equal(as_int64(&f, TINE_SUM), 52);
    assert_distinct(&f, 2);
    aggregate(&f, TINE_MIN);
    assert_int_equal(*(const uint8_t *)f.result.values & 1, 0);
    aggregate(&f, TINE_MAX);
    assert_int_equal(*(const uint8_t *)f.result.values & 1, 1);
    close_fixture(&f);
}

static void test_int64(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f, TINE_INT64);
    tine__array_push_int64(&f.in, INT64_MAX);
    tine__array_push_null(&f.in);
    tine__array_push_int64(&f.in, INT64_MIN);
    tine__array_push_int64(&f.in, 4);
    assert_int_equal(as_int64(&f, TINE_SUM), 3);
    assert_same_double(as_double(&f, TINE_MEAN), 1.0);
    assert_true(as_int64(&f, TINE_MIN) == INT64_MIN);
    assert_true(as_int64(&f, TINE_MAX) == INT64_MAX);
    assert_distinct(&f, 3);
    assert_true(as_double(&f, TINE_VAR) > 8e37);
    assert_same_double(as_double(&f, TINE_STD), 0x1p63);
    close_fixture(&f);
}

static void test_int64_sum_out_of_range(void **state)
{
    const tine__aggregate *g = tine__aggregate_find(TINE_SUM, TINE_INT64);
    tine_error error = {0};
    fixture f;
    (void)state;
    open_fixture(&f, TINE_INT64);
    tine__array_push_int64(&f.in, INT64_MAX);
    tine__array_push_int64(&f.in, 1);
    tine__array_view(&f.in, "x", &f.column);
    tine__array_reset(&f.out, g->result, &f.c.allocator);
    start(g, states);
    assert_int_equal(g->update(states, 0, NULL, &f.column, 2, &f.c.allocator), TINE_OK);
    assert_int_equal(g->finish(states, &f.out, &f.c.allocator, &error), TINE_ELIMIT);
    assert_int_equal(error.status, TINE_ELIMIT);
    assert_non_null(strstr(error.message, "double"));
    assert_int_equal(f.out.length, 0);
    close_fixture(&f);
}

static void test_double(void **state)
{
    const double values[] = {-0.0, 1e308, NAN, 0.0, 1e308, -1e308};
    fixture f;
    (void)state;
    open_fixture(&f, TINE_DOUBLE);
    for (size_t i = 0; i < 6; i++)
        tine__array_push_double(&f.in, values[i]);
    assert_int_equal(bits_of(as_double(&f, TINE_SUM)), NAN_BITS);
    assert_int_equal(bits_of(as_double(&f, TINE_STD)), NAN_BITS);
    assert_same_double(as_double(&f, TINE_MIN), -1e308);
    assert_same_double(as_double(&f, TINE_MAX), 1e308);
    assert_int_equal(as_int64(&f, TINE_COUNT), 6);
    assert_distinct(&f, 4);
    restart(&f, TINE_DOUBLE);
    for (size_t i = 0; i < 6; i++)
        if (i == 2)
            tine__array_push_null(&f.in);
        else
            tine__array_push_double(&f.in, values[i]);
    assert_same_double(as_double(&f, TINE_SUM), 1e308);
    assert_same_double(as_double(&f, TINE_MEAN), 2e307);
    close_fixture(&f);
}

static void test_order_of_doubles(void **state)
{
    const double rising[] = {-INFINITY, -1, -TINIEST, -0.0, 0.0, TINIEST, 1, INFINITY};
    (void)state;
    for (size_t i = 0; i + 1 < 8; i++) {
        fixture f;
        open_fixture(&f, TINE_DOUBLE);
        tine__array_push_double(&f.in, rising[i + 1]);
        tine__array_push_double(&f.in, NAN);
        tine__array_push_double(&f.in, rising[i]);
        assert_same_double(as_double(&f, TINE_MIN), rising[i]);
        assert_same_double(as_double(&f, TINE_MAX), rising[i + 1]);
        restart(&f, TINE_DOUBLE);
        tine__array_push_double(&f.in, NAN);
        assert_true(is_null(&f, TINE_MIN));
        assert_true(is_null(&f, TINE_MAX));
        close_fixture(&f);
    }
}

static void test_dates_and_times(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f, TINE_DATE);
    tine__array_push_int32(&f.in, 7);
    tine__array_push_int32(&f.in, INT32_MIN);
    tine__array_push_int32(&f.in, 7);
    aggregate(&f, TINE_MIN);
    assert_int_equal(f.result.type, TINE_DATE);
    assert_true(*(const int32_t *)f.result.values == INT32_MIN);
    aggregate(&f, TINE_MAX);
    assert_int_equal(*(const int32_t *)f.result.values, 7);
    assert_distinct(&f, 2);
    restart(&f, TINE_TIMESTAMP);
    tine__array_push_int64(&f.in, INT64_MAX);
    assert_true(as_int64(&f, TINE_MIN) == INT64_MAX);
    assert_true(as_int64(&f, TINE_MAX) == INT64_MAX);
    assert_int_equal(f.result.type, TINE_TIMESTAMP);
    close_fixture(&f);
}

static void push_text(fixture *f, const char *text)
{
    tine__array_push_string(&f->in, text, strlen(text));
}

static void test_strings(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f, TINE_STRING);
    push_text(&f, "b");
    push_text(&f, "");
    tine__array_push_null(&f.in);
    push_text(&f, "a long string that comes after b no more than its prefix does");
    push_text(&f, "\xc3\xa9");
    push_text(&f, "b");
    assert_text(&f, TINE_MIN, "");
    assert_text(&f, TINE_MAX, "\xc3\xa9");
    assert_distinct(&f, 4);
    restart(&f, TINE_STRING);
    push_text(&f, "prefix and more");
    push_text(&f, "prefix");
    assert_text(&f, TINE_MIN, "prefix");
    assert_text(&f, TINE_MAX, "prefix and more");
    close_fixture(&f);
}

/* In front of the first value and behind the last are nulls. */
static void test_ends(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f, TINE_INT64);
    for (int i = 0; i < 200; i++)
        if (i == 70 || i == 71 || i == 140)
            tine__array_push_int64(&f.in, i);
        else
            tine__array_push_null(&f.in);
    assert_int_equal(as_int64(&f, TINE_FIRST), 70);
    assert_int_equal(as_int64(&f, TINE_LAST), 140);
    restart(&f, TINE_DOUBLE);
    tine__array_push_double(&f.in, -NAN);
    tine__array_push_double(&f.in, 1);
    tine__array_push_double(&f.in, -0.0);
    assert_int_equal(bits_of(as_double(&f, TINE_FIRST)), NAN_BITS);
    assert_same_double(as_double(&f, TINE_LAST), -0.0);
    restart(&f, TINE_STRING);
    push_text(&f, "");
    push_text(&f, "longer than the last");
    push_text(&f, "last");
    tine__array_push_null(&f.in);
    assert_text(&f, TINE_FIRST, "");
    assert_text(&f, TINE_LAST, "last");
    restart(&f, TINE_DATE);
    tine__array_push_int32(&f.in, -1);
    aggregate(&f, TINE_FIRST);
    assert_int_equal(f.result.type, TINE_DATE);
    assert_int_equal(*(const int32_t *)f.result.values, -1);
    close_fixture(&f);
}

/* Parts may come in any order. */
static void test_ends_of_parts(void **state)
{
    static const uint64_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}};
    (void)state;
    for (size_t o = 0; o < 4; o++)
        for (int op = TINE_FIRST; op <= TINE_LAST; op++) {
            const tine__aggregate *g = tine__aggregate_find((tine_op)op, TINE_INT64);
            fixture f;
            open_fixture(&f, TINE_INT64);
            start(g, states);
            tine__array_reset(&f.out, TINE_INT64, &f.c.allocator);
            for (size_t i = 0; i < 3; i++) {
                restart(&f, TINE_INT64);
                tine__array_push_int64(&f.in, 10 * (int64_t)orders[o][i]);
                tine__array_push_int64(&f.in, 10 * (int64_t)orders[o][i] + 1);
                tine__array_view(&f.in, "x", &f.column);
                assert_int_equal(feed(g, states, NULL, &f.column, orders[o][i], &f.c.allocator),
                                 TINE_OK);
            }
            assert_int_equal(g->finish(states, &f.out, &f.c.allocator, NULL), TINE_OK);
            assert_int_equal(*(const int64_t *)f.out.values, op == TINE_FIRST ? 0 : 21);
            close_fixture(&f);
        }
}

static void push_hostile(fixture *f, uint64_t *seed, size_t n)
{
    static const char letters[] = "the quick brown fox jumps over the lazy dog";
    double x[200];
    hostile_doubles(seed, 4, x, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = next_random(seed);
        if (bits % 4 == 0)
            tine__array_push_null(&f->in);
        else if (f->in.type == TINE_BOOL)
            tine__array_push_bool(&f->in, bits >> 63);
        else if (f->in.type == TINE_DATE)
            tine__array_push_int32(&f->in, (int32_t)bits);
        else if (f->in.type == TINE_DOUBLE)
            tine__array_push_double(&f->in, x[i]);
        else if (f->in.type == TINE_STRING)
            tine__array_push_string(&f->in, letters + bits % 32, bits >> 61);
        else
            tine__array_push_int64(&f->in, (int64_t)bits >> 10);
    }
}

static void assert_same_row(const tine_column *a, size_t i, const tine_column *b, size_t j)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(tine_is_null(a, i), tine_is_null(b, j));
    if (a->type == TINE_STRING) {
        tine_string x = tine_string_at(a, i), y = tine_string_at(b, j);
        assert_int_equal(x.size, y.size);
        assert_memory_equal(x.data, y.data, x.size);
    } else if (a->type == TINE_BOOL) {
        assert_int_equal(tine__bit_get(a->values, i), tine__bit_get(b->values, j));
    } else {
        size_t bytes = tine__type_bits(a->type) / 8;
        assert_memory_equal((const char *)a->values + i * bytes,
                            (const char *)b->values + j * bytes, bytes);
    }
}

/* From a state of moments, what sums and means are from one of their own. */
static void test_sums_of_moments(void **state)
{
    uint64_t seed = 9;
    (void)state;
    for (int type = TINE_INT64; type <= TINE_DOUBLE; type++)
        for (int op = TINE_SUM; op <= TINE_MEAN; op++)
            for (int round = 0; round < 6; round++) {
                const tine__aggregate *g = tine__aggregate_of_moments((tine_op)op, (tine_type)type);
                const tine__aggregate *var = tine__aggregate_find(TINE_VAR, (tine_type)type);
                fixture f;
                tine__array out;
                tine_column column;
                assert_ptr_equal(g->update, var->update);
                open_fixture(&f, (tine_type)type);
                push_hostile(&f, &seed, 30 * (size_t)round);
                aggregate(&f, (tine_op)op);
                start(g, states);
                tine__array_init(&out, g->result);
                assert_int_equal(feed(g, states, NULL, &f.column, 0, &f.c.allocator), TINE_OK);
                assert_int_equal(finish(g, states, &out, &f.c.allocator), TINE_OK);
                tine__array_view(&out, "z", &column);
                assert_same_row(&column, 0, &f.result, 0);
                stop(g, states, &f.c.allocator);
                tine__array_free(&out, &f.c.allocator);
                close_fixture(&f);
            }
    assert_null(tine__aggregate_of_moments(TINE_MIN, TINE_DOUBLE));
    assert_null(tine__aggregate_of_moments(TINE_SUM, TINE_BOOL));
}

/* What the rows of group k give by themselves is row k of `result`. */
static void assert_group(const tine_column *parts, uint32_t groups[2][200], uint32_t k, tine_op op,
                         const tine_column *result)
{
    fixture alone;
    open_fixture(&alone, parts->type);
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p].length; i++)
            if (groups[p][i] == k)
                assert_int_equal(
                    tine__array_append_row(&alone.in, &alone.c.allocator, &parts[p], i, NULL),
                    TINE_OK);
    aggregate(&alone, op);
    assert_same_row(result, k, &alone.result, 0);
    close_fixture(&alone);
}

/* Two parts, each fed with groups to states of its own; some groups are merged to the right and
 * some to the left. */
static void assert_groups(fixture *f, tine_op op, uint64_t *seed)
{
    const tine__aggregate *g = tine__aggregate_find(op, f[0].in.type);
    const tine_allocator *a = &f->c.allocator;
    unsigned char *side[2] = {states, others};
    uint32_t groups[2][200];
    tine_column parts[2];
    tine__array_reset(&f->out, g->result, a);
    for (int p = 0; p < 2; p++) {
        start(g, side[p]);
        tine__array_view(&f[p].in, "x", &parts[p]);
        for (size_t i = 0; i < parts[p].length; i++)
            groups[p][i] = (uint32_t)below(seed, GROUPS);
        assert_int_equal(feed(g, side[p], groups[p], &parts[p], (uint64_t)p, a), TINE_OK);
    }
    for (size_t k = 0; k < GROUPS; k++) {
        unsigned char *to = side[k % 2] + k * STRIDE, *from = side[1 - k % 2] + k * STRIDE;
        assert_int_equal(g->merge(to, from, a), TINE_OK);
        assert_int_equal(finish(g, to, &f->out, a), TINE_OK);
    }
    tine__array_view(&f->out, "y", &f->result);
    for (uint32_t k = 0; k < GROUPS; k++)
        assert_group(parts, groups, k, op, &f->result);
    stop(g, states, a);
    stop(g, others, a);
}

static bool can_be_fed(int op, int type)
{
    return type != TINE_DECIMAL && tine__aggregate_find((tine_op)op, (tine_type)type);
}

/* Some parts are so small that a group has no value in one of them, or in both. */
static void test_groups(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 12; round++)
        for (int type = TINE_BOOL; type <= TINE_STRING; type++)
            for (int op = TINE_COUNT; op <= TINE_DISTINCT_APPROX; op++) {
                if (!can_be_fed(op, type))
                    continue;
                fixture f[2];
                for (int p = 0; p < 2; p++) {
                    open_fixture(&f[p], (tine_type)type);
                    push_hostile(&f[p], &seed, below(&seed, round % 2 ? 5 : 200));
                }
                assert_groups(f, (tine_op)op, &seed);
                close_fixture(&f[0]);
                close_fixture(&f[1]);
            }
}

static void test_rows(void **state)
{
    const tine__aggregate *g = tine__aggregate_find(TINE_COUNT, TINE_AUTO);
    const uint32_t groups[] = {0, 2, 2, 0, 2};
    (void)state;
    start(g, states);
    assert_int_equal(g->update(states, STRIDE, groups, NULL, 5, tine__heap()), TINE_OK);
    assert_int_equal(g->update(states, STRIDE, NULL, NULL, 7, tine__heap()), TINE_OK);
    assert_int_equal(*(int64_t *)states, 9);
    assert_int_equal(*(int64_t *)(states + STRIDE), 0);
    assert_int_equal(*(int64_t *)(states + 2 * STRIDE), 3);
}

/* Feeds, merges and finishes; whatever fails, everything is given back. */
static tine_status run_all(fixture *f, const tine__aggregate *g)
{
    const tine_allocator *a = &f->c.allocator;
    start(g, states);
    start(g, others);
    tine_status status = feed(g, states, NULL, &f->column, 0, a);
    if (status == TINE_OK)
        status = g->merge(others, states, a);
    if (status == TINE_OK)
        status = finish(g, others, &f->out, a);
    stop(g, states, a);
    stop(g, others, a);
    tine__array_free(&f->out, a);
    return status;
}

static void assert_survives_each_failure(fixture *f, tine_op op)
{
    const tine__aggregate *g = tine__aggregate_find(op, f->in.type);
    tine__array_view(&f->in, "x", &f->column);
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status != TINE_OK; n++) {
        tine__array_reset(&f->out, g->result, &f->c.allocator);
        size_t failures = f->c.failures;
        counting_fail_at(&f->c, n);
        status = run_all(f, g);
        counting_fail_at(&f->c, 0);
        assert_int_equal(status, f->c.failures > failures ? TINE_ENOMEM : TINE_OK);
    }
}

static void test_short_of_memory(void **state)
{
    uint64_t seed = 8;
    (void)state;
    for (int type = TINE_BOOL; type <= TINE_STRING; type++)
        for (int op = TINE_COUNT; op <= TINE_DISTINCT_APPROX; op++) {
            if (!can_be_fed(op, type))
                continue;
            fixture f;
            open_fixture(&f, (tine_type)type);
            push_hostile(&f, &seed, 100);
            assert_survives_each_failure(&f, (tine_op)op);
            close_fixture(&f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_applies),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_int64),
        cmocka_unit_test(test_int64_sum_out_of_range),
        cmocka_unit_test(test_double),
        cmocka_unit_test(test_order_of_doubles),
        cmocka_unit_test(test_dates_and_times),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_ends_of_parts),
        cmocka_unit_test(test_sums_of_moments),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
