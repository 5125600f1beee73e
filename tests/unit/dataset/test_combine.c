/* The tree of states: in whatever order partitions end, whichever of them have no rows, or are
 * never heard of, the same merges are made, and every state is destroyed once. A state is the text
 * of how it came about: "2" of a partition, "(a+b)" of a merge. */
#include "dataset/combine.h"
#include "unit/dataset/support.h"
#include "unit/table/counting.h"

#include <pthread.h>
#include <stdio.h>

enum { MAX_PARTS = 8, MAX_TREE = 256 };

typedef struct state {
    struct state *self; /* a state that exists knows where: it is never moved as bytes */
    char text[MAX_TREE];
} state;

typedef struct world {
    _Atomic long live, merges, inits;
    long fail_merge, fail_init; /* the n-th, from 1, fails; 0: none */
} world;

static tine_status begin_state(void *room, void *ctx)
{
    world *w = ctx;
    if (atomic_fetch_add(&w->inits, 1) + 1 == w->fail_init)
        return tine_fail(8, -1, "no state");
    atomic_fetch_add(&w->live, 1);
    ((state *)room)->self = room;
    ((state *)room)->text[0] = 0;
    return TINE_OK;
}

static void end_state(void *room, void *ctx)
{
    state *s = room;
    if (s->self != s) /* not by assertion: threads end states, too */
        atomic_fetch_add(&((world *)ctx)->live, 1000000);
    s->self = NULL;
    atomic_fetch_sub(&((world *)ctx)->live, 1);
}

static tine_status merge_states(void *left, void *right, void *ctx)
{
    world *w = ctx;
    state *a = left;
    char merged[MAX_TREE];
    if (atomic_fetch_add(&w->merges, 1) + 1 == w->fail_merge)
        return tine_fail(9, -1, "no merge");
    snprintf(merged, sizeof merged, "(%.120s+%.120s)", a->text, ((state *)right)->text);
    memcpy(a->text, merged, sizeof merged);
    return TINE_OK;
}

static tine_reducer reducer_of(world *w)
{
    return (tine_reducer){.struct_size = sizeof(tine_reducer),
                          .size = sizeof(state),
                          .init = begin_state,
                          .merge = merge_states,
                          .destroy = end_state,
                          .ctx = w};
}

/* ---- what should come out: a recursion over the perfect tree ---- */

typedef enum fate { /* of a partition */
                    HAS_ROWS,
                    HAS_NONE, /* its leaf says so */
                    UNHEARD,  /* it has no leaf */
                    FATES
} fate;

static bool expect_node(const fate *fates, size_t n_parts, size_t begin, size_t n, char *out)
{
    if (begin >= n_parts)
        return false;
    if (n == 1) {
        if (begin > 0 && fates[begin] != HAS_ROWS) /* the first is always there */
            return false;
        sprintf(out, "%zu", begin);
        return true;
    }
    char a[MAX_TREE], b[MAX_TREE];
    bool has_a = expect_node(fates, n_parts, begin, n / 2, a);
    bool has_b = expect_node(fates, n_parts, begin + n / 2, n / 2, b);
    if (has_a && has_b)
        snprintf(out, MAX_TREE, "(%.120s+%.120s)", a, b);
    else if (has_a || has_b)
        memcpy(out, has_a ? a : b, MAX_TREE);
    return has_a || has_b;
}

/* ---- every order ---- */

static tine_status make_leaf(tine__combiner *c, size_t source, size_t i, fate f, tine__node **out,
                             tine_error *error)
{
    tine__partition p = {
        .source = source, .index = i, .ordinal = 10 * source + i, .first = source == 0 && i == 0};
    tine_status status = tine__combiner_leaf(c, &p, f == HAS_ROWS, out, error);
    if (status == TINE_OK && (*out)->state)
        sprintf(((state *)(*out)->state)->text, "%zu", i);
    return status;
}

