/* What the machine allows, measured in the same run as what Tine does of it: reading a file from
 * the page cache into a reused buffer and looking at each byte; reading memory; calling a function
 * of the shared library.
 *
 *     floors FILE
 */
#include "bench.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, HUGE_PAGE = 2 << 20, MAX_THREADS = 2, N_CALLS = 100 * 1000 * 1000 };

typedef struct floor_job {
    int fd;
    uint64_t n_bytes;
    const unsigned char *memory; /* NULL: the file is read */
    unsigned char *buffers[MAX_THREADS];
    unsigned n_threads;
    atomic_uint_fast64_t
        next_chunk;           /* claimed by the threads of one run; relaxed: it orders nothing */
    atomic_uint next_buffer;  /* likewise */
    atomic_uint_fast64_t sum; /* every thread adds what it read, so that it has to read it */
} floor_job;

static void *huge_buffer(size_t n)
{
    void *p = aligned_alloc(HUGE_PAGE, (n + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    if (!p)
        bench_fail("no memory");
    madvise(p, n, MADV_HUGEPAGE);
    memset(p, 1, n);
    return p;
}

static uint64_t consume(const unsigned char *bytes, size_t n)
{
    const uint64_t *words = (const uint64_t *)(const void *)bytes;
    uint64_t sum = 0;
    for (size_t i = 0; i < n / sizeof *words; i++)
        sum += words[i];
    return sum;
}

static void *work(void *arg)
{
    floor_job *job = arg;
    unsigned char *buffer =
        job->buffers[atomic_fetch_add_explicit(&job->next_buffer, 1, memory_order_relaxed)];
    uint64_t sum = 0;
    for (;;) {
        const uint64_t offset =
            CHUNK * atomic_fetch_add_explicit(&job->next_chunk, 1, memory_order_relaxed);
        if (offset >= job->n_bytes)
            break;
        const size_t n = job->n_bytes - offset < CHUNK ? (size_t)(job->n_bytes - offset) : CHUNK;
        if (!job->memory && pread(job->fd, buffer, n, (off_t)offset) != (ssize_t)n)
            bench_fail("a read came out short");
        sum += consume(job->memory ? job->memory + offset : buffer, n);
    }
    atomic_fetch_add_explicit(&job->sum, sum, memory_order_relaxed);
    return NULL;
}

static void run_threads(void *ctx)
{
    floor_job *job = ctx;
    pthread_t threads[MAX_THREADS];
    atomic_store_explicit(&job->next_chunk, 0, memory_order_relaxed);
    atomic_store_explicit(&job->next_buffer, 0, memory_order_relaxed);
    for (unsigned i = 1; i < job->n_threads; i++) {
        if (pthread_create(&threads[i], NULL, work, job) != 0)
            bench_fail("no thread");
    }
    work(job);
    for (unsigned i = 1; i < job->n_threads; i++)
        pthread_join(threads[i], NULL);
}

static void report_threads(floor_job *job, const char *name, const char *path)
{
    for (job->n_threads = 1; job->n_threads <= MAX_THREADS; job->n_threads++) {
        const double seconds = bench_seconds(run_threads, job, path);
        bench_report((double)job->n_bytes / seconds / 1e9, "GB/s", "floors.%s.t%u", name,
                     job->n_threads);
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
    struct stat info;
    floor_job job = {.fd = open(argv[1], O_RDONLY)};
    if (job.fd < 0 || fstat(job.fd, &info) != 0)
        bench_fail("cannot read %s", argv[1]);
    job.n_bytes = (uint64_t)info.st_size;
    for (unsigned i = 0; i < MAX_THREADS; i++)
        job.buffers[i] = huge_buffer(CHUNK);
    report_threads(&job, "pread", argv[1]);

    unsigned char *memory = huge_buffer(job.n_bytes);
    job.memory = memory;
    report_threads(&job, "memory", NULL);

    int sum = 0;
    const double seconds = bench_seconds(run_calls, &sum, NULL);
    bench_report(seconds / N_CALLS * 1e9, "ns", "floors.call");

    free(memory);
    for (unsigned i = 0; i < MAX_THREADS; i++)
        free(job.buffers[i]);
    close(job.fd);
    return 0;
}
