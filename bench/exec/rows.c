/* The rows: what each peer is asked to do, verified and timed the same way for all. */
#include "rows.h"
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    N_TASKS = 1000,
    TASK_STEPS = 7500, /* about 10 us */
    N_SKEWED = 500,    /* element i takes i * i steps */
    N_LOOPS = 400,
    N_WAKE_UPS = 2,
    PAUSE_NS = 5 * 1000 * 1000,
    MAX_SUBMITTERS = 8,
    N_PENDING = 50 * 1000,
    N_SOLUTIONS = 14200, /* of EXEC_QUEENS queens */
    HUGE_PAGE = 2 << 20
};

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

/* True once in n times, at times that nobody can guess. */
static bool by_chance(unsigned n)
{
    static uint64_t x; /* xorshift (Marsaglia 2003) */
    while (x == 0)
        x = (uint64_t)(bench_now() * 1e9);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (x >> 32) % n == 0;
}

/* ---- fork and join ---- */

static unsigned fib_argument;

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

/* The inner nodes of the call tree. */
static double forks_of_fib(unsigned n)
{
    return (double)fib_of(n + 1) - 1;
}

static double seconds_of_fib(unsigned n)
{
    const double began = bench_now();
    const uint64_t value = exec_self->fib(n);
    const double seconds = bench_now() - began;
    expect("fib", value, fib_of(n));
    return seconds;
}

static bool has_fib(void)
{
    return exec_self->fib;
}

static unsigned most_workers(void)
{
    return exec_self->serial ? 1 : 2;
}

/* A peer that would take longer than a second gets a smaller tree: the figure is for one fork, and
 * millions of them are enough. */
static void prepare_fib(void)
{
    enum { SAMPLE = 24 };
    exec_self->open(most_workers());
    seconds_of_fib(SAMPLE);
    const double seconds_each = seconds_of_fib(SAMPLE) / forks_of_fib(SAMPLE);
    exec_self->close();
    fib_argument = (unsigned)size_from("TINE_BENCH_FIB", 38);
    while (fib_argument > SAMPLE && forks_of_fib(fib_argument) * seconds_each > 1)
        fib_argument--;
}

static void round_fib(void)
{
    for (unsigned n_workers = 1; n_workers <= most_workers(); n_workers++) {
        exec_self->open(n_workers);
        seconds_of_fib(20);
        const double seconds = seconds_of_fib(fib_argument);
        exec_sample(n_workers == 1 ? "fib.w1" : "fib.w2",
                    seconds / forks_of_fib(fib_argument) * 1e9);
        exec_self->close();
    }
}

static bool has_trees(void)
{
    return exec_self->count_nodes;
}

static void count_tree(const char *measure, const exec_tree *tree)
{
    const double began = bench_now();
    const uint64_t n = exec_self->count_nodes(tree);
    const double seconds = bench_now() - began;
    expect(measure, n, tree->n_nodes);
    exec_sample(measure, seconds);
}

static void round_t1(void)
{
    count_tree("uts.t1", &exec_tree_t1);
}

static void round_t3(void)
{
    count_tree("uts.t3", &exec_tree_t3);
}

static bool has_queens(void)
{
    return exec_self->count_queens;
}

static void round_queens(void)
{
    const exec_board empty = {.open = EXEC_ALL_SQUARES};
    for (unsigned i = 0; i < 3; i++) {
        const double began = bench_now();
        const uint64_t n = exec_self->count_queens(&empty);
        const double seconds = bench_now() - began;
        expect("queens", n, N_SOLUTIONS);
        exec_sample("queens", seconds);
    }
}

/* ---- tasks ---- */

static exec_item *items;
static uint64_t *expected; /* of each: its result */
static size_t n_items;

static bool has_tasks(void)
{
    return exec_self->gather;
}

static bool has_futures(void)
{
    return exec_self->gather && !exec_self->serial && !exec_self->bare;
}

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (!p)
        bench_fail("no memory");
    return p;
}

/* Items that take a few steps more or less, so that their results differ. */
static void make_items(size_t n, uint64_t n_steps)
{
    n_items = n;
    items = allocate(n, sizeof *items);
    expected = allocate(n, sizeof *expected);
    for (size_t i = 0; i < n; i++) {
        items[i] = (exec_item){.body = exec_steps, .x = n_steps + i % 4};
        expected[i] = exec_steps(items[i].x);
    }
}

static void free_items(void)
{
    free(items);
    free(expected);
}

/* Forgets the results. */
static void check_items(void)
{
    for (size_t i = 0; i < n_items; i++) {
        expect("the result of a task", items[i].y, expected[i]);
        items[i].y = 0;
    }
}

static double seconds_of_items(void)
{
    const double began = bench_now();
    exec_self->gather(items, n_items);
    const double seconds = bench_now() - began;
    check_items();
    return seconds;
}

