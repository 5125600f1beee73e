/* libuv's uv_queue_work as a peer. It has no loops: a loop is a request for each index. */
#include "exec.h"
#include <uv.h>

static uv_work_t *requests; /* of the loop, by index; so each request knows its own */
static exec_loop_fn body;   /* the loop's; set before the first request */
static void *body_context;  /* likewise */
static size_t n_ended;      /* counted by the event loop */

/* libuv starts its workers at the first request and keeps them to the end of the program. */
static void open_pool(unsigned n_workers)
{
    char text[12];
    snprintf(text, sizeof text, "%u", n_workers);
    setenv("UV_THREADPOOL_SIZE", text, 1);
}

static void close_pool(void)
{
}

static void run_index(uv_work_t *request)
{
    body((size_t)(request - requests), body_context);
}

static void count_end(uv_work_t *request, int status)
{
    (void)request;
    if (status != 0)
        bench_fail("a request of libuv: %s", uv_strerror(status));
    n_ended++;
}

static void loop(size_t n, exec_loop_fn fn, void *ctx)
{
    uv_loop_t *events = uv_default_loop();
    requests = exec_room(n * sizeof *requests);
    body = fn;
    body_context = ctx;
    n_ended = 0;
    for (size_t i = 0; i < n; i++) {
        if (uv_queue_work(events, &requests[i], run_index, count_end) != 0)
            bench_fail("libuv takes no request");
    }
    exec_submitted();
    uv_run(events, UV_RUN_DEFAULT);
    if (n_ended != n)
        bench_fail("%zu of %zu requests ended", n_ended, n);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .open = open_pool,
        .close = close_pool,
        .loop = loop,
        .gather = exec_gather_by_loop,
        .allocated = exec_malloced,
    };
    return exec_main(argc, argv, &peer);
}
