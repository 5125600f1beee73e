/* Exact splitting. What a chunk of bytes does to the reader is a function of the state the reader
 * enters it in, and there are few states: so every chunk computes its function on its own, and the
 * functions are composed in input order (the idea: Hillis and Steele 1986; for delimited text: Ge
 * et al. 2019, speculative; Mytkowicz, Musuvathi, Schulte 2014, enumerative, as here). */
#ifndef TINE_CSV_SPLIT_H
#define TINE_CSV_SPLIT_H
#include "csv/machine.h"

typedef struct tine__arc { /* a chunk entered in one state */
    tine__state end;
    uint64_t records; /* that start in the chunk */
    size_t first;     /* where the first of them starts; the chunk's size if none does */
} tine__arc;

typedef struct tine__summary { /* a chunk, which is not empty */
    tine__arc arcs[TINE__N_STATES];
    uint64_t lines;         /* line ends, quoted ones too; CR LF is one */
    bool first_lf, last_cr; /* its first and last byte: CR LF may be cut in two */
} tine__summary;

typedef struct tine__prefix { /* all that comes before a chunk of a source */
    tine__state state;
    bool last_cr;
    uint64_t records, lines;
} tine__prefix;

void tine__summarize(const tine__machine *machine, const char *text, size_t n,
                     tine__summary *summary_out);
tine__prefix tine__prefix_advance(const tine__prefix *prefix, const tine__summary *summary);

/* Line ends in the text; last_cr: the byte in front of it is a CR, so that an LF at its start ends
 * no line of its own. */
uint64_t tine__count_lines(const char *text, size_t n, bool last_cr);

#endif
