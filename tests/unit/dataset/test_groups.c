/* Tables of groups, against a list that is searched from its start: with few keys and many, short
 * and long, with keys whose hashes are equal in all 64 bits, and joined. */
#include "dataset/groups.h"
#include "dataset/join.h"
#include "unit/dataset/support.h"
#include "unit/table/counting.h"

enum { MAX_ROWS = 80000, MAX_KEY = 40, MAX_TABLES = 5 };

static const tine__seed seed = {{UINT64_C(0x2061207369207461), UINT64_C(0xfedcba9876543210)}};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* ---- rows ---- */

typedef struct row {
    char key[MAX_KEY];
    size_t size;
    size_t group; /* in order of first appearance, by the list */
} row;

static row rows[MAX_ROWS];
static size_t n_of_group[MAX_ROWS];
static const row *first_of_group[MAX_ROWS];

/* Numbers the groups; a hash of the test's own keeps the search short. */
static size_t list_groups(size_t n_rows)
{
    static size_t heads[1 << 16], next[MAX_ROWS];
    size_t n = 0;
    memset(heads, 0xff, sizeof heads);
    for (size_t i = 0; i < n_rows; i++) {
        uint64_t sum = rows[i].size;
        for (size_t k = 0; k < rows[i].size; k++)
            sum = sum * 31 + (unsigned char)rows[i].key[k];
        size_t *head = &heads[sum % (1 << 16)], at = *head;
        while (at != SIZE_MAX && (first_of_group[at]->size != rows[i].size ||
                                  memcmp(first_of_group[at]->key, rows[i].key, rows[i].size)))
            at = next[at];
        if (at == SIZE_MAX) {
            at = n++;
            next[at] = *head;
            *head = at;
            first_of_group[at] = &rows[i];
            n_of_group[at] = 0;
        }
        rows[i].group = at;
        n_of_group[at]++;
    }
    return n;
}

/* n_keys keys of up to 30 bytes, in no order: about half of them are long. */
static void random_rows(size_t n, size_t n_keys, uint64_t random)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t number = next_random(&random) % n_keys;
        rows[i].size = 4 + (size_t)number % 27;
        memset(rows[i].key, 'x', MAX_KEY);
        memcpy(rows[i].key, &number, 4);
    }
}

/* Short keys of one hash, whatever stands in their second word: the first makes a factor 0. */
static void colliding_rows(size_t n, size_t n_keys)
{
    uint64_t random = 9;
    for (size_t i = 0; i < n; i++) {
        uint64_t number = next_random(&random) % n_keys;
        rows[i].size = 12;
        memcpy(rows[i].key, &seed.word[0], 8);
        memcpy(rows[i].key + 8, &number, 4);
    }
}

/* ---- a table that counts, and keeps the greatest of the keys ---- */

typedef struct fixture {
    tine__aggs aggs;
    tine_type types[1];
    tine__keys keys;
    tine__seed seed;
    tine__groups tables[MAX_TABLES];
    tine__call call;
} fixture;

static void open_fixture(fixture *f, const tine_allocator *allocator, tine__seed with)
{
    memset(f, 0, sizeof *f);
    f->types[0] = TINE_STRING;
    f->call = (tine__call){.types = f->types, .allocator = allocator};
    assert_int_equal(tine__aggs_init(&f->aggs, allocator, 2, NULL), TINE_OK);
    f->aggs.items[0] = (tine__agg){.op = TINE_COUNT, .column = TINE__ALL_ROWS};
    f->aggs.items[1] = (tine__agg){.op = TINE_MAX, .column = 0};
    tine__aggs_bind(&f->aggs, &f->call);
    tine__keys_init(&f->keys, allocator, f->types, 1, with);
    for (size_t t = 0; t < MAX_TABLES; t++)
        tine__groups_init(&f->tables[t], &f->aggs, with);
}

static void close_fixture(fixture *f)
{
    for (size_t t = 0; t < MAX_TABLES; t++)
        tine__groups_free(&f->tables[t]);
    tine__keys_free(&f->keys);
    tine__aggs_free(&f->aggs);
}

