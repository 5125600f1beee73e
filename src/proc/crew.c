/* A crew's life, and the threads that look after it: those that wait for its work, and a minder
 * that sleeps while they do, or while nothing happens. */
#include "proc/crew.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"

#include <string.h>

/* How long somebody who looks after the crew goes on when nothing moves. */
#define SPIN_NS 20000
#define ATTEND_NS 100000

/* How often the minder looks whether a pool that closes is quiet. */
#define CLOSING_NS 200000

#define MINDER_STACK ((size_t)256 << 10)

/* ---- waiting */

void tine__crew_ring(tine__crew *crew)
{
    atomic_fetch_add_explicit(&crew->board->n_rings, 1, memory_order_seq_cst);
    tine__shared_wake(&crew->board->n_rings);
}

/* With the mutex: whether workers are to ring. */
static void set_rings(tine__crew *crew)
{
    atomic_store_explicit(&crew->board->wants_ring, crew->minder_sleeps && !crew->n_attending,
                          memory_order_seq_cst);
}

/* With the mutex, after set_rings: whether there is news that nobody will ring for. */
static bool has_news(const tine__crew *crew)
{
    for (unsigned i = 0; i < crew->n_hands; i++) {
        const tine__hand *hand = &crew->hands[i];
        const tine__desk *desk = hand->desk;
        if (hand->state == TINE__HAND_GONE)
            continue;
        if (atomic_load_explicit(&desk->over, memory_order_seq_cst) ||
            (hand->state == TINE__HAND_COMES &&
             atomic_load_explicit(&desk->ready, memory_order_seq_cst) == 1) ||
            atomic_load_explicit(&desk->n_finished, memory_order_seq_cst) != hand->n_ended)
            return true;
        const tine__trip *trip = &hand->trips[hand->n_ended % TINE__INBOX];
        if (hand->n_ended != hand->n_begun &&
            atomic_load_explicit(&trip->parcel->progress, memory_order_seq_cst) / 2 !=
                trip->moved / 2)
            return true;
    }
    return false;
}

/* `attended`: whether there is a thread that pumps while it waits. */
static bool take_moved(tine__crew *crew, bool *attended_out)
{
    tine__mutex_lock(&crew->mutex);
    bool moved = crew->moved;
    *attended_out = crew->n_attending > 0;
    crew->moved = false;
    tine__mutex_unlock(&crew->mutex);
    return moved;
}

static void begin_attending(tine__crew *crew)
{
    tine__mutex_lock(&crew->mutex);
    crew->n_attending++;
    set_rings(crew);
    tine__mutex_unlock(&crew->mutex);
}

static void end_attending(tine__crew *crew)
{
    tine__mutex_lock(&crew->mutex);
    crew->n_attending--;
    set_rings(crew);
    bool news = !crew->n_attending && crew->minder_sleeps && has_news(crew);
    tine__mutex_unlock(&crew->mutex);
    if (news)
        tine__crew_ring(crew);
}

/* Looks again as long as something has moved in the last `for_ns`. The time is taken after a look:
 * the thread may have had no CPU for long before it. */
static bool goes_on(bool moved, int64_t for_ns, int64_t *until_ns)
{
    int64_t now_ns = tine__now_ns();
    if (moved)
        *until_ns = now_ns + for_ns;
    else if (now_ns < *until_ns)
        tine__thread_yield();
    else
        return false;
    return true;
}

bool tine__crew_attend(tine__crew *crew, bool (*done)(const void *arg), const void *arg,
                       int64_t deadline_ns)
{
    bool ended = done(arg), attended, moved = true;
    begin_attending(crew);
    for (int64_t until_ns = 0; !ended && goes_on(moved, ATTEND_NS, &until_ns);) {
        tine__crew_pump(crew);
        moved = take_moved(crew, &attended);
        ended = done(arg);
        if (!ended && deadline_ns != INT64_MAX && tine__now_ns() >= deadline_ns)
            break;
    }
    end_attending(crew);
    return ended;
}

/* ---- the minder */

