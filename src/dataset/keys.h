/* The keys of group_by, 16 bytes a row, computed for a block of rows at a time, column by column.
 *
 * A short key is its 16 bytes. Up to three columns have a place in them: what has a fixed size
 * comes first, at an offset that the types decide (integers in fewer bytes than 8 where several
 * columns share the room), then strings behind one another, each but the last with a byte for its
 * length. The highest byte has the length of the last string (4 bits) and for each column whether
 * there is a value (3 bits).
 *
 * All others are long: they are written as bytes elsewhere, and the 16 bytes are their hash, their
 * size and the highest bit. Whether a key is long depends on its values alone. So keys that differ
 * in their 16 bytes are different; short ones that do not are equal, and long ones very likely.
 *
 * -0 is written as +0, and every NaN as the same one. */
#ifndef TINE_DATASET_KEYS_H
#define TINE_DATASET_KEYS_H
#include "base/hash.h"
#include "table/array.h"

/* What is kept of a block fits a core's first cache. A multiple of 64. */
#define TINE__KEYS_BLOCK 512
#define TINE__KEY_COLUMNS 3 /* of a short key, at most */
#define TINE__KEY_LONG (UINT64_C(1) << 63)

typedef struct tine__key {
    uint64_t word[2]; /* least significant first */
} tine__key;

/* What no row's key is equal to. */
#define TINE__KEY_NONE                                                                             \
    {                                                                                              \
        {                                                                                          \
            UINT64_MAX, UINT64_MAX                                                                 \
        }                                                                                          \
    }

static inline bool tine__key_equal(tine__key a, tine__key b)
{
    return ((a.word[0] ^ b.word[0]) | (a.word[1] ^ b.word[1])) == 0;
}

static inline bool tine__key_is_long(tine__key key)
{
    return key.word[1] & TINE__KEY_LONG;
}

/* Of a long key. */
static inline size_t tine__key_size(tine__key key)
{
    return (size_t)(key.word[1] & ~TINE__KEY_LONG);
}

typedef struct tine__seed {
    uint64_t word[2];
} tine__seed;

tine__seed tine__seed_of(uint64_t number);

static inline uint64_t tine__key_hash(tine__key key, tine__seed seed)
{
    return tine__hash_fold(key.word[0] ^ seed.word[0], key.word[1] ^ seed.word[1]);
}

/* Where the columns have their places in a short key. */
typedef struct tine__key_layout {
    size_t n_columns;
    bool always_long;
    tine_type types[TINE__KEY_COLUMNS];
    unsigned width[TINE__KEY_COLUMNS], at[TINE__KEY_COLUMNS]; /* bytes; width 0: a string */
    unsigned text_at;                                         /* where the first string begins */
    size_t last_text;                                         /* column; SIZE_MAX: there is none */
} tine__key_layout;

void tine__key_layout_init(tine__key_layout *layout, const tine_type *types, size_t n_columns);

typedef struct tine__keys { /* of one block */
    const tine_allocator *allocator;
    tine__key_layout layout;
    tine__seed seed;
    tine__key key[TINE__KEYS_BLOCK];
    uint64_t hash[TINE__KEYS_BLOCK];
    size_t n_longs;
    uint16_t longs[TINE__KEYS_BLOCK]; /* the rows whose keys are long, ascending */
    size_t ends[TINE__KEYS_BLOCK];    /* the j-th of them is bytes [ends[j - 1], ends[j]) */
    unsigned char *bytes;
    size_t bytes_capacity;
} tine__keys;

void tine__keys_init(tine__keys *keys, const tine_allocator *allocator, const tine_type *types,
                     size_t n_columns, tine__seed seed);
/* Takes all zeros. */
void tine__keys_free(tine__keys *keys);

/* The keys of n <= TINE__KEYS_BLOCK rows. The columns are those of a tine__array, for its padding
 * is read. */
TINE_MUST_USE tine_status tine__keys_encode(tine__keys *keys, const tine_column *columns, size_t n,
                                            tine_error *error);

static inline const unsigned char *tine__keys_long(const tine__keys *keys, size_t j)
{
    return keys->bytes + (j ? keys->ends[j - 1] : 0);
}

/* Appends the values of a key to an array each. `bytes` is what a long one consists of. */
TINE_MUST_USE tine_status tine__key_decode(const tine__key_layout *layout, tine__key key,
                                           const unsigned char *bytes, tine__array *arrays,
                                           const tine_allocator *allocator, tine_error *error);

#endif
