/* Where an error lies, and what it says: the same wherever the text in memory begins. */
#include "csv/fault.h"
#include "csv/split.h"
#include "cmocka_all.h"
#include "text.h"

#include <string.h>

/* The line of a byte: one more than the line ends that are complete in front of it. The LF of CR LF
 * still belongs to its line. */
static uint64_t line_of(const char *text, size_t at)
{
    uint64_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
    return line;
}

static void lines_do_not_depend_on_the_cut(void **state)
{
    (void)state;
    enum { N = 24 };
    uint64_t random = 1;
    for (unsigned round = 0; round < 300; round++) {
        char text[N + 1];
        random_text(&random, "a\r\nb", 3 + round % 2, text, N);
        text[N] = 'z';
        for (size_t cut = 0; cut <= N; cut++) {
            tine__place place = {
                .source = "s",
                .text = text + cut,
                .n = N - cut,
                .offset = cut,
                .lines = tine__count_lines(text, cut, false),
                .last_cr = cut && text[cut - 1] == '\r',
            };
            for (size_t at = cut; at < N; at++) {
                tine_error error = {0};
                tine__error_place(&error, &place, at - cut, 5, 6);
                assert_int_equal(error.line, line_of(text, at));
                assert_int_equal(error.byte_offset, at);
                assert_int_equal(error.record, 5);
                assert_int_equal(error.column, 6);
            }
        }
    }
    tine__error_place(NULL, NULL, 0, 0, 0); /* nobody wants to know */
}

static void each_fault_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        tine__fault fault;
        tine_status status;
        const char *said;
    } cases[] = {
        {{TINE__FAULT_STRAY_QUOTE, 3, 2, 0, 0}, TINE_EFORMAT, "double the quotes"},
        {{TINE__FAULT_AFTER_QUOTE, 3, 2, 0, 0}, TINE_EFORMAT, "behind a closing quote"},
        {{TINE__FAULT_OPEN_QUOTE, 3, 2, 0, 0}, TINE_EFORMAT, "never closed"},
        {{TINE__FAULT_OPEN_ESCAPE, 3, 2, 0, 0}, TINE_EFORMAT, "behind an escape byte"},
        {{TINE__FAULT_ROW_SIZE, 3, 0, 11, 10}, TINE_ELIMIT, "more than 10 bytes"},
        {{TINE__FAULT_RAGGED, 3, 2, 1, 7}, TINE_EFORMAT, "1 fields where 7 were expected"},
    };
    tine__place place = {"file.csv", "ab\nq\tr", 6, 1000, 4, false};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tine_error error;
        assert_int_equal(tine__fault_error(&cases[i].fault, &place, 9, &error), cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_non_null(strstr(error.message, cases[i].said));
        assert_non_null(strstr(error.message, "\"q\\tr\"")); /* the bytes, escaped */
        assert_string_equal(error.source, "file.csv");
        assert_int_equal(error.byte_offset, 1003);
        assert_int_equal(error.line, 6);
        assert_int_equal(error.record, 9);
        assert_int_equal(error.column, cases[i].fault.column);
        assert_int_equal(tine__fault_error(&cases[i].fault, &place, 9, NULL), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_do_not_depend_on_the_cut),
        cmocka_unit_test(each_fault_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
