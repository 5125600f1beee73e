/* Keys as byte strings: equal bytes for equal values and for no others, and the values come back.
 */
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

static const unsigned char *key_at(const tine__keys *keys, size_t row, size_t *size_out)
{
    size_t begin = row ? keys->ends[row - 1] : 0;
    *size_out = keys->ends[row] - begin;
    return keys->bytes + begin;
}

/* ---- tests ---- */

static void check_pairs(const batch *b, const tine__keys *keys, size_t from, size_t n_columns)
{
    for (size_t i = 0; i < b->n_rows; i++)
        for (size_t j = 0; j < i; j++) {
            size_t x, y;
            const unsigned char *p = key_at(keys, i, &x), *q = key_at(keys, j, &y);
            bool same = true;
            for (size_t c = from; c < from + n_columns; c++)
                same = same && equal(types[c], b->rows[i][c], b->rows[j][c]);
            assert_int_equal(x == y && memcmp(p, q, x) == 0, same);
        }
}

static void equal_bytes_for_equal_values_alone(void **state)
{
    (void)state;
    tine__keys keys = {.allocator = tine__heap()}; /* one for all, as a lane has it */
    for (size_t from = 0; from < N_COLUMNS; from++)
        for (size_t n = 1; from + n <= N_COLUMNS; n++) {
            batch b;
            open_batch(&b, n == 1 ? 200 : 60 + n, 100 * from + n);
            assert_int_equal(tine__keys_encode(&keys, b.columns + from, n, b.n_rows, NULL),
                             TINE_OK);
            assert_int_equal(keys.n_rows, b.n_rows);
            check_pairs(&b, &keys, from, n);
            close_batch(&b);
        }
    tine__keys_free(&keys);
}

static void neighbours_do_not_run_together(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"", "abc"}};
    tine__array arrays[2];
    tine_column columns[2];
    tine__keys keys = {.allocator = tine__heap()};
    for (size_t c = 0; c < 2; c++) {
        tine__array_init(&arrays[c], TINE_STRING);
        for (size_t i = 0; i < 4; i++)
            push(&arrays[c], &(value){1, 0, 0, pairs[i][c], strlen(pairs[i][c])});
        tine__array_view(&arrays[c], "", &columns[c]);
    }
    assert_int_equal(tine__keys_encode(&keys, columns, 2, 4, NULL), TINE_OK);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++) {
            size_t x, y;
            const unsigned char *p = key_at(&keys, i, &x), *q = key_at(&keys, j, &y);
            assert_false(x == y && memcmp(p, q, x) == 0);
        }
    tine__keys_free(&keys);
    for (size_t c = 0; c < 2; c++)
        tine__array_free(&arrays[c], tine__heap());
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

static void values_come_back(void **state)
{
    (void)state;
    batch b;
    tine__keys keys = {.allocator = tine__heap()};
    tine__array back[N_COLUMNS];
    open_batch(&b, 200, 5);
    assert_int_equal(tine__keys_encode(&keys, b.columns, N_COLUMNS, b.n_rows, NULL), TINE_OK);
    for (size_t c = 0; c < N_COLUMNS; c++)
        tine__array_init(&back[c], types[c]);
    for (size_t i = 0; i < b.n_rows; i++) {
        size_t size;
        assert_int_equal(
            tine__keys_decode(key_at(&keys, i, &size), back, N_COLUMNS, tine__heap(), NULL),
            TINE_OK);
    }
    for (size_t c = 0; c < N_COLUMNS; c++) {
        tine_column column;
        tine__array_view(&back[c], "", &column);
        assert_int_equal(column.length, b.n_rows);
        for (size_t i = 0; i < b.n_rows; i++)
            assert_back(&column, i, b.rows[i][c]);
        tine__array_free(&back[c], tine__heap());
    }
    tine__keys_free(&keys);
    close_batch(&b);
}

static void nothing_has_no_keys(void **state)
{
    (void)state;
    batch b;
    tine__keys keys = {.allocator = tine__heap()};
    open_batch(&b, 0, 1);
    assert_int_equal(tine__keys_encode(&keys, b.columns, N_COLUMNS, 0, NULL), TINE_OK);
    assert_int_equal(keys.n_rows, 0);
    tine__keys_free(&keys);
    close_batch(&b);
}

static void short_memory(void **state)
{
    (void)state;
    batch small, large;
    open_batch(&small, 3, 1);
    open_batch(&large, 200, 2);
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        counting_allocator c;
        tine__keys keys;
        counting_init(&c);
        keys = (tine__keys){.allocator = &c.allocator};
        assert_int_equal(tine__keys_encode(&keys, small.columns, N_COLUMNS, 3, NULL), TINE_OK);
        counting_fail_at(&c, n);
        status = tine__keys_encode(&keys, large.columns, N_COLUMNS, 200, NULL);
        assert_int_equal(status, atomic_load(&c.failures) ? TINE_ENOMEM : TINE_OK);
        assert_true(n > 2 || status == TINE_ENOMEM);
        counting_fail_at(&c, 0);
        assert_int_equal(tine__keys_encode(&keys, large.columns, N_COLUMNS, 200, NULL), TINE_OK);
        check_pairs(&large, &keys, 0, N_COLUMNS);
        tine__keys_free(&keys);
        counting_assert_empty(&c);
    }
    close_batch(&small);
    close_batch(&large);
}

static void a_key_that_finds_no_room(void **state)
{
    (void)state;
    counting_allocator c;
    batch b;
    tine__keys keys = {.allocator = tine__heap()};
    tine__array back[N_COLUMNS];
    counting_init(&c);
    open_batch(&b, 1, 3);
    assert_int_equal(tine__keys_encode(&keys, b.columns, N_COLUMNS, 1, NULL), TINE_OK);
    tine_status status = TINE_ENOMEM;
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        for (size_t i = 0; i < N_COLUMNS; i++)
            tine__array_init(&back[i], types[i]);
        counting_fail_at(&c, n);
        status = tine__keys_decode(keys.bytes, back, N_COLUMNS, &c.allocator, NULL);
        assert_true(n > N_COLUMNS || status == TINE_ENOMEM);
        for (size_t i = 0; i < N_COLUMNS; i++)
            tine__array_free(&back[i], &c.allocator);
        counting_assert_empty(&c);
    }
    assert_int_equal(status, TINE_OK);
    tine__keys_free(&keys);
    close_batch(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_for_equal_values_alone),
        cmocka_unit_test(neighbours_do_not_run_together),
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(nothing_has_no_keys),
        cmocka_unit_test(short_memory),
        cmocka_unit_test(a_key_that_finds_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
