/* A run is determined by its choices, so every run starts from the beginning and repeats the
 * choices up to the last that has another alternative (depth first). Before each step the state is
 * looked up in a table of all states met; what can come after a state that was met is known. */
#define _GNU_SOURCE
#include "model/explore.h"
#include "model/names.h"
#include "model/arena.h"
#include "model/usage.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STACK_SIZE = 1 << 14, MOST_CHOICES = 4096, MOST_STEPS = 2000 };
enum { STATES_BITS_FIRST = 16, MOST_STATES = 1 << 25 };

typedef struct choice {
    unsigned chosen, n;
} choice;

/* A state: its hash (never 0), and how many ways lead from it to an end. */
typedef struct state {
    uint64_t hash;
    double n_schedules;
} state;

/* A state that the present run has gone through and whose ways are not all explored. */
typedef struct open_state {
    unsigned depth; /* choices made before it */
    bool helpless;  /* see nobody_helps */
    uint64_t hash;
    double n_schedules;
} open_state;

static struct {
    const model_scenario *scenario;
    const model_mutation *mutation;
    model_result result;

    choice choices[MOST_CHOICES];
    unsigned n_choices, depth;
    state *states;
    size_t states_size;
    open_state open[MOST_CHOICES];
    unsigned n_open;

    thread threads[MODEL_THREADS];
    unsigned n_threads;
    thread *present, *latest;
    unsigned n_steps;
    unsigned circle_end; /* steps until a thread that goes in circles is where it was; 0: none */
    void *shared;
    void **local; /* a thread-local variable of the code, or NULL */
    jmp_buf scheduler, out;
    ucontext_t blank; /* so that the registers of threads that begin are always the same */
    FILE *trace;      /* NULL: no trace */
} m;

static _Alignas(64) char stacks[MODEL_THREADS][STACK_SIZE];
static _Alignas(64) char shared[1 << 16];

/* ---- what the other files ask */

thread *present_thread(void)
{
    return m.present;
}

unsigned thread_number(const thread *t)
{
    return (unsigned)(t - m.threads);
}

unsigned n_threads(void)
{
    return m.n_threads;
}

thread *thread_at(unsigned i)
{
    return &m.threads[i];
}

void model_thread_local(void **variable)
{
    m.local = variable;
}

unsigned model_thread(void)
{
    return thread_number(m.present);
}

bool model_sleeps(unsigned t)
{
    return m.threads[t].wait != WAIT_ENDED;
}

unsigned news_for(const thread *t)
{
    unsigned n = 0;
    for (unsigned i = 0; i < m.n_threads; i++)
        n += &m.threads[i] == t ? 0 : m.threads[i].n_writes;
    return n;
}

bool is_tracing(void)
{
    return m.trace != NULL;
}

void vtrace(const char *format, va_list arguments)
{
    vfprintf(m.trace, format, arguments);
}

void trace(const char *format, ...)
{
    if (!m.trace)
        return;
    va_list arguments;
    va_start(arguments, format);
    vtrace(format, arguments);
    va_end(arguments);
}

void model_say(const char *format, ...)
{
    if (!m.trace)
        return;
    va_list arguments;
    va_start(arguments, format);
    trace("  %-8s -- ", thread_name(m.present));
    vtrace(format, arguments);
    trace("\n");
    va_end(arguments);
}

const char *thread_name(const thread *t)
{
    return t ? m.scenario->names[thread_number(t)] : "";
}

const model_mutation *present_mutation(void)
{
    return m.mutation;
}

void note_mutated(void)
{
    m.result.mutated = true;
}

void model_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(m.result.failure, sizeof m.result.failure, format, arguments);
    va_end(arguments);
    m.result.failed = true;
    trace("FAILED: %s\n", m.result.failure);
    _longjmp(m.out, 1);
}

/* ---- choices */

unsigned choose(unsigned n)
{
    if (n <= 1)
        return 0;
    if (m.depth == m.n_choices) {
        if (m.n_choices == MOST_CHOICES)
            model_fail("more than %d choices in one run", MOST_CHOICES);
        m.choices[m.n_choices++] = (choice){0, n};
    }
    return m.choices[m.depth++].chosen;
}

unsigned model_choose(unsigned n)
{
    return choose(n);
}

/* ---- states */

static state *find_state(uint64_t hash)
{
    size_t i = hash & (m.states_size - 1);
    while (m.states[i].hash && m.states[i].hash != hash)
        i = (i + 1) & (m.states_size - 1);
    return &m.states[i];
}

static void size_states(size_t size)
{
    state *old = m.states;
    size_t n = m.states_size;
    m.states = calloc(size, sizeof *m.states);
    m.states_size = size;
    if (!m.states)
        abort();
    for (size_t i = 0; i < n; i++)
        if (old[i].hash)
            *find_state(old[i].hash) = old[i];
    free(old);
}

