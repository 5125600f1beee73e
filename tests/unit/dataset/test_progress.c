/* Progress: ten reports a second at most, by one thread at a time, and the last one always. The
 * callbacks count, and the main thread asserts. */
#include "dataset/progress.h"
#include "os/clock.h"
#include "unit/dataset/support.h"

#include <pthread.h>
#include <time.h>

enum { N_ROWS = 100 };

#define MS INT64_C(1000000)

/* A scan over N_ROWS rows of 4 bytes, behind a header of 2. */
static tine__scan *open_scan(tine__csv **csv_out, size_t partition_size)
{
    static char text[2 + 4 * N_ROWS + 1] = "n\n";
    tine_source *source;
    tine__scan *scan;
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    tine__scan_options scanning = {.allocator = NULL};
    for (size_t i = 0; i < N_ROWS; i++)
        memcpy(text + 2 + 4 * i, "123\n", 4);
    options.partition_size = partition_size;
    assert_int_equal(tine_source_memory(text, 2 + 4 * N_ROWS, NULL, NULL, &source, NULL), TINE_OK);
    assert_int_equal(tine__csv_open(&source, 1, &options, csv_out, NULL), TINE_OK);
    tine_source_release(source);
    scanning.allocator = tine__csv_allocator(*csv_out);
    assert_int_equal(tine__scan_open(*csv_out, &scanning, &scan, NULL), TINE_OK);
    return scan;
}

static void close_scan(tine__scan *scan, tine__csv *csv)
{
    assert_int_equal(tine__scan_close(&scan, NULL), TINE_OK);
    tine__csv_release(csv);
}

typedef struct listener {
    _Atomic int inside;
    _Atomic unsigned n, together, early; /* calls; those with another going on; those too early */
    int64_t last_ns;                     /* of the call before; one at a time */
    tine_progress last;
} listener;

static void listen(const tine_progress *progress, void *ctx)
{
    listener *l = ctx;
    int64_t now_ns = tine__now_ns();
    if (atomic_fetch_add(&l->inside, 1) > 0)
        atomic_fetch_add(&l->together, 1);
    if (progress->seconds - l->last.seconds < 0.0999)
        atomic_fetch_add(&l->early, 1);
    l->last_ns = now_ns;
    l->last = *progress;
    atomic_fetch_add(&l->n, 1);
    nanosleep(&(struct timespec){.tv_nsec = 2 * MS}, NULL);
    atomic_fetch_sub(&l->inside, 1);
}

/* ---- how often ---- */

typedef struct ticker {
    pthread_t thread;
    tine__progress *progress;
    tine__scan *scan;
    int64_t until_ns;
} ticker;

static void *tick(void *arg)
{
    ticker *t = arg;
    while (tine__now_ns() < t->until_ns) {
        tine__progress_tick(t->progress, t->scan);
        nanosleep(&(struct timespec){.tv_nsec = MS / 10}, NULL);
    }
    return NULL;
}

static void ten_a_second_and_one_at_a_time(void **state)
{
    (void)state;
    tine__csv *csv;
    tine__scan *scan = open_scan(&csv, 1 << 20);
    tine__progress progress;
    listener l = {0};
    ticker tickers[3];
    int64_t begin_ns = tine__now_ns();
    tine__progress_init(&progress, listen, &l);
    tine__progress_pass_begins(&progress);
    for (size_t i = 0; i < 3; i++) {
        tickers[i] = (ticker){.progress = &progress, .scan = scan, .until_ns = begin_ns + 330 * MS};
        assert_int_equal(pthread_create(&tickers[i].thread, NULL, tick, &tickers[i]), 0);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_join(tickers[i].thread, NULL), 0);
    int64_t took_ns = tine__now_ns() - begin_ns;
    assert_true(atomic_load(&l.n) >= 1); /* a busy machine may have left out some */
    assert_true(atomic_load(&l.n) <= took_ns / (100 * MS));
    assert_int_equal(atomic_load(&l.together), 0);
    assert_int_equal(atomic_load(&l.early), 0);
    unsigned n = atomic_load(&l.n);
    tine__progress_pass_ends(&progress, scan);
    tine__progress_last(&progress);
    assert_int_equal(atomic_load(&l.n), n + 1);
    close_scan(scan, csv);
}

