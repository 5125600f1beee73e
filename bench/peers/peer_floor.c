/* The floor beneath the peers: the bytes of the file are read and looked at, and nothing more. */
#include "../floor.h"
#include "task.h"

int main(int argc, char **argv)
{
    task t;
    task_parse(&t, argc, argv);
    floor_job *job = floor_open(t.path);
    task_begin();
    floor_run(job, t.n_threads);
    task_end();
    task_answer_count(floor_bytes(job), "bytes");
    task_finish();
    floor_close(job);
    return 0;
}