/* Feeds a block of rows; writes their numbers. */
static tine_status feed_block(fixture *f, size_t table, size_t from, size_t n, uint32_t *numbers)
{
    tine__array array;
    tine_column column;
    tine__array_init(&array, TINE_STRING);
    assert_int_equal(tine__array_reserve(&array, tine__heap(), n, n * MAX_KEY, NULL), TINE_OK);
    for (size_t i = 0; i < n; i++)
        tine__array_push_string(&array, rows[from + i].key, rows[from + i].size);
    tine__array_view(&array, "", &column);
    tine_batch batch = {.n_rows = n, .n_columns = 1, .columns = &column};
    tine__groups *g = &f->tables[table];
    tine_status status = tine__keys_encode(&f->keys, &column, n, NULL);
    if (status == TINE_OK)
        status = tine__groups_number(g, &f->keys, n, numbers, NULL);
    if (status == TINE_OK)
        status = tine__aggs_update(&f->aggs, g->states, numbers, &batch, 0, NULL);
    tine__array_free(&array, tine__heap());
    return status;
}

static void feed(fixture *f, size_t table, size_t from, size_t to)
{
    uint32_t numbers[TINE__KEYS_BLOCK];
    for (size_t n; from < to; from += n) {
        n = to - from < TINE__KEYS_BLOCK ? to - from : TINE__KEYS_BLOCK;
        assert_int_equal(feed_block(f, table, from, n, numbers), TINE_OK);
    }
}

/* The number of rows of a group, whose greatest string must be its own key. */
static size_t count_of(const fixture *f, const tine__groups *g, size_t number, const row *of)
{
    void *states = tine__groups_states(g, number);
    tine__array count, max, key;
    tine__array_init(&count, TINE_INT64);
    tine__array_init(&max, TINE_STRING);
    tine__array_init(&key, TINE_STRING);
    assert_int_equal(tine__aggs_finish(&f->aggs, 0, states, &count, tine__heap(), NULL), TINE_OK);
    assert_int_equal(tine__aggs_finish(&f->aggs, 1, states, &max, tine__heap(), NULL), TINE_OK);
    assert_int_equal(tine__key_decode(&f->keys.layout, g->keys[number],
                                      tine__groups_bytes(g, number), &key, tine__heap(), NULL),
                     TINE_OK);
    int64_t n = *(const int64_t *)count.values;
    assert_int_equal(key.offsets[1], of->size);
    assert_memory_equal(key.data, of->key, of->size);
    assert_int_equal(max.offsets[1], of->size);
    assert_memory_equal(max.data, of->key, of->size);
    tine__array_free(&count, tine__heap());
    tine__array_free(&max, tine__heap());
    tine__array_free(&key, tine__heap());
    return (size_t)n;
}

