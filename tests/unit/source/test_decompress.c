/* Compressed sources: whole, in members, cut off and damaged at every byte, from files and pipes.
 */
#define _GNU_SOURCE
#include "source/source.h"
#include "base/body.h"
#include "support/fault.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <zlib.h>
#include <zstd.h>

#define MANY 3000000

typedef struct bytes {
    unsigned char *p;
    size_t n;
} bytes;

static tine_status go_on(void)
{
    return TINE_OK;
}

/* ---- compressing */

static void gzip_with(bytes *out, const void *text, size_t n, gz_header *header)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    if (header)
        deflateSetHeader(&z, header);
    size_t room = deflateBound(&z, n);
    out->p = realloc(out->p, out->n + room);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)n;
    z.next_out = out->p + out->n;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += room - z.avail_out;
    deflateEnd(&z);
}

static void gzip_onto(bytes *out, const void *text, size_t n)
{
    gzip_with(out, text, n, NULL);
}

static void zstd_onto(bytes *out, const void *text, size_t n)
{
    size_t room = ZSTD_compressBound(n);
    out->p = realloc(out->p, out->n + room);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    size_t put = ZSTD_compress2(c, out->p + out->n, room, text, n);
    assert_false(ZSTD_isError(put));
    ZSTD_freeCCtx(c);
    out->n += put;
}

/* A gzip member that says how long it is. */
static void bgzf_onto(bytes *out, const void *text, size_t n)
{
    static Bytef extra[] = {'B', 'C', 2, 0, 0, 0};
    gz_header header = {.extra = extra, .extra_len = sizeof extra, .os = 255};
    size_t begin = out->n;
    gzip_with(out, text, n, &header);
    size_t last = out->n - begin - 1;
    assert_true(last < 65536);
    out->p[begin + 16] = (unsigned char)last;
    out->p[begin + 17] = (unsigned char)(last >> 8);
}

static void append(bytes *out, const char *text, size_t n)
{
    out->p = realloc(out->p, out->n + n);
    memcpy(out->p + out->n, text, n);
    out->n += n;
}

typedef struct format {
    const char *name;
    void (*onto)(bytes *out, const void *text, size_t n);
    bool in_this_build;
} format;

static const format formats[] = {{"gzip", gzip_onto, HAS_GZIP}, {"zstd", zstd_onto, HAS_ZSTD}};

/* Whose members say how long they are. */
static const format measured[] = {{"gzip", bgzf_onto, HAS_GZIP}, {"zstd", zstd_onto, HAS_ZSTD}};

#define FOR_EACH_FORMAT(f)                                                                         \
    for (const format *f = formats; f < formats + sizeof formats / sizeof *formats; f++)           \
        if (f->in_this_build)

/* Letters that compress well and numbers that do not. */
static char *make_text(size_t n)
{
    char *text = malloc(n + 1);
    uint64_t x = 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        text[i] = i / 1000 % 2 ? (char)('a' + i % 26) : (char)(x >> 56);
    }
    return text;
}

/* ---- reading */

/* A pipe that gives `most` bytes at a time. */
typedef struct trickle {
    bytes all;
    size_t at, most;
    tine_status failure; /* instead of an end */
} trickle;

static tine_status trickle_read(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    trickle *t = ctx;
    size_t left = t->all.n - t->at, got = left < t->most ? left : t->most;
    got = got < n ? got : n;
    if (!left && t->failure)
        return tine_fail(t->failure, -1, "it breaks off");
    memcpy(dst, t->all.p + t->at, got);
    t->at += got;
    *n_read_out = got;
    return TINE_OK;
}

static tine_source *open_trickle(trickle *t)
{
    const tine_source_vtable vtable = {.struct_size = sizeof vtable, .read = trickle_read};
    tine_source *source;
    assert_int_equal(tine_source_custom(&vtable, t, "trickle", &source, NULL), TINE_OK);
    return source;
}

static tine_source *open_memory(const bytes *b)
{
    tine_source *source;
    assert_int_equal(tine_source_memory(b->p, b->n, NULL, NULL, &source, NULL), TINE_OK);
    return source;
}

/* Of a seekable source, from its end to its beginning. */
static tine_status read_backwards(tine_source *source, size_t step, bytes *out, tine_error *error)
{
    size_t size = tine__source_size(source);
    tine_status status = TINE_OK;
    out->p = realloc(out->p, size + 1);
    for (size_t end = size; end > 0 && status == TINE_OK; end -= step < end ? step : end) {
        size_t begin = end > step ? end - step : 0;
        status = tine__source_read_at(source, begin, out->p + begin, end - begin, error);
    }
    out->n = status == TINE_OK ? size : 0;
    return status;
}

