/* Two bare threads: the caller, and a partner who sleeps in a futex until it is handed the upper
 * half of a loop, and hands back by another. Nothing can start two bodies at once with less. */
#include "exec.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct half {
    void (*run)(size_t begin, size_t end, void *ctx);
    size_t begin, end;
    void *ctx;
} half;

static pthread_t partner;
static half handed;    /* the partner's, between a change of n_handed and the next of n_done */
static int n_handed;   /* counted up by the caller, awaited by the partner; releases `handed` */
static int n_done;     /* counted up by the partner, awaited by the caller; releases its results */
static bool is_ending; /* written before the last n_handed */

static void count_up(int *count)
{
    __atomic_fetch_add(count, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, count, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await(int *count, int old)
{
    while (__atomic_load_n(count, __ATOMIC_ACQUIRE) == old)
        syscall(SYS_futex, count, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
}

static void *serve(void *arg)
{
    (void)arg;
    for (int n = 0;; n++) {
        await(&n_handed, n);
        if (is_ending)
            return NULL;
        handed.run(handed.begin, handed.end, handed.ctx);
        count_up(&n_done);
    }
}

/* Leaves the n-th of the CPUs in `allowed`, from 0, to the thread. */
static void pin(pthread_t thread, const cpu_set_t *allowed, unsigned n)
{
    cpu_set_t one;
    int cpu = 0;
    while (cpu < CPU_SETSIZE && (!CPU_ISSET(cpu, allowed) || n-- > 0))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (pthread_setaffinity_np(thread, sizeof one, &one) != 0)
        bench_fail("two CPUs are needed");
}

static void open_pair(unsigned n_workers)
{
    cpu_set_t allowed;
    (void)n_workers;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 ||
        pthread_create(&partner, NULL, serve, NULL) != 0)
        bench_fail("no thread");
    pin(pthread_self(), &allowed, 0);
    pin(partner, &allowed, 1);
}

static void close_pair(void)
{
    is_ending = true;
    count_up(&n_handed);
    pthread_join(partner, NULL);
}

/* Runs [0, n) in two halves. */
static void run_halves(void (*run)(size_t begin, size_t end, void *ctx), size_t n, void *ctx)
{
    const int n_done_before = __atomic_load_n(&n_done, __ATOMIC_RELAXED);
    handed = (half){.run = run, .begin = n / 2, .end = n, .ctx = ctx};
    count_up(&n_handed);
    run(0, n / 2, ctx);
    await(&n_done, n_done_before);
}

/* ---- a loop ---- */

typedef struct loop_call {
    exec_loop_fn body;
    void *ctx;
} loop_call;

static void run_range(size_t begin, size_t end, void *ctx)
{
    const loop_call *c = ctx;
    for (size_t i = begin; i < end; i++)
        c->body(i, c->ctx);
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
    loop_call c = {body, ctx};
    run_halves(run_range, n, &c);
}

/* ---- sums ---- */

typedef struct vectors {
    const double *x, *y; /* y NULL: the sum of x */
    double sums[2];      /* of the lower and the upper half */
} vectors;

static void run_sum(size_t begin, size_t end, void *ctx)
{
    vectors *v = ctx;
    v->sums[begin > 0] = v->y ? exec_dot(v->x + begin, v->y + begin, end - begin)
                              : exec_sum(v->x + begin, end - begin);
}

static double dot(const double *x, const double *y, size_t n)
{
    vectors v = {.x = x, .y = y};
    run_halves(run_sum, n, &v);
    return v.sums[0] + v.sums[1];
}

static double sum(const double *x, size_t n)
{
    return dot(x, NULL, n);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .bare = true,
        .open = open_pair,
        .close = close_pair,
        .loop = loop,
        .gather = exec_gather_by_loop,
        .sum = sum,
        .dot = dot,
    };
    return exec_main(argc, argv, &peer);
}
