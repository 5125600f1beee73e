/* Keys: equal for equal values and for no others, short or long, and the values come back. */
#include "dataset/keys.h"
#include "base/bits.h"
#include "unit/dataset/support.h"
#include "unit/table/counting.h"

#include <math.h>

/* ---- batches of every type: in each column the values are different, or stand together ---- */

enum { N_COLUMNS = 6, N_ROWS = 13 };

static const tine_type types[N_COLUMNS] = {TINE_BOOL,   TINE_INT64,  TINE_DATE,
                                           TINE_DOUBLE, TINE_STRING, TINE_TIMESTAMP};

/* Values with equal numbers are equal as keys; 0 is null. */
typedef struct value {
    int number;
    int64_t integer;
    double real;
    const char *text;
    size_t size;
} value;

static const double quiet_nan = NAN, other_nan = -NAN;

static const value values[N_ROWS] = {
    {0, 0, 0, "", 0},
    {1, 0, 0.0, "", 0},
    {1, 0, -0.0, "", 0},
    {2, 1, 1, "a", 1},
    {3, -1, -1, "ab", 2},
    {4, 256, 5e-324, "b", 1},
    {5, INT32_MAX, INFINITY, "a\0", 2},
    {6, INT32_MIN, -INFINITY, "\0", 1},
    {7, 65536, 0.1, "\0\0\0\0\0", 5},
    {8, 16777216, 1e300, "abcdefghijklmnop", 16},
    {9, 2, 2, "abcdefghijklmnopq", 17},
    {10, 3, NAN, "\xff", 1},
    {10, 3, 0, "\xff", 1}, /* the other NaN */
};

static bool bool_of(const value *v)
{
    return v->number % 2;
}

static void push(tine__array *array, const value *v)
{
    assert_int_equal(tine__array_reserve(array, tine__heap(), array->length + 1, 1000, NULL),
                     TINE_OK);
    if (v->number == 0)
        tine__array_push_null(array);
    else if (array->type == TINE_BOOL)
        tine__array_push_bool(array, bool_of(v));
    else if (array->type == TINE_DATE)
        tine__array_push_int32(array, (int32_t)v->integer);
    else if (array->type == TINE_DOUBLE)
        tine__array_push_double(array, v == &values[11]   ? quiet_nan
                                       : v == &values[12] ? other_nan
                                                          : v->real);
    else if (array->type == TINE_STRING)
        tine__array_push_string(array, v->text, v->size);
    else
        tine__array_push_int64(array, v->integer);
}

static bool equal(tine_type type, const value *a, const value *b)
{
    if (type == TINE_BOOL && a->number && b->number)
        return bool_of(a) == bool_of(b);
    return a->number == b->number;
}

typedef struct batch {
    size_t n_rows;
    const value *rows[200][N_COLUMNS]; /* the pair, the triple, ... of each row */
    tine__array arrays[N_COLUMNS];
    tine_column columns[N_COLUMNS];
} batch;

static void open_batch(batch *b, size_t n_rows, uint64_t random)
{
    b->n_rows = n_rows;
    for (size_t c = 0; c < N_COLUMNS; c++) {
        tine__array_init(&b->arrays[c], types[c]);
        for (size_t i = 0; i < n_rows; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            b->rows[i][c] = &values[(random >> 33) % N_ROWS];
            push(&b->arrays[c], b->rows[i][c]);
        }
        tine__array_view(&b->arrays[c], "", &b->columns[c]);
    }
}

static void close_batch(batch *b)
{
    for (size_t c = 0; c < N_COLUMNS; c++)
        tine__array_free(&b->arrays[c], tine__heap());
}

static const tine__seed seed = {{UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)}};

/* Of row i; NULL for a short key. */
static const unsigned char *bytes_of(const tine__keys *keys, size_t i)
{
    for (size_t j = 0; j < keys->n_longs; j++)
        if (keys->longs[j] == i)
            return tine__keys_long(keys, j);
    return NULL;
}

