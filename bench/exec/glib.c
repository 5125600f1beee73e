/* GLib's GThreadPool as a peer. It has no loops and no results to wait for: a loop is a push for
 * each index, and the last one to end tells the caller. */
#include "exec.h"
#include <glib.h>

static GThreadPool *pool;
static GMutex mutex;  /* guards all_done */
static GCond changed; /* all_done has become true */
static bool all_done;
static gint n_left;        /* of the loop's indices, counted down by who ends one */
static exec_loop_fn body;  /* the loop's; set before the first push */
static void *body_context; /* likewise */

static void run_index(gpointer data, gpointer user_data)
{
    (void)user_data;
    body(GPOINTER_TO_SIZE(data) - 1, body_context);
    if (!g_atomic_int_dec_and_test(&n_left))
        return;
    g_mutex_lock(&mutex);
    all_done = true;
    g_cond_signal(&changed);
    g_mutex_unlock(&mutex);
}

static void open_pool(unsigned n_workers)
{
    pool = g_thread_pool_new(run_index, NULL, (gint)n_workers, TRUE, NULL);
    if (!pool)
        bench_fail("no pool of GLib's");
}

static void close_pool(void)
{
    g_thread_pool_free(pool, FALSE, TRUE);
}

static void loop(size_t n, exec_loop_fn fn, void *ctx)
{
    body = fn;
    body_context = ctx;
    all_done = false;
    g_atomic_int_set(&n_left, (gint)n);
    for (size_t i = 0; i < n; i++)
        g_thread_pool_push(pool, GSIZE_TO_POINTER(i + 1), NULL); /* NULL cannot be pushed */
    exec_submitted();
    g_mutex_lock(&mutex);
    while (!all_done)
        g_cond_wait(&changed, &mutex);
    g_mutex_unlock(&mutex);
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
