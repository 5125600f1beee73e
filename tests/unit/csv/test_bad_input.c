/* Input as it comes: the files of tests/data (argv[1]), and what is too large or too odd to keep
 * there. Each file's answer is checked with the reference too, so that it stays what the page says.
 */
#include "reference/job.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const char *data_folder;

/* ---- files ---- */

typedef struct bad_file {
    const char *name, *answer;
} bad_file;

#define NOTHING_THERE "EFORMAT source 0 byte 0 line 1 record 0 column 0"

static const bad_file files[] = {
    {"unclosed_quote.csv", "EFORMAT source 0 byte 16 line 3 record 2 column 2"},
    {"ragged.csv", "EFORMAT source 0 byte 14 line 3 record 2 column 2"},
    {"text_after_quote.csv", "EFORMAT source 0 byte 21 line 3 record 2 column 2"},
    {"doubled_at_end.csv", "EFORMAT source 0 byte 16 line 3 record 2 column 2"},
    {"nul.csv", "id:string text:string\n\"1\" | \"a\\x00b\"\n\"\\x00\" | \"c\"\n"},
    {"latin1.csv", "EFORMAT source 0 byte 16 line 3 record 2 column 2"},
    {"truncated_utf8.csv", "EFORMAT source 0 byte 21 line 3 record 1 column 2"},
    {"empty.csv", NOTHING_THERE},
    {"blank.csv", NOTHING_THERE},
    {"header_alone.csv", "id:string text:string\n"},
    {"excel_cp1252.csv", "EFORMAT source 0 byte 0 line 1 record 0 column 1"},
    {"excel_utf8.csv", "Gr\xc3\xb6\xc3\x9f"
                       "e:string Preis:string\n"
                       "\"1,5\" | \"2,50 \\xe2\\x82\\xac\"\n~ | \"3\"\n"},
    {"mixed_line_ends.csv", "id:int64 text:string\n1 | \"one\"\n2 | \"two\"\n"
                            "3 | \"three\\r\\nlines\\r\"\n4 | \"four\"\n"},
    {"bom.csv", "id:int64 text:string\n1 | \"one\"\n"},
    {"utf16.csv", NOTHING_THERE},
};

static ref_text content_of(const char *path)
{
    ref_text text = {0};
    char piece[4096];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n = 1; n > 0; ref_text_add_bytes(&text, piece, n))
        n = fread(piece, 1, sizeof piece, file);
    fclose(file);
    return text;
}

static size_t n_wrong_answers(const bad_file *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", data_folder, file->name);
    ref_text content = content_of(path);
    ref_job job = {.n_sources = 1, .sources = {{content.data, content.size}}, .path = path};
    job.options.struct_size = sizeof job.options;
    ref_text expected = ref_answer(&job), answer = ref_library_answer(&job);
    bool right = strcmp(expected.data, file->answer) == 0 && strcmp(answer.data, file->answer) == 0;
    if (!right)
        print_error("%s\nexpected:\n%s\nreference:\n%s\nlibrary:\n%s\n", file->name, file->answer,
                    expected.data, answer.data);
    ref_text_free(&expected);
    ref_text_free(&answer);
    ref_text_free(&content);
    return !right;
}

static void every_file_is_read_or_refused(void **state)
{
    (void)state;
    size_t n_wrong = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        n_wrong += n_wrong_answers(&files[i]);
    assert_int_equal(n_wrong, 0);
}

/* ---- what is no file to read ---- */

static void assert_cannot_open(const char *path, int sys_errno)
{
    tine_dataset *dataset = NULL;
    tine_error error;
    assert_int_equal(tine_csv_open_file(path, NULL, &dataset, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, sys_errno);
    assert_null(dataset);
    assert_non_null(strstr(error.source, path));
}

static void directory(void **state)
{
    (void)state;
    assert_cannot_open(data_folder, EISDIR);
}

static void missing_file(void **state)
{
    (void)state;
    assert_cannot_open("no/such/file.csv", ENOENT);
}

/* Root may read everything, and therefore reads as nobody here. */
static void no_permission(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    char path[] = "/tmp/tine-test-XXXXXX";
    const uid_t self = geteuid();
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0), 0);
    close(fd);
    assert_true(self != 0 || seteuid(NOBODY) == 0);
    assert_cannot_open(path, EACCES);
    assert_int_equal(seteuid(self), 0);
    assert_int_equal(unlink(path), 0);
}

