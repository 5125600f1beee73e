/* The names of columns: from a header, made up where there is none, and never alike. */
#ifndef TINE_CSV_NAMES_H
#define TINE_CSV_NAMES_H
#include "csv/csv.h"

struct tine__head;

/* An index of names: a hash table of open addressing, at most half full. */
typedef struct tine__names_slot {
    size_t number;      /* of the name, from 1; 0: the slot is free */
    size_t next_suffix; /* what its next double is to be called by */
} tine__names_slot;

typedef struct tine__names {
    const char **names; /* this and the slots in the csv's arena */
    size_t n;
    tine__names_slot *slots;
    size_t n_slots; /* a power of two */
} tine__names;

/* Its place among the names, or SIZE_MAX. */
size_t tine__names_find(const tine__names *names, const char *name);

/* The names that the head's last record gives. TINE_EFORMAT: one of them is not UTF-8, or has a
 * NUL. */
TINE_MUST_USE tine_status tine__names_of_header(struct tine__head *head, tine__names *names_out,
                                                tine_error *error);
/* `names`, copied; where that is NULL column_1, column_2, … */
TINE_MUST_USE tine_status tine__names_given(tine__csv *csv, const char *const *names, size_t n,
                                            tine__names *names_out, tine_error *error);

#endif