static bool equal_keys(const tine__keys *keys, size_t i, size_t j)
{
    tine__key a = keys->key[i], b = keys->key[j];
    assert_int_equal(tine__key_is_long(a), bytes_of(keys, i) != NULL);
    return tine__key_equal(a, b) &&
           (!tine__key_is_long(a) ||
            !memcmp(bytes_of(keys, i), bytes_of(keys, j), tine__key_size(a)));
}

/* ---- tests ---- */

static void check_pairs(const batch *b, const tine__keys *keys, size_t from, size_t n_columns)
{
    const tine__key none = TINE__KEY_NONE;
    for (size_t i = 0; i < b->n_rows; i++) {
        assert_true(keys->hash[i] == tine__key_hash(keys->key[i], seed));
        assert_false(tine__key_equal(keys->key[i], none));
        for (size_t j = 0; j < i; j++) {
            bool same = true;
            for (size_t c = from; c < from + n_columns; c++)
                same = same && equal(types[c], b->rows[i][c], b->rows[j][c]);
            assert_int_equal(equal_keys(keys, i, j), same);
        }
    }
}

static void equal_keys_for_equal_values_alone(void **state)
{
    (void)state;
    tine__keys keys;
    for (size_t from = 0; from < N_COLUMNS; from++)
        for (size_t n = 1; from + n <= N_COLUMNS; n++) {
            batch b;
            open_batch(&b, n == 1 ? 200 : 60 + n, 100 * from + n);
            tine__keys_init(&keys, tine__heap(), types + from, n, seed);
            for (size_t again = 0; again < 2; again++) {
                assert_int_equal(tine__keys_encode(&keys, b.columns + from, b.n_rows, NULL),
                                 TINE_OK);
                check_pairs(&b, &keys, from, n);
            }
            tine__keys_free(&keys);
            close_batch(&b);
        }
}

/* Columns of these types, whose values are these numbers or strings. */
typedef struct rows {
    size_t n_columns;
    tine__array arrays[4];
    tine_column columns[4];
    tine__keys keys;
} rows;

static void open_rows(rows *r, const tine_type *of, size_t n_columns, const value *cells, size_t n)
{
    r->n_columns = n_columns;
    for (size_t c = 0; c < n_columns; c++) {
        tine__array_init(&r->arrays[c], of[c]);
        for (size_t i = 0; i < n; i++)
            push(&r->arrays[c], &cells[i * n_columns + c]);
        tine__array_view(&r->arrays[c], "", &r->columns[c]);
    }
    tine__keys_init(&r->keys, tine__heap(), of, n_columns, seed);
    assert_int_equal(tine__keys_encode(&r->keys, r->columns, n, NULL), TINE_OK);
}

static void close_rows(rows *r)
{
    tine__keys_free(&r->keys);
    for (size_t c = 0; c < r->n_columns; c++)
        tine__array_free(&r->arrays[c], tine__heap());
}

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .number = 1, .text = s, .size = sizeof(s) - 1                                              \
    }
#define INTEGER(i)                                                                                 \
    {                                                                                              \
        .number = 1, .integer = i                                                                  \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        .number = 0, .text = ""                                                                    \
    }

static void neighbours_do_not_run_together(void **state)
{
    (void)state;
    static const tine_type two[] = {TINE_STRING, TINE_STRING};
    static const value cells[] = {TEXT("ab"),
                                  TEXT("c"),
                                  TEXT("a"),
                                  TEXT("bc"),
                                  TEXT("abc"),
                                  TEXT(""),
                                  TEXT(""),
                                  TEXT("abc"),
                                  TEXT("abc"),
                                  NOTHING,
                                  NOTHING,
                                  TEXT("abc"),
                                  TEXT(""),
                                  NOTHING,
                                  NOTHING,
                                  TEXT(""),
                                  NOTHING,
                                  NOTHING,
                                  TEXT(""),
                                  TEXT(""),
                                  TEXT("a\0"),
                                  TEXT(""),
                                  TEXT("a"),
                                  TEXT("\0"),
                                  TEXT("a"),
                                  TEXT(""),
                                  TEXT(""),
                                  TEXT("\1a"),
                                  TEXT("0123456789abcde"),
                                  TEXT(""),
                                  TEXT(""),
                                  TEXT("0123456789abcde")};
    enum { N = sizeof cells / sizeof cells[0] / 2 };
    rows r;
    open_rows(&r, two, 2, cells, N);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(equal_keys(&r.keys, i, j));
    close_rows(&r);
}