/* Makes all leaves and adds them in that order. Returns the first failure. */
static tine_status combine(world *w, const tine_allocator *allocator, const fate *fates,
                           const unsigned char *order, size_t n, state *root, tine_error *error)
{
    tine__combiner c;
    tine_reducer reducer = reducer_of(w);
    tine__node *leaves[MAX_PARTS] = {0};
    assert_int_equal(tine__combiner_init(&c, &reducer, root, allocator, NULL), TINE_OK);
    tine_status status = TINE_OK;
    for (size_t i = 0; i < n && status == TINE_OK; i++)
        if (i == 0 || fates[i] != UNHEARD)
            status = make_leaf(&c, 0, i, fates[i], &leaves[i], error);
    for (size_t i = 0; i < n && status == TINE_OK; i++) {
        tine__node *leaf = leaves[order[i]];
        leaves[order[i]] = NULL;
        if (leaf)
            status = tine__combiner_add(&c, 0, leaf, error);
    }
    for (size_t i = 0; i < n; i++)
        tine__combiner_drop(&c, leaves[i]);
    if (status == TINE_OK)
        status = tine__combiner_finish(&c, error);
    tine__combiner_destroy(&c);
    return status;
}

static void check_order(const fate *fates, const unsigned char *order, size_t n)
{
    world w = {0};
    state root;
    char expected[MAX_TREE];
    assert_true(expect_node(fates, n, 0, MAX_PARTS, expected));
    assert_int_equal(combine(&w, tine__heap(), fates, order, n, &root, NULL), TINE_OK);
    assert_string_equal(root.text, expected);
    assert_int_equal(w.live, 1);
    end_state(&root, &w);
    assert_int_equal(w.live, 0);
}

/* Calls back with every order of n (Heap 1963). */
typedef void (*order_fn)(const unsigned char *order, size_t n, void *ctx);

static void permute(unsigned char *order, size_t n, size_t k, order_fn fn, void *ctx)
{
    if (k <= 1) {
        fn(order, n, ctx);
        return;
    }
    for (size_t i = 0; i < k; i++) {
        permute(order, n, k - 1, fn, ctx);
        size_t other = k % 2 ? 0 : i;
        unsigned char swapped = order[other];
        order[other] = order[k - 1];
        order[k - 1] = swapped;
    }
}

static void each_order(size_t n, order_fn fn, void *ctx)
{
    unsigned char order[MAX_PARTS];
    for (size_t i = 0; i < n; i++)
        order[i] = (unsigned char)i;
    permute(order, n, n, fn, ctx);
}

static void fates_of(size_t number, size_t n, fate *fates)
{
    for (size_t i = 0; i < n; i++, number /= FATES)
        fates[i] = (fate)(number % FATES);
}

static void all_fates(const unsigned char *order, size_t n, void *ctx)
{
    (void)ctx;
    size_t n_fates = 1;
    for (size_t i = 0; i < n; i++)
        n_fates *= FATES;
    for (size_t number = 0; number < n_fates; number++) {
        fate fates[MAX_PARTS];
        fates_of(number, n, fates);
        check_order(fates, order, n);
    }
}

/* All present, and one of the other combinations, each in its turn. */
static void some_fates(const unsigned char *order, size_t n, void *ctx)
{
    size_t *number = ctx;
    fate fates[MAX_PARTS] = {0};
    check_order(fates, order, n);
    fates_of(*number += 5, n, fates);
    check_order(fates, order, n);
}

static void every_order_gives_the_same_tree(void **unused)
{
    (void)unused;
    size_t number = 0;
    for (size_t n = 1; n <= 5; n++)
        each_order(n, all_fates, NULL);
    each_order(6, some_fates, &number);
    each_order(7, some_fates, &number);
}

/* ---- sources ---- */

static void sources_are_merged_from_the_left(void **unused)
{
    (void)unused;
    static const size_t order[][2] = {{2, 1}, {0, 2}, {2, 0}, {0, 0}, {3, 0}, {0, 1}, {2, 2}};
    enum { N = sizeof order / sizeof *order };
    for (size_t shift = 0; shift < N; shift++) {
        world w = {0};
        tine__combiner c;
        tine_reducer reducer = reducer_of(&w);
        tine__node *leaves[N];
        state root;
        assert_int_equal(tine__combiner_init(&c, &reducer, &root, tine__heap(), NULL), TINE_OK);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(make_leaf(&c, order[i][0], order[i][1], HAS_ROWS, &leaves[i], NULL),
                             TINE_OK);
        for (size_t i = 0; i < N; i++) {
            size_t at = (i + shift) % N;
            assert_int_equal(tine__combiner_add(&c, order[at][0], leaves[at], NULL), TINE_OK);
        }
        assert_int_equal(tine__combiner_finish(&c, NULL), TINE_OK);
        assert_string_equal(root.text, "((((0+1)+2)+((0+1)+2))+0)");
        tine__combiner_destroy(&c);
        assert_int_equal(w.live, 1);
    }
}

