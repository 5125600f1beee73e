/* Scans end to end: whatever the partitions, the batches, the lanes and the kind of source, the
 * same rows or the same error come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>

#include "base/alloc.h"
#include "csv/opened.h"
#include "csv/scan.h"
#include "text.h"

/* ---- what a scan gave: each row as a line of text, by its place ---- */

enum { MAX_ROWS = 600, MAX_ROW = 400 };

typedef struct seen_row {
    uint64_t ordinal, offset;
    char text[MAX_ROW];
} seen_row;

typedef struct result {
    pthread_mutex_t mutex; /* guards rows */
    size_t n_rows;
    seen_row rows[MAX_ROWS];
    tine_error error;
} result;

static int by_place(const void *x, const void *y)
{
    const seen_row *a = x, *b = y;
    if (a->ordinal != b->ordinal)
        return a->ordinal < b->ordinal ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void add_row(result *r, const tine__lane *lane, const tine__partition *p, size_t i,
                    const tine_column *columns, size_t n_columns)
{
    pthread_mutex_lock(&r->mutex);
    assert_true(r->n_rows < MAX_ROWS);
    seen_row *row = &r->rows[r->n_rows++];
    row->ordinal = p->source; /* of the partitions the offset tells the order */
    row->offset = tine__lane_row_offset(lane, i);
    size_t used = 0;
    for (size_t c = 0; c < n_columns; c++) {
        tine_string s = tine_string_at(&columns[c], i);
        used += (size_t)snprintf(row->text + used, MAX_ROW - used, "%s[%.*s]",
                                 tine_is_null(&columns[c], i) ? "-" : "", (int)s.size, s.data);
    }
    pthread_mutex_unlock(&r->mutex);
}

/* ---- lanes ---- */

enum { MAX_COLUMNS = 8 };

typedef struct scan_job {
    tine__scan *scan;
    const tine__csv *csv;
    result *result;
    uint64_t partition_size, batch_bytes;
} scan_job;

static void take_batch(const scan_job *job, tine__lane *lane, const tine__partition *p, size_t n)
{
    size_t n_columns = tine__csv_n_columns(job->csv);
    tine__array arrays[MAX_COLUMNS];
    tine_column columns[MAX_COLUMNS];
    for (size_t c = 0; c < n_columns; c++) {
        tine__misfit misfit;
        tine__array_init(&arrays[c], TINE_STRING);
        assert_int_equal(
            tine__lane_convert(lane, c, TINE_STRING, NULL, n, &arrays[c], NULL, &misfit), TINE_OK);
        assert_int_equal(misfit.row, SIZE_MAX);
        tine__array_view(&arrays[c], "", &columns[c]);
    }
    for (size_t i = 0; i < n; i++)
        add_row(job->result, lane, p, i, columns, n_columns);
    for (size_t c = 0; c < n_columns; c++)
        tine__array_free(&arrays[c], tine__heap());
}

/* The rows of a batch start in one window of their partition. */
static void check_window(const scan_job *job, const tine__lane *lane, const tine__partition *p,
                         size_t n)
{
    uint64_t begin = p->index * job->partition_size;
    uint64_t first = tine__lane_row_offset(lane, 0), last = tine__lane_row_offset(lane, n - 1);
    assert_true(first >= begin && last < begin + job->partition_size);
    if (job->batch_bytes)
        assert_int_equal((first - begin) / job->batch_bytes, (last - begin) / job->batch_bytes);
}

/* One partition. False: there is none left. */
static bool step(const scan_job *job, tine__lane *lane)
{
    tine__partition p;
    tine_status status = tine__lane_claim(lane, &p);
    if (status != TINE_OK)
        return status != TINE_END;
    size_t n;
    while ((status = tine__lane_rows(lane, &n)) == TINE_OK) {
        assert_true(n > 0);
        check_window(job, lane, &p, n);
        take_batch(job, lane, &p, n);
    }
    return true;
}

static void *run_lane(void *arg)
{
    const scan_job *job = arg;
    tine__lane *lane;
    assert_int_equal(tine__lane_open(job->scan, &lane, NULL), TINE_OK);
    while (step(job, lane))
        ;
    tine__lane_close(&lane);
    return NULL;
}

/* lanes 0: two lanes in this thread, by turns. */
static void run_lanes(scan_job *job, unsigned lanes)
{
    pthread_t threads[4];
    for (unsigned i = 0; i < lanes; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_lane, job), 0);
    for (unsigned i = 0; i < lanes; i++)
        pthread_join(threads[i], NULL);
    if (lanes)
        return;
    tine__lane *a, *b;
    assert_int_equal(tine__lane_open(job->scan, &a, NULL), TINE_OK);
    assert_int_equal(tine__lane_open(job->scan, &b, NULL), TINE_OK);
    while (step(job, a) && step(job, b))
        ;
    tine__lane_close(&a);
    tine__lane_close(&b);
}