static void a_string_is_short_up_to_fifteen_bytes(void **state)
{
    (void)state;
    static const tine_type one[] = {TINE_STRING};
    static const value cells[] = {TEXT(""), NOTHING, TEXT("0123456789abcde"),
                                  TEXT("0123456789abcdef"), TEXT("0123456789abcdee")};
    rows r;
    open_rows(&r, one, 1, cells, 5);
    assert_int_equal(r.keys.n_longs, 2);
    assert_int_equal(r.keys.longs[0], 3);
    assert_int_equal(r.keys.longs[1], 4);
    assert_false(equal_keys(&r.keys, 3, 4));
    close_rows(&r);
}

/* Two of them have seven bytes each. */
static void integers_that_do_not_fit_are_long(void **state)
{
    (void)state;
    static const tine_type two[] = {TINE_INT64, TINE_INT64};
    const int64_t limit = INT64_C(1) << 55;
    const value cells[] = {INTEGER(limit - 1), INTEGER(-limit),   INTEGER(limit),
                           INTEGER(0),         INTEGER(0),        INTEGER(-limit - 1),
                           INTEGER(INT64_MIN), INTEGER(INT64_MAX)};
    rows r;
    open_rows(&r, two, 2, cells, 4);
    assert_int_equal(r.keys.n_longs, 3);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(equal_keys(&r.keys, i, j));
    close_rows(&r);
}

static void no_more_than_three_columns_are_short(void **state)
{
    (void)state;
    static const tine_type four[] = {TINE_BOOL, TINE_BOOL, TINE_BOOL, TINE_BOOL};
    static const tine_type doubles[] = {TINE_DOUBLE, TINE_DOUBLE};
    const value cells[] = {INTEGER(0), INTEGER(0), INTEGER(0), INTEGER(0)};
    rows r;
    open_rows(&r, four, 4, cells, 1);
    assert_int_equal(r.keys.n_longs, 1);
    close_rows(&r);
    open_rows(&r, four, 3, cells, 1);
    assert_int_equal(r.keys.n_longs, 0);
    close_rows(&r);
    open_rows(&r, doubles, 2, cells, 1);
    assert_int_equal(r.keys.n_longs, 1);
    close_rows(&r);
}

static void assert_back(const tine_column *c, size_t row, const value *v)
{
    assert_int_equal(tine_is_null(c, row), v->number == 0);
    if (v->number == 0)
        return;
    switch (c->type) {
    case TINE_BOOL:
        assert_int_equal(tine__bit_get(c->values, row), bool_of(v));
        break;
    case TINE_DATE:
        assert_int_equal(((const int32_t *)c->values)[row], v->integer);
        break;
    case TINE_DOUBLE: { /* by its bits: -0 as 0, and every NaN as the one */
        uint64_t expected = UINT64_C(0x7ff8000000000000);
        double zero_or_other = v->real == 0 ? 0.0 : v->real;
        if (v->number != 10)
            memcpy(&expected, &zero_or_other, sizeof expected);
        assert_true(((const uint64_t *)c->values)[row] == expected);
        break;
    }
    case TINE_STRING:
        assert_int_equal(tine_string_at(c, row).size, v->size);
        assert_memory_equal(tine_string_at(c, row).data, v->text, v->size);
        break;
    default:
        assert_int_equal(((const int64_t *)c->values)[row], v->integer);
    }
}

static tine_status decode_all(const tine__keys *keys, size_t n, tine__array *back,
                              const tine_allocator *allocator)
{
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++)
        status =
            tine__key_decode(&keys->layout, keys->key[i], bytes_of(keys, i), back, allocator, NULL);
    return status;
}

