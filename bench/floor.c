#include "floor.h"
#include "base.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, HUGE_PAGE = 2 << 20 };

struct floor_job {
    int fd;
    uint64_t n_bytes;
    unsigned char *memory; /* NULL: the file is read */
    unsigned char *buffers[FLOOR_MAX_THREADS];
    atomic_uint_fast64_t
        next_chunk;           /* claimed by the threads of one run; relaxed: it orders nothing */
    atomic_uint next_buffer;  /* likewise */
    atomic_uint_fast64_t sum; /* every thread adds what it read, so that it has to read it */
};

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

floor_job *floor_open(const char *path)
{
    struct stat info;
    floor_job *job = calloc(1, sizeof *job);
    if (!job || (job->fd = open(path, O_RDONLY)) < 0 || fstat(job->fd, &info) != 0)
        bench_fail("cannot read %s", path);
    job->n_bytes = (uint64_t)info.st_size;
    for (unsigned i = 0; i < FLOOR_MAX_THREADS; i++)
        job->buffers[i] = huge_buffer(CHUNK);
    return job;
}

void floor_close(floor_job *job)
{
    free(job->memory);
    for (unsigned i = 0; i < FLOOR_MAX_THREADS; i++)
        free(job->buffers[i]);
    close(job->fd);
    free(job);
}

uint64_t floor_bytes(const floor_job *job)
{
    return job->n_bytes;
}

void floor_use_memory(floor_job *job)
{
    job->memory = huge_buffer(job->n_bytes);
}

void floor_run(floor_job *job, unsigned n_threads)
{
    pthread_t threads[FLOOR_MAX_THREADS];
    atomic_store_explicit(&job->next_chunk, 0, memory_order_relaxed);
    atomic_store_explicit(&job->next_buffer, 0, memory_order_relaxed);
    for (unsigned i = 1; i < n_threads; i++) {
        if (pthread_create(&threads[i], NULL, work, job) != 0)
            bench_fail("no thread");
    }
    work(job);
    for (unsigned i = 1; i < n_threads; i++)
        pthread_join(threads[i], NULL);
}