/* False: the crew is closed. */
static bool sleep_until_news(tine__crew *crew)
{
    uint32_t n_rings = atomic_load_explicit(&crew->board->n_rings, memory_order_seq_cst);
    tine__mutex_lock(&crew->mutex);
    bool over = crew->closing && tine__executor_is_quiet(crew->pool);
    crew->minder_sleeps = !over;
    set_rings(crew);
    int64_t until_ns = crew->closing ? tine__now_ns() + CLOSING_NS : INT64_MAX;
    crew->wakes_ns = crew->look_ns < until_ns ? crew->look_ns : until_ns;
    until_ns = crew->wakes_ns;
    bool news = over || (!crew->n_attending && has_news(crew));
    tine__mutex_unlock(&crew->mutex);
    if (!news)
        tine__shared_wait(&crew->board->n_rings, n_rings, until_ns);
    tine__mutex_lock(&crew->mutex);
    crew->minder_sleeps = false;
    set_rings(crew);
    tine__mutex_unlock(&crew->mutex);
    return !over;
}

/* As long as something moves and nobody else looks. */
static void pump_on(tine__crew *crew)
{
    bool moved = true, attended = false;
    for (int64_t until_ns = 0; !attended && goes_on(moved, SPIN_NS, &until_ns);) {
        tine__crew_pump(crew);
        moved = take_moved(crew, &attended);
    }
}

static void mind(void *arg)
{
    tine__crew *crew = arg;
    do
        pump_on(crew);
    while (sleep_until_news(crew));
}

/* ---- life */

static void say_ended(unsigned child, int signal, int code, void *arg)
{
    const tine__crew *crew = ((const tine__crew_hooks *)arg)->crew;
    tine__desk *desk = crew->hands[child].desk;
    desk->signal = signal;
    desk->code = code;
    atomic_store_explicit(&desk->over, 1, memory_order_seq_cst);
    tine__work_ring(crew->board);
}

static void say_refused(unsigned child, int sys_errno, void *arg)
{
    const tine__crew *crew = ((const tine__crew_hooks *)arg)->crew;
    tine__desk *desk = crew->hands[child].desk;
    desk->signal = 0;
    desk->code = sys_errno;
    atomic_store_explicit(&desk->over, 2, memory_order_seq_cst);
    tine__work_ring(crew->board);
}

/* The board, behind it the desks. */
static tine_status lay_out(tine__crew *crew, tine_error *error)
{
    size_t size = sizeof(tine__board) + crew->n_hands * sizeof(tine__desk);
    void *room = tine__rooms_alloc(&crew->rooms, size);
    if (!room)
        return tine__error_no_memory(error);
    crew->board = room;
    tine__desk *desks = (void *)(crew->board + 1);
    for (unsigned i = 0; i < crew->n_hands; i++)
        crew->hands[i].desk = &desks[i];
    for (unsigned i = 0; i < crew->n_hands * TINE__INBOX; i++) {
        tine__trip *trip = &crew->hands[i / TINE__INBOX].trips[i % TINE__INBOX];
        trip->own = tine__room_take(&crew->rooms, sizeof(tine__parcel) + TINE__TRIP_ROOM);
        if (!trip->own)
            return tine__error_no_memory(error);
    }
    return TINE_OK;
}

static void destroy(tine__crew *crew)
{
    for (unsigned i = 0; crew->hands && i < crew->n_hands * TINE__INBOX; i++)
        tine__room_give(&crew->rooms, crew->hands[i / TINE__INBOX].trips[i % TINE__INBOX].own);
    TINE__DELETE_ARRAY(&crew->pool->allocator, crew->hands, crew->n_hands);
    tine__rooms_close(&crew->rooms);
    tine__mutex_destroy(&crew->mutex);
}

/* How often somebody who waits for a worker to start looks whether the server is there. */
#define SERVER_NS 100000000

