/* The rows: what each peer is asked to do, verified and timed the same way for all. */
#include "work.h"
#include <inttypes.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    N_TASKS = 1000,
    TASK_STEPS = 7500, /* about 10 us */
    N_SKEWED = 500,    /* element i takes i * i steps */
    N_LOOPS = 3000,
    N_WAKE_UPS = 100,
    PAUSE_NS = 5 * 1000 * 1000,
    N_PENDING = 50 * 1000,
    N_SOLUTIONS = 14200, /* of EXEC_QUEENS queens */
    HUGE_PAGE = 2 << 20
};

static const exec_peer *peer;
static bool counting;
static void (*when_submitted)(void); /* NULL: nothing to do */

static void sample(const char *measure, double value)
{
    printf("%s %.9g\n", measure, value);
    fflush(stdout);
}

static size_t size_from(const char *variable, size_t otherwise)
{
    const char *text = getenv(variable);
    size_t size;
    if (!text)
        return otherwise;
    if (sscanf(text, "%zu", &size) != 1 || size == 0)
        bench_fail("%s is no size: %s", variable, text);
    return size;
}

static void expect(const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        bench_fail("%s: %" PRIu64 ", not %" PRIu64, what, found, expected);
}

/* Counts repetitions: up to a number, and no more once a time is over, but one at least. */
typedef struct repeat {
    unsigned n_done, n_most;
    double end;
} repeat;

static repeat repeat_start(unsigned n_most, double seconds)
{
    return (repeat){.n_most = n_most, .end = bench_now() + seconds};
}

static bool repeat_next(repeat *r)
{
    return r->n_done++ == 0 || (r->n_done <= r->n_most && bench_now() < r->end);
}

static repeat repeat_runs(void)
{
    return repeat_start(5, 0.5);
}

/* ---- what peers call ---- */

void exec_submitted(void)
{
    if (when_submitted)
        when_submitted();
}

bool exec_counting(void)
{
    return counting;
}

void *exec_room(size_t size)
{
    static void *room;
    static size_t room_size;
    if (size > room_size) {
        free(room);
        room = malloc(size);
        room_size = size;
        if (!room)
            bench_fail("no memory");
    }
    return room;
}

