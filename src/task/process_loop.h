/* Loops, maps and reductions in worker processes. */
#ifndef TINE_TASK_PROCESS_LOOP_H
#define TINE_TASK_PROCESS_LOOP_H
#include <tine.h>

/* One of the three, checked. */
typedef struct tine__process_loop {
    tine_pool *pool;
    const tine_parallel_options *options;
    size_t begin, end;
    size_t grain; /* 0: adapts. Of a reduction it is given */
    void *ctx;    /* of a reduction, the reducer's */
    size_t ctx_size;
    tine_range_fn range_fn;
    tine_map_fn map_fn;
    const unsigned char *in;
    unsigned char *out;
    size_t in_size, out_size;
    tine_fold_fn fold;
    const tine_reducer *reducer;
} tine__process_loop;

/* `state`: a reduction's, room for its result. */
TINE_MUST_USE tine_status tine__process_loop_run(const tine__process_loop *loop, void *state,
                                                 tine_error *error);

#endif
