/* What is done to every byte, in one set of functions for each instruction set: the conversions of
 * csv/values.h, and the two loops over the bytes of a partition, for plain dialects: no escape, no
 * comment, a quote or none. There a byte lies inside quotes if an odd number of quotes stands
 * before it, so that 64 bytes are decided at once by bit masks (the idea: Langdale and Lemire 2019,
 * for JSON; Ge et al. 2019, the parity of a chunk under both hypotheses).
 *
 * All sets give the same results. No loop reads outside of text[0 ... n - 1]. */
#ifndef TINE_CSV_KERNELS_H
#define TINE_CSV_KERNELS_H
#include "csv/values.h"

typedef struct tine__marks { /* the bytes of a plain dialect */
    unsigned char delimiter;
    bool has_quote;
    unsigned char quote;
    bool blank_is_record; /* see tine__machine_init */
} tine__marks;

typedef struct tine__halves { /* a chunk entered outside quotes [0], and inside [1] */
    uint64_t records[2];      /* that start in it, but for one that starts with its first byte */
    size_t first[2];          /* where the first of them does; the chunk's size if none does */
    uint64_t lines;           /* line ends, quoted ones too; CR LF is one */
    bool odd;                 /* it has an odd number of quotes: inside and outside change places */
} tine__halves;

typedef struct tine__index { /* between two calls: what the bytes before leave behind */
    uint64_t inside;         /* all ones: in quotes; else 0 */
    uint64_t may_open;       /* 1: a quote here opens a field, or is the second of two */
    uint64_t closed;         /* 1: behind a closing quote, or the first of two */
    uint64_t after_cr;       /* 1: an LF here belongs to the line end before */
    bool no_quotes, no_crs;  /* the last run of blocks had none */
    uint32_t *ends; /* positions of delimiters and line ends outside quotes are written here */
    size_t n_ends;
    size_t n_lines; /* how many of them are line ends: LF, CR, or the CR of CR LF */
} tine__index;

/* Room that `ends` must have behind the positions of the bytes indexed. */
#define TINE__INDEX_SLACK 8

typedef struct tine__kernels {
    const char *name; /* of the instruction set */
    void (*summarize)(const tine__marks *marks, const char *text, size_t n, tine__halves *out);
    /* Indexes text[begin ... end - 1]. False: a quote stands where none may. */
    bool (*index)(const tine__marks *marks, const char *text, size_t begin, size_t end,
                  tine__index *index);
    tine__int64s_fn *int64s;
    tine__doubles_fn *doubles;
    tine__dates_fn *dates;
    tine__timestamps_fn *timestamps;
    tine__utf8_fn *utf8;
    tine__strings_fn *strings;
} tine__kernels;

/* The sets that this CPU runs, the best one first, the portable one last; NULL behind it. */
const tine__kernels *tine__kernels_at(size_t i);

extern const tine__kernels tine__kernels_scalar;
/* On x86-64: each in a file that is compiled for its instruction set alone. */
extern const tine__kernels tine__kernels_sse2, tine__kernels_clmul, tine__kernels_avx2;
extern const tine__kernels tine__kernels_neon; /* on AArch64 */

#endif
