/* The processes of a pool, as the program sees them. What the pieces of work mean is the affair of
 * the task layer: it hands in sources of parcels. See README.md. */
#ifndef TINE_PROC_CREW_H
#define TINE_PROC_CREW_H
#include "pool/executor.h"
#include "proc/parcel.h"
#include "proc/rooms.h"

typedef struct tine__crew tine__crew;
typedef struct tine__source tine__source;

/* Items of a parcel of tasks, at most. */
#define TINE__TRIP_ITEMS 64

/* Room for them in the parcel that every trip has. */
#define TINE__TRIP_ROOM ((size_t)256 << 10)

/* A parcel on its way. */
typedef struct tine__trip {
    tine__source *source;
    tine__parcel *parcel;
    tine__room *own, *room; /* that the parcel is in: the trip's own, or a larger one */
    uint32_t n_seen;        /* items below have been settled */
    uint32_t limit;         /* items from here on are not in it, or have been taken back */
    int64_t looked_ns;      /* when somebody last looked at its progress, */
    uint64_t moved;         /* which was that, */
    int64_t moved_ns;       /* and since when it is that */
    size_t first;           /* the source's: what item 0 is */
    /* The source's: what its items are, and where in the parcel their results will be. The parcel
     * itself is not asked for that: a worker could have overwritten it. */
    void *items[TINE__TRIP_ITEMS];
    const void *results[TINE__TRIP_ITEMS];
} tine__trip;

/* How an item was lost. */
typedef struct tine__loss {
    bool timed_out; /* it was killed for that; else: */
    int signal;     /* 0: */
    int code;       /* it exited */
} tine__loss;

/* All of these are called with the crew's mutex held. Items are numbered in their parcel. */
typedef struct tine__source_calls {
    /* Fills a parcel of at most `most` items; false: there is nothing now. */
    bool (*load)(tine__source *source, tine__trip *trip, uint32_t most);
    /* [begin, end) have succeeded. */
    void (*settle)(tine__source *source, tine__trip *trip, uint32_t begin, uint32_t end);
    void (*fail)(tine__source *source, tine__trip *trip, uint32_t item); /* see the record */
    void (*lose)(tine__source *source, tine__trip *trip, uint32_t item, const tine__loss *loss);
    /* [begin, end) have not been started. */
    void (*give_back)(tine__source *source, tine__trip *trip, uint32_t begin, uint32_t end);
    /* There are no workers, and will be none: whatever waits has failed so. */
    void (*abandon)(tine__source *source, const tine_error *error);
    /* Tells what runs to stop, if it is to. True: so it is with some of its items; those that
     * nobody has begun will be given back. */
    bool (*stop)(tine__source *source, tine__trip *trip);
} tine__source_calls;

struct tine__source {
    const tine__source_calls *calls;
    tine__source *next; /* in the crew's list */
    int64_t due_ns;     /* when there will be something to load that must wait; INT64_MAX: none */
};

typedef enum tine__hand_state {
    TINE__HAND_GONE,  /* no process; is asked for at due_ns */
    TINE__HAND_COMES, /* it is being forked, or runs on_start */
    TINE__HAND_WORKS,
    TINE__HAND_LEAVES /* it will end once it has no parcel */
} tine__hand_state;

/* A worker. */
typedef struct tine__hand {
    tine__hand_state state;
    tine__desk *desk;
    tine__trip trips[TINE__INBOX]; /* trip i is at i % TINE__INBOX */
    uint32_t n_begun, n_ended;     /* trips */
    uint32_t n_items;              /* that this process was given */
    unsigned n_failures;           /* to start, one after the other */
    int64_t due_ns;
    const tine__trip *killed; /* the trip that it was killed for, */
    uint32_t killed_item;     /* and the item; NULL: it was not */
} tine__hand;

struct tine__crew {
    tine_pool *pool;
    unsigned n_hands;
    uint32_t max_tasks; /* of a process; 0: no limit */
    size_t memory_limit;
    tine__rooms rooms;
    tine__board *board;
    tine__fork_server server;
    bool inside; /* this is a worker's, or the server's, copy */
    /* Ends what has been settled, without the mutex. */
    void (*conclude)(tine__crew *crew);

    tine__mutex mutex; /* guards what follows */
    tine__hand *hands;
    tine__source *sources;
    unsigned n_attending; /* threads that pump while they wait */
    bool minder_sleeps, closing;
    bool dismissed; /* all workers are: none is replaced */
    bool moved;     /* something has, since this was last cleared */
    bool broken;    /* there will be no worker any more, for that reason: */
    tine_error why_broken;
    int64_t look_ns;  /* when the minder has to look again */
    int64_t wakes_ns; /* when it will, while it sleeps */

    /* Some worker had nothing to do when the queue was last looked at. Stored with the mutex, then
     * the heavy barrier, then a look at the queue; read by who has submitted something. */
    _Atomic bool hungry;
    bool minded; /* the thread is started */
    tine__thread minder;
};

/* Starts the processes and waits until they are ready. The crew is borrowed until the close, all
 * zero but for `pool` and `conclude`; on failure nothing is left of it. */
TINE_MUST_USE tine_status tine__crew_open(tine__crew *crew, const tine_pool_options *options,
                                          tine_error *error);
/* Waits until the pool's jobs have ended, then for the processes. */
void tine__crew_close(tine__crew *crew);

void tine__crew_add(tine__crew *crew, tine__source *source);
void tine__crew_remove(tine__crew *crew, tine__source *source); /* with the mutex held */

/* Gives idle workers what waits. May be called with a future's lock. */
void tine__crew_announce(tine__crew *crew);
/* Looks at what workers have done, gives them more, and concludes what has ended. */
void tine__crew_pump(tine__crew *crew);
/* Something is to stop. Concludes what ends thereby. */
void tine__crew_interrupt(tine__crew *crew);
/* Wakes the minder. */
void tine__crew_ring(tine__crew *crew);

/* Pumps until `done`, or until nothing has moved for a while: true if done. */
bool tine__crew_attend(tine__crew *crew, bool (*done)(const void *arg), const void *arg,
                       int64_t deadline_ns);

/* A parcel with room for so many bytes, its head filled in for n items; NULL: no memory. */
tine__parcel *tine__trip_parcel(tine__crew *crew, tine__trip *trip, size_t size, uint32_t n);

/* What the item that failed has said. */
void tine__trip_record(const tine__trip *trip, tine_error *record_out);

/* The loss as an error. */
tine_status tine__loss_error(tine_error *error, const tine__loss *loss, int64_t index);
/* Why a worker has ended, or was never there. */
tine_status tine__desk_error(const tine__desk *desk, tine_error *error);
/* The worker ends when it has run its parcels. */
void tine__hand_send_home(tine__hand *hand);
/* How long to wait before the n-th retry, from 0. */
int64_t tine__back_off_ns(unsigned n);

/* ---- hand.c: what a worker process does */

typedef struct tine__crew_hooks {
    const tine__crew *crew;
    tine_status (*on_start)(unsigned worker, void *ctx);
    void (*on_stop)(unsigned worker, void *ctx);
    void *ctx;
} tine__crew_hooks;

void tine__hand_main(unsigned worker, void *hooks);

/* ---- */

/* Whether this process is one of the pool's workers: then the pool is no more to it than NULL. */
static inline tine_pool *tine__pool_here(tine_pool *pool)
{
    return pool && pool->crew && pool->crew->inside ? NULL : pool;
}

#endif
