#include "csv/split.h"

/* A runner is the machine in one of the states it may be in. Runners that meet are one from then
 * on, so that most of a chunk is read by two or three: outside quotes, inside, and broken. */
typedef struct runner {
    tine__state state;
    uint64_t records;
    bool expecting; /* some arc that it carries has not seen a record start yet */
} runner;

typedef struct race {
    runner runners[TINE__N_STATES];
    unsigned n_runners;
    unsigned carrier[TINE__N_STATES]; /* the runner of each start state */
    /* An arc's records are its runner's, plus these: modulo 2^64, as two runners may meet that have
     * counted differently. */
    uint64_t ahead[TINE__N_STATES];
    tine__arc *arcs;
} race;

static void race_start(race *r, tine__arc *arcs, size_t n)
{
    r->arcs = arcs;
    r->n_runners = TINE__N_STATES;
    for (unsigned s = 0; s < TINE__N_STATES; s++) {
        r->runners[s] = (runner){(tine__state)s, 0, true};
        r->carrier[s] = s;
        r->ahead[s] = 0;
        arcs[s].first = n;
    }
}

static void record_starts(race *r, unsigned i, size_t at, size_t n)
{
    r->runners[i].records++;
    if (!r->runners[i].expecting)
        return;
    r->runners[i].expecting = false;
    for (unsigned s = 0; s < TINE__N_STATES; s++)
        if (r->carrier[s] == i && r->arcs[s].first == n)
            r->arcs[s].first = at;
}

/* Runner `from` goes on as runner `to`, and the last one takes its place. */
static void merge(race *r, unsigned to, unsigned from)
{
    unsigned last = --r->n_runners;
    for (unsigned s = 0; s < TINE__N_STATES; s++) {
        if (r->carrier[s] == from) {
            r->carrier[s] = to;
            r->ahead[s] += r->runners[from].records - r->runners[to].records;
        } else if (r->carrier[s] == last) {
            r->carrier[s] = from;
        }
    }
    r->runners[to].expecting |= r->runners[from].expecting;
    r->runners[from] = r->runners[last];
}

static void merge_equal(race *r)
{
    for (unsigned i = 0; i < r->n_runners; i++)
        for (unsigned j = r->n_runners; --j > i;)
            if (r->runners[i].state == r->runners[j].state)
                merge(r, i, j);
}

static void race_run(race *r, const tine__machine *machine, const char *text, size_t n)
{
    for (size_t at = 0; at < n; at++) {
        for (unsigned i = 0; i < r->n_runners; i++) {
            unsigned step = machine->step[r->runners[i].state][(unsigned char)text[at]];
            if (step & TINE__STARTS)
                record_starts(r, i, at, n);
            r->runners[i].state = (tine__state)(step & TINE__STATE_MASK);
        }
        if (at % 32 == 0) /* any interval is right; each byte would cost more than it saves */
            merge_equal(r);
    }
}

void tine__summarize(const tine__machine *machine, const char *text, size_t n,
                     tine__summary *summary_out)
{
    race r;
    race_start(&r, summary_out->arcs, n);
    race_run(&r, machine, text, n);
    for (unsigned s = 0; s < TINE__N_STATES; s++) {
        const runner *carrier = &r.runners[r.carrier[s]];
        summary_out->arcs[s].end = carrier->state;
        summary_out->arcs[s].records = carrier->records + r.ahead[s];
    }
    summary_out->lines = tine__count_lines(text, n, false);
    summary_out->first_lf = text[0] == '\n';
    summary_out->last_cr = text[n - 1] == '\r';
}

tine__prefix tine__prefix_advance(const tine__prefix *prefix, const tine__summary *summary)
{
    const tine__arc *arc = &summary->arcs[prefix->state];
    return (tine__prefix){
        .state = arc->end,
        .last_cr = summary->last_cr,
        .records = prefix->records + arc->records,
        .lines = prefix->lines + summary->lines - (prefix->last_cr && summary->first_lf),
    };
}

uint64_t tine__count_lines(const char *text, size_t n, bool last_cr)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++) {
        lines += text[i] == '\r' || (text[i] == '\n' && !last_cr);
        last_cr = text[i] == '\r';
    }
    return lines;
}