uint64_t exec_malloced(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* ---- fork and join ---- */

static uint64_t fib_of(unsigned n)
{
    uint64_t a = 0, b = 1;
    for (; n > 0; n--) {
        const uint64_t next = a + b;
        a = b;
        b = next;
    }
    return a;
}

static void row_fib(void)
{
    const unsigned n = (unsigned)size_from("TINE_BENCH_FIB", 32);
    const double n_forks = (double)fib_of(n + 1) - 1; /* the inner nodes of the call tree */
    for (unsigned n_workers = 1; n_workers <= (peer->serial ? 1 : 2); n_workers++) {
        peer->open(n_workers);
        expect("fib(20)", peer->fib(20), fib_of(20));
        for (repeat r = repeat_runs(); repeat_next(&r);) {
            const double began = bench_now();
            const uint64_t value = peer->fib(n);
            const double seconds = bench_now() - began;
            expect("fib", value, fib_of(n));
            sample(n_workers == 1 ? "fib.w1" : "fib.w2", seconds / n_forks * 1e9);
        }
        peer->close();
    }
}

static void row_tree(const char *measure, const exec_tree *tree)
{
    peer->open(2);
    for (repeat r = repeat_runs(); repeat_next(&r);) {
        const double began = bench_now();
        const uint64_t n = peer->count_nodes(tree);
        const double seconds = bench_now() - began;
        expect(measure, n, tree->n_nodes);
        sample(measure, seconds);
    }
    peer->close();
}

static void row_t1(void)
{
    row_tree("uts.t1", &exec_tree_t1);
}

static void row_t3(void)
{
    row_tree("uts.t3", &exec_tree_t3);
}

static void row_queens(void)
{
    const exec_board empty = {.open = EXEC_ALL_SQUARES};
    peer->open(2);
    for (repeat r = repeat_runs(); repeat_next(&r);) {
        const double began = bench_now();
        const uint64_t n = peer->count_queens(&empty);
        const double seconds = bench_now() - began;
        expect("queens", n, N_SOLUTIONS);
        sample("queens", seconds);
    }
    peer->close();
}

/* ---- tasks ---- */

static void run_item(size_t i, void *ctx)
{
    exec_item *item = (exec_item *)ctx + i;
    item->y = item->body(item->x);
}

void exec_gather_by_loop(exec_item *items, size_t n)
{
    peer->loop(n, run_item, items);
}

/* Items that each take a few steps more than the last, so that their results differ. */
static exec_item *new_items(size_t n, uint64_t n_steps)
{
    exec_item *items = calloc(n, sizeof *items);
    if (!items)
        bench_fail("no memory");
    for (size_t i = 0; i < n; i++)
        items[i] = (exec_item){.body = exec_steps, .x = n_steps + i % 4};
    return items;
}

/* Runs them all; returns the seconds that it took. */
static double seconds_of_items(exec_item *items, size_t n)
{
    const double began = bench_now();
    peer->gather(items, n);
    const double seconds = bench_now() - began;
    for (size_t i = 0; i < n; i++) {
        expect("the result of a task", items[i].y, exec_steps(items[i].x));
        items[i].y = 0;
    }
    return seconds;
}

static void row_futures(void)
{
    const size_t n = size_from("TINE_BENCH_FUTURES", 1000 * 1000);
    exec_item *items = new_items(n, 1);
    peer->open(2);
    sample("futures.cold", seconds_of_items(items, n) / (double)n * 1e9);
    for (repeat r = repeat_runs(); repeat_next(&r);)
        sample("futures.steady", seconds_of_items(items, n) / (double)n * 1e9);
    peer->close();
    free(items);
}

static void row_tasks(void)
{
    exec_item *items = new_items(N_TASKS, TASK_STEPS);
    peer->open(2);
    for (repeat r = repeat_start(20, 0.5); repeat_next(&r);)
        sample("tasks", seconds_of_items(items, N_TASKS));
    peer->close();
    free(items);
}

/* ---- loops of two elements ---- */

typedef struct pair {
    exec_meeting *meeting; /* NULL: the bodies need not run at once */
    unsigned n_runs[2];
} pair;

static void run_one_of_pair(size_t i, void *ctx)
{
    pair *p = ctx;
    p->n_runs[i]++;
    if (p->meeting)
        exec_meet(p->meeting);
}

/* Runs two bodies, at once or as it may be; returns the seconds that it took. */
static double seconds_of_pair(bool at_once)
{
    exec_meeting meeting = {0};
    pair p = {.meeting = at_once ? &meeting : NULL};
    const double began = bench_now();
    peer->loop(2, run_one_of_pair, &p);
    const double seconds = bench_now() - began;
    expect("runs of the first body", p.n_runs[0], 1);
    expect("runs of the second body", p.n_runs[1], 1);
    return seconds;
}

/* The two kinds come in an order that nobody can guess, so that there is no telling from the loop
 * whether its bodies need one another. */
static void row_pairs(void)
{
    uint64_t x = 1;
    peer->open(2);
    seconds_of_pair(true);
    for (repeat r = repeat_start(N_LOOPS, 1); repeat_next(&r);) {
        x ^= x << 13; /* xorshift (Marsaglia 2003) */
        x ^= x >> 7;
        x ^= x << 17;
        const bool at_once = x >> 63;
        sample(at_once ? "pair.at_once" : "pair.empty", seconds_of_pair(at_once) * 1e6);
    }
    peer->close();
}

static void row_wake_up(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    peer->open(2);
    seconds_of_pair(true);
    for (repeat r = repeat_start(N_WAKE_UPS, 2); repeat_next(&r);) {
        nanosleep(&pause, NULL);
        sample("pair.woken", seconds_of_pair(true) * 1e6);
    }
    peer->close();
}

/* ---- loops of many elements ---- */

static void run_skewed(size_t i, void *ctx)
{
    uint64_t *results = ctx;
    results[i] = exec_steps(i * i);
}

static void row_skewed(void)
{
    uint64_t results[N_SKEWED], expected[N_SKEWED];
    for (size_t i = 0; i < N_SKEWED; i++)
        run_skewed(i, expected);
    peer->open(2);
    for (repeat r = repeat_runs(); repeat_next(&r);) {
        memset(results, 0, sizeof results);
        const double began = bench_now();
        peer->loop(N_SKEWED, run_skewed, results);
        sample("skewed", bench_now() - began);
        if (memcmp(results, expected, sizeof results) != 0)
            bench_fail("a result of the skewed loop is wrong");
    }
    peer->close();
}

/* The whole numbers 0 ... modulus - 1 over and over: their sums and the sums of their products are
 * exact in any order. */
static double *new_doubles(size_t n, unsigned modulus)
{
    const size_t size = (n * sizeof(double) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    double *x = aligned_alloc(HUGE_PAGE, size);
    if (!x)
        bench_fail("no memory");
    madvise(x, size, MADV_HUGEPAGE);
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = value++;
        if (value == modulus)
            value = 0;
    }
    return x;
}

static void report_bandwidth(const char *measure, const double *x, const double *y, size_t n)
{
    const double n_bytes = (double)n * sizeof *x * (y ? 2 : 1);
    const double expected = y ? exec_dot(x, y, n) : exec_sum(x, n);
    for (repeat r = repeat_runs(); repeat_next(&r);) {
        const double began = bench_now();
        const double value = y ? peer->dot(x, y, n) : peer->sum(x, n);
        const double seconds = bench_now() - began;
        if (value != expected)
            bench_fail("%s: %.17g, not %.17g", measure, value, expected);
        sample(measure, n_bytes / seconds / 1e9);
    }
}

static void row_reduce(void)
{
    const size_t n = size_from("TINE_BENCH_DOUBLES", 20 * 1000 * 1000);
    double *x = new_doubles(n, 7), *y = new_doubles(n, 5);
    peer->open(2);
    report_bandwidth("sum", x, NULL, n);
    report_bandwidth("dot", x, y, n);
    peer->close();
    free(x);
    free(y);
}

/* ---- what it costs to do nothing ---- */

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static uint64_t sleep_seconds(uint64_t n)
{
    const struct timespec pause = {.tv_sec = (time_t)n};
    nanosleep(&pause, NULL);
    return n;
}

/* From right after the last work on. */
static void row_idle(void)
{
    const uint64_t n_seconds = size_from("TINE_BENCH_IDLE_S", 2);
    peer->open(2);
    seconds_of_pair(!peer->serial);
    const double cpu_before = cpu_seconds();
    sleep_seconds(n_seconds);
    sample("idle.pool", (cpu_seconds() - cpu_before) / (double)n_seconds * 100);
    peer->close();
}

static struct {
    bool begun; /* set by the body of row_waiting, polled by the submitter; atomic */
    bool open;  /* set by the submitter of row_pending, polled by the bodies; atomic */
} gate;

static void nap(void)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    nanosleep(&pause, NULL);
}

