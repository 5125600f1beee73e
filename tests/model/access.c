/* The accesses. Each is a step: the thread first lets others go, then does it. Three kinds are
 * none, since nothing depends on what others do before or after them: accesses to exclusive objects
 * (either they are ordered or the run fails), accesses to objects that others do not use in any way
 * that matters (usage.h), and barriers that only the compiler sees, which are done with the next
 * step. */
#include "model/access.h"
#include "model/arena.h"
#include "model/explore.h"
#include "model/names.h"
#include "model/usage.h"

#include <inttypes.h>
#include <string.h>

typedef struct access {
    thread *t; /* NULL: not in a thread */
    object *o;
    const char *kind;
    memory_order order;
    model_site site;
} access;

/* ---- orders */

static bool acquires(memory_order order)
{
    return order == memory_order_acquire || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

static bool releases(memory_order order)
{
    return order == memory_order_release || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

static const char *order_name(memory_order order)
{
    static const char *const names[] = {"relaxed", "consume", "acquire",
                                        "release", "acq_rel", "seq_cst"};
    return names[order];
}

/* ---- names */

/* An address, or a value that may be one: its name, if it has one. In one of a few buffers, so that
 * nothing of it is on the stacks of threads, which are a part of the states. */
static const char *text_of(uint64_t value)
{
    static char buffers[4][64];
    static unsigned turn;
    unsigned index;
    bool is_array;
    if (!is_tracing())
        return "";
    char *text = buffers[turn++ % 4];
    const char *name = names_of((uintptr_t)value, &index, &is_array);
    if (!name)
        snprintf(text, sizeof *buffers, "%#" PRIx64, value);
    else
        snprintf(text, sizeof *buffers, is_array ? "%s[%u]" : "%s%.0u", name, index);
    return text;
}

static void trace_access(const access *a, const char *format, ...)
{
    if (!is_tracing())
        return;
    const char *file = strrchr(a->site.file, '/');
    trace("  %-8s %-24s %s:%d\t%s %s %s", thread_name(a->t), a->site.function,
          file ? file + 1 : a->site.file, a->site.line, a->kind, a->o ? text_of(a->o->address) : "",
          a->o ? order_name(a->order) : "");
    va_list arguments;
    va_start(arguments, format);
    vtrace(format, arguments);
    va_end(arguments);
    trace("\n");
}

/* ---- mutations */

static bool is_same(const char *wanted, const char *is)
{
    return !wanted || (is && strcmp(wanted, is) == 0);
}

static bool is_mutated(const access *a)
{
    const model_mutation *mutation = present_mutation();
    unsigned index;
    bool is_array;
    if (!mutation || !is_same(mutation->kind, a->kind) ||
        !is_same(mutation->function, a->site.function) ||
        !is_same(mutation->object, a->o ? names_of(a->o->address, &index, &is_array) : NULL))
        return false;
    note_mutated();
    return true;
}

/* ---- steps */

static bool is_step(const access *a, bool writes)
{
    return !a->o->exclusive && usage_depends(a->o->address, thread_number(a->t), writes);
}

/* To be called before the access looks at anything. */
static access begin(const volatile void *address, size_t size, const char *kind, memory_order order,
                    bool writes, model_site site)
{
    access a = {.t = present_thread(), .kind = kind, .order = order, .site = site};
    if (!a.t)
        return a;
    a.o = memory_find(address, size);
    if (is_mutated(&a))
        a.order = present_mutation()->order;
    if (is_step(&a, writes))
        step(a.t);
    if (a.o->freed)
        model_fail("%s:%d: an access to freed memory", site.file, site.line);
    if (a.o->exclusive)
        memory_race(a.o, thread_number(a.t), &a.t->now, writes);
    if (writes && a.o->owner != NO_THREAD && a.o->owner != thread_number(a.t))
        model_fail("%s:%d: a write by another thread than the owner", site.file, site.line);
    return a;
}

/* The first modification that a read may return, or that a write may follow. */
static unsigned first_visible(const access *a)
{
    unsigned i = memory_index(a->o);
    unsigned first = a->t->now.at[i];
    if (a->order == memory_order_seq_cst && first < memory_fenced()->at[i])
        first = memory_fenced()->at[i];
    return first;
}

static uint64_t read(const access *a, unsigned i)
{
    uint64_t value = memory_read(a->o, i, &a->t->now, acquires(a->order));
    if (arena_is_poison(value, a->o->size))
        model_fail("%s:%d: a read of what was never written", a->site.file, a->site.line);
    return value;
}

static void write(const access *a, unsigned i, uint64_t value, const view *after)
{
    a->t->n_writes++;
    memory_write(a->o, i, value, &a->t->now, releases(a->order), after);
    if (a->order == memory_order_seq_cst)
        memory_fenced()->at[memory_index(a->o)] = (uint8_t)i;
}

/* A read-modify-write is a barrier for the compiler if it is one in both directions. */
static void modify(const access *a, unsigned i, uint64_t value)
{
    write(a, i + 1, value, &a->o->order[i].released);
    if (acquires(a->order) && releases(a->order))
        a->t->light = true;
}

static uint64_t cut(uint64_t value, size_t size)
{
    return size < sizeof value ? value & (((uint64_t)1 << (8 * size)) - 1) : value;
}

static uint64_t peek(const volatile void *address, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, (const void *)(uintptr_t)address, size);
    return value;
}

static void poke(volatile void *address, size_t size, uint64_t value)
{
    memcpy((void *)(uintptr_t)address, &value, size);
}

/* ---- loads and stores */

uint64_t model_load(const volatile void *address, size_t size, memory_order order, model_site site)
{
    access a = begin(address, size, "load", order, false, site);
    if (!a.t)
        return peek(address, size);
    unsigned last = memory_last(a.o), n = last - first_visible(&a) + 1;
    unsigned i = last - choose(n);
    uint64_t value = read(&a, i);
    trace_access(&a, " is %s%s", text_of(value), i < last ? " (not the latest)" : "");
    return value;
}

/* The places where a modification may be put in, latest first. */
static unsigned choose_place(const access *a)
{
    static unsigned places[MODEL_MODIFICATIONS];
    unsigned n = 0;
    for (unsigned i = a->o->n; i > first_visible(a); i--)
        if (!a->o->order[i - 1].followed)
            places[n++] = i;
    if (!n)
        model_fail("a place that no modification may follow");
    return places[choose(n)];
}

void model_store(volatile void *address, size_t size, uint64_t value, memory_order order,
                 model_site site)
{
    access a = begin(address, size, "store", order, true, site);
    if (!a.t) {
        poke(address, size, value);
        return;
    }
    unsigned i = choose_place(&a);
    trace_access(&a, " %s%s", text_of(value), i < a.o->n ? " (before the latest)" : "");
    write(&a, i, value, NULL);
}

/* Not atomic: no step, and visible like a relaxed store. */
void model_init(volatile void *address, size_t size, uint64_t value, model_site site)
{
    access a = {.t = present_thread(), .kind = "init", .site = site};
    if (!a.t) {
        poke(address, size, value);
        return;
    }
    a.o = memory_find(address, size);
    (void)usage_depends(a.o->address, thread_number(a.t), true);
    if (a.o->exclusive)
        memory_race(a.o, thread_number(a.t), &a.t->now, true);
    trace_access(&a, " %s", text_of(value));
    write(&a, a.o->n, value, NULL);
}

/* ---- read-modify-writes */

static uint64_t modified(model_how how, uint64_t old, uint64_t operand)
{
    switch (how) {
    case MODEL_EXCHANGE:
        return operand;
    case MODEL_ADD:
        return old + operand;
    case MODEL_SUBTRACT:
        return old - operand;
    case MODEL_OR:
        return old | operand;
    case MODEL_AND:
        return old & operand;
    case MODEL_XOR:
        return old ^ operand;
    }
    return old;
}

uint64_t model_modify(volatile void *address, size_t size, model_how how, uint64_t operand,
                      memory_order order, model_site site)
{
    static const char *const kinds[] = {"exchange", "add", "subtract", "or", "and", "xor"};
    access a = begin(address, size, kinds[how], order, true, site);
    if (!a.t) {
        uint64_t old = peek(address, size);
        poke(address, size, cut(modified(how, old, operand), size));
        return old;
    }
    unsigned i = choose_place(&a) - 1;
    uint64_t old = read(&a, i);
    trace_access(&a, " %s, was %s", text_of(operand), text_of(old));
    modify(&a, i, cut(modified(how, old, operand), size));
    return old;
}

/* What a compare-and-exchange may do with modification i of its object. */
typedef enum outcome { SUCCESS, FAILURE, WEAK_FAILURE } outcome;

typedef struct alternative {
    unsigned i;
    outcome outcome;
} alternative;

static alternative choose_outcome(const access *a, memory_order failure, uint64_t expected,
                                  bool weak)
{
    static alternative all[2 * MODEL_MODIFICATIONS];
    unsigned n = 0;
    access failing = *a;
    failing.order = failure;
    for (unsigned i = a->o->n; i-- > a->t->now.at[memory_index(a->o)];) {
        bool equal = a->o->order[i].value == expected;
        if (equal && !a->o->order[i].followed && i >= first_visible(a))
            all[n++] = (alternative){i, SUCCESS};
        if (!equal && i >= first_visible(&failing))
            all[n++] = (alternative){i, FAILURE};
        if (equal && weak && !a->t->failed_weakly && i >= first_visible(&failing))
            all[n++] = (alternative){i, WEAK_FAILURE};
    }
    return all[choose(n)];
}

static bool compare_plainly(volatile void *address, size_t size, void *expected, uint64_t desired)
{
    uint64_t old = peek(address, size);
    bool equal = old == peek(expected, size);
    if (equal)
        poke(address, size, desired);
    else
        poke(expected, size, old);
    return equal;
}

bool model_compare(volatile void *address, size_t size, void *expected, uint64_t desired,
                   memory_order success, memory_order failure, bool weak, model_site site)
{
    access a = begin(address, size, "compare", success, true, site);
    if (!a.t)
        return compare_plainly(address, size, expected, desired);
    access failing = a;
    failing.order = failure;
    failing.kind = "compare-failure";
    if (is_mutated(&failing))
        failing.order = present_mutation()->order;
    uint64_t wanted = peek(expected, size);
    alternative what = choose_outcome(&a, failing.order, wanted, weak);
    a.t->failed_weakly |= what.outcome == WEAK_FAILURE;
    uint64_t old = read(what.outcome == SUCCESS ? &a : &failing, what.i);
    if (what.outcome == SUCCESS) {
        trace_access(&a, " %s to %s", text_of(wanted), text_of(desired));
        modify(&a, what.i, desired);
    } else {
        trace_access(&failing, " %s, is %s", text_of(wanted), text_of(old));
        poke(expected, size, old);
    }
    return what.outcome == SUCCESS;
}

/* ---- barriers */

void model_signal_fence(model_site site)
{
    access a = {.t = present_thread(), .kind = "light", .site = site};
    if (a.t && !(is_mutated(&a) && present_mutation()->omit))
        a.t->light = true;
}

/* What a thread has seen for sure when it is interrupted. One that has ended went on with something
 * else, or the compiler put its latest store behind its end and the interruption came before. */
static const view *seen_by(const thread *t)
{
    bool sure = t->wait == WAIT_ENDED && (t->light || choose(2) == 0);
    return sure ? &t->now : &t->lit;
}

/* The interrupted threads' fences: one by one, in any order. */
static void fence_others(access *a)
{
    unsigned others[MODEL_THREADS], n = 0;
    for (unsigned i = 0; i < n_threads(); i++)
        if (i != thread_number(a->t))
            others[n++] = i;
    for (; n; n--) {
        step(a->t);
        unsigned k = choose(n);
        thread *other = thread_at(others[k]);
        others[k] = others[n - 1];
        memory_fence(seen_by(other), &other->now);
        trace_access(a, "interrupts %s", thread_name(other));
    }
}

void model_heavy_barrier_at(model_site site)
{
    access a = {.t = present_thread(), .kind = "heavy", .site = site};
    if (!a.t || (is_mutated(&a) && present_mutation()->omit))
        return;
    step(a.t);
    memory_fence(&a.t->now, &a.t->now);
    fence_others(&a);
    step(a.t);
    memory_fence(&a.t->now, &a.t->now);
    a.t->light = true;
}

/* ---- waiting */

/* It reads the latest modification: a system call or a read-modify-write in a loop does. */
void model_await_at(volatile void *address, size_t size, uint64_t from, uint64_t to,
                    model_site site)
{
    access a = {
        .t = present_thread(), .kind = "await", .order = memory_order_acquire, .site = site};
    if (!a.t) {
        poke(address, size, to);
        return;
    }
    a.o = memory_find(address, size);
    (void)usage_depends(a.o->address, thread_number(a.t), true);
    a.t->wait = WAIT_VALUE;
    a.t->awaited = a.o;
    a.t->wanted = from;
    a.t->light = true;
    step(a.t);
    a.t->wait = WAIT_NOT;
    if (a.o->freed)
        model_fail("%s:%d: an access to freed memory", site.file, site.line);
    unsigned last = memory_last(a.o);
    (void)read(&a, last);
    trace_access(&a, " %s to %s", text_of(from), text_of(to));
    modify(&a, last, to);
    a.t->light = true;
}

void model_relax_at(model_site site)
{
    access a = {.t = present_thread(), .kind = "relax", .site = site};
    if (!a.t)
        return;
    bool has_news = news_for(a.t) > a.t->n_seen;
    if (!has_news && a.t->circles) {
        a.t->wait = WAIT_NEWS;
        step(a.t);
        a.t->wait = WAIT_NOT;
        a.t->shown = false;
        has_news = true;
    }
    a.t->circles = !has_news;
    a.t->n_seen = news_for(a.t);
    trace_access(&a, "");
}

/* ---- plain objects of scenarios */

static void make_exclusive(const uint64_t *plain)
{
    if (present_thread())
        memory_find(plain, sizeof *plain)->exclusive = true;
}

uint64_t model_read_at(const uint64_t *plain, model_site site)
{
    make_exclusive(plain);
    return model_load(plain, sizeof *plain, memory_order_relaxed, site);
}

void model_write_at(uint64_t *plain, uint64_t value, model_site site)
{
    make_exclusive(plain);
    model_store(plain, sizeof *plain, value, memory_order_relaxed, site);
}
