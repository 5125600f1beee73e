/* Inputs: the bytes of a source by their offset, of whatever kind it is. Byte i is what byte_at
 * says, so that every read shows where its bytes come from. */
#include "csv/input.h"
#include "cmocka_all.h"
#include "text.h"
#include "unit/table/counting.h"

enum { SIZE = 5000 };

static char content[SIZE];

static int make_content(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)next_random(&random);
    return 0;
}

/* ---- sources ---- */

typedef struct origin { /* what a source of ours reads from */
    size_t n, at;
    uint64_t random;
    unsigned calls_behind_end;
    bool ended;
    tine_status fail;
} origin;

/* A pipe that gives as few bytes as it likes. */
static tine_status drip(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    origin *o = ctx;
    if (o->fail != TINE_OK)
        return o->fail;
    size_t some = 1 + random_below(&o->random, 400), left = o->n - o->at;
    *n_read_out = some < n ? some : n;
    if (*n_read_out > left)
        *n_read_out = left;
    memcpy(dst, content + o->at, *n_read_out);
    o->at += *n_read_out;
    o->calls_behind_end += o->ended;
    o->ended = *n_read_out == 0;
    return TINE_OK;
}

static tine_status tell_size(void *ctx, uint64_t *size_out)
{
    *size_out = ((origin *)ctx)->n;
    return TINE_OK;
}

static tine_status give_at(void *ctx, uint64_t offset, void *dst, size_t n, size_t *n_read_out)
{
    origin *o = ctx;
    if (o->fail != TINE_OK)
        return o->fail;
    memcpy(dst, content + offset, n);
    *n_read_out = n;
    return TINE_OK;
}

typedef enum kind { MEMORY, SEEKABLE, PIPE, KINDS } kind;

static tine_source *open_source(kind k, origin *o, size_t n)
{
    tine_source *source;
    tine_source_vtable vtable = {.struct_size = sizeof vtable};
    *o = (origin){.n = n, .random = n + 1};
    if (k == MEMORY) {
        assert_int_equal(tine_source_memory(content, n, NULL, NULL, &source, NULL), TINE_OK);
        return source;
    }
    if (k == SEEKABLE) {
        vtable.size = tell_size;
        vtable.read_at = give_at;
    } else {
        vtable.read = drip;
    }
    assert_int_equal(tine_source_custom(&vtable, o, NULL, &source, NULL), TINE_OK);
    return source;
}

static const size_t sizes[] = {0, 1, 2, 63, 64, 65, 1000, SIZE};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* ---- reads ---- */

/* Reads, and checks that all is there that should be. */
static void check_read(tine__input *input, size_t size, size_t offset, size_t n)
{
    char got[SIZE];
    size_t n_read = 99, left = offset < size ? size - offset : 0;
    assert_int_equal(tine__input_read(input, offset, got, n, &n_read, tine__never_stop, NULL),
                     TINE_OK);
    assert_int_equal(n_read, n < left ? n : left);
    assert_memory_equal(got, content + offset, n_read);
}

static void every_kind_reads_the_same(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (kind k = MEMORY; k < KINDS; k++)
        for (size_t s = 0; s < N_SIZES; s++) {
            origin o;
            size_t n = sizes[s];
            tine__input input;
            tine_source *source = open_source(k, &o, n);
            assert_int_equal(tine__input_init(&input, source, tine__heap(), NULL), TINE_OK);
            for (unsigned i = 0; i < 40; i++) {
                size_t offset = random_below(&random, n + 1);
                check_read(&input, n, offset, random_below(&random, SIZE));
            }
            check_read(&input, n, n, 1);
            tine__input_destroy(&input);
            tine_source_release(source);
        }
}

