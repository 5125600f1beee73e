/* libuv's uv_queue_work as a peer. It has no loops: a loop is a request for each index. Every
 * thread that submits has an event loop of its own, as libuv wants it; the workers serve all. */
#include "exec.h"
#include <uv.h>

/* Of a thread. The event loop is kept until the program ends. */
typedef struct submitter {
    uv_loop_t events;
    bool has_events;
    uv_work_t *requests; /* by index; so each request knows its own */
    size_t n_requests;
    exec_loop_fn body;
    void *ctx;
    size_t n_ended; /* counted by the event loop */
} submitter;

static _Thread_local submitter self;

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
    const submitter *s = request->data;
    s->body((size_t)(request - s->requests), s->ctx);
}

static void count_end(uv_work_t *request, int status)
{
    submitter *s = request->data;
    if (status != 0)
        bench_fail("a request of libuv: %s", uv_strerror(status));
    s->n_ended++;
}

static void make_ready(submitter *s, size_t n)
{
    if (!s->has_events && uv_loop_init(&s->events) != 0)
        bench_fail("libuv has no event loop");
    s->has_events = true;
    s->requests = exec_room(n * sizeof *s->requests);
    s->n_requests = n;
    s->n_ended = 0;
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
    submitter *s = &self;
    make_ready(s, n);
    s->body = body;
    s->ctx = ctx;
    for (size_t i = 0; i < n; i++) {
        s->requests[i].data = s;
        if (uv_queue_work(&s->events, &s->requests[i], run_index, count_end) != 0)
            bench_fail("libuv takes no request");
    }
    exec_submitted();
    uv_run(&s->events, UV_RUN_DEFAULT);
    if (s->n_ended != n)
        bench_fail("%zu of %zu requests ended", s->n_ended, n);
}

/* Requests are what a task of libuv's takes, wherever they are. */
static uint64_t allocated(void)
{
    return exec_malloced() + self.n_requests * sizeof(uv_work_t);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .many = true,
        .open = open_pool,
        .close = close_pool,
        .loop = loop,
        .gather = exec_gather_by_loop,
        .allocated = allocated,
    };
    return exec_main(argc, argv, &peer);
}