static uint64_t begin_and_sleep(uint64_t n_seconds)
{
    __atomic_store_n(&gate.begun, true, __ATOMIC_RELEASE);
    return sleep_seconds(n_seconds);
}

static void wait_for_begin(void)
{
    while (!__atomic_load_n(&gate.begun, __ATOMIC_ACQUIRE))
        nap();
}

/* The body has begun elsewhere before the thread starts to wait for it; the serial program sleeps
 * itself. */
static void row_waiting(void)
{
    const uint64_t n_seconds = size_from("TINE_BENCH_IDLE_S", 2);
    exec_item item = {.body = begin_and_sleep, .x = n_seconds};
    peer->open(2);
    when_submitted = wait_for_begin;
    const double cpu_before = cpu_seconds();
    peer->gather(&item, 1);
    sample("idle.waiting", (cpu_seconds() - cpu_before) / (double)n_seconds * 100);
    when_submitted = NULL;
    expect("the result of a task that slept", item.y, n_seconds);
    peer->close();
}

/* ---- memory ---- */

static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long n_pages;
    if (!file || fscanf(file, "%*s %lu", &n_pages) != 1)
        bench_fail("cannot read /proc/self/statm");
    fclose(file);
    return (uint64_t)n_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t wait_at_gate(uint64_t x)
{
    while (!__atomic_load_n(&gate.open, __ATOMIC_ACQUIRE))
        nap();
    return x;
}

static uint64_t allocated_before, resident_before;

static void weigh_and_open_gate(void)
{
    if (peer->allocated)
        sample("pending.asked", (double)(peer->allocated() - allocated_before) / N_PENDING);
    sample("pending.resident", (double)(resident_bytes() - resident_before) / N_PENDING);
    __atomic_store_n(&gate.open, true, __ATOMIC_RELEASE);
}

/* N_PENDING tasks that wait until all of them are submitted. */
static void row_pending(void)
{
    exec_item *items = new_items(N_PENDING, 0);
    for (size_t i = 0; i < N_PENDING; i++)
        items[i].body = wait_at_gate;
    counting = true;
    peer->open(2);
    if (peer->allocated)
        allocated_before = peer->allocated();
    resident_before = resident_bytes();
    when_submitted = weigh_and_open_gate;
    peer->gather(items, N_PENDING);
    when_submitted = NULL;
    for (size_t i = 0; i < N_PENDING; i++)
        expect("the result of a task that waited", items[i].y, items[i].x);
    peer->close();
    counting = false;
    free(items);
}

/* ---- the program ---- */

typedef struct row {
    const char *name;
    bool offered;
    void (*run)(void);
} row;

int exec_main(int argc, char **argv, const exec_peer *self)
{
    const bool has_pairs = self->loop && !self->serial;
    const bool has_tasks = self->gather && !self->serial;
    const row rows[] = {
        {"fib", self->fib, row_fib},
        {"uts.t1", self->count_nodes, row_t1},
        {"uts.t3", self->count_nodes, row_t3},
        {"queens", self->count_queens, row_queens},
        {"futures", has_tasks, row_futures},
        {"tasks", self->gather, row_tasks},
        {"pairs", has_pairs, row_pairs},
        {"wake_up", has_pairs, row_wake_up},
        {"skewed", self->loop, row_skewed},
        {"reduce", self->sum && self->dot, row_reduce},
        {"idle", self->loop, row_idle},
        {"waiting", self->gather, row_waiting},
        {"pending", has_tasks && !self->eager, row_pending},
    };
    peer = self;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (argc == 1 && rows[i].offered)
            puts(rows[i].name);
        if (argc == 2 && strcmp(argv[1], rows[i].name) == 0 && rows[i].offered) {
            rows[i].run();
            return 0;
        }
    }
    if (argc != 1)
        bench_fail("usage: %s [ROW]; alone it prints the names of its rows", argv[0]);
    return 0;
}