/* Reads all there is, `step` bytes at a time. */
static tine_status read_all(tine_source *source, size_t step, bytes *out, tine_error *error)
{
    size_t room = 0;
    if (tine__source_seekable(source))
        return read_backwards(source, step, out, error);
    for (size_t got = step; got == step;) {
        if (room < out->n + step)
            out->p = realloc(out->p, room = 2 * (out->n + step));
        tine_status status = tine__source_read(source, out->p + out->n, step, &got, go_on, error);
        if (status != TINE_OK)
            return status;
        out->n += got;
    }
    return TINE_OK;
}

/* Takes the source. */
static tine_status decompress(tine_source *source, size_t step, bytes *out, tine_error *error)
{
    tine_source *opened;
    tine_status status = tine_source_decompress(source, &opened, error);
    tine_source_release(source);
    if (status != TINE_OK)
        return status;
    status = read_all(opened, step, out, error);
    tine_source_release(opened);
    return status;
}

static void check_content(const bytes *compressed, const char *text, size_t n)
{
    static const size_t steps[] = {1 << 20, 4096, 77};
    for (size_t i = 0; i < 6; i++) {
        trickle t = {*compressed, 0, steps[i % 3] + 3, TINE_OK};
        bytes out = {0};
        tine_error error;
        if (decompress(i < 3 ? open_memory(compressed) : open_trickle(&t), steps[i % 3], &out,
                       &error) != TINE_OK)
            fail_msg("%s", error.message);
        assert_int_equal(out.n, n);
        if (n)
            assert_memory_equal(out.p, text, n);
        free(out.p);
    }
}

/* ---- whole ones */

static void any_length_is_decompressed(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2, 1000, 262144, MANY};
    char *text = make_text(MANY);
    FOR_EACH_FORMAT(f)
    {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            bytes compressed = {0};
            f->onto(&compressed, text, lengths[i]);
            check_content(&compressed, text, lengths[i]);
            free(compressed.p);
        }
    }
    free(text);
}

static void members_follow_one_another(void **state)
{
    (void)state;
    static const size_t cuts[] = {0, 0, 10, 11, 70000, 70000, 300000, MANY / 10, MANY / 10};
    char *text = make_text(MANY / 10);
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0};
        for (size_t i = 0; i + 1 < sizeof cuts / sizeof *cuts; i++)
            f->onto(&compressed, text + cuts[i], cuts[i + 1] - cuts[i]);
        check_content(&compressed, text, MANY / 10);
        free(compressed.p);
    }
    free(text);
}

static void zeros_behind_a_gzip_are_padding(void **state)
{
    (void)state;
    static const char zeros[300000];
    tine_error error;
    bytes compressed = {0}, out = {0};
    if (!HAS_GZIP)
        skip();
    gzip_onto(&compressed, "text", 4);
    append(&compressed, zeros, sizeof zeros);
    check_content(&compressed, "text", 4);
    append(&compressed, "x", 1);
    assert_int_equal(decompress(open_memory(&compressed), 1000, &out, &error), TINE_EFORMAT);
    assert_non_null(strstr(error.message, "goes on after its end"));
    free(out.p);
    free(compressed.p);
}

static void frames_with_notes_are_skipped(void **state)
{
    (void)state;
    static const char note[] = "\x50\x2a\x4d\x18\x04\x00\x00\x00note";
    bytes compressed = {0};
    if (!HAS_ZSTD)
        skip();
    append(&compressed, note, sizeof note - 1);
    zstd_onto(&compressed, "some ", 5);
    append(&compressed, note, sizeof note - 1);
    zstd_onto(&compressed, "text", 4);
    check_content(&compressed, "some text", 9);
    free(compressed.p);
}

static void what_is_not_compressed_stays_as_it_is(void **state)
{
    (void)state;
    char *text = make_text(MANY / 5);
    static const size_t lengths[] = {0, 1, 100, MANY / 5};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        bytes plain = {(unsigned char *)text, lengths[i]}, out = {0};
        trickle t = {plain, 0, 1000, TINE_OK};
        text[0] = 'a';
        assert_int_equal(decompress(open_trickle(&t), 4097, &out, NULL), TINE_OK);
        assert_int_equal(out.n, lengths[i]);
        assert_memory_equal(out.p, text, lengths[i]);
        free(out.p);
        tine_source *source = open_memory(&plain), *same;
        assert_int_equal(tine_source_decompress(source, &same, NULL), TINE_OK);
        assert_ptr_equal(same, source);
        tine_source_release(same);
        tine_source_release(source);
    }
    free(text);
}