static uint64_t meet_at(uint64_t address)
{
    exec_meet((exec_meeting *)(uintptr_t)address); /* of the round below */
    return 1;
}

/* Two neighbours somewhere among the items wait for one another. */
static void gather_with_meeting(void)
{
    exec_meeting meeting = {0};
    const size_t i = (size_t)(bench_now() * 1e9) % (n_items - 1);
    const exec_item saved[2] = {items[i], items[i + 1]};
    items[i] = items[i + 1] = (exec_item){.body = meet_at, .x = (uintptr_t)&meeting};
    exec_self->gather(items, n_items);
    expect("the results of those that met", items[i].y + items[i + 1].y, 2);
    items[i] = saved[0], items[i + 1] = saved[1];
    items[i].y = expected[i], items[i + 1].y = expected[i + 1];
    check_items();
}

static void prepare_cold_futures(void)
{
    make_items(size_from("TINE_BENCH_FUTURES", 1000 * 1000), 1);
}

static void prepare_futures(void)
{
    prepare_cold_futures();
    seconds_of_items();
}

/* Cold in the first round of a program; compare.py starts one for each. */
static void round_cold_futures(void)
{
    exec_sample("futures.cold", seconds_of_items() / (double)n_items * 1e9);
}

/* Who is asked for results cannot tell whether two of them must be computed at once; so there is no
 * computing them one after the other, where they are submitted or awaited. */
static void round_futures(void)
{
    if (!exec_self->eager && by_chance(4))
        gather_with_meeting();
    exec_sample("futures.steady", seconds_of_items() / (double)n_items * 1e9);
}

static void prepare_tasks(void)
{
    make_items(N_TASKS, TASK_STEPS);
}

/* The first finds everyone asleep, as its program was stopped just now. */
static void round_tasks(void)
{
    exec_sample("tasks.first", seconds_of_items());
    for (unsigned i = 0; i < 3; i++)
        exec_sample("tasks", seconds_of_items());
}

/* ---- many submitting threads ---- */

static struct {
    pthread_t threads[MAX_SUBMITTERS];
    pthread_barrier_t begin, end; /* of a gather; all threads and who takes the time */
    unsigned n_busy;              /* of the threads; set before `begin`; 0: that was all */
} submitters;

static bool has_many_submitters(void)
{
    return exec_self->gather && exec_self->many;
}

static void *submit_share(void *number)
{
    const unsigned k = (unsigned)(uintptr_t)number;
    for (;;) {
        pthread_barrier_wait(&submitters.begin);
        const unsigned n_busy = submitters.n_busy;
        if (n_busy == 0)
            break;
        const size_t n = n_items / n_busy;
        if (k < n_busy)
            exec_self->gather(items + k * n, n);
        pthread_barrier_wait(&submitters.end);
    }
    exec_free_room();
    return NULL;
}

static double seconds_of_submitters(unsigned n)
{
    submitters.n_busy = n;
    const double began = bench_now();
    pthread_barrier_wait(&submitters.begin);
    pthread_barrier_wait(&submitters.end);
    const double seconds = bench_now() - began;
    check_items();
    return seconds;
}

static void prepare_submitters(void)
{
    const size_t n = size_from("TINE_BENCH_FUTURES", 1000 * 1000);
    make_items((n + MAX_SUBMITTERS - 1) / MAX_SUBMITTERS * MAX_SUBMITTERS, 1);
    pthread_barrier_init(&submitters.begin, NULL, MAX_SUBMITTERS + 1);
    pthread_barrier_init(&submitters.end, NULL, MAX_SUBMITTERS + 1);
    for (uintptr_t k = 0; k < MAX_SUBMITTERS; k++) {
        if (pthread_create(&submitters.threads[k], NULL, submit_share, (void *)k) != 0)
            bench_fail("no thread");
    }
    seconds_of_submitters(1);
    seconds_of_submitters(MAX_SUBMITTERS);
}

static void round_submitters(void)
{
    static const char *const measures[] = {"submit.t1", "submit.t2", "submit.t4", "submit.t8"};
    for (unsigned i = 0; i < sizeof measures / sizeof measures[0]; i++)
        exec_sample(measures[i], seconds_of_submitters(1u << i) / (double)n_items * 1e9);
}

static void finish_submitters(void)
{
    submitters.n_busy = 0;
    pthread_barrier_wait(&submitters.begin);
    for (unsigned k = 0; k < MAX_SUBMITTERS; k++)
        pthread_join(submitters.threads[k], NULL);
    pthread_barrier_destroy(&submitters.begin);
    pthread_barrier_destroy(&submitters.end);
    free_items();
}

/* ---- loops of two elements ---- */