/* ---- sources ---- */

typedef enum source_kind { MEMORY, READ_AT, PIPE } source_kind;

typedef struct held {
    const char *text;
    size_t n, at;
} held;

static tine_status held_size(void *ctx, uint64_t *size_out)
{
    *size_out = ((held *)ctx)->n;
    return TINE_OK;
}

static tine_status held_read_at(void *ctx, uint64_t offset, void *dst, size_t n, size_t *n_out)
{
    const held *h = ctx;
    *n_out = h->n - offset < n ? (size_t)(h->n - offset) : n;
    memcpy(dst, h->text + offset, *n_out);
    return TINE_OK;
}

/* A few bytes at a time, as pipes do. */
static tine_status held_read(void *ctx, void *dst, size_t n, size_t *n_out)
{
    held *h = ctx;
    size_t rest = h->n - h->at, few = rest < 5 ? rest : 5;
    *n_out = n < few ? n : few;
    memcpy(dst, h->text + h->at, *n_out);
    h->at += *n_out;
    return TINE_OK;
}

static tine_source *open_source(source_kind kind, held *h)
{
    tine_source *source;
    tine_source_vtable vtable = {.struct_size = sizeof vtable};
    if (kind == READ_AT) {
        vtable.size = held_size;
        vtable.read_at = held_read_at;
    } else {
        vtable.read = held_read;
    }
    tine_status status = kind == MEMORY
                             ? tine_source_memory(h->text, h->n, NULL, NULL, &source, NULL)
                             : tine_source_custom(&vtable, h, "held", &source, NULL);
    assert_int_equal(status, TINE_OK);
    return source;
}

/* ---- a scan ---- */

typedef struct reading {
    source_kind kind;
    size_t partition_size, batch_bytes;
    unsigned lanes;
    size_t max_row_size;
    int escape, comment;
} reading;

static void scan(tine__csv *csv, const reading *way, result *r)
{
    scan_job job = {.csv = csv,
                    .result = r,
                    .partition_size = way->partition_size,
                    .batch_bytes = way->batch_bytes};
    tine__scan_options options = {.batch_bytes = way->batch_bytes};
    assert_int_equal(tine__scan_open(csv, &options, &job.scan, &r->error), TINE_OK);
    run_lanes(&job, way->lanes);
    tine_status status = tine__scan_close(&job.scan, &r->error);
    r->error.status = status;
    qsort(r->rows, r->n_rows, sizeof *r->rows, by_place);
}

/* Every reading is by another set of kernels than the one before. */
static const tine__kernels *next_kernels(void)
{
    static size_t next;
    if (!tine__kernels_at(next))
        next = 0;
    return tine__kernels_at(next++);
}

static void read_texts(const char *const *texts, const size_t *sizes, size_t n, const reading *way,
                       result *r)
{
    held held_texts[2];
    tine_source *sources[2];
    memset(&r->error, 0, sizeof r->error);
    r->n_rows = 0;
    pthread_mutex_init(&r->mutex, NULL);
    for (size_t i = 0; i < n; i++) {
        held_texts[i] = (held){texts[i], sizes[i], 0};
        sources[i] = open_source(way->kind, &held_texts[i]);
    }
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.delimiter = ",";
    options.partition_size = way->partition_size;
    options.max_row_size = way->max_row_size;
    options.escape = way->escape;
    options.comment = way->comment;
    tine__csv *csv;
    if (tine__csv_open(sources, n, &options, &csv, &r->error) == TINE_OK) {
        csv->plain.kernels = next_kernels();
        scan(csv, way, r);
        tine__csv_release(csv);
    }
    for (size_t i = 0; i < n; i++)
        tine_source_release(sources[i]);
    pthread_mutex_destroy(&r->mutex);
}

static void read_text(const char *text, const reading *way, result *r)
{
    size_t n = strlen(text);
    read_texts(&text, &n, 1, way, r);
}

static void check_same(const result *a, const result *b)
{
    assert_int_equal(a->error.status, b->error.status);
    if (a->error.status != TINE_OK) {
        assert_int_equal(a->error.byte_offset, b->error.byte_offset);
        assert_int_equal(a->error.line, b->error.line);
        assert_int_equal(a->error.record, b->error.record);
        assert_int_equal(a->error.column, b->error.column);
        return; /* callbacks may have seen later rows */
    }
    assert_int_equal(a->n_rows, b->n_rows);
    for (size_t i = 0; i < a->n_rows; i++) {
        assert_int_equal(a->rows[i].offset, b->rows[i].offset);
        assert_string_equal(a->rows[i].text, b->rows[i].text);
    }
}

