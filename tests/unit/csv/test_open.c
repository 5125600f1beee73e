/* What opening refuses, beside what SEMANTICS.md says of the text: sources, options, and reads that
 * fail. */
#include "csv/csv.h"
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

static tine_source *memory(const char *text)
{
    tine_source *source;
    assert_int_equal(tine_source_memory(text, strlen(text), NULL, NULL, &source, NULL), TINE_OK);
    return source;
}

/* Opens one source, which it releases. */
static tine_status open_one(tine_source *source, const tine_csv_options *options, tine_error *error)
{
    tine__csv *csv;
    tine_status status = tine__csv_open(&source, 1, options, &csv, error);
    tine_source_release(source);
    if (status == TINE_OK)
        tine__csv_release(csv);
    return status;
}

/* ---- sources ---- */

typedef struct script { /* what a source does, read after read */
    const char *text;
    size_t n, at, step; /* so many bytes a read */
    size_t fails_at;    /* a read that begins there or behind it fails */
} script;

static tine_status play(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    script *s = ctx;
    if (s->at >= s->fails_at)
        return tine_fail(7, -1, "the line is dead");
    *n_read_out = s->n - s->at < s->step ? s->n - s->at : s->step;
    *n_read_out = *n_read_out < n ? *n_read_out : n;
    memcpy(dst, s->text + s->at, *n_read_out);
    s->at += *n_read_out;
    return TINE_OK;
}

static tine_source *pipe_of(script *s)
{
    tine_source *source;
    tine_source_vtable vtable = {.struct_size = sizeof vtable, .read = play};
    assert_int_equal(tine_source_custom(&vtable, s, "line", &source, NULL), TINE_OK);
    return source;
}

static void there_must_be_a_source(void **state)
{
    (void)state;
    tine__csv *csv;
    tine_error error;
    assert_int_equal(tine__csv_open(NULL, 0, NULL, &csv, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "at least one source"));
}

static void a_pipe_is_taken_once(void **state)
{
    (void)state;
    script s = {.text = "n\n1\n", .n = 4, .step = 3, .fails_at = SIZE_MAX};
    tine_source *twice[2];
    tine__csv *csv;
    tine_error error;
    twice[0] = twice[1] = pipe_of(&s);
    assert_int_equal(tine__csv_open(twice, 2, NULL, &csv, &error), TINE_EINVAL);
    assert_string_equal(error.source, "line");
    assert_int_equal(open_one(twice[0], NULL, NULL), TINE_EINVAL); /* it has been, by then */
}

/* Whichever read fails, at whatever stage of opening, that is the failure. */
static void a_read_that_fails(void **state)
{
    (void)state;
    static char text[200000];
    size_t n = 0;
    while (n + 20 < sizeof text)
        n += (size_t)sprintf(text + n, n ? "12,abc\n" : "n,s\n");
    for (size_t at = 0; at < n; at += 20000) {
        script s = {.text = text, .n = n, .step = 20000, .fails_at = at};
        tine_error error;
        assert_int_equal(open_one(pipe_of(&s), NULL, &error), 7);
        assert_non_null(strstr(error.message, "dead"));
        assert_string_equal(error.source, "line");
    }
    script s = {.text = text, .n = n, .step = 20000, .fails_at = SIZE_MAX};
    assert_int_equal(open_one(pipe_of(&s), NULL, NULL), TINE_OK);
}

static void a_later_source_that_fails(void **state)
{
    (void)state;
    script s = {.text = "", .fails_at = 0};
    tine_source *sources[] = {memory("n,s\n1,2\n"), pipe_of(&s)};
    tine__csv *csv;
    tine_error error;
    assert_int_equal(tine__csv_open(sources, 2, NULL, &csv, &error), 7);
    assert_string_equal(error.source, "line");
    tine_source_release(sources[0]);
    tine_source_release(sources[1]);
}

/* ---- options ---- */

static void an_unknown_field_shows_those_there_are(void **state)
{
    (void)state;
    static const tine_field fields[] = {{.name = "nobody", .type = TINE_INT64}};
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.fields = fields;
    options.n_fields = 1;
    for (int a = 1; a < 260; a += 9) /* names of all lengths, whose list ends anywhere */
        for (int b = 1; b < 200; b++) {
            char text[1000];
            tine_error error;
            snprintf(text, sizeof text, "x%0*d,y%0*d,z\n", a, 0, b, 0);
            assert_int_equal(open_one(memory(text), &options, &error), TINE_EINVAL);
            assert_non_null(strstr(error.message, "\"nobody\""));
            assert_non_null(strstr(error.message, "x0"));
            assert_true(strstr(error.message, ", \"z\"") || strstr(error.message, "..."));
        }
}

static void what_a_field_cannot_be(void **state)
{
    (void)state;
    tine_field field = {.name = "n", .type = TINE_DECIMAL};
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    tine_error error;
    options.fields = &field;
    options.n_fields = 1;
    assert_int_equal(open_one(memory("n,s\n1,2\n"), &options, &error), TINE_ENOTSUP);
    assert_non_null(strstr(error.message, "\"n\""));
    field = (tine_field){.name = "n", .type = TINE_DATE, .format = "%Q"};
    assert_int_equal(open_one(memory("n,s\n1,2\n"), &options, &error), TINE_EINVAL);
    assert_non_null(strstr(error.message, "%Q"));
    field.type = TINE_AUTO; /* to which a format means nothing */
    assert_int_equal(open_one(memory("n,s\n1,2\n"), &options, &error), TINE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_must_be_a_source),
        cmocka_unit_test(a_pipe_is_taken_once),
        cmocka_unit_test(a_read_that_fails),
        cmocka_unit_test(a_later_source_that_fails),
        cmocka_unit_test(an_unknown_field_shows_those_there_are),
        cmocka_unit_test(what_a_field_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