static void check_rows(size_t n_rows, tine__seed with)
{
    counting_allocator c;
    fixture f;
    counting_init(&c);
    open_fixture(&f, &c.allocator, with);
    feed(&f, 0, 0, n_rows);
    size_t n = list_groups(n_rows);
    assert_int_equal(f.tables[0].n, n_rows ? n + 1 : 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(count_of(&f, &f.tables[0], i + 1, first_of_group[i]), n_of_group[i]);
    close_fixture(&f);
    counting_assert_empty(&c);
}

static void groups_are_numbered_as_they_come(void **state)
{
    (void)state;
    for (size_t n_keys = 1; n_keys <= 1000000; n_keys *= 10) {
        random_rows(MAX_ROWS, n_keys, n_keys);
        check_rows(MAX_ROWS, seed);
    }
    check_rows(0, seed);
}

static void rows_get_their_groups_numbers(void **state)
{
    (void)state;
    fixture f;
    uint32_t numbers[TINE__KEYS_BLOCK];
    open_fixture(&f, tine__heap(), seed);
    random_rows(3 * TINE__KEYS_BLOCK, 300, 77);
    list_groups(3 * TINE__KEYS_BLOCK);
    for (size_t from = 0; from < 3 * TINE__KEYS_BLOCK; from += TINE__KEYS_BLOCK) {
        assert_int_equal(feed_block(&f, 0, from, TINE__KEYS_BLOCK, numbers), TINE_OK);
        for (size_t i = 0; i < TINE__KEYS_BLOCK; i++)
            assert_int_equal(numbers[i], rows[from + i].group + 1);
    }
    close_fixture(&f);
}

static void equal_hashes_are_not_equal_keys(void **state)
{
    (void)state;
    colliding_rows(2000, 200);
    check_rows(2000, seed);
}

/* Four integers are long: 1, the first's eight bytes, 1, the second's, ... Under this seed the
 * first eight bytes of that can be such that they make a factor 0, which forgets the next eight. */
static tine__seed forgetful_seed(int64_t *first)
{
    for (uint64_t number = 0;; number++) {
        uint64_t forget = tine__hash_fold(number ^ TINE__HASH_A, TINE__HASH_B);
        *first = (int64_t)(forget >> 8);
        if ((forget & 0xff) == 1)
            return (tine__seed){{number, 3}};
    }
}

static void equal_hashes_are_not_equal_long_keys(void **state)
{
    (void)state;
    enum { N = TINE__KEYS_BLOCK, N_KEYS = 50 };
    static const tine_type types[4] = {TINE_INT64, TINE_INT64, TINE_INT64, TINE_INT64};
    int64_t values[2][N];
    int64_t first;
    tine__seed with = forgetful_seed(&first);
    for (size_t i = 0; i < N; i++) {
        values[0][i] = first;
        values[1][i] = (int64_t)(i * 7 % N_KEYS);
    }
    tine_column columns[4];
    for (size_t c = 0; c < 4; c++)
        columns[c] = (tine_column){.type = TINE_INT64, .length = N, .values = values[c == 1]};
    tine__aggs none;
    tine__groups groups;
    tine__keys keys;
    uint32_t numbers[N];
    assert_int_equal(tine__aggs_init(&none, tine__heap(), 0, NULL), TINE_OK);
    tine__keys_init(&keys, tine__heap(), types, 4, with);
    tine__groups_init(&groups, &none, with);
    for (size_t again = 0; again < 2; again++) {
        assert_int_equal(tine__keys_encode(&keys, columns, N, NULL), TINE_OK);
        for (size_t i = 1; i < N; i++)
            assert_true(tine__key_equal(keys.key[i], keys.key[0]));
        assert_int_equal(tine__groups_number(&groups, &keys, N, numbers, NULL), TINE_OK);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(numbers[i], i % N_KEYS + 1);
    }
    assert_int_equal(groups.n, N_KEYS + 1);
    tine__groups_free(&groups);
    tine__keys_free(&keys);
}

/* ---- joining ---- */

/* The rows are dealt to the tables in partitions of 100. */
static void check_join(size_t n_rows, size_t n_tables, tine_pool *pool, uint64_t random)
{
    fixture f;
    tine__group_list list;
    open_fixture(&f, tine__heap(), seed);
    f.call.run.pool = pool;
    for (size_t from = 0; from < n_rows; from += 100) {
        size_t table = next_random(&random) % n_tables;
        f.tables[table].ordinal = from / 100;
        feed(&f, table, from, from + 100 < n_rows ? from + 100 : n_rows);
    }
    assert_int_equal(tine__groups_join(&f.call, f.tables, MAX_TABLES, &list, NULL), TINE_OK);
    assert_int_equal(list.n, list_groups(n_rows));
    for (size_t i = 0; i < list.n; i++)
        assert_int_equal(
            count_of(&f, &f.tables[list.refs[i].table], list.refs[i].number, first_of_group[i]),
            n_of_group[i]);
    tine__group_list_free(&list);
    close_fixture(&f);
}

static void joined_tables_keep_the_first_appearance(void **state)
{
    (void)state;
    for (unsigned workers = 0; workers <= 3; workers++) {
        tine_pool *pool = open_pool(workers);
        for (size_t n_tables = 1; n_tables <= MAX_TABLES; n_tables++) {
            random_rows(6000, 1500, n_tables);
            check_join(6000, n_tables, pool, n_tables);
            colliding_rows(2000, 100);
            check_join(2000, n_tables, pool, n_tables);
        }
        random_rows(MAX_ROWS, 50000, 4);
        check_join(MAX_ROWS, 3, pool, 1);
        check_join(0, 3, pool, 1);
        assert_int_equal(tine_pool_close(&pool), TINE_OK);
    }
}

static void a_join_without_memory(void **state)
{
    (void)state;
    tine_status status = TINE_ENOMEM;
    random_rows(1000, 300, 5);
    for (size_t n = 1; status == TINE_ENOMEM; n++) {
        counting_allocator c;
        fixture f;
        tine__group_list list;
        counting_init(&c);
        open_fixture(&f, &c.allocator, seed);
        f.tables[1].ordinal = 1;
        feed(&f, 0, 0, 500);
        feed(&f, 1, 500, 1000);
        counting_fail_at(&c, n);
        status = tine__groups_join(&f.call, f.tables, MAX_TABLES, &list, NULL);
        assert_true(n > 5 || status == TINE_ENOMEM);
        tine__group_list_free(&list);
        close_fixture(&f);
        counting_assert_empty(&c);
    }
    assert_int_equal(status, TINE_OK);
}

/* ---- edges ---- */

static void keys_alone(void **state)
{
    (void)state;
    fixture f;
    tine__aggs none;
    tine__groups groups;
    uint32_t numbers[TINE__KEYS_BLOCK];
    random_rows(200, 50, 6);
    open_fixture(&f, tine__heap(), seed);
    assert_int_equal(tine__aggs_init(&none, tine__heap(), 0, NULL), TINE_OK);
    tine__groups_init(&groups, &none, seed);
    assert_int_equal(feed_block(&f, 0, 0, 200, numbers), TINE_OK);
    assert_int_equal(tine__groups_number(&groups, &f.keys, 200, numbers, NULL), TINE_OK);
    assert_int_equal(groups.n, list_groups(200) + 1);
    assert_null(tine__groups_states(&groups, 1));
    tine__groups_free(&groups);
    tine__aggs_free(&none);
    close_fixture(&f);
}

static void there_is_an_end_to_numbers(void **state)
{
    (void)state;
    fixture f;
    uint32_t numbers[TINE__KEYS_BLOCK];
    tine_error error;
    open_fixture(&f, tine__heap(), seed);
    random_rows(2, 1000, 8);
    assert_int_equal(feed_block(&f, 0, 0, 1, numbers), TINE_OK);
    f.tables[0].n = UINT32_MAX; /* as if */
    assert_int_equal(feed_block(&f, 1, 1, 1, numbers), TINE_OK);
    assert_int_equal(tine__groups_number(&f.tables[0], &f.keys, 1, numbers, &error), TINE_ELIMIT);
    assert_int_equal(error.status, TINE_ELIMIT);
    f.tables[0].n = 2;
    close_fixture(&f);
}

/* Row by row, each until nothing fails that it needs. */
static void a_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    counting_allocator c;
    fixture f;
    uint32_t number;
    size_t failures = 0;
    counting_init(&c);
    random_rows(400, 150, 3);
    open_fixture(&f, &c.allocator, seed);
    for (size_t i = 0; i < 400; i++)
        for (size_t n = 1;; n++) {
            size_t groups = f.tables[0].n > 1 ? f.tables[0].n : 1;
            counting_fail_at(&c, n);
            tine_status status = feed_block(&f, 0, i, 1, &number);
            counting_fail_at(&c, 0);
            if (status == TINE_OK)
                break;
            assert_int_equal(status, TINE_ENOMEM);
            assert_true(f.tables[0].n <= groups + 1); /* its greatest string had no room */
            failures++;
        }
    assert_true(failures > 10);
    assert_int_equal(f.tables[0].n, list_groups(400) + 1);
    close_fixture(&f);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_numbered_as_they_come),
        cmocka_unit_test(rows_get_their_groups_numbers),
        cmocka_unit_test(equal_hashes_are_not_equal_keys),
        cmocka_unit_test(equal_hashes_are_not_equal_long_keys),
        cmocka_unit_test(joined_tables_keep_the_first_appearance),
        cmocka_unit_test(a_join_without_memory),
        cmocka_unit_test(keys_alone),
        cmocka_unit_test(there_is_an_end_to_numbers),
        cmocka_unit_test(a_failed_allocation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
