#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "csv/machine.h"

enum { MAX_FIELDS = 16 };

static const tine__dialect plain = {',', '"', TINE_NONE, TINE_NONE};
static const tine__dialect full = {';', '\'', '\\', '#'};

static const char *name_of(tine__found found)
{
    static const char *const names[] = {"record",      "none",       "cut",        "stray quote",
                                        "after quote", "open quote", "open escape"};
    return names[found];
}

/* "0:1,3 5:6 none@8": each record's start and its fields' ends, then what ended them, and where. */
static const char *split(const tine__dialect *dialect, bool blank_is_record, bool at_end,
                         const char *text)
{
    static char out[512];
    tine__machine machine;
    tine__machine_init(&machine, dialect, blank_is_record);
    tine__cursor cursor = {text, strlen(text), at_end, 0, TINE__RECORD_START};
    tine__record record;
    uint32_t ends[MAX_FIELDS];
    tine__found found;
    size_t used = 0;
    while ((found = tine__record_next(&machine, &cursor, SIZE_MAX, &record, ends, MAX_FIELDS)) ==
           TINE__FOUND_RECORD) {
        used += (size_t)sprintf(out + used, "%zu:", record.start);
        for (size_t i = 0; i < record.n_fields; i++)
            used += (size_t)sprintf(out + used, i ? ",%u" : "%u", (unsigned)ends[i]);
        out[used++] = ' ';
        assert_int_equal(record.end, ends[record.n_fields - 1]);
    }
    sprintf(out + used, "%s@%zu", name_of(found), cursor.at);
    return out;
}

static void records_and_line_ends(void **state)
{
    (void)state;
    assert_string_equal(split(&plain, false, true, ""), "none@0");
    assert_string_equal(split(&plain, false, true, "a,b"), "0:1,3 none@3");
    assert_string_equal(split(&plain, false, true, "a,b\n"), "0:1,3 none@4");
    assert_string_equal(split(&plain, false, true, "a\rb\r\nc\nd"), "0:1 2:3 5:6 7:8 none@8");
    assert_string_equal(split(&plain, false, true, ",\n,"), "0:0,1 2:2,3 none@3");
}

static void blank_lines(void **state)
{
    (void)state;
    assert_string_equal(split(&plain, false, true, "\n\r\n\ra\n\n"), "4:5 none@7");
    assert_string_equal(split(&plain, true, true, "\n\r\n\ra\n\n"), "0:0 1:1 3:3 4:5 6:6 none@7");
}

static void quotes(void **state)
{
    (void)state;
    assert_string_equal(split(&plain, false, true, "\"a,\n\",b"), "0:5,7 none@7");
    assert_string_equal(split(&plain, false, true, "\"a\"\"b\"\n"), "0:6 none@7");
    assert_string_equal(split(&plain, false, true, "\"\""), "0:2 none@2");
    assert_string_equal(split(&plain, false, true, "\"\"\"\""), "0:4 none@4");
    assert_string_equal(split(&plain, false, true, "x\na\"b"), "0:1 stray quote@3");
    assert_string_equal(split(&plain, false, true, "\"a\" ,b"), "after quote@3");
    assert_string_equal(split(&plain, false, true, "a,\"b\n"), "open quote@5");
}

static void escapes(void **state)
{
    (void)state;
    assert_string_equal(split(&full, false, true, "a\\;b;c"), "0:4,6 none@6");
    assert_string_equal(split(&full, false, true, "a\\\nb\nc"), "0:4 5:6 none@6");
    assert_string_equal(split(&full, false, true, "'a\\'b'"), "0:6 none@6");
    assert_string_equal(split(&full, false, true, "'a''b'"), "after quote@3");
    assert_string_equal(split(&full, false, true, "\\#a"), "0:3 none@3");
    assert_string_equal(split(&full, false, true, "a\\"), "open escape@2");
    assert_string_equal(split(&full, false, true, "'a\\"), "open escape@3");
}

static void comments(void **state)
{
    (void)state;
    assert_string_equal(split(&full, false, true, "#';\\\na\r#x\r\nb#\n#"), "5:6 11:13 none@15");
}

static void texts_that_end_early(void **state)
{
    (void)state;
    assert_string_equal(split(&plain, false, false, "a,b\nc,"), "0:1,3 cut@6");
    assert_string_equal(split(&plain, false, false, "\"a"), "cut@2");
    assert_string_equal(split(&plain, false, false, "a\r"), "0:1 none@2");
}

static void bound_and_too_many_fields(void **state)
{
    (void)state;
    tine__machine machine;
    tine__machine_init(&machine, &plain, false);
    tine__cursor cursor = {"a,b,c\nd,e,f\n", 12, true, 0, TINE__RECORD_START};
    tine__record record;
    uint32_t ends[2];
    assert_int_equal(tine__record_next(&machine, &cursor, 6, &record, ends, 2), TINE__FOUND_RECORD);
    assert_int_equal(record.n_fields, 3);
    assert_int_equal(ends[1], 3);
    assert_int_equal(tine__record_next(&machine, &cursor, 6, &record, ends, 2), TINE__FOUND_NONE);
    assert_int_equal(tine__record_next(&machine, &cursor, 7, &record, ends, 2), TINE__FOUND_RECORD);
    assert_int_equal(record.start, 6);
}

static void finishing_a_record(void **state)
{
    (void)state;
    tine__machine machine;
    tine__machine_init(&machine, &plain, false);
    tine__cursor cursor = {"x\",y\r\nz", 7, true, 0, TINE__QUOTED};
    tine__record_finish(&machine, &cursor);
    assert_int_equal(cursor.at, 5);
    assert_int_equal(cursor.state, TINE__AFTER_CR);
    cursor = (tine__cursor){"x\"y\n", 4, true, 0, TINE__QUOTED};
    tine__record_finish(&machine, &cursor);
    assert_int_equal(cursor.at, 3);
    assert_int_equal(cursor.state, TINE__BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_and_line_ends),
        cmocka_unit_test(blank_lines),
        cmocka_unit_test(quotes),
        cmocka_unit_test(escapes),
        cmocka_unit_test(comments),
        cmocka_unit_test(texts_that_end_early),
        cmocka_unit_test(bound_and_too_many_fields),
        cmocka_unit_test(finishing_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