typedef struct pair {
    exec_meeting *meeting; /* NULL: the bodies need not run at once */
    unsigned n_runs[2];
} pair;

static bool has_pairs(void)
{
    return exec_self->loop && !exec_self->serial;
}

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
    exec_self->loop(2, run_one_of_pair, &p);
    const double seconds = bench_now() - began;
    expect("runs of the first body", p.n_runs[0], 1);
    expect("runs of the second body", p.n_runs[1], 1);
    return seconds;
}

static void meet_once(void)
{
    seconds_of_pair(true);
}

/* What reading the clock twice adds to a time. */
static double seconds_of_clock(void)
{
    double least = 1;
    for (unsigned i = 0; i < 100; i++) {
        const double began = bench_now(), seconds = bench_now() - began;
        least = seconds < least ? seconds : least;
    }
    return least;
}

/* The two kinds come in an order that nobody can guess, so that there is no telling from the loop
 * whether its bodies need one another: one in 32 for the measure of loops that hardly ever do, and
 * every other one. */
static void round_pairs(void)
{
    const double clock = seconds_of_clock();
    for (unsigned i = 0; i < N_LOOPS; i++) {
        const bool at_once = by_chance(32);
        const double seconds = seconds_of_pair(at_once) - clock;
        if (!at_once)
            exec_sample("pair.empty", seconds * 1e9);
    }
    for (unsigned i = 0; i < N_LOOPS; i++) {
        const bool at_once = by_chance(2);
        const double seconds = seconds_of_pair(at_once) - clock;
        exec_sample(at_once ? "pair.at_once" : "pair.mixed", seconds * 1e9);
    }
}

/* Each pause begins right after both threads have worked. */
static void round_wake_up(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    meet_once();
    for (unsigned i = 0; i < N_WAKE_UPS; i++) {
        nanosleep(&pause, NULL);
        exec_sample("pair.woken", seconds_of_pair(true) * 1e6);
    }
}

/* ---- loops of many elements ---- */

static uint64_t skewed_expected[N_SKEWED];

static bool has_loops(void)
{
    return exec_self->loop;
}

static void run_skewed(size_t i, void *ctx)
{
    uint64_t *results = ctx;
    results[i] = exec_steps(i * i);
}

static void prepare_skewed(void)
{
    for (size_t i = 0; i < N_SKEWED; i++)
        run_skewed(i, skewed_expected);
}

static void round_skewed(void)
{
    uint64_t results[N_SKEWED] = {0};
    const double began = bench_now();
    exec_self->loop(N_SKEWED, run_skewed, results);
    exec_sample("skewed", bench_now() - began);
    if (memcmp(results, skewed_expected, sizeof results) != 0)
        bench_fail("a result of the skewed loop is wrong");
}

/* ---- memory bandwidth ---- */

static double *vectors[2];
static size_t n_doubles;
static double expected_sum, expected_dot;

static bool has_sums(void)
{
    return exec_self->sum && exec_self->dot;
}

/* The whole numbers 0 ... modulus - 1 over and over: their sums and the sums of their products are
 * exact in any order. */
static double *new_doubles(unsigned modulus)
{
    const size_t size = (n_doubles * sizeof(double) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    double *x = aligned_alloc(HUGE_PAGE, size);
    if (!x)
        bench_fail("no memory");
    madvise(x, size, MADV_HUGEPAGE);
    unsigned value = 0;
    for (size_t i = 0; i < n_doubles; i++) {
        x[i] = value++;
        if (value == modulus)
            value = 0;
    }
    return x;
}

static void prepare_sums(void)
{
    n_doubles = size_from("TINE_BENCH_DOUBLES", 20 * 1000 * 1000);
    vectors[0] = new_doubles(7);
    vectors[1] = new_doubles(5);
    expected_sum = exec_sum(vectors[0], n_doubles);
    expected_dot = exec_dot(vectors[0], vectors[1], n_doubles);
}

static void report_bandwidth(const char *measure, double value, double exact, size_t n_bytes,
                             double seconds)
{
    if (value != exact)
        bench_fail("%s: %.17g, not %.17g", measure, value, exact);
    exec_sample(measure, (double)n_bytes / seconds / 1e9);
}

static void round_sums(void)
{
    const size_t n_bytes = n_doubles * sizeof(double);
    const double began = bench_now();
    const double sum = exec_self->sum(vectors[0], n_doubles);
    const double between = bench_now();
    const double dot = exec_self->dot(vectors[0], vectors[1], n_doubles);
    const double ended = bench_now();
    report_bandwidth("sum", sum, expected_sum, n_bytes, between - began);
    report_bandwidth("dot", dot, expected_dot, 2 * n_bytes, ended - between);
}

static void finish_sums(void)
{
    free(vectors[0]);
    free(vectors[1]);
}

/* ---- what it costs to do nothing ---- */

/* Of all other threads, those that have ended included, to the nanosecond. */
static double cpu_seconds_of_others(void)
{
    struct timespec all, own;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
    return (double)(all.tv_sec - own.tv_sec) + 1e-9 * (double)(all.tv_nsec - own.tv_nsec);
}

/* Sleeps; returns the microseconds that the others meanwhile use. */
static double watch_others(double seconds)
{
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    const double before = cpu_seconds_of_others();
    nanosleep(&pause, NULL);
    return (cpu_seconds_of_others() - before) * 1e6;
}

/* First the time in which one may still hope for more work, longer than anyone is known to hope;
 * then per second. */
static void watch_idling(const char *measure_of_begin, const char *measure)
{
    const double seconds = (double)size_from("TINE_BENCH_IDLE_S", 1);
    exec_sample(measure_of_begin, watch_others(0.25));
    exec_sample(measure, watch_others(seconds) / seconds);
}

/* From right after the last work on. */
static void round_idle(void)
{
    seconds_of_pair(!exec_self->serial);
    watch_idling("idle.begin", "idle.pool");
}

static struct {
    bool begun; /* set by the body of round_waiting, polled by the submitter; atomic */
    bool open;  /* set by the submitter of round_pending, polled by the bodies; atomic */
} gate;

static void nap(void)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    nanosleep(&pause, NULL);
}

