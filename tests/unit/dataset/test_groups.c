/* Tables of groups, against a list that is searched from its start: with few keys and many, with
 * keys whose hashes are equal in all 64 bits, and merged. */
#include "dataset/groups.h"
#include "base/hash.h"
#include "unit/dataset/support.h"
#include "unit/table/counting.h"

#define SEED UINT64_C(0x0123456789abcdef)

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* ---- a table that counts, and keeps the greatest of a column of strings ---- */

typedef struct fixture {
    tine__aggs aggs;
    tine_type types[1];
    tine__groups groups;
} fixture;

static void open_groups(fixture *f, const tine_allocator *allocator, uint64_t seed)
{
    tine__call call = {.types = f->types};
    f->types[0] = TINE_STRING;
    assert_int_equal(tine__aggs_init(&f->aggs, allocator, 2, NULL), TINE_OK);
    f->aggs.items[0] = (tine__agg){.op = TINE_COUNT, .column = TINE__ALL_ROWS};
    f->aggs.items[1] = (tine__agg){.op = TINE_MAX, .column = 0};
    tine__aggs_bind(&f->aggs, &call);
    tine__groups_init(&f->groups, &f->aggs, seed);
}

static void close_groups(fixture *f)
{
    tine__groups_free(&f->groups);
    tine__aggs_free(&f->aggs);
}

/* Feeds one row with a string to the key's group. */
static tine_status feed(fixture *f, const void *key, size_t size, tine__position position,
                        uint32_t *number_out)
{
    int32_t offsets[] = {0, (int32_t)size};
    tine_column column = {.type = TINE_STRING, .length = 1, .offsets = offsets, .data = key};
    tine_batch batch = {.n_rows = 1, .n_columns = 1, .columns = &column};
    tine_status status = tine__groups_find(&f->groups, key, size, position, number_out, NULL);
    if (status != TINE_OK)
        return status;
    return tine__aggs_update(&f->aggs, tine__groups_states(&f->groups, *number_out), NULL, &batch,
                             0, NULL);
}

/* The number of rows of a group, whose greatest string must be its own key. */
static int64_t count_of(const fixture *f, size_t number)
{
    const tine__group *group = &f->groups.groups[number];
    void *states = tine__groups_states(&f->groups, number);
    tine__array count, max;
    tine__array_init(&count, TINE_INT64);
    tine__array_init(&max, TINE_STRING);
    assert_int_equal(tine__aggs_finish(&f->aggs, 0, states, &count, tine__heap(), NULL), TINE_OK);
    assert_int_equal(tine__aggs_finish(&f->aggs, 1, states, &max, tine__heap(), NULL), TINE_OK);
    int64_t n = *(const int64_t *)count.values;
    assert_int_equal(max.offsets[1], group->key_size);
    assert_memory_equal(max.data, group->key, group->key_size);
    tine__array_free(&count, tine__heap());
    tine__array_free(&max, tine__heap());
    return n;
}

/* ---- the list ---- */

enum { MAX_KEY = 32, MAX_ROWS = 4000 };

typedef struct row {
    unsigned char key[MAX_KEY];
    size_t size;
    tine__position position;
} row;

typedef struct entry {
    const row *first_fed;
    tine__position first;
    int64_t n;
} entry;

static bool before(tine__position a, tine__position b)
{
    return a.source != b.source ? a.source < b.source : a.offset < b.offset;
}

static size_t list_rows(const row *rows, size_t n_rows, entry *list)
{
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        size_t at = 0;
        while (at < n && (list[at].first_fed->size != rows[i].size ||
                          memcmp(list[at].first_fed->key, rows[i].key, rows[i].size)))
            at++;
        if (at == n)
            list[n++] = (entry){&rows[i], rows[i].position, 0};
        if (before(rows[i].position, list[at].first))
            list[at].first = rows[i].position;
        list[at].n++;
    }
    return n;
}