static void nothing_at_all_is_a_fresh_state(void **unused)
{
    (void)unused;
    world w = {0};
    tine__combiner c;
    tine_reducer reducer = reducer_of(&w);
    state root;
    assert_int_equal(tine__combiner_init(&c, &reducer, &root, tine__heap(), NULL), TINE_OK);
    assert_int_equal(tine__combiner_finish(&c, NULL), TINE_OK);
    assert_string_equal(root.text, "");
    tine__combiner_destroy(&c);
    assert_int_equal(w.live, 1);
    w.fail_init = 2;
    assert_int_equal(tine__combiner_init(&c, &reducer, &root, tine__heap(), NULL), TINE_OK);
    assert_int_equal(tine__combiner_finish(&c, NULL), 8);
    tine__combiner_destroy(&c);
    assert_int_equal(w.live, 1);
}

/* ---- failures ---- */

/* Each merge, and each init, of each order fails in turn. */
static void fail_each(const unsigned char *order, size_t n, void *ctx)
{
    (void)ctx;
    static const fate fates[MAX_PARTS] = {HAS_ROWS, HAS_ROWS, HAS_NONE,
                                          HAS_ROWS, HAS_ROWS, UNHEARD};
    for (long at = 1; at <= 4; at++)
        for (int init = 0; init < 2; init++) {
            world w = {.fail_merge = init ? 0 : at, .fail_init = init ? at : 0};
            state root;
            tine_error error = {0};
            tine_status status = combine(&w, tine__heap(), fates, order, n, &root, &error);
            bool fails = at <= (init ? 4 : 3);
            assert_int_equal(status, !fails ? TINE_OK : init ? 8 : 9);
            assert_int_equal(w.live, fails ? 0 : 1);
            if (fails) {
                assert_string_equal(error.message, init ? "no state" : "no merge");
                assert_true(fates[error.index] == HAS_ROWS); /* whose state was not to be merged */
            }
        }
}

static void a_failure_destroys_every_state_once(void **unused)
{
    (void)unused;
    each_order(6, fail_each, NULL);
}

static void a_failure_among_sources(void **unused)
{
    (void)unused;
    for (long at = 1; at <= 3; at++) {
        world w = {.fail_merge = at};
        tine__combiner c;
        tine_reducer reducer = reducer_of(&w);
        state root;
        assert_int_equal(tine__combiner_init(&c, &reducer, &root, tine__heap(), NULL), TINE_OK);
        for (size_t source = 0; source < 3; source++)
            for (size_t i = 0; i < 3; i += 2) { /* 0 and 2 meet in the end alone */
                tine__node *leaf;
                tine_error error;
                assert_int_equal(make_leaf(&c, source, i, HAS_ROWS, &leaf, &error), TINE_OK);
                assert_int_equal(tine__combiner_add(&c, source, leaf, &error), TINE_OK);
            }
        tine_error error;
        assert_int_equal(tine__combiner_finish(&c, &error), 9);
        /* Source 0 collapses, then source 1, then they are joined. */
        assert_int_equal(error.index, at == 1 ? 2 : at == 2 ? 12 : 10);
        tine__combiner_destroy(&c);
        assert_int_equal(w.live, 0);
    }
}

static void short_memory(void **unused)
{
    (void)unused;
    static const fate fates[MAX_PARTS] = {0};
    static const unsigned char order[] = {3, 0, 6, 1, 2, 5, 4};
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        counting_allocator c;
        world w = {0};
        state root;
        counting_init(&c);
        counting_fail_at(&c, n);
        status = combine(&w, &c.allocator, fates, order, 7, &root, NULL);
        assert_int_equal(status, atomic_load(&c.failures) ? TINE_ENOMEM : TINE_OK);
        assert_int_equal(w.live, status == TINE_OK);
        counting_assert_empty(&c);
    }
}

/* ---- lanes ---- */

typedef struct lane {
    pthread_t thread;
    tine__combiner *combiner;
    tine__node **leaves;
    size_t first;
    tine_status status;
} lane;

enum { LANES = 3, LANE_LEAVES = 8 };