/* ---- broken ones */

static void cut_off_anywhere_is_an_error(void **state)
{
    (void)state;
    char *text = make_text(900);
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0};
        f->onto(&compressed, text, 400);
        size_t first = compressed.n;
        f->onto(&compressed, text + 400, 500);
        for (size_t n = 4; n < compressed.n; n++) {
            bytes some = {compressed.p, n}, out = {0};
            tine_error error;
            tine_status status = decompress(open_memory(&some), 100, &out, &error);
            assert_int_equal(status, n == first ? TINE_OK : TINE_EFORMAT);
            if (n != first) {
                assert_non_null(strstr(error.message, "is cut off, at byte "));
                assert_int_equal(atoi(strstr(error.message, "byte ") + 5), n);
                assert_true(error.byte_offset <= 900);
                assert_string_equal(error.source, "memory");
            }
            assert_memory_equal(out.p, text, out.n);
            free(out.p);
        }
        free(compressed.p);
    }
    free(text);
}

/* Either it shows or it does not matter (the time of a gzip does not). */
static void damage_anywhere_is_an_error(void **state)
{
    (void)state;
    char *text = make_text(600);
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0};
        size_t n_found = 0;
        f->onto(&compressed, text, 600);
        for (size_t bit = 8 * 4; bit < 8 * compressed.n; bit++) {
            bytes out = {0};
            tine_error error;
            compressed.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
            tine_status status = decompress(open_memory(&compressed), 100, &out, &error);
            compressed.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
            n_found += status != TINE_OK;
            if (status == TINE_OK) {
                assert_int_equal(out.n, 600);
                assert_memory_equal(out.p, text, 600);
            } else {
                assert_true(status == TINE_EFORMAT || status == TINE_ELIMIT);
                assert_true(*error.message);
            }
            free(out.p);
        }
        assert_true(n_found > 8 * (compressed.n - 20));
        free(compressed.p);
    }
    free(text);
}

static void an_error_stays(void **state)
{
    (void)state;
    char *text = make_text(600), room[100];
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0}, out = {0};
        tine_source *opened;
        size_t n;
        f->onto(&compressed, text, 600);
        compressed.p[compressed.n / 2] ^= 1;
        tine_source *source = open_memory(&compressed);
        assert_int_equal(tine_source_decompress(source, &opened, NULL), TINE_OK);
        assert_int_equal(read_all(opened, 100, &out, NULL), TINE_EFORMAT);
        for (int i = 0; i < 3; i++)
            assert_int_equal(tine__source_read(opened, room, sizeof room, &n, go_on, NULL),
                             TINE_EFORMAT);
        tine_source_release(opened);
        tine_source_release(source);
        free(compressed.p);
        free(out.p);
    }
    free(text);
}

static void something_else_behind_it_is_an_error(void **state)
{
    (void)state;
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0}, out = {0};
        f->onto(&compressed, "text", 4);
        append(&compressed, "a,b\n1,2\n", 8);
        assert_int_equal(decompress(open_memory(&compressed), 100, &out, NULL), TINE_EFORMAT);
        free(compressed.p);
        free(out.p);
    }
}

/* ---- members that say how long they are */

/* Members of so many bytes, and an empty one. */
static bytes compress_in_parts(const format *f, const char *text, size_t n, size_t part)
{
    bytes compressed = {0};
    for (size_t at = 0; at < n; at += part)
        f->onto(&compressed, text + at, at + part < n ? part : n - at);
    f->onto(&compressed, "", 0);
    return compressed;
}

typedef struct reading {
    tine_source *source;
    const char *text;
    size_t n;
} reading;

static tine_status compare_part(size_t begin, size_t end, void *ctx)
{
    const reading *r = ctx;
    char *room = malloc(end - begin);
    tine_status status = tine__source_read_at(r->source, begin, room, end - begin, NULL);
    if (status == TINE_OK && memcmp(room, r->text + begin, end - begin) != 0)
        status = 99;
    free(room);
    return status;
}