static void check_groups(const fixture *f, const entry *list, size_t n)
{
    assert_int_equal(f->groups.n, n);
    for (size_t i = 0; i < n; i++) {
        const tine__group *group = &f->groups.groups[i];
        assert_int_equal(group->key_size, list[i].first_fed->size);
        assert_memory_equal(group->key, list[i].first_fed->key, group->key_size);
        assert_int_equal(group->first.source, list[i].first.source);
        assert_int_equal(group->first.offset, list[i].first.offset);
        assert_int_equal(count_of(f, i), list[i].n);
    }
}

static void check_order(const tine__groups *groups)
{
    uint32_t *order = calloc(groups->n + 1, sizeof *order);
    unsigned char *seen = calloc(groups->n + 1, 1);
    assert_true(order && seen);
    order[groups->n] = 77;
    tine__groups_order(groups, order);
    assert_int_equal(order[groups->n], 77);
    for (size_t i = 0; i < groups->n; i++) {
        assert_true(order[i] < groups->n && !seen[order[i]]++);
        if (i)
            assert_false(
                before(groups->groups[order[i]].first, groups->groups[order[i - 1]].first));
    }
    free(order);
    free(seen);
}

/* ---- rows ---- */

static row rows[MAX_ROWS];
static entry list[MAX_ROWS];

/* n_keys keys of up to 20 bytes, in no order. */
static void random_rows(size_t n, size_t n_keys, uint64_t seed)
{
    uint64_t random = seed;
    for (size_t i = 0; i < n; i++) {
        uint64_t number = next_random(&random) % n_keys;
        rows[i].size = (size_t)number % 21;
        memset(rows[i].key, 'x', MAX_KEY);
        memcpy(rows[i].key, &number, sizeof number);
        rows[i].position = (tine__position){next_random(&random) % 3, next_random(&random)};
    }
}

/* Keys of one hash, whatever stands in their second word: the first makes a factor 0. */
static void colliding_rows(size_t n, size_t n_keys)
{
    uint64_t forget = tine__hash_fold(SEED ^ TINE__HASH_A, TINE__HASH_B), random = 9;
    for (size_t i = 0; i < n; i++) {
        uint64_t number = next_random(&random) % n_keys;
        rows[i].size = 24;
        memset(rows[i].key, 'x', MAX_KEY);
        memcpy(rows[i].key, &forget, 8);
        memcpy(rows[i].key + 8, &number, 8);
        rows[i].position = (tine__position){0, next_random(&random)};
        assert_true(tine__hash64(rows[i].key, 24, SEED) == tine__hash64(rows[0].key, 24, SEED));
    }
}

static void feed_rows(fixture *f, size_t from, size_t to)
{
    uint32_t number;
    for (size_t i = from; i < to; i++)
        assert_int_equal(feed(f, rows[i].key, rows[i].size, rows[i].position, &number), TINE_OK);
}

static void check_rows(size_t n)
{
    counting_allocator c;
    fixture f;
    counting_init(&c);
    open_groups(&f, &c.allocator, SEED);
    feed_rows(&f, 0, n);
    check_groups(&f, list, list_rows(rows, n, list));
    check_order(&f.groups);
    assert_true(f.groups.n_slots >= 2 * f.groups.n);
    close_groups(&f);
    counting_assert_empty(&c);
}

static void groups_are_numbered_as_they_come(void **state)
{
    (void)state;
    for (size_t n_keys = 1; n_keys <= 10000; n_keys *= 10) {
        random_rows(MAX_ROWS, n_keys, n_keys);
        check_rows(MAX_ROWS);
    }
    check_rows(0);
}

static void equal_hashes_are_not_equal_keys(void **state)
{
    (void)state;
    colliding_rows(1000, 200);
    check_rows(1000);
}

/* A key and its own beginning, of one hash: in both the last factor but one is 0, which forgets how
 * long they are. */
