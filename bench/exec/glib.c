/* GLib's GThreadPool as a peer. It has no loops and no results to wait for: a loop is a push for
 * each index, and the last one to end tells the caller. */
#include "exec.h"
#include <glib.h>

typedef struct batch {
    exec_loop_fn body;
    void *ctx;
    gint n_left;   /* of the indices, counted down by who ends one */
    GMutex mutex;  /* guards all_done */
    GCond changed; /* all_done has become true */
    bool all_done;
} batch;

typedef struct element {
    batch *of;
    size_t i;
} element;

static GThreadPool *pool;

static void run_element(gpointer data, gpointer user_data)
{
    const element *e = data;
    batch *b = e->of;
    (void)user_data;
    b->body(e->i, b->ctx);
    if (!g_atomic_int_dec_and_test(&b->n_left))
        return;
    g_mutex_lock(&b->mutex);
    b->all_done = true;
    g_cond_signal(&b->changed);
    g_mutex_unlock(&b->mutex);
}

static void open_pool(unsigned n_workers)
{
    pool = g_thread_pool_new(run_element, NULL, (gint)n_workers, TRUE, NULL);
    if (!pool)
        bench_fail("no pool of GLib's");
}

static void close_pool(void)
{
    g_thread_pool_free(pool, FALSE, TRUE);
}

static void await(batch *b)
{
    g_mutex_lock(&b->mutex);
    while (!b->all_done)
        g_cond_wait(&b->changed, &b->mutex);
    g_mutex_unlock(&b->mutex);
}

static void loop(size_t n, exec_loop_fn body, void *ctx)
{
    batch b = {.body = body, .ctx = ctx, .n_left = (gint)n};
    element *elements = exec_room(n * sizeof *elements);
    g_mutex_init(&b.mutex);
    g_cond_init(&b.changed);
    for (size_t i = 0; i < n; i++) {
        elements[i] = (element){&b, i};
        g_thread_pool_push(pool, &elements[i], NULL);
    }
    exec_submitted();
    await(&b);
    g_cond_clear(&b.changed);
    g_mutex_clear(&b.mutex);
}

int main(int argc, char **argv)
{
    static const exec_peer peer = {
        .many = true,
        .open = open_pool,
        .close = close_pool,
        .loop = loop,
        .gather = exec_gather_by_loop,
        .allocated = exec_malloced,
    };
    return exec_main(argc, argv, &peer);
}