static void a_pipe_keeps_what_is_not_forgotten(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (unsigned round = 0; round < 60; round++) {
        origin o;
        tine__input input;
        tine_source *source = open_source(PIPE, &o, SIZE);
        size_t kept = 0, read = 0; /* [kept, read) of the source can be in the window */
        assert_int_equal(tine__input_init(&input, source, tine__heap(), NULL), TINE_OK);
        while (kept < SIZE) {
            size_t offset = kept + random_below(&random, 200), n = random_below(&random, 300);
            if (offset > SIZE)
                offset = SIZE;
            check_read(&input, SIZE, offset, n);
            read = offset + n > read ? offset + n : read;
            kept += random_below(&random, 100);
            tine__input_forget(&input, kept);
            tine__input_forget(&input, kept / 2); /* which says nothing new */
            assert_true(input.window_n <= (read > kept ? read - kept : 0));
        }
        assert_true(input.window_capacity <= 1200);
        assert_int_equal(o.calls_behind_end, 0);
        tine__input_destroy(&input);
        tine_source_release(source);
    }
}

static void nothing_is_lost_by_forgetting_ahead(void **state)
{
    (void)state;
    origin o;
    tine__input input;
    tine_source *source = open_source(PIPE, &o, 100);
    assert_int_equal(tine__input_init(&input, source, tine__heap(), NULL), TINE_OK);
    check_read(&input, 100, 0, 10);
    tine__input_forget(&input, 50); /* of which 40 bytes are yet to be read */
    check_read(&input, 100, 50, 50);
    check_read(&input, 100, 90, 20);
    tine__input_destroy(&input);
    tine_source_release(source);
}

static void a_window_is_read_again(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SIZES; s++)
        for (size_t seen = 0; seen <= 70; seen += 7) {
            origin o;
            tine__input first, second;
            tine_source *source = open_source(PIPE, &o, sizes[s]);
            assert_int_equal(tine__input_init(&first, source, tine__heap(), NULL), TINE_OK);
            assert_int_equal(tine__input_init(&second, source, tine__heap(), NULL), TINE_OK);
            check_read(&first, sizes[s], 0, seen);
            assert_int_equal(tine__input_replay(&second, &first, NULL), TINE_OK);
            tine__input_destroy(&first);
            check_read(&second, sizes[s], 0, SIZE);
            assert_int_equal(o.calls_behind_end, 0);
            tine__input_destroy(&second);
            tine_source_release(source);
        }
}

static tine_status stop(void)
{
    return TINE_ETIMEDOUT;
}

static void what_stops_a_read(void **state)
{
    (void)state;
    char byte;
    size_t n_read;
    for (kind k = SEEKABLE; k < KINDS; k++) {
        origin o;
        tine__input input;
        tine_error error = {0};
        tine_source *source = open_source(k, &o, 10);
        assert_int_equal(tine__input_init(&input, source, tine__heap(), NULL), TINE_OK);
        if (k == PIPE)
            assert_int_equal(tine__input_read(&input, 0, &byte, 1, &n_read, stop, &error),
                             TINE_ETIMEDOUT);
        o.fail = 7;
        assert_int_equal(tine__input_read(&input, 0, &byte, 1, &n_read, tine__never_stop, &error),
                         7);
        assert_int_equal(error.status, 7);
        o.fail = TINE_OK;
        check_read(&input, 10, 0, 20);
        tine__input_destroy(&input);
        tine_source_release(source);
    }
}

/* ---- views ---- */

static void check_view(const tine__view *view, size_t offset, size_t wanted, size_t size)
{
    size_t n = wanted < size - offset ? wanted : size - offset;
    assert_int_equal(view->n, n);
    if (n)
        assert_memory_equal(view->text, content + offset, n);
    if (offset + wanted > size) /* a pipe learns of its end no earlier */
        assert_true(view->at_end);
    if (view->input->seekable)
        assert_int_equal(view->at_end, offset + n == size);
    else if (view->at_end)
        assert_int_equal(offset + n, size);
}