static result whole, parts;

static const size_t sizes_of_partitions[] = {1, 2, 3, 7, 16, 64, 1000};

static void compare_ways(const char *const *texts, const size_t *sizes, size_t n, reading way)
{
    way.partition_size = 1 << 20;
    read_texts(texts, sizes, n, &way, &whole);
    for (unsigned i = 0; i < 7; i++) {
        way.partition_size = sizes_of_partitions[i];
        way.batch_bytes = i % 3 ? i : 0;
        way.kind = (source_kind)(i % 3);
        way.lanes = i % 2 ? 0 : 1 + i / 2;
        read_texts(texts, sizes, n, &way, &parts);
        check_same(&whole, &parts);
        way.kind = (source_kind)((i + 2) % 3);
        read_texts(texts, sizes, n, &way, &parts);
        check_same(&whole, &parts);
    }
}

/* ---- the tests ---- */

static void rows_in_every_way(void **state)
{
    (void)state;
    uint64_t random = 6;
    for (unsigned round = 0; round < 60; round++) {
        char a[512], b[512];
        size_t width = 1 + round % 3;
        const char *header = width == 1 ? "h\n" : width == 2 ? "h,i\r\n" : "h,i,j\r";
        size_t n = strlen(header);
        memcpy(a, header, n);
        memcpy(b, header, n);
        size_t sizes[] = {n + random_rows(&random, width, a + n, 200),
                          n + random_rows(&random, width, b + n, 60)};
        compare_ways((const char *const[]){a, b}, sizes, 1 + round % 2,
                     (reading){.comment = round % 4 == 0 ? '#' : 0});
        assert_int_equal(whole.error.status, TINE_OK);
        assert_true(whole.n_rows > 0);
    }
}

static void random_text_in_every_way(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (unsigned round = 0; round < 200; round++) {
        char text[200] = "h,i\n";
        size_t n = 4 + random_below(&random, sizeof text - 4);
        random_text(&random, "ab,,\n\"\r\\#", 5 + round % 5, text + 4, n - 4);
        compare_ways((const char *const[]){text}, &n, 1,
                     (reading){.escape = round % 3 ? 0 : '\\',
                               .comment = round % 2 ? 0 : '#',
                               .max_row_size = round % 5 ? 0 : 9});
    }
}

static void check_error(const char *text, reading way, tine_status status, uint64_t offset,
                        uint64_t line, uint64_t record, uint64_t column)
{
    for (unsigned i = 0; i < 7; i++) {
        way.partition_size = sizes_of_partitions[i];
        way.lanes = i % 4;
        way.kind = (source_kind)(i % 3);
        read_text(text, &way, &parts);
        assert_int_equal(parts.error.status, status);
        assert_int_equal(parts.error.byte_offset, offset);
        assert_int_equal(parts.error.line, line);
        assert_int_equal(parts.error.record, record);
        assert_int_equal(parts.error.column, column);
    }
}

static void first_errors(void **state)
{
    (void)state;
    reading way = {0};
    check_error("a,b\n1,2\n3\n\"", way, TINE_EFORMAT, 8, 3, 2, 2);
    check_error("a,b\n1,2\n3,4,5\n6", way, TINE_EFORMAT, 8, 3, 2, 3);
    check_error("a,b\n\"1\n\",2\n3,x\"\n", way, TINE_EFORMAT, 14, 4, 2, 2);
    check_error("a,b\r\n1,\"2\"x\r\n", way, TINE_EFORMAT, 10, 2, 1, 2);
    check_error("a,b\n1,2\n\n3,\"4\n5,6\n", way, TINE_EFORMAT, 11, 4, 2, 2);
    check_error("a,\"b\n", way, TINE_EFORMAT, 2, 1, 0, 2);
    check_error("", way, TINE_EFORMAT, 0, 1, 0, 0);
    way.max_row_size = 10;
    check_error("a,b\n1,2\n3,\"4\n5,6\n7,8\n", way, TINE_ELIMIT, 8, 3, 2, 0);
    check_error("a,b\n1,2345678\n1,234567890\n", way, TINE_ELIMIT, 14, 3, 2, 0);
}

