/* What the processes of a pool share: a board, on it a desk for each worker, and parcels.
 *
 * A parcel is a piece of work: items that one worker runs one after the other. The worker claims
 * them, and whoever posted the parcel may take back what is not claimed, by compare-and-swap of
 * one word. Its progress says which item is running. So a worker may die at any instruction: items
 * below are done, that item is lost, and the rest goes to another worker. No worker writes what
 * another one reads. */
#ifndef TINE_PROC_PARCEL_H
#define TINE_PROC_PARCEL_H
#include <tine.h>
#include "os/clock.h"
#include "os/fork_server.h"
#include "os/shared.h"
#include <stdatomic.h>

/* Parcels that a worker has at once: one that it runs, and some that follow, so that it has
 * something to do while the program's threads have no CPU. */
#define TINE__INBOX 4

/* At the beginning of what is shared. */
typedef struct tine__board {
    /* 1: whoever has ended an item rings. Stored by the program when its threads go to sleep
     * (seq_cst, before they look once more), exchanged for 0 by the worker that rings (seq_cst,
     * after it has stored its progress). */
    _Alignas(64) _Atomic uint32_t wants_ring;
    /* Counts rings; the program sleeps on it. */
    _Alignas(64) _Atomic uint32_t n_rings;
} tine__board;

typedef struct tine__parcel tine__parcel;

typedef struct tine__desk {
    /* By the program. */
    _Alignas(64) _Atomic uint32_t n_posted; /* parcels; stored seq_cst before `asleep` is read */
    _Atomic uint32_t leaves;                /* 1: the worker is to end once it has none */
    tine__parcel *inbox[TINE__INBOX];       /* parcel i is at i % TINE__INBOX */
    /* By the worker; `asleep` is taken away by whoever wakes it, who loads it seq_cst. */
    _Alignas(64) _Atomic uint32_t asleep;
    _Atomic uint32_t n_finished; /* parcels; release, pairs with the program's acquire */
    _Atomic uint32_t ready;      /* 1: on_start has succeeded; 2: it failed, with that record */
    /* By the fork server, release: the worker is not there any more. */
    _Alignas(64) _Atomic uint32_t over; /* 1: it has ended; 2: it could not be forked */
    int signal, code;                   /* how; code: the errno, if it could not be forked */
    tine_error start_error;
} tine__desk;

/* What a worker runs. In its own memory. */
typedef struct tine__work {
    tine__board *board;
    tine__parcel *parcel;
    const unsigned char *canary; /* 1 unless this is a child that a task has forked */
    unsigned worker;
    const void *known; /* the address of a function that is known to be mapped */
} tine__work;

struct tine__parcel {
    /* Items below the low half are claimed, those from the high half on are not the worker's. */
    _Alignas(64) _Atomic uint64_t claim;
    uint32_t step;      /* items that are claimed at once */
    bool rings;         /* after each item; else after the last */
    int64_t timeout_ns; /* of an item; TINE_FOREVER: none */
    /* Runs items [begin, end), each between the two calls below. The item that failed, whose record
     * is filled in and which ends the parcel, or `end`. */
    uint32_t (*run)(tine__work *work, uint32_t begin, uint32_t end);
    _Atomic uint32_t stop; /* 1: bodies see tine_stopping(). By the program, relaxed */

    /* By the worker. */
    _Alignas(64) _Atomic uint64_t progress; /* 2i: those below i are done; 2i + 1: i runs */
    _Atomic int64_t started_ns;             /* that item, if there is a timeout */
    _Atomic uint32_t failed;                /* that item + 1; stored before its end */
    tine_error record;

    _Alignas(64) unsigned char payload[];
};

static inline uint64_t tine__claim_word(uint32_t next, uint32_t limit)
{
    return next | (uint64_t)limit << 32;
}

/* ---- in the worker */

void tine__work_ring(tine__board *board);

static inline void tine__item_begins(const tine__work *work, uint32_t item)
{
    tine__parcel *p = work->parcel;
    if (p->timeout_ns != TINE_FOREVER)
        atomic_store_explicit(&p->started_ns, tine__now_ns(), memory_order_relaxed);
    atomic_store_explicit(&p->progress, 2 * (uint64_t)item + 1, memory_order_release);
}

/* A child that a task has forked ends here. */
static inline void tine__work_goes_on(const tine__work *work)
{
    if (!*work->canary)
        tine__process_end();
}

/* Beginning the next one says that this one has ended, too, to those who ask later. */
static inline void tine__item_ends(const tine__work *work, uint32_t item)
{
    tine__parcel *p = work->parcel;
    tine__work_goes_on(work);
    if (!p->rings) {
        atomic_store_explicit(&p->progress, 2 * (uint64_t)item + 2, memory_order_release);
        return;
    }
    atomic_store_explicit(&p->progress, 2 * (uint64_t)item + 2, memory_order_seq_cst);
    if (atomic_load_explicit(&work->board->wants_ring, memory_order_seq_cst))
        tine__work_ring(work->board);
}

/* Before an item ends that has failed. Its record is the parcel's. */
static inline void tine__item_fails(const tine__work *work, uint32_t item)
{
    atomic_store_explicit(&work->parcel->failed, item + 1, memory_order_relaxed);
}

/* Whether there is such a function in this process; fills the parcel's record if not. */
bool tine__work_knows(tine__work *work, const void *function);

#endif
