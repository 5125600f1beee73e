#include "reduce/texts.h"
#include "unit/reduce/numbers.h"
#include "unit/table/counting.h"

enum { LONG_SIZE = 1 << 20, POOL_SIZE = 4096 };

static char pool[POOL_SIZE];
static bool seen[POOL_SIZE][16]; /* which pieces of it are in, by their start and size */
static size_t n_seen;

/* Letters that are all different at any distance that matters, so pieces differ if their places
 * do, but for the empty one. */
static int fill_pool(void **state)
{
    uint64_t seed = 3;
    (void)state;
    for (size_t i = 0; i + 8 <= POOL_SIZE; i += 8) {
        uint64_t bits = next_random(&seed);
        memcpy(pool + i, &bits, sizeof bits);
    }
    return 0;
}

static tine_string random_piece(uint64_t *seed, size_t places, size_t *start_out)
{
    size_t size = below(seed, 4) ? 5 + below(seed, 11) : 0;
    *start_out = size ? below(seed, places) : 0;
    return (tine_string){pool + *start_out, size};
}

static void put_pieces(tine__texts *texts, uint64_t *seed, size_t places, size_t n,
                       const tine_allocator *a)
{
    for (size_t i = 0; i < n; i++) {
        size_t start;
        tine_string piece = random_piece(seed, places, &start);
        assert_int_equal(tine__texts_put(texts, piece, a), TINE_OK);
        n_seen += !seen[start][piece.size];
        seen[start][piece.size] = true;
    }
}

static void test_against_a_table(void **state)
{
    uint64_t seed = 12;
    (void)state;
    for (int round = 0; round < 30; round++) {
        counting_allocator c;
        tine__texts left = {0}, right = {0};
        counting_init(&c);
        memset(seen, 0, sizeof seen);
        n_seen = 0;
        size_t places = 1 + below(&seed, POOL_SIZE - 16);
        put_pieces(&left, &seed, places, below(&seed, 3000), &c.allocator);
        assert_int_equal(left.n, n_seen);
        put_pieces(&right, &seed, places, below(&seed, 3000), &c.allocator);
        assert_int_equal(tine__texts_merge(&left, &right, &c.allocator), TINE_OK);
        assert_int_equal(left.n, n_seen);
        assert_true(left.n_slots >= 2 * left.n);
        tine__texts_destroy(&left, &c.allocator);
        tine__texts_destroy(&right, &c.allocator);
        counting_assert_empty(&c);
    }
}

static void test_long_and_empty(void **state)
{
    char *text = calloc(LONG_SIZE + 1, 1);
    tine__texts texts = {0};
    (void)state;
    assert_non_null(text);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(tine__texts_put(&texts, (tine_string){text, 0}, tine__heap()), TINE_OK);
        for (size_t less = 0; less < 3; less++)
            assert_int_equal(
                tine__texts_put(&texts, (tine_string){text, LONG_SIZE - less}, tine__heap()),
                TINE_OK);
        text[LONG_SIZE - 1] = 1;
        assert_int_equal(tine__texts_put(&texts, (tine_string){text, LONG_SIZE}, tine__heap()),
                         TINE_OK);
        text[LONG_SIZE - 1] = 0;
        assert_int_equal(texts.n, 5);
    }
    tine__texts_destroy(&texts, tine__heap());
    free(text);
}

/* Every allocation fails in turn; what was refused is put in again. */
static void test_short_of_memory(void **state)
{
    counting_allocator c;
    tine__texts texts = {0};
    size_t failures = 0;
    (void)state;
    counting_init(&c);
    counting_fail_at(&c, 1);
    for (size_t i = 0; i < 500; i++) {
        tine_string piece = {pool + i, 9};
        while (tine__texts_put(&texts, piece, &c.allocator) != TINE_OK) {
            failures++;
            assert_int_equal(texts.n, i);
            counting_fail_at(&c, failures % 2 ? 2 : 1);
        }
        assert_int_equal(texts.n, i + 1);
    }
    counting_fail_at(&c, 0);
    assert_true(failures > 10);
    tine__texts_destroy(&texts, &c.allocator);
    counting_assert_empty(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_table),
        cmocka_unit_test(test_long_and_empty),
        cmocka_unit_test(test_short_of_memory),
    };
    return cmocka_run_group_tests(tests, fill_pool, NULL);
}