/* ---- nobody waits for a slow listener ---- */

typedef struct slow {
    atomic_int arrived, open;
} slow;

static void wait_at_gate(const tine_progress *progress, void *ctx)
{
    slow *s = ctx;
    (void)progress;
    if (atomic_fetch_add(&s->arrived, 1) > 0)
        return;
    while (!atomic_load(&s->open))
        nanosleep(&(struct timespec){.tv_nsec = MS}, NULL);
}

static void *tick_once(void *arg)
{
    ticker *t = arg;
    tine__progress_tick(t->progress, t->scan);
    return NULL;
}

static void who_finds_it_busy_goes_on(void **state)
{
    (void)state;
    tine__csv *csv;
    slow s = {0};
    tine__progress progress;
    ticker t = {.progress = &progress, .scan = open_scan(&csv, 1 << 20)};
    tine__progress_init(&progress, wait_at_gate, &s);
    progress.last_ns -= 1000 * MS; /* a report is due */
    assert_int_equal(pthread_create(&t.thread, NULL, tick_once, &t), 0);
    while (!atomic_load(&s.arrived))
        nanosleep(&(struct timespec){.tv_nsec = MS}, NULL);
    progress.last_ns -= 1000 * MS; /* and another one */
    tine__progress_tick(&progress, t.scan);
    assert_int_equal(atomic_load(&s.arrived), 1);
    atomic_store(&s.open, 1);
    assert_int_equal(pthread_join(t.thread, NULL), 0);
    close_scan(t.scan, csv);
}

/* ---- what is told ---- */

static void what_a_report_says(void **state)
{
    (void)state;
    tine__csv *csv;
    tine__scan *scan = open_scan(&csv, 102); /* the rows that start in the first 102 bytes are 25 */
    tine__progress progress;
    tine__lane *lane;
    tine__partition partition;
    listener l = {0};
    size_t n;
    tine__progress_init(&progress, listen, &l);
    progress.started_ns -= 3000 * MS;
    progress.pass_ns -= 1000 * MS;
    progress.last_ns -= 100 * MS;
    tine__progress_tick(&progress, scan);
    assert_int_equal(l.last.struct_size, sizeof l.last);
    assert_int_equal(l.last.n_done, 0);
    assert_int_equal(l.last.n_total, 4 * N_ROWS);
    assert_true(l.last.seconds >= 3 && l.last.seconds < 100);
    assert_true(l.last.seconds_left < 0); /* nothing to go by yet */
    assert_int_equal(tine__lane_open(scan, &lane, NULL), TINE_OK);
    assert_int_equal(tine__lane_claim(lane, &partition), TINE_OK);
    while (tine__lane_rows(lane, &n) == TINE_OK)
        ;
    progress.last_ns -= 100 * MS;
    tine__progress_tick(&progress, scan);
    assert_int_equal(l.last.n_done, 100);
    assert_int_equal(l.last.n_rows, 25);
    assert_true(l.last.seconds_left >= 3 && l.last.seconds_left < 300); /* three times as much */
    while (tine__lane_claim(lane, &partition) == TINE_OK)
        while (tine__lane_rows(lane, &n) == TINE_OK)
            ;
    tine__lane_close(&lane);
    tine__progress_pass_ends(&progress, scan);
    close_scan(scan, csv);
    tine__progress_last(&progress); /* when the scan is gone */
    assert_int_equal(l.last.n_done, 4 * N_ROWS);
    assert_int_equal(l.last.n_rows, N_ROWS);
    assert_true(l.last.seconds_left == 0);
    assert_int_equal(atomic_load(&l.n), 3);
}

static void nobody_asked(void **state)
{
    (void)state;
    tine__progress progress;
    tine__progress_init(&progress, NULL, NULL);
    tine__progress_pass_begins(&progress);
    tine__progress_tick(&progress, NULL); /* nobody looks at the scan */
    tine__progress_pass_ends(&progress, NULL);
    tine__progress_last(&progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_a_second_and_one_at_a_time),
        cmocka_unit_test(who_finds_it_busy_goes_on),
        cmocka_unit_test(what_a_report_says),
        cmocka_unit_test(nobody_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