/* Until the worker has started, or failed. */
static tine_status await_ready(tine__crew *crew, const tine__hand *hand, tine_error *error)
{
    const tine__desk *desk = hand->desk;
    for (;;) {
        uint32_t n_rings = atomic_load_explicit(&crew->board->n_rings, memory_order_seq_cst);
        atomic_store_explicit(&crew->board->wants_ring, 1, memory_order_seq_cst);
        uint32_t ready = atomic_load_explicit(&desk->ready, memory_order_seq_cst);
        if (ready == 1)
            return TINE_OK;
        if (ready || atomic_load_explicit(&desk->over, memory_order_seq_cst))
            return tine__desk_error(desk, error);
        if (tine__fork_server_is_gone(&crew->server))
            return tine__error_set(error, TINE_EWORKER, "the server of the workers has died");
        tine__shared_wait(&crew->board->n_rings, n_rings, tine__now_ns() + SERVER_NS);
    }
}

static tine_status await_hands(tine__crew *crew, tine_error *error)
{
    for (unsigned i = 0; i < crew->n_hands; i++) {
        tine_status status = await_ready(crew, &crew->hands[i], error);
        if (status != TINE_OK)
            return status;
        crew->hands[i].state = TINE__HAND_WORKS;
    }
    return TINE_OK;
}

/* Nobody works any more, and nobody will. */
static void send_home(tine__crew *crew)
{
    tine__mutex_lock(&crew->mutex);
    crew->dismissed = true;
    for (unsigned i = 0; i < crew->n_hands; i++)
        tine__hand_send_home(&crew->hands[i]);
    tine__mutex_unlock(&crew->mutex);
}

static tine_status start(tine__crew *crew, const tine_pool_options *options, tine_error *error)
{
    tine__crew_hooks hooks = {crew, options->on_start, options->on_stop, options->ctx};
    const tine__fork_calls calls = {tine__hand_main, say_ended, say_refused, &hooks};
    crew->inside = true;
    tine_status status =
        tine__fork_server_start(&crew->server, &calls, crew->n_hands, options->stack_size, error);
    crew->inside = false;
    if (status != TINE_OK)
        return status;
    status = await_hands(crew, error);
    if (status == TINE_OK)
        status = tine__thread_start(&crew->minder, mind, crew, MINDER_STACK,
                                    options->name ? options->name : "tine", error);
    if (status != TINE_OK) {
        send_home(crew);
        tine__fork_server_stop(&crew->server);
    }
    return status;
}

tine_status tine__crew_open(tine__crew *crew, const tine_pool_options *options, tine_error *error)
{
    crew->n_hands = options->n_workers;
    crew->max_tasks = options->max_tasks_per_worker;
    crew->memory_limit = options->worker_memory_limit;
    crew->look_ns = INT64_MAX;
    atomic_init(&crew->hungry, true);
    crew->server.commands = -1;
    tine_status status = tine__mutex_init(&crew->mutex, error);
    if (status != TINE_OK)
        return status;
    crew->hands = tine__alloc_zeroed(&crew->pool->allocator, crew->n_hands * sizeof *crew->hands,
                                     _Alignof(tine__hand));
    status = crew->hands ? tine__rooms_open(&crew->rooms, &crew->pool->allocator, error)
                         : tine__error_no_memory(error);
    if (status == TINE_OK)
        status = lay_out(crew, error);
    if (status == TINE_OK)
        status = start(crew, options, error);
    if (status != TINE_OK)
        destroy(crew);
    return status;
}

void tine__crew_close(tine__crew *crew)
{
    bool quiet = tine__executor_is_quiet(crew->pool);
    if (quiet)
        send_home(crew); /* they go while the minder does */
    tine__mutex_lock(&crew->mutex);
    crew->closing = true;
    tine__mutex_unlock(&crew->mutex);
    tine__crew_ring(crew);
    tine__thread_join(&crew->minder);
    if (!quiet)
        send_home(crew);
    tine__fork_server_stop(&crew->server);
    destroy(crew);
}

/* ---- sources */

void tine__crew_add(tine__crew *crew, tine__source *source)
{
    tine__mutex_lock(&crew->mutex);
    source->next = crew->sources;
    crew->sources = source;
    tine__mutex_unlock(&crew->mutex);
}

void tine__crew_remove(tine__crew *crew, tine__source *source)
{
    tine__source **link = &crew->sources;
    while (*link != source)
        link = &(*link)->next;
    *link = source->next;
}
