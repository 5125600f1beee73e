#include "reduce/words.h"
#include "unit/reduce/numbers.h"
#include "unit/table/counting.h"

enum { MAX_WORDS = 5000 };

/* Words with how often each came, kept by a walk through a list. */
typedef struct naive {
    uint64_t word[MAX_WORDS], count[MAX_WORDS];
    size_t n;
} naive;

static naive expected;

static void naive_put(uint64_t word, uint64_t count)
{
    size_t i = 0;
    while (i < expected.n && expected.word[i] != word)
        i++;
    expected.word[i] = word;
    expected.count[i] += count;
    expected.n += i == expected.n;
}

static void forget(void)
{
    expected = (naive){.n = 0};
}

static uint64_t count_of(const tine__words *words, tine__words_kind kind, uint64_t word)
{
    uint64_t count = word ? 0 : words->zeros;
    for (size_t i = 0; i < words->n_slots * kind; i += kind)
        if (word && words->slots[i] == word)
            count += kind == TINE__BAG ? words->slots[i + 1] : 1;
    return count;
}

/* A set has each word once, wherever it counts them. */
static void assert_as_expected(const tine__words *words, tine__words_kind kind)
{
    assert_int_equal(tine__words_distinct(words), expected.n);
    for (size_t i = 0; i < expected.n; i++)
        if (kind == TINE__BAG)
            assert_int_equal(count_of(words, kind, expected.word[i]), expected.count[i]);
        else
            assert_true(count_of(words, kind, expected.word[i]) > 0);
    assert_true(words->n_slots >= 2 * words->n);
}

static uint64_t hostile_word(uint64_t *seed, size_t different)
{
    uint64_t small = below(seed, different);
    return small % 3 == 0 ? small << 40 : small % 3 == 1 ? 0 - small : small;
}

static void fill(tine__words *words, tine__words_kind kind, uint64_t *seed, size_t different,
                 size_t n, const tine_allocator *a)
{
    uint64_t x[700] = {0};
    for (size_t i = 0; i < n; i++)
        x[i] = hostile_word(seed, different);
    assert_int_equal(tine__words_add(words, kind, x, n, a), TINE_OK);
    for (size_t i = 0; i < n; i++)
        naive_put(x[i], 1);
}

static void check(tine__words_kind kind, uint64_t *seed)
{
    counting_allocator c;
    tine__words left = {0}, right = {0};
    counting_init(&c);
    forget();
    for (int round = 0; round < 6; round++) {
        size_t different = 1 + below(seed, 1000);
        fill(&left, kind, seed, different, below(seed, 700), &c.allocator);
        assert_as_expected(&left, kind);
        uint64_t word = hostile_word(seed, 50), count = 1 + below(seed, 9);
        assert_int_equal(tine__words_put(&left, kind, word, count, &c.allocator), TINE_OK);
        naive_put(word, count);
    }
    fill(&right, kind, seed, 1 + below(seed, 2000), below(seed, 700), &c.allocator);
    assert_int_equal(tine__words_merge(&left, kind, &right, &c.allocator), TINE_OK);
    assert_as_expected(&left, kind);
    tine__words_destroy(&left, kind, &c.allocator);
    tine__words_destroy(&right, kind, &c.allocator);
    counting_assert_empty(&c);
}

static void test_against_a_list(void **state)
{
    uint64_t seed = 11;
    (void)state;
    for (int i = 0; i < 20; i++) {
        check(TINE__SET, &seed);
        check(TINE__BAG, &seed);
    }
}

static void test_empty(void **state)
{
    tine__words left = {0}, right = {0};
    (void)state;
    assert_int_equal(tine__words_merge(&left, TINE__BAG, &right, tine__heap()), TINE_OK);
    assert_int_equal(tine__words_add(&left, TINE__BAG, NULL, 0, tine__heap()), TINE_OK);
    assert_int_equal(tine__words_distinct(&left), 0);
    assert_int_equal(tine__words_put(&left, TINE__BAG, 0, 3, tine__heap()), TINE_OK);
    assert_int_equal(tine__words_distinct(&left), 1);
    assert_null(left.slots); /* 0 needs no room */
    assert_int_equal(tine__words_merge(&right, TINE__BAG, &left, tine__heap()), TINE_OK);
    assert_int_equal(right.zeros, 3);
    tine__words_destroy(&left, TINE__BAG, tine__heap());
}

static void test_seeds_differ(void **state)
{
    tine__words left = {0}, right = {0};
    (void)state;
    assert_int_equal(tine__words_put(&left, TINE__SET, 1, 1, tine__heap()), TINE_OK);
    assert_int_equal(tine__words_put(&right, TINE__SET, 1, 1, tine__heap()), TINE_OK);
    assert_true(left.seed != right.seed);
    tine__words_destroy(&left, TINE__SET, tine__heap());
    tine__words_destroy(&right, TINE__SET, tine__heap());
}

/* Every allocation fails in turn; what was refused is put in again. */
static void test_short_of_memory(void **state)
{
    counting_allocator c;
    tine__words bag = {0};
    size_t failures = 0;
    (void)state;
    counting_init(&c);
    forget();
    counting_fail_at(&c, 1);
    for (uint64_t word = 1; word <= 1000; word++) {
        tine_status status = tine__words_put(&bag, TINE__BAG, word, word, &c.allocator);
        if (status == TINE_ENOMEM) {
            failures++;
            assert_as_expected(&bag, TINE__BAG);
            assert_int_equal(tine__words_put(&bag, TINE__BAG, word, word, &c.allocator), TINE_OK);
            counting_fail_at(&c, 1);
        }
        naive_put(word, word);
    }
    counting_fail_at(&c, 0);
    assert_int_equal(failures, 10); /* 4, 8 ... 2048 slots */
    assert_as_expected(&bag, TINE__BAG);
    tine__words_destroy(&bag, TINE__BAG, &c.allocator);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_seeds_differ),
        cmocka_unit_test(test_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
