/* Rows of a batch: every field of every record, up to the first that is at fault. What a row is, is
 * the machine's word; here it is read twice, record by record and all at once. */
#include "csv/rows.h"
#include "cmocka_all.h"
#include "text.h"
#include "unit/table/counting.h"

enum { MAX_TEXT = 200, WIDTH = 3 };

static const tine__dialect dialects[] = {
    {',', '"', TINE_NONE, TINE_NONE},
    {',', '"', '\\', '#'},
    {',', TINE_NONE, TINE_NONE, TINE_NONE},
};

static tine__cursor cursor_of(const char *text, size_t n, bool at_end)
{
    return (tine__cursor){text, n, at_end, 0, TINE__RECORD_START};
}

/* ---- against the machine ---- */

static void check_row(const tine__rows *rows, size_t row, const tine__record *record,
                      const uint32_t *ends)
{
    assert_int_equal(rows->starts[row], record->start);
    for (size_t f = 0; f < WIDTH; f++) {
        assert_int_equal(tine__field_start(rows, row, f), f ? ends[f - 1] + 1 : record->start);
        assert_int_equal(tine__field_end(rows, row, f), ends[f]);
    }
}

/* Reads the rows in two batches, the second from where the first has stopped. */
static void check_text(const tine__machine *machine, const char *text, size_t n, size_t bound)
{
    tine__rows rows;
    tine__cursor all = cursor_of(text, n, true), one = all;
    tine__fault fault = {0};
    tine__rows_init(&rows, tine__heap(), WIDTH, 60);
    for (unsigned batch = 0; batch < 2 && fault.kind == TINE__FAULT_NONE; batch++) {
        size_t end = batch ? n : bound, row = 0;
        tine__fault expected = {0};
        uint32_t ends[WIDTH];
        tine__record record;
        tine__found found;
        assert_true(tine__rows_index(&rows, machine, &all, end, &fault));
        for (;; row++) {
            found = tine__record_next(machine, &one, end, &record, ends, WIDTH);
            if (found == TINE__FOUND_NONE)
                break;
            expected = tine__record_fault(found, &record, &one, WIDTH, 60);
            if (expected.kind != TINE__FAULT_NONE)
                break;
            assert_true(row < rows.n);
            check_row(&rows, row, &record, ends);
        }
        assert_int_equal(rows.n, row);
        assert_int_equal(fault.kind, expected.kind);
        assert_int_equal(fault.at, expected.at);
        assert_int_equal(all.at, one.at);
        assert_int_equal(all.state, one.state);
    }
    tine__rows_destroy(&rows);
}

static void all_at_once_and_one_by_one(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned round = 0; round < 4000; round++) {
        tine__machine machine;
        char text[MAX_TEXT];
        size_t n = 1 + random_below(&random, MAX_TEXT);
        tine__machine_init(&machine, &dialects[round % 3], false);
        if (round % 2)
            n = random_rows(&random, WIDTH, text, n);
        else
            random_text(&random, "ab,,\n,\r\"\\#", 4 + round % 7, text, n);
        check_text(&machine, text, n, random_below(&random, n + 1));
    }
}

/* ---- faults ---- */

typedef struct fault_case {
    const char *text;
    bool at_end;
    tine__fault fault;
    size_t n_rows;
} fault_case;