static void values_come_back(void **state)
{
    (void)state;
    for (size_t from = 0; from < N_COLUMNS; from++)
        for (size_t n = 1; from + n <= N_COLUMNS; n++) {
            batch b;
            tine__keys keys;
            tine__array back[N_COLUMNS];
            open_batch(&b, 200, 5 + from + n);
            tine__keys_init(&keys, tine__heap(), types + from, n, seed);
            assert_int_equal(tine__keys_encode(&keys, b.columns + from, b.n_rows, NULL), TINE_OK);
            for (size_t c = 0; c < n; c++)
                tine__array_init(&back[c], types[from + c]);
            assert_int_equal(decode_all(&keys, b.n_rows, back, tine__heap()), TINE_OK);
            for (size_t c = 0; c < n; c++) {
                tine_column column;
                tine__array_view(&back[c], "", &column);
                assert_int_equal(column.length, b.n_rows);
                for (size_t i = 0; i < b.n_rows; i++)
                    assert_back(&column, i, b.rows[i][from + c]);
                tine__array_free(&back[c], tine__heap());
            }
            tine__keys_free(&keys);
            close_batch(&b);
        }
}

static void nothing_has_no_keys(void **state)
{
    (void)state;
    batch b;
    tine__keys keys;
    open_batch(&b, 0, 1);
    tine__keys_init(&keys, tine__heap(), types, N_COLUMNS, seed);
    assert_int_equal(tine__keys_encode(&keys, b.columns, 0, NULL), TINE_OK);
    assert_int_equal(keys.n_longs, 0);
    tine__keys_free(&keys);
    close_batch(&b);
}

static void short_memory(void **state)
{
    (void)state;
    counting_allocator c;
    batch small, large;
    tine__keys keys;
    open_batch(&small, 3, 1);
    open_batch(&large, 200, 2);
    counting_init(&c);
    tine__keys_init(&keys, &c.allocator, types, N_COLUMNS, seed);
    assert_int_equal(tine__keys_encode(&keys, small.columns, 3, NULL), TINE_OK);
    counting_fail_at(&c, 1);
    assert_int_equal(tine__keys_encode(&keys, large.columns, 200, NULL), TINE_ENOMEM);
    counting_fail_at(&c, 0);
    assert_int_equal(tine__keys_encode(&keys, large.columns, 200, NULL), TINE_OK);
    check_pairs(&large, &keys, 0, N_COLUMNS);
    tine__keys_free(&keys);
    counting_assert_empty(&c);
    close_batch(&small);
    close_batch(&large);
}

/* Long with all columns, short with one. */
static void fail_to_decode(size_t from, size_t n_columns)
{
    counting_allocator c;
    batch b;
    tine__keys keys;
    tine__array back[N_COLUMNS];
    counting_init(&c);
    open_batch(&b, 1, 3);
    tine__keys_init(&keys, tine__heap(), types + from, n_columns, seed);
    assert_int_equal(tine__keys_encode(&keys, b.columns + from, 1, NULL), TINE_OK);
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        for (size_t i = 0; i < n_columns; i++)
            tine__array_init(&back[i], types[from + i]);
        counting_fail_at(&c, n);
        status = decode_all(&keys, 1, back, &c.allocator);
        assert_true(n > n_columns || status == TINE_ENOMEM);
        for (size_t i = 0; i < n_columns; i++)
            tine__array_free(&back[i], &c.allocator);
        counting_assert_empty(&c);
    }
    assert_int_equal(status, TINE_OK);
    tine__keys_free(&keys);
    close_batch(&b);
}

static void a_key_that_finds_no_room(void **state)
{
    (void)state;
    fail_to_decode(0, N_COLUMNS);
    fail_to_decode(4, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_keys_for_equal_values_alone),
        cmocka_unit_test(neighbours_do_not_run_together),
        cmocka_unit_test(a_string_is_short_up_to_fifteen_bytes),
        cmocka_unit_test(integers_that_do_not_fit_are_long),
        cmocka_unit_test(no_more_than_three_columns_are_short),
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(nothing_has_no_keys),
        cmocka_unit_test(short_memory),
        cmocka_unit_test(a_key_that_finds_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