static void a_beginning_is_another_key(void **state)
{
    (void)state;
    uint64_t key = tine__hash_fold(SEED ^ TINE__HASH_A, TINE__HASH_B);
    uint64_t words[] = {key ^ 1, SEED ^ TINE__HASH_C ^ TINE__HASH_B, key ^ 1, 0};
    assert_true(tine__hash64(words, 16, SEED) == tine__hash64(words, 32, SEED));
    fixture f;
    uint32_t longer, shorter;
    open_groups(&f, tine__heap(), SEED);
    assert_int_equal(feed(&f, words, 32, (tine__position){0, 0}, &longer), TINE_OK);
    assert_int_equal(feed(&f, words, 16, (tine__position){0, 1}, &shorter), TINE_OK);
    assert_int_not_equal(longer, shorter);
    close_groups(&f);
}

/* ---- merging ---- */

static void check_merge(size_t n, size_t cut)
{
    fixture a, b;
    open_groups(&a, tine__heap(), SEED);
    open_groups(&b, tine__heap(), SEED + 1); /* each lane's table has a seed of its own */
    feed_rows(&a, 0, cut);
    feed_rows(&b, cut, n);
    assert_int_equal(tine__groups_merge(&a.groups, &b.groups, NULL), TINE_OK);
    check_groups(&a, list, list_rows(rows, n, list));
    check_order(&a.groups);
    close_groups(&a);
    close_groups(&b);
}

static void merged_tables_keep_the_first_appearance(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= 600; cut += 150) {
        random_rows(600, 150, cut + 1);
        check_merge(600, cut);
        colliding_rows(600, 100);
        check_merge(600, cut);
    }
}

/* ---- edges ---- */

static void keys_alone(void **state)
{
    (void)state;
    tine__aggs none;
    tine__groups groups;
    uint32_t number;
    assert_int_equal(tine__aggs_init(&none, tine__heap(), 0, NULL), TINE_OK);
    tine__groups_init(&groups, &none, 1);
    for (unsigned char i = 0; i < 200; i++) {
        tine__position here = {0, i};
        assert_int_equal(tine__groups_find(&groups, &i, 1, here, &number, NULL), TINE_OK);
        assert_int_equal(number, i);
        assert_null(tine__groups_states(&groups, number));
    }
    tine__groups_free(&groups);
    tine__aggs_free(&none);
}

static void there_is_an_end_to_numbers(void **state)
{
    (void)state;
    fixture f;
    tine_error error;
    uint32_t number;
    open_groups(&f, tine__heap(), SEED);
    f.groups.n = UINT32_MAX - 1; /* as if */
    assert_int_equal(tine__groups_find(&f.groups, (const unsigned char *)"k", 1,
                                       (tine__position){0, 0}, &number, &error),
                     TINE_ELIMIT);
    assert_int_equal(error.status, TINE_ELIMIT);
    f.groups.n = 0;
    close_groups(&f);
}

static void a_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    counting_allocator c;
    fixture f;
    uint32_t number;
    size_t failures = 0;
    counting_init(&c);
    random_rows(400, 150, 3);
    open_groups(&f, &c.allocator, SEED);
    for (size_t i = 0; i < 400; i++)
        for (size_t n = 1;; n++) { /* until nothing fails that this row needs */
            size_t groups = f.groups.n;
            counting_fail_at(&c, n);
            tine_status status = tine__groups_find(&f.groups, rows[i].key, rows[i].size,
                                                   rows[i].position, &number, NULL);
            counting_fail_at(&c, 0);
            if (status == TINE_OK)
                break;
            assert_int_equal(status, TINE_ENOMEM);
            assert_int_equal(f.groups.n, groups);
            failures++;
        }
    assert_true(failures > 10);
    assert_int_equal(f.groups.n, list_rows(rows, 400, list));
    close_groups(&f);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_numbered_as_they_come),
        cmocka_unit_test(equal_hashes_are_not_equal_keys),
        cmocka_unit_test(a_beginning_is_another_key),
        cmocka_unit_test(merged_tables_keep_the_first_appearance),
        cmocka_unit_test(keys_alone),
        cmocka_unit_test(there_is_an_end_to_numbers),
        cmocka_unit_test(a_failed_allocation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
