/* The floor beneath the peers: the bytes of the file are read and looked at, and nothing more. The
 * best of a few passes, since in some the threads share a CPU for a while. */
#include "../floor.h"
#include "task.h"

enum { PASSES = 5 };

int main(int argc, char **argv)
{
    task t;
    task_parse(&t, argc, argv);
    floor_job *job = floor_open(t.path);
    for (int i = 0; i < PASSES; i++) {
        task_begin();
        floor_run(job, t.n_threads);
        task_end();
    }
    task_answer_count(floor_bytes(job), "bytes");
    task_finish();
    floor_close(job);
    return 0;
}
