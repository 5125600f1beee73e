#include "unit/dataset/support.h"

#include <inttypes.h>
#include <stdio.h>

const unsigned worker_counts[] = {0, 1, 2, 7};
const size_t n_worker_counts = sizeof worker_counts / sizeof *worker_counts;
const size_t partition_sizes[] = {1, 7, 64, 1000, 1 << 20};
const size_t n_partition_sizes = sizeof partition_sizes / sizeof *partition_sizes;

tine_pool *open_pool(unsigned n_workers)
{
    tine_pool *pool = NULL;
    if (n_workers == 0)
        return NULL;
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    options.n_workers = n_workers;
    options.stack_size = 256 << 10;
    assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
    return pool;
}

static tine_dataset *open_sources(tine_source **sources, size_t n, const tine_csv_options *options)
{
    tine_dataset *dataset = NULL;
    tine_error error = {0};
    tine_status status = tine_csv_open(sources, n, options, &dataset, &error);
    if (status != TINE_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, TINE_OK);
    for (size_t i = 0; i < n; i++)
        tine_source_release(sources[i]);
    return dataset;
}

tine_dataset *open_with(const char *text, const tine_csv_options *options)
{
    tine_source *source;
    assert_int_equal(tine_source_memory(text, strlen(text), NULL, NULL, &source, NULL), TINE_OK);
    return open_sources(&source, 1, options);
}

tine_dataset *open_texts(const char *const *texts, size_t n, size_t partition_size)
{
    tine_source *sources[16];
    assert_in_range(n, 1, 16);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(
            tine_source_memory(texts[i], strlen(texts[i]), NULL, NULL, &sources[i], NULL), TINE_OK);
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.delimiter = ",";
    options.partition_size = partition_size;
    return open_sources(sources, n, &options);
}

tine_dataset *open_text(const char *text, size_t partition_size)
{
    return open_texts(&text, 1, partition_size);
}

typedef struct pipe_text {
    const char *at;
} pipe_text;

static tine_status read_pipe(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    pipe_text *p = ctx;
    size_t left = strlen(p->at);
    *n_read_out = n < left ? n : left;
    memcpy(dst, p->at, *n_read_out);
    p->at += *n_read_out;
    return TINE_OK;
}

tine_dataset *open_pipe(const char *text)
{
    pipe_text *p = malloc(sizeof *p);
    assert_non_null(p);
    p->at = text;
    tine_source_vtable vtable = {.struct_size = sizeof vtable, .read = read_pipe, .close = free};
    tine_source *source;
    assert_int_equal(tine_source_custom(&vtable, p, "the pipe", &source, NULL), TINE_OK);
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.delimiter = ",";
    return open_sources(&source, 1, &options);
}

void text_add(growing *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    size_t needed = (size_t)vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (t->n + needed + 1 > t->capacity) {
        t->capacity = 2 * (t->n + needed + 1);
        t->data = realloc(t->data, t->capacity);
        assert_non_null(t->data);
    }
    vsnprintf(t->data + t->n, needed + 1, format, again);
    va_end(again);
    t->n += needed;
}

static const char *type_name(tine_type type)
{
    static const char *const names[] = {"auto",    "bool", "int64",     "double",
                                        "decimal", "date", "timestamp", "string"};
    return names[type];
}

static void show_value(growing *t, const tine_column *c, size_t row)
{
    if (tine_is_null(c, row)) {
        text_add(t, "null");
        return;
    }
    switch (c->type) {
    case TINE_BOOL:
        text_add(t, "%d", (((const uint8_t *)c->values)[row / 8] >> (row % 8)) & 1);
        break;
    case TINE_DOUBLE:
        text_add(t, "%a", ((const double *)c->values)[row]);
        break;
    case TINE_DATE:
        text_add(t, "%" PRId32, ((const int32_t *)c->values)[row]);
        break;
    case TINE_STRING:
        text_add(t, "'%.*s'", (int)tine_string_at(c, row).size, tine_string_at(c, row).data);
        break;
    default:
        text_add(t, "%" PRId64, ((const int64_t *)c->values)[row]);
    }
}

static void show_rows(growing *t, const tine_batch *batch)
{
    tine_column c;
    for (size_t row = 0; row < tine_batch_rows(batch); row++) {
        for (size_t i = 0; i < tine_batch_columns(batch); i++) {
            assert_int_equal(tine_batch_column(batch, i, &c), TINE_OK);
            assert_int_equal(c.length, tine_batch_rows(batch));
            text_add(t, i ? "," : "");
            show_value(t, &c, row);
        }
        text_add(t, "\n");
    }
}

char *show_batch(const tine_batch *batch)
{
    growing t = {0};
    tine_column c;
    for (size_t i = 0; i < tine_batch_columns(batch); i++) {
        assert_int_equal(tine_batch_column(batch, i, &c), TINE_OK);
        text_add(&t, "%s%s:%s", i ? "," : "", c.name, type_name(c.type));
    }
    text_add(&t, "\n");
    show_rows(&t, batch);
    return t.data;
}

char *show_table(const tine_table *table)
{
    tine_table *combined;
    assert_int_equal(tine_table_combine(table, &combined, NULL), TINE_OK);
    assert_int_equal(tine_table_rows(combined), tine_table_rows(table));
    assert_in_range(tine_table_batches(combined), 0, 1);
    growing empty = {0};
    text_add(&empty, "%s", "");
    char *shown = empty.data;
    if (tine_table_batches(combined) == 1) {
        free(shown);
        shown = show_batch(tine_table_batch(combined, 0));
    }
    tine_table_release(combined);
    return shown;
}

void assert_table(tine_table *table, const char *expected)
{
    char *shown = show_table(table);
    assert_string_equal(shown, expected);
    free(shown);
    tine_table_release(table);
}

void assert_always(const char *text, terminal_fn terminal, const char *expected)
{
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        for (size_t p = 0; p < n_partition_sizes; p++) {
            tine_dataset *dataset = open_text(text, partition_sizes[p]);
            tine_table *table = NULL;
            tine_error error = {0};
            tine_status status = terminal(dataset, &run, &table, &error);
            if (status != TINE_OK)
                print_error("%u workers, partitions of %zu: %s\n", worker_counts[w],
                            partition_sizes[p], error.message);
            assert_int_equal(status, TINE_OK);
            assert_int_equal(error.status, TINE_OK); /* a success leaves the record alone */
            assert_table(table, expected);
            tine_dataset_release(dataset);
        }
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
}
