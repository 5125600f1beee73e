/* What Tine's peers share. */
#ifndef EXEC_TINE_POOL_H
#define EXEC_TINE_POOL_H
#include "../bench.h"
#include "exec.h"

extern tine_pool *exec_tine_pool; /* between open and close */

void exec_tine_open(unsigned n_workers);
void exec_tine_close(void);
uint64_t exec_tine_allocated(void);

/* Runs fn on a worker. */
void exec_tine_run(void (*fn)(void *arg), void *arg);

#endif
