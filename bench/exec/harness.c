/* The program around the rows: which of them to run, when the next round may begin, and what the
 * peers call.
 *
 * Programs are compared in lockstep: each waits for a line on its standard input before every
 * round and prints a lone dot after it, so that whoever holds the other ends can let them take
 * turns, round by round. */
#include "rows.h"
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

enum {
    N_ROUNDS = 5, /* if nobody says how many */
    MAX_SAMPLES = 1 << 12
};

const exec_peer *exec_self;
bool exec_is_counting;
exec_hook exec_when_submitted;

/* Of one round. Printed after it: writing wakes the reader up, and that on one of our CPUs. */
static struct {
    const char *measures[MAX_SAMPLES];
    double values[MAX_SAMPLES];
    size_t n;
} samples;

static _Thread_local struct {
    void *bytes;
    size_t size;
} room;

void exec_sample(const char *measure, double value)
{
    if (samples.n == MAX_SAMPLES)
        bench_fail("more than %d samples in a round", MAX_SAMPLES);
    samples.measures[samples.n] = measure;
    samples.values[samples.n] = value;
    samples.n++;
}

static void print_samples(void)
{
    for (size_t i = 0; i < samples.n; i++)
        printf("%s %.9g\n", samples.measures[i], samples.values[i]);
    fflush(stdout);
    samples.n = 0;
}

/* ---- what peers call ---- */

void exec_submitted(void)
{
    if (exec_when_submitted)
        exec_when_submitted();
}

bool exec_counting(void)
{
    return exec_is_counting;
}

void *exec_room(size_t size)
{
    if (size > room.size) {
        free(room.bytes);
        room.bytes = malloc(size);
        room.size = size;
        if (!room.bytes)
            bench_fail("no memory");
    }
    return room.bytes;
}

void exec_free_room(void)
{
    free(room.bytes);
    room.bytes = NULL;
    room.size = 0;
}

uint64_t exec_malloced(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd - room.size;
}

static void run_item(size_t i, void *ctx)
{
    exec_item *item = (exec_item *)ctx + i;
    item->y = item->body(item->x);
}

void exec_gather_by_loop(exec_item *items, size_t n)
{
    exec_self->loop(n, run_item, items);
}

/* ---- the program ---- */

static bool next_line(void)
{
    int c;
    puts(".");
    fflush(stdout);
    do
        c = getchar();
    while (c != '\n' && c != EOF);
    return c == '\n';
}

/* `rounds` is their number, or "-": whenever a line comes in, until none does. */
static void run_row(const exec_row *row, const char *rounds)
{
    const bool in_lockstep = strcmp(rounds, "-") == 0;
    const long n_rounds = in_lockstep ? 0 : strtol(rounds, NULL, 10);
    if (in_lockstep)
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody else would let us go on */
    else if (n_rounds < 1)
        bench_fail("not a number of rounds: %s", rounds);
    if (!row->opens_pools)
        exec_self->open(2);
    if (row->prepare)
        row->prepare();
    for (long i = 0; in_lockstep ? next_line() : i < n_rounds; i++) {
        row->round();
        print_samples();
    }
    if (row->finish)
        row->finish();
    if (!row->opens_pools)
        exec_self->close();
    exec_free_room();
}

int exec_main(int argc, char **argv, const exec_peer *self)
{
    char default_rounds[12];
    snprintf(default_rounds, sizeof default_rounds, "%d", N_ROUNDS);
    exec_self = self;
    for (const exec_row *row = exec_rows; row->name; row++) {
        if (argc == 1 && row->offered())
            puts(row->name);
        if (argc > 1 && strcmp(argv[1], row->name) == 0 && row->offered()) {
            run_row(row, argc > 2 ? argv[2] : default_rounds);
            return 0;
        }
    }
    if (argc != 1)
        bench_fail("usage: %s [ROW [ROUNDS]]; alone it prints the names of its rows", argv[0]);
    return 0;
}