static void each_fault(void **state)
{
    (void)state;
    static const fault_case cases[] = {
        {"a,b,c\nd,e", true, {TINE__FAULT_RAGGED, 6, 3, 2, 3}, 1},
        {"a,b,c\n\nd,e,f,g\n", true, {TINE__FAULT_RAGGED, 7, 4, 4, 3}, 1},
        {"a,b,c\nd,e\"f,g\n", true, {TINE__FAULT_STRAY_QUOTE, 9, 2, 0, 0}, 1},
        {"a,b,c\n\"d\"e,f,g\n", true, {TINE__FAULT_AFTER_QUOTE, 9, 1, 0, 0}, 1},
        {"a,b,c\nd,\"e,f\n", true, {TINE__FAULT_OPEN_QUOTE, 8, 2, 0, 0}, 1},
        {"a,\"b,c\n", false, {TINE__FAULT_ROW_SIZE, 0, 0, 7, 12}, 0},
        {"a,b,c\nd,e,efghijklm\n", true, {TINE__FAULT_ROW_SIZE, 6, 0, 13, 12}, 1},
        {"a,b,c\nd,e,efghijkl\n", true, {TINE__FAULT_NONE, 0, 0, 0, 0}, 2},
        /* Too long is the first thing that is wrong, whatever else is. */
        {"defghijklmno\"", true, {TINE__FAULT_ROW_SIZE, 0, 0, 13, 12}, 0},
        {"defghijklmn\"", true, {TINE__FAULT_STRAY_QUOTE, 11, 1, 0, 0}, 0},
        {"\"efghijklmno\n", true, {TINE__FAULT_ROW_SIZE, 0, 0, 13, 12}, 0},
        {"", true, {TINE__FAULT_NONE, 0, 0, 0, 0}, 0},
    };
    tine__machine machine;
    tine__machine_init(&machine, &dialects[0], false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tine__rows rows;
        tine__fault fault;
        size_t n = strlen(cases[i].text);
        tine__cursor cursor = cursor_of(cases[i].text, n, cases[i].at_end);
        tine__rows_init(&rows, tine__heap(), WIDTH, 12);
        assert_true(tine__rows_index(&rows, &machine, &cursor, n, &fault));
        assert_int_equal(rows.n, cases[i].n_rows);
        assert_int_equal(fault.kind, cases[i].fault.kind);
        assert_int_equal(fault.at, cases[i].fault.at);
        assert_int_equal(fault.column, cases[i].fault.column);
        assert_int_equal(fault.n_found, cases[i].fault.n_found);
        assert_int_equal(fault.n_wanted, cases[i].fault.n_wanted);
        tine__rows_destroy(&rows);
    }
}

static void an_open_escape(void **state)
{
    (void)state;
    tine__machine machine;
    tine__rows rows;
    tine__fault fault;
    tine__cursor cursor = cursor_of("a,b\\", 4, true);
    tine__machine_init(&machine, &dialects[1], false);
    tine__rows_init(&rows, tine__heap(), WIDTH, SIZE_MAX);
    assert_true(tine__rows_index(&rows, &machine, &cursor, 4, &fault));
    assert_int_equal(fault.kind, TINE__FAULT_OPEN_ESCAPE);
    assert_int_equal(fault.at, 3);
    assert_int_equal(fault.column, 2);
    tine__rows_destroy(&rows);
}

static void any_width_will_do(void **state)
{
    (void)state;
    tine__record record = {.start = 0, .end = 5, .n_fields = 9};
    tine__cursor cursor = cursor_of("", 0, true);
    assert_int_equal(tine__record_fault(TINE__FOUND_RECORD, &record, &cursor, 0, 5).kind,
                     TINE__FAULT_NONE);
    assert_int_equal(tine__record_fault(TINE__FOUND_RECORD, &record, &cursor, 0, 4).kind,
                     TINE__FAULT_ROW_SIZE);
}

/* ---- memory ---- */

static void short_memory(void **state)
{
    (void)state;
    static const char text[] = "a,b,c\n";
    tine__machine machine;
    bool ok = false;
    tine__machine_init(&machine, &dialects[0], false);
    for (size_t n = 1; !ok; n++) {
        counting_allocator c;
        tine__rows rows;
        tine__fault fault;
        tine__cursor cursor = cursor_of(text, sizeof text - 1, true);
        counting_init(&c);
        counting_fail_at(&c, n);
        tine__rows_init(&rows, &c.allocator, WIDTH, SIZE_MAX);
        ok = tine__rows_index(&rows, &machine, &cursor, sizeof text - 1, &fault);
        assert_int_equal(ok, atomic_load(&c.failures) == 0);
        assert_true(n > 1 || !ok);
        tine__rows_destroy(&rows);
        counting_assert_empty(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_at_once_and_one_by_one),
        cmocka_unit_test(each_fault),
        cmocka_unit_test(an_open_escape),
        cmocka_unit_test(any_width_will_do),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