/* ---- a field that does not end ---- */

static const char endless_start[] = "a,b\n1,\"";
static const uint64_t endless_size = 100 * 1000 * 1000;

typedef struct endless {
    uint64_t at;
} endless;

static tine_status endless_size_of(void *ctx, uint64_t *size_out)
{
    (void)ctx;
    *size_out = endless_size;
    return TINE_OK;
}

static tine_status endless_read_at(void *ctx, uint64_t offset, void *dst, size_t n,
                                   size_t *n_read_out)
{
    (void)ctx;
    uint64_t left = endless_size - offset;
    *n_read_out = n < left ? n : (size_t)left;
    memset(dst, 'x', *n_read_out);
    for (size_t i = 0; offset + i < sizeof endless_start - 1 && i < *n_read_out; i++)
        ((char *)dst)[i] = endless_start[offset + i];
    return TINE_OK;
}

static tine_status endless_read(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    endless *e = ctx;
    tine_status status = endless_read_at(ctx, e->at, dst, n, n_read_out);
    e->at += *n_read_out;
    return status;
}

static void assert_too_long(const tine_source_vtable *vtable)
{
    endless e = {0};
    tine_source *source = NULL;
    tine_dataset *dataset = NULL;
    tine_table *table = NULL;
    tine_error error;
    assert_int_equal(tine_source_custom(vtable, &e, "endless", &source, NULL), TINE_OK);
    tine_status status = tine_csv_open(&source, 1, NULL, &dataset, &error);
    if (!status)
        status = tine_dataset_collect(dataset, NULL, &table, &error);
    assert_int_equal(status, TINE_ELIMIT);
    assert_int_equal(error.byte_offset, 4);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.record, 1);
    assert_int_equal(error.column, 0);
    assert_non_null(strstr(error.message, "max_row_size"));
    tine_table_release(table);
    tine_dataset_release(dataset);
    tine_source_release(source);
}

static void field_of_100_megabytes(void **state)
{
    (void)state;
    tine_source_vtable vtable = {
        .struct_size = sizeof vtable, .size = endless_size_of, .read_at = endless_read_at};
    assert_too_long(&vtable);
}

static void field_of_100_megabytes_in_a_pipe(void **state)
{
    (void)state;
    tine_source_vtable vtable = {.struct_size = sizeof vtable, .read = endless_read};
    assert_too_long(&vtable);
}

/* ---- a row that is wide ---- */

enum { WIDE = 100000 };

static void row_of_100000_columns(void **state)
{
    (void)state;
    ref_text text = {0};
    for (size_t i = 0; i < WIDE; i++)
        ref_text_add(&text, "c%zu%s", i, i + 1 < WIDE ? "," : "\n");
    for (size_t i = 0; i < WIDE; i++)
        ref_text_add(&text, "%zu%s", i, i + 1 < WIDE ? "," : "\n");
    tine_source *source = NULL;
    tine_dataset *dataset = NULL;
    tine_table *table = NULL;
    tine_column column;
    assert_int_equal(tine_source_memory(text.data, text.size, NULL, NULL, &source, NULL), TINE_OK);
    assert_int_equal(tine_csv_open(&source, 1, NULL, &dataset, NULL), TINE_OK);
    assert_int_equal(tine_dataset_columns(dataset), WIDE);
    assert_int_equal(tine_dataset_collect(dataset, NULL, &table, NULL), TINE_OK);
    assert_int_equal(tine_table_rows(table), 1);
    assert_int_equal(tine_batch_column(tine_table_batch(table, 0), WIDE - 1, &column), TINE_OK);
    assert_string_equal(column.name, "c99999");
    assert_int_equal(((const int64_t *)column.values)[0], WIDE - 1);
    tine_table_release(table);
    tine_dataset_release(dataset);
    tine_source_release(source);
    ref_text_free(&text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_read_or_refused),
        cmocka_unit_test(directory),
        cmocka_unit_test(missing_file),
        cmocka_unit_test(no_permission),
        cmocka_unit_test(field_of_100_megabytes),
        cmocka_unit_test(field_of_100_megabytes_in_a_pipe),
        cmocka_unit_test(row_of_100000_columns),
    };
    if (argc != 2)
        return EXIT_FAILURE;
    data_folder = argv[1];
    return cmocka_run_group_tests_name("csv bad input", tests, NULL, NULL);
}