static uint64_t hash_thread(uint64_t hash, const thread *t)
{
    hash = model_mix(hash, (uint64_t)t->wait << 5 | (uint64_t)t->circles << 4 |
                               (uint64_t)(news_for(t) > t->n_seen) << 3 | (uint64_t)t->shown << 2 |
                               (uint64_t)t->light << 1 | (uint64_t)t->failed_weakly);
    if (t->wait == WAIT_ENDED)
        return hash;
    const char *end = stacks[thread_number(t)] + STACK_SIZE;
    hash = model_mix(hash, (uintptr_t)t->local);
    hash = model_mix_bytes(hash, t->top, (size_t)(end - t->top));
    return model_mix_bytes(hash, t->here, sizeof t->here);
}

/* All that can matter for what comes after: the stacks and registers of the threads, the memory
 * that they share, and the model's. */
static uint64_t hash_state(void)
{
    view *views[2 * MODEL_THREADS];
    size_t n = 0, n_alive;
    uint64_t hash = 1;
    for (unsigned i = 0; i < m.n_threads; i++)
        if (m.threads[i].wait != WAIT_ENDED)
            views[n++] = &m.threads[i].now;
    n_alive = n;
    for (unsigned i = 0; i < m.n_threads; i++) {
        if (m.threads[i].wait == WAIT_ENDED)
            views[n++] = &m.threads[i].now;
        views[n++] = &m.threads[i].lit;
        hash = hash_thread(hash, &m.threads[i]);
    }
    hash = model_mix_bytes(hash, m.shared, m.scenario->state_size);
    hash = model_mix(hash, arena_hash());
    hash = model_mix(hash, memory_hash(views, n_alive, n));
    return hash ? hash : 1;
}

static void add_schedules(double n)
{
    if (m.n_open)
        m.open[m.n_open - 1].n_schedules += n;
    else
        m.result.n_schedules = n;
}

/* Whoever can go on sees everything, and is the only one, or waits for news that nobody has. */
static bool nobody_helps(thread *const *able, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (memory_is_behind(&able[i]->now) || (n > 1 && !able[i]->shown))
            return false;
    return true;
}

/* Whether the state was met before in this run, and nobody has helped since. */
static bool is_circle(uint64_t hash)
{
    for (unsigned i = m.n_open; i-- && m.open[i].helpless;)
        if (m.open[i].hash == hash)
            return true;
    return false;
}

static void fail_in_circle(void)
{
    model_fail("threads go in circles, and nobody can help");
}

/* False: the state was met before. */
static bool enter_state(thread *const *able, unsigned n)
{
    if (m.scenario->unmerged)
        return true;
    uint64_t hash = hash_state();
    state *s = find_state(hash);
    if (s->hash) {
        if (is_circle(hash)) {
            m.circle_end = m.n_steps;
            fail_in_circle();
        }
        add_schedules(s->n_schedules);
        return false;
    }
    s->hash = hash;
    m.open[m.n_open++] =
        (open_state){.depth = m.depth, .helpless = nobody_helps(able, n), .hash = hash};
    if (++m.result.n_states * 2 > m.states_size)
        size_states(2 * m.states_size);
    return true;
}

/* Those states are done in which no choice is left. */
static void close_states(void)
{
    while (m.n_open && m.open[m.n_open - 1].depth >= m.n_choices) {
        open_state *o = &m.open[--m.n_open];
        find_state(o->hash)->n_schedules = o->n_schedules;
        add_schedules(o->n_schedules);
    }
}

/* The next alternative; false: there is none. */
static bool go_back(void)
{
    while (m.n_choices && m.choices[m.n_choices - 1].chosen + 1 == m.choices[m.n_choices - 1].n)
        m.n_choices--;
    close_states();
    if (!m.n_choices)
        return false;
    m.choices[m.n_choices - 1].chosen++;
    return true;
}

/* ---- threads */

/* What is saved of the registers lies around the frame's address. */
__attribute__((noinline)) void step(thread *t)
{
    t->top = (const char *)__builtin_frame_address(0) - 64;
    if (!_setjmp(t->here))
        _longjmp(m.scheduler, 1);
    if (t->light)
        t->lit = t->now;
    t->light = false;
}

__attribute__((noinline)) void model_clear_stack(void)
{
    char below[512];
    memset(below, 0, sizeof below);
    __asm__ volatile("" : : "r"(below) : "memory"); /* so that it is done */
}

static void live(void)
{
    thread *t = m.present;
    m.scenario->threads[thread_number(t)](m.shared);
    t->wait = WAIT_ENDED;
    _longjmp(m.scheduler, 1);
}

static void enter(thread *t)
{
    m.present = t;
    if (m.local)
        *m.local = t->local;
}

static void leave(void)
{
    if (m.local)
        m.present->local = *m.local;
    m.present = NULL;
}

static void resume(thread *t)
{
    enter(t);
    if (!_setjmp(m.scheduler))
        _longjmp(t->here, 1);
    leave();
}