static uint64_t begin_and_sleep(uint64_t x)
{
    __atomic_store_n(&gate.begun, true, __ATOMIC_RELEASE);
    watch_idling("wait.begin", "idle.waiting");
    return x;
}

static void wait_for_begin(void)
{
    while (!__atomic_load_n(&gate.begun, __ATOMIC_ACQUIRE))
        nap();
}

static bool has_waiting(void)
{
    return has_tasks() && !exec_self->bare;
}

/* The body has begun elsewhere before the thread starts to wait for it. */
static void round_waiting(void)
{
    exec_item item = {.body = begin_and_sleep, .x = 1};
    __atomic_store_n(&gate.begun, false, __ATOMIC_RELAXED);
    exec_when_submitted = wait_for_begin;
    exec_self->gather(&item, 1);
    exec_when_submitted = NULL;
    expect("the result of a task that slept", item.y, item.x);
}

/* ---- memory ---- */

static bool has_pending(void)
{
    return has_futures() && !exec_self->eager;
}

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
    if (exec_self->allocated)
        exec_sample("pending.asked",
                    (double)(exec_self->allocated() - allocated_before) / N_PENDING);
    exec_sample("pending.resident", (double)(resident_bytes() - resident_before) / N_PENDING);
    __atomic_store_n(&gate.open, true, __ATOMIC_RELEASE);
}

/* N_PENDING tasks that wait until all of them are submitted. */
static void round_pending(void)
{
    make_items(N_PENDING, 0);
    for (size_t i = 0; i < N_PENDING; i++) {
        items[i].body = wait_at_gate;
        expected[i] = items[i].x;
    }
    exec_is_counting = true;
    exec_self->open(2);
    __atomic_store_n(&gate.open, false, __ATOMIC_RELAXED);
    if (exec_self->allocated)
        allocated_before = exec_self->allocated();
    resident_before = resident_bytes();
    exec_when_submitted = weigh_and_open_gate;
    exec_self->gather(items, N_PENDING);
    exec_when_submitted = NULL;
    check_items();
    exec_self->close();
    free_items();
}

/* ---- all of them ---- */

const exec_row exec_rows[] = {
    {"fib", has_fib, true, prepare_fib, round_fib, NULL},
    {"uts.t1", has_trees, false, NULL, round_t1, NULL},
    {"uts.t3", has_trees, false, NULL, round_t3, NULL},
    {"queens", has_queens, false, NULL, round_queens, NULL},
    {"cold", has_futures, false, prepare_cold_futures, round_cold_futures, free_items},
    {"futures", has_futures, false, prepare_futures, round_futures, free_items},
    {"submitters", has_many_submitters, false, prepare_submitters, round_submitters,
     finish_submitters},
    {"tasks", has_tasks, false, prepare_tasks, round_tasks, free_items},
    {"pairs", has_pairs, false, meet_once, round_pairs, NULL},
    {"wake_up", has_pairs, false, NULL, round_wake_up, NULL},
    {"skewed", has_loops, false, prepare_skewed, round_skewed, NULL},
    {"sums", has_sums, false, prepare_sums, round_sums, finish_sums},
    {"idle", has_loops, false, NULL, round_idle, NULL},
    {"waiting", has_waiting, false, NULL, round_waiting, NULL},
    {"pending", has_pending, true, NULL, round_pending, NULL},
    {NULL, NULL, false, NULL, NULL, NULL},
};
