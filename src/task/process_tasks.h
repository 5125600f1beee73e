/* Pools of processes. */
#ifndef TINE_TASK_PROCESS_TASKS_H
#define TINE_TASK_PROCESS_TASKS_H
#include "proc/crew.h"

/* `options` complete and checked, n_workers and stack_size not 0. */
TINE_MUST_USE tine_status tine__process_pool_open(const tine_pool_options *options,
                                                  tine_pool **pool_out, tine_error *error);
/* Drops what waits, and tells what runs. */
void tine__process_pool_cancel(tine_pool *pool);
void tine__process_pool_close(tine_pool *pool);

#endif