static void views_grow_and_move(void **state)
{
    (void)state;
    for (kind k = MEMORY; k < KINDS; k++)
        for (size_t s = 0; s < N_SIZES; s++) {
            origin o;
            tine__input input;
            tine__view view;
            size_t size = sizes[s];
            tine_source *source = open_source(k, &o, size);
            assert_int_equal(tine__input_init(&input, source, tine__heap(), NULL), TINE_OK);
            tine__view_init(&view, tine__heap());
            for (size_t offset = 0; offset <= size; offset += 1 + size / 7) {
                tine__view_move(&view, &input, offset);
                check_view(&view, offset, 0, size);
                for (size_t n = 1; n <= 2 * size; n *= 3) {
                    assert_int_equal(tine__view_load(&view, n, tine__never_stop, NULL), TINE_OK);
                    check_view(&view, offset, n, size);
                    assert_int_equal(tine__view_load(&view, n / 2, stop, NULL), TINE_OK);
                    check_view(&view, offset, n, size); /* which never shrinks */
                }
            }
            if (k == MEMORY) /* what lies in memory already is not copied */
                assert_int_equal(view.capacity, 0);
            tine__view_destroy(&view);
            tine__input_destroy(&input);
            tine_source_release(source);
        }
}

static void one_view_serves_many_inputs(void **state)
{
    (void)state;
    tine__view view;
    origin origins[KINDS];
    tine__input inputs[KINDS];
    tine_source *sources[KINDS];
    tine__view_init(&view, tine__heap());
    for (kind k = MEMORY; k < KINDS; k++) {
        sources[k] = open_source(k, &origins[k], SIZE);
        assert_int_equal(tine__input_init(&inputs[k], sources[k], tine__heap(), NULL), TINE_OK);
    }
    for (size_t offset = 0; offset < SIZE; offset += 37) {
        tine__view_move(&view, &inputs[offset % KINDS], offset);
        assert_int_equal(tine__view_load(&view, 50, tine__never_stop, NULL), TINE_OK);
        check_view(&view, offset, 50, SIZE);
    }
    for (kind k = MEMORY; k < KINDS; k++) {
        tine__input_destroy(&inputs[k]);
        tine_source_release(sources[k]);
    }
    tine__view_destroy(&view);
}

static void short_memory_leaves_them_whole(void **state)
{
    (void)state;
    origin o;
    counting_allocator c;
    tine__input input;
    tine__view view;
    char bytes[100];
    size_t n_read;
    counting_init(&c);
    tine_source *source = open_source(PIPE, &o, 1000);
    assert_int_equal(tine__input_init(&input, source, &c.allocator, NULL), TINE_OK);
    tine__view_init(&view, &c.allocator);
    tine__view_move(&view, &input, 0);
    counting_fail_at(&c, 1);
    assert_int_equal(tine__input_read(&input, 0, bytes, 100, &n_read, tine__never_stop, NULL),
                     TINE_ENOMEM);
    check_read(&input, 1000, 0, 100);
    counting_fail_at(&c, 1);
    assert_int_equal(tine__view_load(&view, 60, tine__never_stop, NULL), TINE_ENOMEM);
    assert_int_equal(tine__view_load(&view, 60, tine__never_stop, NULL), TINE_OK);
    check_view(&view, 0, 60, 1000);
    tine__view_destroy(&view);
    tine__input_destroy(&input);
    tine__input_destroy(&(tine__input){0});
    counting_assert_empty(&c);
    tine_source_release(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_reads_the_same),
        cmocka_unit_test(a_pipe_keeps_what_is_not_forgotten),
        cmocka_unit_test(nothing_is_lost_by_forgetting_ahead),
        cmocka_unit_test(a_window_is_read_again),
        cmocka_unit_test(what_stops_a_read),
        cmocka_unit_test(views_grow_and_move),
        cmocka_unit_test(one_view_serves_many_inputs),
        cmocka_unit_test(short_memory_leaves_them_whole),
    };
    return cmocka_run_group_tests(tests, make_content, NULL);
}
