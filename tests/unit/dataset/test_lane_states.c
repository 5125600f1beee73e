/* Rows of states, one a lane: whatever lane a batch goes to, the merged row is the same. */
#include "dataset/lane_states.h"
#include "unit/dataset/support.h"
#include "unit/table/counting.h"

enum { LANES = 4 };

typedef struct fixture {
    counting_allocator counting;
    tine_type types[1];
    tine__call call;
    tine__lane_states states;
} fixture;

/* A count of rows and the greatest string, which owns memory; or nothing at all. */
static void open_states(fixture *f, size_t n_aggs)
{
    counting_init(&f->counting);
    f->types[0] = TINE_STRING;
    f->call =
        (tine__call){.types = f->types, .allocator = &f->counting.allocator, .n_lanes = LANES};
    f->states = (tine__lane_states){.n_lanes = 0};
    assert_int_equal(tine__aggs_init(&f->states.aggs, f->call.allocator, n_aggs, NULL), TINE_OK);
    if (n_aggs) {
        f->states.aggs.items[0] = (tine__agg){.op = TINE_COUNT, .column = TINE__ALL_ROWS};
        f->states.aggs.items[1] = (tine__agg){.op = TINE_MAX, .column = 0};
    }
    tine__aggs_bind(&f->states.aggs, &f->call);
}

static void close_states(fixture *f)
{
    tine__lane_states_forget(&f->states);
    tine__lane_states_forget(&f->states); /* there are none any more */
    tine__aggs_free(&f->states.aggs);
    counting_assert_empty(&f->counting);
}

static void feed(fixture *f, size_t lane, const char *text)
{
    int32_t offsets[] = {0, (int32_t)strlen(text)};
    tine_column column = {.type = TINE_STRING, .length = 1, .offsets = offsets, .data = text};
    tine_batch batch = {.n_rows = 1, .n_columns = 1, .columns = &column};
    const tine__partition partition = {.ordinal = lane};
    tine__piece piece = {.batch = &batch, .partition = &partition};
    assert_int_equal(tine__lane_states_update(&f->states, lane, &piece, NULL), TINE_OK);
}

static void assert_merged(fixture *f, int64_t n, const char *greatest)
{
    void *merged;
    tine__array count, max;
    tine__array_init(&count, TINE_INT64);
    tine__array_init(&max, TINE_STRING);
    assert_int_equal(tine__lane_states_merge(&f->states, &merged, NULL), TINE_OK);
    assert_int_equal(tine__aggs_finish(&f->states.aggs, 0, merged, &count, tine__heap(), NULL),
                     TINE_OK);
    assert_int_equal(tine__aggs_finish(&f->states.aggs, 1, merged, &max, tine__heap(), NULL),
                     TINE_OK);
    assert_int_equal(*(const int64_t *)count.values, n);
    assert_int_equal(max.null_count, greatest == NULL);
    if (greatest) {
        assert_int_equal(max.offsets[1], strlen(greatest));
        assert_memory_equal(max.data, greatest, strlen(greatest));
    }
    tine__array_free(&count, tine__heap());
    tine__array_free(&max, tine__heap());
}

static void any_lane_will_do(void **state)
{
    (void)state;
    static const char *const texts[] = {"pear", "", "quince", "apple", "plum"};
    for (size_t split = 0; split < 1 << 10; split++) { /* two bits a text: its lane */
        fixture f;
        open_states(&f, 2);
        assert_int_equal(tine__lane_states_make(&f.states, &f.call, NULL), TINE_OK);
        for (size_t i = 0; i < 5; i++)
            feed(&f, split >> 2 * i & 3, texts[i]);
        assert_merged(&f, 5, "quince");
        close_states(&f);
    }
}

static void lanes_share_no_cache_line(void **state)
{
    (void)state;
    fixture f;
    open_states(&f, 2);
    assert_int_equal(tine__lane_states_make(&f.states, &f.call, NULL), TINE_OK);
    assert_int_equal((uintptr_t)f.states.block % TINE__ALIGN, 0);
    assert_int_equal(f.states.stride % TINE__ALIGN, 0);
    assert_true(f.states.stride >= f.states.aggs.size);
    close_states(&f);
}

static void made_again_they_are_fresh(void **state)
{
    (void)state;
    fixture f;
    open_states(&f, 2);
    assert_int_equal(tine__lane_states_make(&f.states, &f.call, NULL), TINE_OK);
    feed(&f, 1, "a string that is too long to lie in the state itself, whatever its room");
    tine__lane_states_forget(&f.states);
    assert_int_equal(tine__lane_states_make(&f.states, &f.call, NULL), TINE_OK);
    assert_merged(&f, 0, NULL);
    close_states(&f);
}

static void no_aggregates_and_no_memory(void **state)
{
    (void)state;
    fixture f;
    void *merged;
    open_states(&f, 0);
    assert_int_equal(tine__lane_states_make(&f.states, &f.call, NULL), TINE_OK);
    assert_int_equal(tine__lane_states_merge(&f.states, &merged, NULL), TINE_OK);
    close_states(&f);
    open_states(&f, 2);
    counting_fail_at(&f.counting, 1);
    assert_int_equal(tine__lane_states_make(&f.states, &f.call, NULL), TINE_ENOMEM);
    close_states(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_lane_will_do),
        cmocka_unit_test(lanes_share_no_cache_line),
        cmocka_unit_test(made_again_they_are_fresh),
        cmocka_unit_test(no_aggregates_and_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
