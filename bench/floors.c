/* What the machine allows, measured in the same run as what Tine does of it: reading a file from
 * the page cache into a reused buffer and looking at each byte; reading memory; calling a function
 * of the shared library.
 *
 *     floors FILE
 */
#include "bench.h"
#include "floor.h"

enum { N_CALLS = 100 * 1000 * 1000 };

typedef struct pass {
    floor_job *job;
    unsigned n_threads;
} pass;

static void run_pass(void *ctx)
{
    const pass *p = ctx;
    floor_run(p->job, p->n_threads);
}

static void report_passes(floor_job *job, const char *name, const char *path)
{
    pass p = {.job = job};
    for (p.n_threads = 1; p.n_threads <= FLOOR_MAX_THREADS; p.n_threads++) {
        const double seconds = bench_seconds(run_pass, &p, path);
        bench_report((double)floor_bytes(job) / seconds / 1e9, "GB/s", "floors.%s.t%u", name,
                     p.n_threads);
    }
}

static void run_calls(void *ctx)
{
    int *sum = ctx;
    for (int i = 0; i < N_CALLS; i++)
        *sum ^= tine_version_number();
}

int main(int argc, char **argv)
{
    if (argc != 2)
        bench_fail("usage: floors FILE");
    floor_job *job = floor_open(argv[1]);
    report_passes(job, "pread", argv[1]);
    floor_use_memory(job);
    report_passes(job, "memory", NULL);

    int sum = 0;
    const double seconds = bench_seconds(run_calls, &sum, NULL);
    bench_report(seconds / N_CALLS * 1e9, "ns", "floors.call");

    floor_close(job);
    return 0;
}
