/* A set of 64-bit words, or a bag, which also counts how often each came: open addressing with
 * linear probing, at most half of the slots taken. Nothing that is read from it depends on the
 * order in which words came. It grows without a new seed: the words of neighbouring slots then go
 * to neighbouring ones again. Two sets have different seeds: words that one is walked for would
 * otherwise crowd the beginning of the other. */
#ifndef TINE_REDUCE_WORDS_H
#define TINE_REDUCE_WORDS_H
#include <tine.h>

/* What takes part in every call: how many words a slot is made of. */
typedef enum tine__words_kind {
    TINE__SET = 1, /* the word */
    TINE__BAG = 2  /* and its count */
} tine__words_kind;

typedef struct tine__words { /* all zero: empty */
    uint64_t *slots;         /* owned; a free one begins with a 0 */
    size_t n_slots;          /* a power of two, or 0 */
    size_t n;                /* slots taken */
    uint64_t zeros;          /* how often the word 0 came, which has no slot */
    uint64_t seed;           /* of the hash */
} tine__words;

void tine__words_destroy(tine__words *words, tine__words_kind kind,
                         const tine_allocator *allocator);

/* Puts in a word that came `count` times, or each of n words once. TINE_ENOMEM. */
TINE_MUST_USE tine_status tine__words_put(tine__words *words, tine__words_kind kind, uint64_t word,
                                          uint64_t count, const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__words_add(tine__words *words, tine__words_kind kind,
                                          const uint64_t *x, size_t n,
                                          const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__words_merge(tine__words *words, tine__words_kind kind,
                                            const tine__words *right,
                                            const tine_allocator *allocator);

/* How many different words there are. */
static inline size_t tine__words_distinct(const tine__words *words)
{
    return words->n + (words->zeros != 0);
}

#endif