static void members_are_read_in_parallel(void **state)
{
    (void)state;
    static const size_t parts[] = {50000, 7777, 400};
    char *text = make_text(MANY / 5);
    for (size_t i = 0; i < 6; i++) {
        const format *f = &measured[i % 2];
        if (!f->in_this_build)
            continue;
        bytes compressed = compress_in_parts(f, text, MANY / 5, parts[i / 2]);
        tine_source *source = open_memory(&compressed), *opened;
        assert_int_equal(tine_source_decompress(source, &opened, NULL), TINE_OK);
        assert_true(tine__source_seekable(opened));
        assert_int_equal(tine__source_size(opened), MANY / 5);
        for (unsigned n = 1; n <= 32; n *= 2) {
            tine_pool_options options = TINE_POOL_OPTIONS_INIT;
            tine_parallel_options loop = TINE_PARALLEL_OPTIONS_INIT;
            tine_pool *pool;
            reading r = {opened, text, MANY / 5};
            options.n_workers = n;
            loop.grain = 10000 / n + 1;
            assert_int_equal(tine_pool_open(&options, &pool, NULL), TINE_OK);
            assert_int_equal(tine_parallel_for(pool, 0, r.n, compare_part, &r, &loop, NULL),
                             TINE_OK);
            tine_pool_close(&pool);
        }
        tine_source_release(source);
        tine_source_release(opened);
        free(compressed.p);
    }
    free(text);
}

/* Whatever a damaged header makes of the sizes. */
static void damage_in_members_is_an_error(void **state)
{
    (void)state;
    char *text = make_text(300);
    for (const format *f = measured; f < measured + 2; f++) {
        if (!f->in_this_build)
            continue;
        bytes compressed = compress_in_parts(f, text, 300, 100);
        for (size_t bit = 8 * 4; bit < 8 * compressed.n; bit++) {
            bytes out = {0};
            tine_error error;
            compressed.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
            tine_status status = decompress(open_memory(&compressed), 120, &out, &error);
            compressed.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
            if (status == TINE_OK) {
                assert_int_equal(out.n, 300);
                assert_memory_equal(out.p, text, 300);
            } else {
                assert_true(status == TINE_EFORMAT || status == TINE_ELIMIT);
                assert_true(*error.message && *error.source);
            }
            free(out.p);
        }
        for (size_t n = 4; n < compressed.n; n++) {
            bytes some = {compressed.p, n}, out = {0};
            tine_status status = decompress(open_memory(&some), 120, &out, NULL);
            assert_true(status == TINE_EFORMAT || status == TINE_OK);
            assert_memory_equal(out.p, text, out.n);
            free(out.p);
        }
        free(compressed.p);
    }
    free(text);
}

/* ---- the source underneath */

static tine_status stop_at_once(void)
{
    return TINE_ECANCELED;
}

static void failures_underneath_come_through(void **state)
{
    (void)state;
    char *text = make_text(MANY), room[10];
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0}, out = {0};
        tine_error error;
        size_t n;
        f->onto(&compressed, text, MANY);
        trickle t = {{compressed.p, compressed.n / 2}, 0, 5000, 77};
        assert_int_equal(decompress(open_trickle(&t), 1000, &out, &error), 77);
        assert_string_equal(error.message, "it breaks off");
        assert_string_equal(error.source, "trickle");
        assert_memory_equal(out.p, text, out.n);
        free(out.p);

        tine_source *source = open_memory(&compressed), *opened;
        assert_int_equal(tine_source_decompress(source, &opened, NULL), TINE_OK);
        assert_int_equal(tine__source_read(opened, room, sizeof room, &n, stop_at_once, NULL),
                         TINE_ECANCELED);
        tine_source_release(source);
        assert_int_equal(tine__source_read(opened, room, sizeof room, &n, go_on, NULL), TINE_OK);
        assert_memory_equal(room, text, sizeof room);
        tine_source_release(opened);
        free(compressed.p);
    }
    free(text);
}

static void a_pipe_is_read_by_one(void **state)
{
    (void)state;
    trickle t = {{(unsigned char *)"abc", 3}, 0, 1, TINE_OK};
    tine_source *source = open_trickle(&t), *opened;
    tine_error error;
    assert_true(tine__source_take(source));
    assert_int_equal(tine_source_decompress(source, &opened, &error), TINE_EINVAL);
    assert_null(opened);
    assert_int_equal(tine_source_decompress(NULL, &opened, &error), TINE_EINVAL);
    assert_int_equal(tine_source_decompress(source, NULL, &error), TINE_EINVAL);
    tine_source_release(source);
}

static void a_build_without_the_library_says_so(void **state)
{
    (void)state;
    for (const format *f = formats; f < formats + 2; f++) {
        bytes compressed = {0}, out = {0};
        tine_error error;
        f->onto(&compressed, "text", 4);
        tine_status status = decompress(open_memory(&compressed), 10, &out, &error);
        assert_int_equal(status, f->in_this_build ? TINE_OK : TINE_ENOTSUP);
        if (!f->in_this_build) {
            assert_non_null(strstr(error.message, f->name));
            assert_non_null(strstr(error.message, "lacks"));
        }
        free(compressed.p);
        free(out.p);
    }
}

