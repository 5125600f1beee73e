/* A worker process: waits at its desk and runs the parcels that come. */
#include "proc/crew.h"
#include "base/body.h"
#include "base/error.h"
#include "os/fp.h"
#include "os/relax.h"

/* How long it looks for the next parcel before it sleeps. */
#define SPIN_NS 20000

typedef struct hand {
    tine__desk *desk;
    tine__work work;
    uint32_t n_taken;
} hand;

void tine__work_ring(tine__board *board)
{
    if (!atomic_exchange_explicit(&board->wants_ring, 0, memory_order_seq_cst))
        return;
    atomic_fetch_add_explicit(&board->n_rings, 1, memory_order_seq_cst);
    tine__shared_wake(&board->n_rings);
}

bool tine__work_knows(tine__work *work, const void *function)
{
    if (function == work->known)
        return true;
    if (!tine__is_mapped(function)) {
        tine__error_set(&work->parcel->record, TINE_EINVAL,
                        "the function is not in the worker processes: it came with a library that "
                        "was loaded after the pool was opened; open the pool later");
        return false;
    }
    work->known = function;
    return true;
}

/* ---- parcels */

static bool claim(tine__parcel *p, uint32_t *begin, uint32_t *end)
{
    uint64_t word = atomic_load_explicit(&p->claim, memory_order_acquire);
    for (;;) {
        uint32_t next = (uint32_t)word, limit = (uint32_t)(word >> 32);
        if (next >= limit)
            return false;
        *begin = next;
        *end = limit - next > p->step ? next + p->step : limit;
        if (atomic_compare_exchange_weak_explicit(&p->claim, &word, tine__claim_word(*end, limit),
                                                  memory_order_acq_rel, memory_order_acquire))
            return true;
    }
}

static void run_parcel(hand *h, tine__parcel *parcel)
{
    uint32_t begin, end;
    h->work.parcel = parcel;
    while (claim(parcel, &begin, &end))
        if (parcel->run(&h->work, begin, end) < end)
            break;
    h->n_taken++;
    atomic_store_explicit(&h->desk->n_finished, h->n_taken, memory_order_seq_cst);
    if (atomic_load_explicit(&h->work.board->wants_ring, memory_order_seq_cst))
        tine__work_ring(h->work.board);
}

/* ---- waiting */

static bool has_call(const hand *h)
{
    return atomic_load_explicit(&h->desk->n_posted, memory_order_seq_cst) != h->n_taken ||
           atomic_load_explicit(&h->desk->leaves, memory_order_seq_cst);
}

static void await_call(const hand *h)
{
    enum { LOOKS = 64 };
    for (int64_t end_ns = tine__now_ns() + SPIN_NS; tine__now_ns() < end_ns;) {
        for (int i = 0; i < LOOKS; i++) {
            if (has_call(h))
                return;
            tine__relax();
        }
        tine__thread_yield();
    }
    while (!has_call(h)) {
        atomic_store_explicit(&h->desk->asleep, 1, memory_order_seq_cst);
        if (!has_call(h))
            tine__shared_wait(&h->desk->asleep, 1, INT64_MAX);
    }
    atomic_store_explicit(&h->desk->asleep, 0, memory_order_relaxed);
}

static void work(hand *h)
{
    for (;;) {
        if (!has_call(h))
            await_call(h);
        if (atomic_load_explicit(&h->desk->n_posted, memory_order_acquire) == h->n_taken)
            return;
        run_parcel(h, h->desk->inbox[h->n_taken % TINE__INBOX]);
    }
}

/* ---- life */

static tine_status start(const tine__crew_hooks *hooks, tine__desk *desk, tine__body *body,
                         unsigned worker)
{
    if (!hooks->on_start)
        return TINE_OK;
    body->record = &desk->start_error;
    tine_status status = tine__body_result(body, hooks->on_start(worker, hooks->ctx), worker);
    body->record = NULL;
    return status;
}

static void say_ready(const hand *h, uint32_t how)
{
    atomic_store_explicit(&h->desk->ready, how, memory_order_seq_cst);
    if (atomic_load_explicit(&h->work.board->wants_ring, memory_order_seq_cst))
        tine__work_ring(h->work.board);
}

/* The thread that opened the pool may have been in a body: here it is in none. */
void tine__hand_main(unsigned worker, void *arg)
{
    const tine__crew_hooks *hooks = arg;
    const tine__crew *crew = hooks->crew;
    hand h = {.desk = crew->hands[worker].desk,
              .work = {.board = crew->board, .worker = worker, .canary = tine__process_canary()}};
    tine__fp fp;
    tine__body body = {.deadline_ns = INT64_MAX, .worker = worker};
    tine__process_forget_output();
    if (crew->memory_limit)
        tine__process_limit(crew->memory_limit);
    tine__fp_enter(&fp);
    tine__current = NULL;
    tine__body_enter(&body);
    tine_status status = TINE_ENOMEM;
    if (!h.work.canary)
        tine__error_no_memory(&h.desk->start_error);
    else
        status = start(hooks, h.desk, &body, worker);
    say_ready(&h, status == TINE_OK ? 1 : 2);
    if (status == TINE_OK)
        work(&h);
    if (status == TINE_OK && hooks->on_stop)
        hooks->on_stop(worker, hooks->ctx);
    tine__process_flush_output();
}
