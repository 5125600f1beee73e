/* The keys of group_by as byte strings: rows of a batch with equal keys have equal bytes, others
 * have different ones. For each key column one byte says whether there is a value, and the value
 * follows: 1, 4 or 8 bytes, or the length of a string in 4 and its text. -0 is written as +0, and
 * every NaN as the same one. */
#ifndef TINE_DATASET_KEYS_H
#define TINE_DATASET_KEYS_H
#include "table/array.h"

typedef struct tine__keys { /* of one batch; the memory is used again for the next */
    const tine_allocator *allocator;
    size_t n_rows;
    size_t *ends; /* row i's key is bytes [ends[i - 1], ends[i]), from 0 for the first */
    size_t ends_capacity;
    unsigned char *bytes;
    size_t bytes_capacity;
} tine__keys;

TINE_MUST_USE tine_status tine__keys_encode(tine__keys *keys, const tine_column *columns,
                                            size_t n_columns, size_t n_rows, tine_error *error);
void tine__keys_free(tine__keys *keys);

/* Appends the values of a key to an array each. */
TINE_MUST_USE tine_status tine__keys_decode(const unsigned char *key, tine__array *arrays,
                                            size_t n_columns, const tine_allocator *allocator,
                                            tine_error *error);

#endif