static void a_pipe_is_read_once(void **state)
{
    (void)state;
    held h = {"a\n1\n", 4, 0};
    tine_source *source = open_source(PIPE, &h);
    tine__csv *csv, *other;
    assert_int_equal(tine__csv_open(&source, 1, NULL, &csv, NULL), TINE_OK);
    assert_false(tine__csv_rereadable(csv));
    assert_int_equal(tine__csv_open(&source, 1, NULL, &other, NULL), TINE_EINVAL);
    tine__scan_options options = {0};
    tine__scan *scan = NULL;
    assert_int_equal(tine__scan_open(csv, &options, &scan, NULL), TINE_OK);
    assert_int_equal(tine__scan_close(&scan, NULL), TINE_OK);
    assert_int_equal(tine__scan_open(csv, &options, &scan, NULL), TINE_EINVAL);
    tine__csv_release(csv);
    tine_source_release(source);
}

static tine_status stopped(void)
{
    return TINE_ECANCELED;
}

static void a_stop_ends_it(void **state)
{
    (void)state;
    held h = {"a\n1\n2\n", 6, 0};
    tine_source *source = open_source(MEMORY, &h);
    tine__csv *csv;
    assert_int_equal(tine__csv_open(&source, 1, NULL, &csv, NULL), TINE_OK);
    tine__scan *scan;
    assert_int_equal(tine__scan_open(csv, &(tine__scan_options){.stop = stopped}, &scan, NULL),
                     TINE_OK);
    tine__lane *lane;
    tine__partition p;
    assert_int_equal(tine__lane_open(scan, &lane, NULL), TINE_OK);
    assert_int_equal(tine__lane_claim(lane, &p), TINE_ECANCELED);
    assert_int_equal(tine__lane_claim(lane, &p), TINE_END);
    tine__lane_close(&lane);
    assert_int_equal(tine__scan_close(&scan, NULL), TINE_ECANCELED);
    tine__csv_release(csv);
    tine_source_release(source);
}

/* ---- memory that runs out ---- */

typedef struct short_heap {
    size_t left; /* allocations that succeed */
    size_t held; /* bytes */
} short_heap;

static void *short_alloc(void *ctx, size_t size, size_t alignment)
{
    short_heap *h = ctx;
    if (h->left == 0)
        return NULL;
    h->left--;
    h->held += size;
    return tine__alloc(tine__heap(), size, alignment);
}

static void short_free(void *ctx, void *p, size_t size, size_t alignment)
{
    ((short_heap *)ctx)->held -= size;
    tine__free(tine__heap(), p, size, alignment);
}

/* Opens and reads all: the first failure. */
static tine_status read_all(tine_source *source, const tine_allocator *allocator)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.allocator = allocator;
    options.partition_size = 16;
    tine__csv *csv;
    tine_status status = tine__csv_open(&source, 1, &options, &csv, NULL);
    if (status != TINE_OK)
        return status;
    tine__scan *scan = NULL;
    tine__lane *lane = NULL;
    status = tine__scan_open(csv, &(tine__scan_options){.allocator = allocator}, &scan, NULL);
    if (status == TINE_OK)
        status = tine__lane_open(scan, &lane, NULL);
    tine__partition p;
    while (status == TINE_OK && tine__lane_claim(lane, &p) == TINE_OK) {
        size_t n;
        while (tine__lane_rows(lane, &n) == TINE_OK) {
            tine__array array;
            tine__misfit misfit;
            tine__array_init(&array, TINE_STRING);
            tine_status converted =
                tine__lane_convert(lane, 1, TINE_STRING, NULL, n, &array, NULL, &misfit);
            assert_true(converted == TINE_OK || converted == TINE_ENOMEM);
            tine__array_free(&array, allocator);
        }
    }
    if (lane)
        tine__lane_close(&lane);
    tine_status closed = tine__scan_close(&scan, NULL);
    tine__csv_release(csv);
    return status == TINE_OK ? closed : status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *text = "a,b\n1,\"x\"\"y\"\n2,a field that is longer than a partition\n3,\n4,\"\"\n";
    for (unsigned kind = MEMORY; kind <= PIPE; kind++) {
        tine_status status = TINE_ENOMEM;
        for (size_t n = 0; status != TINE_OK; n++) {
            short_heap heap = {.left = n};
            tine_allocator allocator = {short_alloc, NULL, short_free, &heap};
            held h = {text, strlen(text), 0};
            tine_source *source = open_source((source_kind)kind, &h);
            status = read_all(source, &allocator);
            tine_source_release(source);
            assert_true(status == TINE_OK || status == TINE_ENOMEM);
            assert_int_equal(heap.held, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_every_way), cmocka_unit_test(random_text_in_every_way),
        cmocka_unit_test(first_errors),      cmocka_unit_test(a_pipe_is_read_once),
        cmocka_unit_test(a_stop_ends_it),    cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
