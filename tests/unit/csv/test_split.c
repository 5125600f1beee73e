/* A text is read as one chunk and as two, cut at every byte: the same must come out, from every
 * state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "csv/split.h"
#include "text.h"

static const tine__dialect dialects[] = {
    {',', '"', TINE_NONE, TINE_NONE},
    {',', '"', '\\', '#'},
    {',', TINE_NONE, TINE_NONE, '#'},
    {',', TINE_NONE, '\\', TINE_NONE},
};

/* What one step after the other gives. */
static tine__arc slow_arc(const tine__machine *machine, const char *text, size_t n, unsigned state)
{
    tine__arc arc = {(tine__state)state, 0, n};
    for (size_t i = 0; i < n; i++) {
        unsigned step = machine->step[arc.end][(unsigned char)text[i]];
        if (step & TINE__STARTS && arc.records++ == 0)
            arc.first = i;
        arc.end = (tine__state)(step & TINE__STATE_MASK);
    }
    return arc;
}

static void check_summary(const tine__machine *machine, const char *text, size_t n)
{
    tine__summary summary;
    tine__summarize(machine, text, n, &summary);
    for (unsigned s = 0; s < TINE__N_STATES; s++) {
        tine__arc expected = slow_arc(machine, text, n, s);
        assert_int_equal(summary.arcs[s].end, expected.end);
        assert_int_equal(summary.arcs[s].records, expected.records);
        assert_int_equal(summary.arcs[s].first, expected.first);
    }
}

static void check_cuts(const tine__machine *machine, const char *text, size_t n)
{
    tine__summary whole, left, right;
    tine__summarize(machine, text, n, &whole);
    for (size_t cut = 1; cut < n; cut++) {
        tine__summarize(machine, text, cut, &left);
        tine__summarize(machine, text + cut, n - cut, &right);
        for (unsigned s = 0; s < TINE__N_STATES; s++) {
            tine__prefix before = {.state = (tine__state)s, .last_cr = s % 2, .records = 3};
            tine__prefix a = tine__prefix_advance(&before, &whole);
            tine__prefix middle = tine__prefix_advance(&before, &left);
            tine__prefix b = tine__prefix_advance(&middle, &right);
            assert_int_equal(a.state, b.state);
            assert_int_equal(a.records, b.records);
            assert_int_equal(a.lines, b.lines);
            assert_int_equal(a.last_cr, b.last_cr);
        }
    }
}

static void composition(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned round = 0; round < 400; round++) {
        tine__machine machine;
        tine__machine_init(&machine, &dialects[round % 4], round % 8 < 4);
        char text[120];
        size_t n = 1 + random_below(&random, sizeof text);
        random_text(&random, "aa,\"\r\n\\#", 3 + round % 6, text, n);
        check_summary(&machine, text, n);
        check_cuts(&machine, text, n);
    }
}

static void lines(void **state)
{
    (void)state;
    assert_int_equal(tine__count_lines("a\nb\r\nc\rd", 8, false), 3);
    assert_int_equal(tine__count_lines("\n\r\n", 3, true), 1);
    assert_int_equal(tine__count_lines("\n\r\n", 3, false), 2);
    assert_int_equal(tine__count_lines("", 0, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(composition),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