/* Up to its first step. */
static void begin(thread *t)
{
    enter(t);
    if (!_setjmp(m.scheduler)) {
        t->start = m.blank;
        t->start.uc_stack.ss_sp = stacks[thread_number(t)];
        t->start.uc_stack.ss_size = STACK_SIZE;
        makecontext(&t->start, live, 0);
        setcontext(&t->start);
    }
    leave();
}

static bool can_go_on(const thread *t)
{
    switch (t->wait) {
    case WAIT_NOT:
        return true;
    case WAIT_VALUE:
        return t->awaited->order[memory_last(t->awaited)].value == t->wanted;
    case WAIT_NEWS:
        return t->shown || news_for(t) > t->n_seen;
    case WAIT_ENDED:
        break;
    }
    return false;
}

/* The one that ran latest comes first: so the first runs have the fewest switches. */
static unsigned list_able(thread *able[MODEL_THREADS])
{
    unsigned n = 0;
    if (m.latest && can_go_on(m.latest))
        able[n++] = m.latest;
    for (unsigned i = 0; i < m.n_threads; i++)
        if (&m.threads[i] != m.latest && can_go_on(&m.threads[i]))
            able[n++] = &m.threads[i];
    return n;
}

/* What was written becomes visible some time: when nobody else can go on, whoever waits for news
 * sees everything and goes on. */
static bool make_visible(void)
{
    bool any = false;
    for (unsigned i = 0; i < m.n_threads; i++) {
        thread *t = &m.threads[i];
        if (t->wait == WAIT_NEWS) {
            memory_see_all(&t->now);
            any = t->shown = true;
        }
    }
    return any;
}

static void end(void)
{
    for (unsigned i = 0; i < m.n_threads; i++)
        if (m.threads[i].wait != WAIT_ENDED && !(m.scenario->sleepers >> i & 1))
            model_fail("thread %s sleeps for ever", m.scenario->names[i]);
    m.scenario->check(m.shared);
    m.result.n_ends++;
    add_schedules(1);
}

static void schedule(void)
{
    thread *able[MODEL_THREADS];
    for (;;) {
        unsigned n = list_able(able);
        if (n == 0 && make_visible())
            continue;
        if (n == 0)
            break;
        if (m.trace && m.circle_end && m.n_steps == m.circle_end)
            fail_in_circle();
        if (m.depth == m.n_choices && !m.trace && !enter_state(able, n))
            return;
        if (++m.n_steps == MOST_STEPS)
            model_fail("more than %d steps", MOST_STEPS);
        m.latest = able[choose(n)];
        resume(m.latest);
    }
    end();
}

static void start_run(void)
{
    memory_reset();
    names_reset();
    arena_reset();
    memset(shared, 0, m.scenario->state_size);
    m.depth = 0;
    m.n_steps = 0;
    m.latest = NULL;
    m.present = NULL;
    m.local = NULL;
    m.scenario->setup(m.shared);
    for (unsigned i = 0; i < m.n_threads; i++) {
        m.threads[i] = (thread){0};
        memset(stacks[i], 0, STACK_SIZE);
        memory_watch(&m.threads[i].now);
        memory_watch(&m.threads[i].lit);
    }
    for (unsigned i = 0; i < m.n_threads; i++)
        begin(&m.threads[i]);
}

static void run(void)
{
    if (!_setjmp(m.out)) {
        start_run();
        schedule();
    }
    m.present = NULL;
    m.result.n_runs++;
    if (m.result.longest < m.n_steps)
        m.result.longest = m.n_steps;
}

static void trace_failure(void)
{
    size_t size;
    m.trace = open_memstream(&m.result.trace, &size);
    run();
    fclose(m.trace);
    m.trace = NULL;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* MODEL_STATES=n in the environment: gives up after so many. */
static size_t most_states(void)
{
    const char *wanted = getenv("MODEL_STATES");
    return wanted ? (size_t)atoll(wanted) : MOST_STATES;
}

static void start_exploring(void)
{
    m.result = (model_result){0};
    m.n_choices = m.n_open = m.circle_end = 0;
    free(m.states);
    m.states = NULL;
    m.states_size = 0;
    size_states((size_t)1 << STATES_BITS_FIRST);
}

static void explore(void)
{
    size_t most = most_states();
    start_exploring();
    for (;;) {
        run();
        m.result.gave_up = m.result.n_states > most;
        if (usage_has_changed())
            start_exploring();
        else if (m.result.failed || m.result.gave_up || !go_back())
            break;
    }
    if (m.result.failed)
        trace_failure();
}

model_result model_explore(const model_scenario *scenario, const model_mutation *mutation)
{
    double start = now_s();
    if (scenario->state_size > sizeof shared)
        abort();
    m.scenario = scenario;
    m.mutation = mutation;
    m.shared = shared;
    m.n_threads = 0;
    while (m.n_threads < MODEL_THREADS && scenario->threads[m.n_threads])
        m.n_threads++;
    getcontext(&m.blank);
    usage_forget();
    explore();
    m.result.seconds = now_s() - start;
    return m.result;
}
