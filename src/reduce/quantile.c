/* QUANTILE: of n values in order, the one at position p * (n - 1), counted from 0; between two of
 * them a point on the straight line (Hyndman and Fan 1996, "Sample quantiles in statistical
 * packages", definition 7). The position is exact, and so is the point until it is rounded.
 *
 * The state is a bag of the values, as words whose order is theirs. Nothing is sorted: the word of
 * a rank is found digit by digit, by counting how many words go on with each. */
#include "reduce/family.h"
#include "reduce/interpolate.h"
#include "reduce/runs.h"
#include "reduce/words.h"

/* Words that go into a bag together. */
#define BATCH 512

#define DIGIT_BITS 4
#define DIGITS (1u << DIGIT_BITS)

static void quantile_init(void *state)
{
    *(tine__words *)state = (tine__words){.n = 0};
}

static void quantile_destroy(void *state, const tine_allocator *allocator)
{
    tine__words_destroy(state, TINE__BAG, allocator);
}

static tine_status quantile_merge(void *state, const void *right, const tine_allocator *allocator)
{
    return tine__words_merge(state, TINE__BAG, right, allocator);
}

/* ---- values to words, and back ---- */

/* From the order of int64 to that of words, and back. */
static inline uint64_t flip_sign(uint64_t word)
{
    return word ^ TINE__SIGN_BIT;
}

static inline uint64_t bits_at(const tine_column *column, size_t row)
{
    return tine__load64((const char *)column->values + row * sizeof(uint64_t));
}

static inline bool is_skipped(const tine_column *column, size_t row)
{
    return column->type == TINE_DOUBLE && tine__bits_are_nan(bits_at(column, row));
}

static inline uint64_t word_at(const tine_column *column, size_t row)
{
    uint64_t bits = bits_at(column, row);
    return flip_sign(column->type == TINE_DOUBLE ? (uint64_t)tine__order_key(bits) : bits);
}

static uint64_t double_bits_of(uint64_t word)
{
    return (uint64_t)tine__order_key(flip_sign(word));
}

static tine__scaled scaled_int(int64_t x)
{
    return (tine__scaled){.mantissa = x < 0 ? 0 - (uint64_t)x : (uint64_t)x,
                          .position = -TINE__EXACT_EXPONENT,
                          .negative = -(int64_t)(x < 0)};
}

/* ---- feeding ---- */

static tine_status update_one(tine__words *bag, const tine_column *column, size_t n,
                              const tine_allocator *allocator)
{
    uint64_t batch[BATCH];
    size_t size = 0;
    tine_status status = TINE_OK;
    TINE__EACH_VALID (row, column, n) {
        if (is_skipped(column, row))
            continue;
        batch[size++] = word_at(column, row);
        if (size == BATCH) {
            status = tine__words_add(bag, TINE__BAG, batch, size, allocator);
            size = 0;
        }
        if (status != TINE_OK)
            return status;
    }
    return tine__words_add(bag, TINE__BAG, batch, size, allocator);
}

static tine_status quantile_update(void *states, size_t stride, const uint32_t *groups,
                                   const tine_column *column, size_t n,
                                   const tine_allocator *allocator)
{
    if (!groups)
        return update_one(states, column, n, allocator);
    TINE__EACH_VALID (row, column, n) {
        if (is_skipped(column, row))
            continue;
        tine_status status = tine__words_put(tine__state_at(states, stride, groups, row), TINE__BAG,
                                             word_at(column, row), 1, allocator);
        if (status != TINE_OK)
            return status;
    }
    return TINE_OK;
}

/* ---- looking up ---- */

/* A loop over the places of the words in a bag's slots; behind each stands its count. */
#define EACH_WORD(at, bag)                                                                         \
    for (size_t at = 0; at < (bag)->n_slots * TINE__BAG; at += TINE__BAG)                          \
        if ((bag)->slots[at])

static uint64_t size_of(const tine__words *bag)
{
    uint64_t n = bag->zeros;
    EACH_WORD(at, bag)
    n += bag->slots[at + 1];
    return n;
}

/* Words that begin with the same digits. */
typedef struct bucket {
    uint64_t size;      /* their counts, added up */
    uint64_t different; /* how many they are */
    uint64_t word;      /* one of them */
} bucket;

static void put(bucket *to, uint64_t word, uint64_t count)
{
    to->size += count;
    to->different++;
    to->word = word;
}

