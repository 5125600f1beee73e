/* What the machine allows: threads that share out a file in the page cache, or memory, chunk by
 * chunk, and look at every byte. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H
#include <stddef.h>
#include <stdint.h>

enum { FLOOR_MAX_THREADS = 2 };

typedef struct floor_job floor_job;

/* Opens a file; floor_close frees it. */
floor_job *floor_open(const char *path);
void floor_close(floor_job *job);

uint64_t floor_bytes(const floor_job *job);

/* From the next run on: reads memory of the file's size instead. */
void floor_use_memory(floor_job *job);

/* One pass over all bytes by so many threads, FLOOR_MAX_THREADS at most, the caller among them. */
void floor_run(floor_job *job, unsigned n_threads);

#endif
