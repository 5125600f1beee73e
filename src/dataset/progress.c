#include "dataset/progress.h"
#include "os/clock.h"

#define REPORT_EVERY_NS 100000000

void tine__progress_init(tine__progress *progress, tine_progress_fn fn, void *ctx)
{
    *progress = (tine__progress){.fn = fn, .ctx = ctx, .busy = ATOMIC_FLAG_INIT};
    if (fn)
        progress->started_ns = progress->pass_ns = progress->last_ns = tine__now_ns();
}

/* What is left takes as long a byte as what is done has taken in this pass. */
static double seconds_left(const tine__progress_counts *counts, double pass_seconds)
{
    if (counts->bytes_total == 0 || counts->bytes_done == 0)
        return -1;
    double left = (double)counts->bytes_total - (double)counts->bytes_done;
    return pass_seconds * (left > 0 ? left : 0) / (double)counts->bytes_done;
}

static void report(const tine__progress *p, const tine__progress_counts *counts, int64_t now_ns)
{
    tine_progress report = {
        .struct_size = sizeof report,
        .n_done = counts->bytes_done,
        .n_total = counts->bytes_total,
        .n_rows = counts->rows_done,
        .seconds = 1e-9 * (double)(now_ns - p->started_ns),
        .seconds_left = seconds_left(counts, 1e-9 * (double)(now_ns - p->pass_ns)),
    };
    p->fn(&report, p->ctx);
}

void tine__progress_pass_begins(tine__progress *progress)
{
    if (progress->fn)
        progress->pass_ns = tine__now_ns();
}

void tine__progress_tick(tine__progress *progress, tine__scan *scan)
{
    if (!progress->fn || atomic_flag_test_and_set_explicit(&progress->busy, memory_order_acquire))
        return;
    int64_t now_ns = tine__now_ns();
    if (now_ns - progress->last_ns >= REPORT_EVERY_NS) {
        tine__progress_counts counts;
        tine__scan_progress(scan, &counts);
        progress->last_ns = now_ns;
        report(progress, &counts, now_ns);
    }
    atomic_flag_clear_explicit(&progress->busy, memory_order_release);
}

void tine__progress_pass_ends(tine__progress *progress, tine__scan *scan)
{
    if (progress->fn)
        tine__scan_progress(scan, &progress->counts);
}

void tine__progress_last(tine__progress *progress)
{
    if (progress->fn)
        report(progress, &progress->counts, tine__now_ns());
}