static void *add_leaves(void *arg)
{
    lane *l = arg;
    for (size_t i = l->first; i < LANES * LANE_LEAVES && l->status == TINE_OK; i += LANES)
        l->status = tine__combiner_add(l->combiner, 0, l->leaves[i], NULL);
    return NULL;
}

static void lanes_race_to_the_same_tree(void **unused)
{
    (void)unused;
    for (unsigned round = 0; round < 50; round++) {
        world w = {0};
        tine__combiner c;
        tine_reducer reducer = reducer_of(&w);
        state root;
        tine__node *leaves[LANES * LANE_LEAVES];
        lane lanes[LANES];
        assert_int_equal(tine__combiner_init(&c, &reducer, &root, tine__heap(), NULL), TINE_OK);
        for (size_t i = 0; i < LANES * LANE_LEAVES; i++)
            assert_int_equal(make_leaf(&c, 0, i, i % 5 < 4 ? HAS_ROWS : HAS_NONE, &leaves[i], NULL),
                             TINE_OK);
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = (lane){.combiner = &c, .leaves = leaves, .first = i};
            assert_int_equal(pthread_create(&lanes[i].thread, NULL, add_leaves, &lanes[i]), 0);
        }
        for (size_t i = 0; i < LANES; i++) {
            assert_int_equal(pthread_join(lanes[i].thread, NULL), 0);
            assert_int_equal(lanes[i].status, TINE_OK);
        }
        assert_int_equal(tine__combiner_finish(&c, NULL), TINE_OK);
        tine__combiner_destroy(&c);
        assert_int_equal(w.live, 1);
        assert_string_equal(root.text, "(((((0+1)+(2+3))+(5+(6+7)))+((8+(10+11))+((12+13)+15)))"
                                       "+(((16+17)+18)+((20+21)+(22+23))))");
    }
}

/* ---- reducers ---- */

static void a_state_without_functions_is_zeros(void **unused)
{
    (void)unused;
    world w = {0};
    tine__combiner c;
    tine_reducer reducer = reducer_of(&w);
    tine__node *leaf;
    state root, zeros;
    memset(&root, 1, sizeof root);
    memset(&zeros, 0, sizeof zeros);
    reducer.init = NULL;
    reducer.destroy = NULL;
    assert_int_equal(tine__combiner_init(&c, &reducer, &root, tine__heap(), NULL), TINE_OK);
    tine__partition p = {.first = true};
    assert_int_equal(tine__combiner_leaf(&c, &p, false, &leaf, NULL), TINE_OK);
    assert_memory_equal(&root, &zeros, sizeof root);
    tine__combiner_drop(&c, leaf);
    tine__combiner_drop(&c, NULL);
    tine__combiner_destroy(&c);
}

static void what_is_wrong_with_a_reducer(void **unused)
{
    (void)unused;
    world w = {0};
    tine__combiner c;
    state root;
    tine_reducer good = reducer_of(&w), bad = good;
    bad.size = 0;
    assert_int_equal(tine__combiner_init(&c, &bad, &root, tine__heap(), NULL), TINE_EINVAL);
    bad = good;
    bad.merge = NULL;
    assert_int_equal(tine__combiner_init(&c, &bad, &root, tine__heap(), NULL), TINE_EINVAL);
    bad = good;
    bad.align = 24;
    assert_int_equal(tine__combiner_init(&c, &bad, &root, tine__heap(), NULL), TINE_EINVAL);
    bad.struct_size = 0;
    assert_int_equal(tine__combiner_init(&c, &bad, &root, tine__heap(), NULL), TINE_EINVAL);
    assert_int_equal(tine__combiner_init(&c, &good, &root, tine__heap(), NULL), TINE_OK);
    assert_int_equal(c.reducer.align, _Alignof(max_align_t));
    tine__combiner_destroy(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_the_same_tree),
        cmocka_unit_test(sources_are_merged_from_the_left),
        cmocka_unit_test(nothing_at_all_is_a_fresh_state),
        cmocka_unit_test(a_failure_destroys_every_state_once),
        cmocka_unit_test(a_failure_among_sources),
        cmocka_unit_test(short_memory),
        cmocka_unit_test(lanes_race_to_the_same_tree),
        cmocka_unit_test(a_state_without_functions_is_zeros),
        cmocka_unit_test(what_is_wrong_with_a_reducer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