/* Those words that begin with a prefix, up to the digit at `shift`, by that digit. */
static void deal(const tine__words *bag, uint64_t prefix, unsigned shift, bucket buckets[DIGITS])
{
    memset(buckets, 0, DIGITS * sizeof *buckets);
    if (prefix == 0 && bag->zeros)
        put(&buckets[0], 0, bag->zeros);
    EACH_WORD(at, bag)
    {
        uint64_t word = bag->slots[at];
        if ((word ^ prefix) >> shift >> DIGIT_BITS == 0)
            put(&buckets[word >> shift & (DIGITS - 1)], word, bag->slots[at + 1]);
    }
}

/* The word of a rank, which is below the bag's size; *more: how many of it have higher ranks. */
static uint64_t select_word(const tine__words *bag, uint64_t rank, uint64_t *more)
{
    bucket buckets[DIGITS];
    uint64_t prefix = 0;
    for (unsigned shift = 64 - DIGIT_BITS;; shift -= DIGIT_BITS) {
        uint64_t digit = 0;
        deal(bag, prefix, shift, buckets);
        for (; rank >= buckets[digit].size; digit++)
            rank -= buckets[digit].size;
        if (buckets[digit].different == 1) {
            *more = buckets[digit].size - rank - 1;
            return buckets[digit].word;
        }
        prefix |= digit << shift;
    }
}

/* The least word above one that is not the greatest. */
static uint64_t next_word(const tine__words *bag, uint64_t word)
{
    uint64_t next = UINT64_MAX;
    EACH_WORD(at, bag)
    if (bag->slots[at] > word && bag->slots[at] < next)
        next = bag->slots[at];
    return next;
}

/* A place in a bag: a word, and how far it is from there to the next. */
typedef struct place {
    uint64_t from, to;
    tine__part part;
} place;

/* False: the bag is empty. */
static bool find_place(const tine__words *bag, double p, place *out)
{
    uint64_t n = size_of(bag), more;
    if (n == 0)
        return false;
    out->from = select_word(bag, tine__part_of(p, n - 1, &out->part), &more);
    out->to = tine__part_is_none(&out->part) || more ? out->from : next_word(bag, out->from);
    return true;
}

/* ---- results ---- */

/* Between a number and an infinity is that infinity, and between the two of them no number. */
static double between_doubles(uint64_t from, uint64_t to, const tine__part *part)
{
    if (from == to)
        return tine__double_from_bits(from);
    uint32_t special = 0;
    special |= tine__bits_are_finite(from) ? 0 : tine__special_of(from);
    special |= tine__bits_are_finite(to) ? 0 : tine__special_of(to);
    return special ? tine__special_sum(special)
                   : tine__interpolate(tine__scaled_of(from), tine__scaled_of(to), part);
}

static tine_status finish_doubles(const void *state, double p, tine__array *out,
                                  const tine_allocator *allocator, tine_error *error)
{
    place at;
    if (!find_place(state, p, &at))
        return tine__finish_null(out, allocator, error);
    double value = between_doubles(double_bits_of(at.from), double_bits_of(at.to), &at.part);
    return tine__finish_double(value, out, allocator, error);
}

static tine_status finish_ints(const void *state, double p, tine__array *out,
                               const tine_allocator *allocator, tine_error *error)
{
    place at;
    if (!find_place(state, p, &at))
        return tine__finish_null(out, allocator, error);
    tine__scaled from = scaled_int((int64_t)flip_sign(at.from));
    tine__scaled to = scaled_int((int64_t)flip_sign(at.to));
    return tine__finish_double(tine__interpolate(from, to, &at.part), out, allocator, error);
}

#define QUANTILE(finish)                                                                           \
    {                                                                                              \
        .size = sizeof(tine__words), .result = TINE_DOUBLE, .needs_column = true,                  \
        .init = quantile_init, .update = quantile_update, .merge = quantile_merge,                 \
        .finish_at = finish, .destroy = quantile_destroy                                           \
    }

const tine__aggregate *tine__quantile_find(tine_type type)
{
    static const tine__aggregate of_ints = QUANTILE(finish_ints),
                                 of_doubles = QUANTILE(finish_doubles);
    if (type == TINE_INT64)
        return &of_ints;
    return type == TINE_DOUBLE ? &of_doubles : NULL;
}
