/* A set of strings: a hash table like that of words.h whose slots say where the copy of a string
 * lies in one growing block. */
#ifndef TINE_REDUCE_TEXTS_H
#define TINE_REDUCE_TEXTS_H
#include <tine.h>

typedef struct tine__texts { /* all zero: empty */
    uint64_t *slots;         /* owned; 16 bits of the hash and, from 1, the copy's place; 0: free */
    size_t n_slots;          /* a power of two, or 0 */
    size_t n;
    void *bytes; /* owned; of each string its size in 4 bytes, and the string */
    size_t used, capacity;
    uint64_t seed;
} tine__texts;

void tine__texts_destroy(tine__texts *texts, const tine_allocator *allocator);
/* TINE_ENOMEM. */
TINE_MUST_USE tine_status tine__texts_put(tine__texts *texts, tine_string text,
                                          const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__texts_merge(tine__texts *texts, const tine__texts *right,
                                            const tine_allocator *allocator);

#endif