static void each_allocation_fails(void **state)
{
    (void)state;
    for (const format *f = formats; f < formats + 2; f++) {
        bytes compressed = {0};
        f->onto(&compressed, "some ", 5);
        f->onto(&compressed, "text", 4);
        tine_source *source = open_memory(&compressed);
        bool fired = true;
        for (long n = 1; fired; n++) {
            char text[20];
            size_t got = 0;
            tine_source *opened = NULL;
            long blocks = fault_live_blocks();
            fault_arm(FAULT_ALLOC, n);
            tine_status status = tine_source_decompress(source, &opened, NULL);
            if (status == TINE_OK && tine__source_seekable(opened))
                status = tine__source_read_at(opened, 0, text, got = 9, NULL);
            else if (status == TINE_OK)
                status = tine__source_read(opened, text, sizeof text, &got, go_on, NULL);
            fired = fault_disarm();
            assert_int_equal(status, fired              ? TINE_ENOMEM
                                     : f->in_this_build ? TINE_OK
                                                        : TINE_ENOTSUP);
            if (status == TINE_OK)
                assert_memory_equal(text, "some text", got);
            tine_source_release(opened);
            assert_int_equal(fault_live_blocks(), blocks);
        }
        tine_source_release(source);
        free(compressed.p);
    }
}

/* ---- as a dataset */

static bytes make_csv(size_t n_rows, int64_t *sum_out)
{
    bytes text = {malloc(16 + 24 * n_rows), 0};
    text.n += (size_t)sprintf((char *)text.p, "number,name\n");
    *sum_out = 0;
    for (size_t i = 0; i < n_rows; i++) {
        text.n += (size_t)sprintf((char *)text.p + text.n, "%zu,\"n\n%zu\"\n", i * 7, i % 10);
        *sum_out += (int64_t)i * 7;
    }
    return text;
}

static void it_is_parsed_on_any_number_of_workers(void **state)
{
    (void)state;
    int64_t sum;
    bytes text = make_csv(200000, &sum);
    const tine_agg agg = {.op = TINE_SUM, .column = "number"};
    FOR_EACH_FORMAT(f)
    {
        bytes compressed = {0};
        f->onto(&compressed, text.p, text.n);
        for (unsigned n = 1; n <= 4; n *= 2) {
            tine_pool_options options = TINE_POOL_OPTIONS_INIT;
            tine_run run = TINE_RUN_INIT;
            tine_source *source = open_memory(&compressed), *opened;
            tine_dataset *dataset;
            tine_table *table;
            tine_column column;
            tine_error error;
            options.n_workers = n;
            assert_int_equal(tine_pool_open(&options, &run.pool, NULL), TINE_OK);
            assert_int_equal(tine_source_decompress(source, &opened, NULL), TINE_OK);
            assert_int_equal(tine_csv_open(&opened, 1, NULL, &dataset, NULL), TINE_OK);
            if (tine_dataset_aggregate(dataset, &run, &agg, 1, &table, &error) != TINE_OK)
                fail_msg("%s", error.message);
            assert_int_equal(tine_batch_column(tine_table_batch(table, 0), 0, &column), TINE_OK);
            assert_int_equal(*(const int64_t *)column.values, sum);
            tine_table_release(table);
            tine_dataset_release(dataset);
            tine_source_release(opened);
            tine_source_release(source);
            tine_pool_close(&run.pool);
        }
        free(compressed.p);
    }
    free(text.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_length_is_decompressed),
        cmocka_unit_test(members_follow_one_another),
        cmocka_unit_test(zeros_behind_a_gzip_are_padding),
        cmocka_unit_test(frames_with_notes_are_skipped),
        cmocka_unit_test(what_is_not_compressed_stays_as_it_is),
        cmocka_unit_test(cut_off_anywhere_is_an_error),
        cmocka_unit_test(damage_anywhere_is_an_error),
        cmocka_unit_test(an_error_stays),
        cmocka_unit_test(something_else_behind_it_is_an_error),
        cmocka_unit_test(members_are_read_in_parallel),
        cmocka_unit_test(damage_in_members_is_an_error),
        cmocka_unit_test(failures_underneath_come_through),
        cmocka_unit_test(a_pipe_is_read_by_one),
        cmocka_unit_test(a_build_without_the_library_says_so),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(it_is_parsed_on_any_number_of_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
