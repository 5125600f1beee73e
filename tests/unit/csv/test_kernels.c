/* The kernels, behind plain.h, against the machine: on random bytes, and on rows as they should be.
 * Texts end where a page that cannot be touched begins. Every set that this CPU runs is tested. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "csv/plain.h"
#include "text.h"

enum { MAX_TEXT = 300 };

static char *guard;                  /* where the untouchable page begins */
static const tine__kernels *kernels; /* the set under test */

static int set_up(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    guard = pages + page;
    return pages == MAP_FAILED || mprotect(guard, page, PROT_NONE);
}

static int tear_down(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return munmap(guard - page, 2 * page);
}

typedef struct readers {
    tine__machine machine;
    tine__plain plain;
    tine__rows by_machine, by_kernels;
} readers;

static void open_readers(readers *r, bool quoted, size_t width, size_t max_row_size)
{
    tine__dialect dialect = {',', quoted ? '"' : TINE_NONE, TINE_NONE, TINE_NONE};
    tine__machine_init(&r->machine, &dialect, width == 1);
    tine__plain_init(&r->plain, &dialect, width == 1);
    r->plain.kernels = kernels;
    tine__rows_init(&r->by_machine, tine__heap(), width, max_row_size);
    tine__rows_init(&r->by_kernels, tine__heap(), width, max_row_size);
    assert_true(r->plain.applies);
}

static void close_readers(readers *r)
{
    tine__rows_destroy(&r->by_machine);
    tine__rows_destroy(&r->by_kernels);
}

static void check_summary(const readers *r, const char *text, size_t n)
{
    tine__summary a, b;
    tine__summarize(&r->machine, text, n, &a);
    tine__plain_summarize(&r->plain, text, n, &b);
    assert_int_equal(a.lines, b.lines);
    assert_int_equal(a.first_lf, b.first_lf);
    assert_int_equal(a.last_cr, b.last_cr);
    for (unsigned s = 0; s <= TINE__QUOTE_IN_QUOTED; s++) {
        if (a.arcs[s].end == TINE__BROKEN || (s == TINE__QUOTED && !r->plain.marks.has_quote))
            continue;
        assert_int_equal(a.arcs[s].end, b.arcs[s].end);
        assert_int_equal(a.arcs[s].records, b.arcs[s].records);
        assert_int_equal(a.arcs[s].first, b.arcs[s].first);
    }
}

/* Returns whether the kernels would have it; if so it must be what the machine has. */
static bool check_rows(readers *r, tine__cursor start, size_t bound)
{
    tine__cursor a = start, b = start;
    tine__fault fault;
    assert_true(tine__rows_index(&r->by_machine, &r->machine, &a, bound, &fault));
    tine__regular regular = tine__plain_rows(&r->plain, &r->by_kernels, &b, bound);
    assert_int_not_equal(regular, TINE__REGULAR_NO_MEMORY);
    if (regular == TINE__IRREGULAR)
        return false;
    size_t n = r->by_machine.n;
    assert_int_equal(fault.kind, TINE__FAULT_NONE);
    assert_int_equal(r->by_kernels.n, n);
    if (n) {
        assert_memory_equal(r->by_kernels.starts, r->by_machine.starts, n * sizeof(uint32_t));
        assert_memory_equal(r->by_kernels.ends, r->by_machine.ends,
                            n * r->by_machine.width * sizeof(uint32_t));
    }
    /* Both stand in front of the same next row. */
    tine__found next_a, next_b;
    tine__record record_a = {0}, record_b = {0};
    next_a = tine__record_next(&r->machine, &a, SIZE_MAX, &record_a, NULL, 0);
    next_b = tine__record_next(&r->machine, &b, SIZE_MAX, &record_b, NULL, 0);
    assert_int_equal(next_a, next_b);
    assert_int_equal(record_a.start, record_b.start);
    return true;
}

static void summaries_of_random_text(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (size_t n = 1; n <= MAX_TEXT; n++)
        for (unsigned round = 0; round < 30; round++) {
            readers r;
            open_readers(&r, round % 5 > 0, 1 + round % 2, SIZE_MAX);
            random_text(&random, "abc,\n\r\",\n\"", 4 + round % 7, guard - n, n);
            check_summary(&r, guard - n, n);
            close_readers(&r);
        }
}

static void summaries_of_rows(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (unsigned round = 0; round < 2000; round++) {
        readers r;
        char text[MAX_TEXT];
        size_t n = random_rows(&random, 1 + round % 4, text, 40 + round % 260);
        size_t from = random_below(&random, n), to = from + 1 + random_below(&random, n - from);
        open_readers(&r, true, 1 + round % 4, SIZE_MAX);
        memcpy(guard - (to - from), text + from, to - from);
        check_summary(&r, guard - (to - from), to - from);
        close_readers(&r);
    }
}

static void rows_of_random_text(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (size_t n = 1; n <= MAX_TEXT; n++)
        for (unsigned round = 0; round < 30; round++) {
            readers r;
            open_readers(&r, round % 5 > 0, 1 + round % 3, round % 4 ? 1000 : 10);
            random_text(&random, "abc,\n\r\",\n\"", 4 + round % 7, guard - n, n);
            tine__cursor start = {guard - n, n, round % 2, random_below(&random, n), 0};
            start.state = round % 3 ? TINE__RECORD_START : TINE__AFTER_CR;
            check_rows(&r, start, start.at + random_below(&random, n - start.at + 1));
            close_readers(&r);
        }
}

/* All that is well-formed goes the fast way, whatever the bound. */
static void rows_go_the_fast_way(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (unsigned round = 0; round < 600; round++) {
        readers r;
        char text[MAX_TEXT];
        size_t width = 1 + round % 4, n = random_rows(&random, width, text, 40 + round % 260);
        if (round % 2) /* the last row needs no line end */
            n -= text[n - 1] == '\n' && text[n - 2] == '\r' ? 2 : 1;
        open_readers(&r, true, width, SIZE_MAX);
        memcpy(guard - n, text, n);
        for (size_t bound = 0; bound <= n; bound++)
            assert_true(
                check_rows(&r, (tine__cursor){guard - n, n, true, 0, TINE__RECORD_START}, bound));
        close_readers(&r);
    }
}

static void what_is_irregular(void **state)
{
    (void)state;
    static const char *const texts[] = {"a\"b,c\n",   "\"a\"b,c\n", "a,b\n\nc,d\n", "a,b,c\nd,e\n",
                                        "a\nb,c,d\n", "a,\"b\n",    "\"a\" ,b\n",   "a,b\"\"\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        readers r;
        size_t n = strlen(texts[i]);
        open_readers(&r, true, 2, SIZE_MAX);
        assert_false(check_rows(&r, (tine__cursor){texts[i], n, true, 0, TINE__RECORD_START}, n));
        close_readers(&r);
    }
}

enum { LONG_TEXT = 20000 };

/* Rows of two fields: long stretches of plain ones, and some of any kind between. */
static size_t long_rows(uint64_t *random, char *out)
{
    size_t n = 0;
    while (LONG_TEXT - n > 700) {
        size_t plain = random_below(random, 3) ? random_below(random, 9000) : 0;
        for (; plain > 0 && LONG_TEXT - n > 700; plain--) {
            static const char *const rows[] = {"plain,7\n", ",\n", "a,\n", ",12345678\n"};
            const char *row = rows[random_below(random, 4)];
            memcpy(out + n, row, strlen(row));
            n += strlen(row);
        }
        n += random_rows(random, 2, out + n, random_below(random, 600));
    }
    return n;
}

/* From stretches without quotes and CRs to such with some, and back. */
static void long_texts(void **state)
{
    (void)state;
    uint64_t random = 9;
    for (unsigned round = 0; round < 100; round++) {
        readers r;
        char text[LONG_TEXT];
        size_t n = long_rows(&random, text);
        open_readers(&r, true, 2, SIZE_MAX);
        size_t bound = round % 2 ? n : random_below(&random, n);
        assert_true(check_rows(&r, (tine__cursor){text, n, true, 0, TINE__RECORD_START}, bound));
        size_t from = random_below(&random, n), to = from + 1 + random_below(&random, n - from);
        check_summary(&r, text + from, to - from);
        close_readers(&r);
    }
}

/* The results of all sets are the same bits. */
static void sets_agree(void **state)
{
    (void)state;
    uint64_t random = 6;
    for (size_t n = 1; n <= MAX_TEXT; n++)
        for (unsigned round = 0; round < 30; round++) {
            tine__marks marks = {',', round % 5 > 0, '"', round % 2};
            uint32_t ends[2][MAX_TEXT + TINE__INDEX_SLACK];
            tine__index a = {.may_open = true, .ends = ends[0]}, b = a;
            tine__halves x, y;
            size_t begin = random_below(&random, n);
            b.ends = ends[1];
            random_text(&random, "abc,\n\r\",\n\"", 4 + round % 7, guard - n, n);
            tine__kernels_scalar.summarize(&marks, guard - n, n, &x);
            kernels->summarize(&marks, guard - n, n, &y);
            assert_memory_equal(x.records, y.records, sizeof x.records);
            assert_memory_equal(x.first, y.first, sizeof x.first);
            assert_int_equal(x.lines, y.lines);
            assert_int_equal(x.odd, y.odd);
            assert_int_equal(tine__kernels_scalar.index(&marks, guard - n, begin, n, &a),
                             kernels->index(&marks, guard - n, begin, n, &b));
            assert_int_equal(a.n_ends, b.n_ends);
            assert_int_equal(a.n_lines, b.n_lines);
            assert_int_equal(a.inside, b.inside);
            assert_int_equal(a.may_open, b.may_open);
            assert_int_equal(a.closed, b.closed);
            assert_int_equal(a.after_cr, b.after_cr);
            assert_memory_equal(ends[0], ends[1], a.n_ends * sizeof(uint32_t));
        }
}

int main(void)
{
    int n_failed = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_of_random_text),
        cmocka_unit_test(summaries_of_rows),
        cmocka_unit_test(rows_of_random_text),
        cmocka_unit_test(rows_go_the_fast_way),
        cmocka_unit_test(what_is_irregular),
        cmocka_unit_test(sets_agree),
        cmocka_unit_test(long_texts),
    };
    for (size_t i = 0; (kernels = tine__kernels_at(i)) != NULL; i++)
        n_failed += cmocka_run_group_tests_name(kernels->name, tests, set_up, tear_down);
    return n_failed;
}
