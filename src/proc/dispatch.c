/* What the program does with its workers: looks at what they have done, sees to those that have
 * died or take too long, and gives parcels to those that have room. All under the crew's mutex, by
 * whatever thread comes by. */
#include "proc/crew.h"
#include "base/error.h"
#include "base/size.h"
#include "os/barrier.h"
#include "os/system_error.h"

#include <string.h>

/* How often the progress of a parcel is looked at. */
#define LOOK_NS 5000

/* A worker that has had no news for so long loses what it has not begun to one that is idle. */
#define TAKE_BACK_NS 200000

/* Before a worker is asked for again that could not be started: doubled each time. */
#define BACK_OFF_NS 1000000
#define MOST_DOUBLINGS 9
/* If nobody could be started so often, nobody ever will be. */
#define MOST_FAILURES 7

int64_t tine__back_off_ns(unsigned n)
{
    return (int64_t)BACK_OFF_NS << (n < MOST_DOUBLINGS ? n : MOST_DOUBLINGS);
}

static void look_at(tine__crew *crew, int64_t time_ns)
{
    if (time_ns < crew->look_ns)
        crew->look_ns = time_ns;
}

/* ---- trips */

static tine__trip *trip_at(tine__hand *hand, uint32_t i)
{
    return &hand->trips[i % TINE__INBOX];
}

tine__parcel *tine__trip_parcel(tine__crew *crew, tine__trip *trip, size_t size, uint32_t n)
{
    size_t whole;
    if (!tine__size_add(size, sizeof(tine__parcel), &whole))
        return NULL;
    trip->room = trip->own;
    if (whole > trip->own->size && !(trip->room = tine__room_take(&crew->rooms, whole)))
        return NULL;
    tine__parcel *p = (void *)trip->room->p;
    atomic_store_explicit(&p->claim, tine__claim_word(0, n), memory_order_relaxed);
    atomic_store_explicit(&p->progress, 0, memory_order_relaxed);
    atomic_store_explicit(&p->failed, 0, memory_order_relaxed);
    atomic_store_explicit(&p->stop, 0, memory_order_relaxed);
    p->step = 1;
    p->rings = false;
    p->timeout_ns = TINE_FOREVER;
    trip->parcel = p;
    trip->limit = n;
    return p;
}

/* A worker can have written anything. */
void tine__trip_record(const tine__trip *trip, tine_error *record_out)
{
    *record_out = trip->parcel->record;
    record_out->source[sizeof record_out->source - 1] = '\0';
    record_out->message[sizeof record_out->message - 1] = '\0';
    if (record_out->status == TINE_OK)
        record_out->status = TINE_EWORKER;
}

/* Items up to `end` have ended, and only the last of a parcel can have failed. */
static void settle_to(tine__trip *trip, uint32_t end)
{
    uint32_t failed = atomic_load_explicit(&trip->parcel->failed, memory_order_relaxed);
    end = end < trip->limit ? end : trip->limit;
    if (end <= trip->n_seen)
        return;
    uint32_t begin = trip->n_seen, n_good = failed == end ? end - 1 : end;
    trip->n_seen = end;
    if (begin < n_good)
        trip->source->calls->settle(trip->source, trip, begin, n_good);
    if (n_good < end)
        trip->source->calls->fail(trip->source, trip, n_good);
}

/* What the worker has not claimed is nobody's. */
static void take_back(tine__trip *trip)
{
    tine__parcel *p = trip->parcel;
    uint64_t word = atomic_load_explicit(&p->claim, memory_order_acquire);
    uint32_t next;
    do {
        next = (uint32_t)word;
        if (next >= trip->limit)
            return;
    } while (!atomic_compare_exchange_weak_explicit(&p->claim, &word, tine__claim_word(next, next),
                                                    memory_order_acq_rel, memory_order_acquire));
    uint32_t limit = trip->limit;
    trip->limit = next;
    trip->source->calls->give_back(trip->source, trip, next, limit);
}

static void end_trip(tine__crew *crew, tine__trip *trip)
{
    if (trip->n_seen < trip->limit)
        trip->source->calls->give_back(trip->source, trip, trip->n_seen, trip->limit);
    if (trip->room != trip->own)
        tine__room_give(&crew->rooms, trip->room);
    trip->source = NULL;
}

/* ---- looking */

static uint64_t progress_of(const tine__trip *trip)
{
    return atomic_load_explicit(&trip->parcel->progress, memory_order_acquire);
}

/* Not too often: each look takes the line away from the worker, which needs it for every item. The
 * end of a parcel is seen without. */
static void follow(tine__crew *crew, tine__trip *trip, int64_t now_ns)
{
    if (now_ns - trip->looked_ns < LOOK_NS)
        return;
    trip->looked_ns = now_ns;
    uint64_t progress = progress_of(trip);
    if (progress == trip->moved)
        return;
    trip->moved = progress;
    trip->moved_ns = now_ns;
    crew->moved = true;
    if (trip->parcel->rings)
        settle_to(trip, (uint32_t)(progress >> 1));
}

static void collect(tine__crew *crew, tine__hand *hand, int64_t now_ns)
{
    uint32_t n_finished = atomic_load_explicit(&hand->desk->n_finished, memory_order_seq_cst);
    for (; hand->n_ended != n_finished && hand->n_ended != hand->n_begun; hand->n_ended++) {
        tine__trip *trip = trip_at(hand, hand->n_ended);
        settle_to(trip, (uint32_t)(progress_of(trip) >> 1));
        end_trip(crew, trip);
        crew->moved = true;
    }
    if (hand->n_ended != hand->n_begun)
        follow(crew, trip_at(hand, hand->n_ended), now_ns);
}

/* ---- time limits */

/* When the running item's time is over; INT64_MAX: not, or it has none. */
static int64_t expiry(const tine__trip *trip, int64_t now_ns, uint32_t *item_out)
{
    const tine__parcel *p = trip->parcel;
    if (p->timeout_ns == TINE_FOREVER)
        return INT64_MAX;
    uint64_t progress = progress_of(trip);
    int64_t started_ns = atomic_load_explicit(&p->started_ns, memory_order_relaxed);
    *item_out = (uint32_t)(progress >> 1);
    bool runs = progress & 1 && progress == progress_of(trip);
    int64_t from_ns = runs ? started_ns : now_ns;
    return p->timeout_ns < INT64_MAX - from_ns ? from_ns + p->timeout_ns : INT64_MAX;
}

static void kill_hand(tine__crew *crew, tine__hand *hand, const tine__trip *trip, uint32_t item)
{
    for (uint32_t i = hand->n_ended; i != hand->n_begun; i++)
        take_back(trip_at(hand, i));
    hand->killed = trip;
    hand->killed_item = item;
    (void)tine__fork_server_ask(&crew->server, TINE__KILL, (unsigned)(hand - crew->hands));
}

static void enforce(tine__crew *crew, tine__hand *hand, int64_t now_ns)
{
    if (hand->n_ended == hand->n_begun || hand->killed)
        return;
    uint32_t item = 0;
    tine__trip *trip = trip_at(hand, hand->n_ended);
    int64_t expires_ns = expiry(trip, now_ns, &item);
    if (expires_ns <= now_ns && progress_of(trip) == 2 * (uint64_t)item + 1)
        kill_hand(crew, hand, trip, item);
    else
        look_at(crew, expires_ns);
}

/* ---- deaths */

static void ask_for(tine__crew *crew, tine__hand *hand)
{
    tine__desk *desk = hand->desk;
    memset(desk, 0, offsetof(tine__desk, start_error));
    hand->n_begun = hand->n_ended = hand->n_items = 0;
    hand->killed = NULL;
    hand->state = TINE__HAND_COMES;
    (void)tine__fork_server_ask(&crew->server, TINE__FORK, (unsigned)(hand - crew->hands));
}

/* Its parcels, of which it has begun the first at most. */
static void bury(tine__crew *crew, tine__hand *hand)
{
    const tine__loss loss = {.signal = hand->desk->signal, .code = hand->desk->code};
    for (; hand->n_ended != hand->n_begun; hand->n_ended++) {
        tine__trip *trip = trip_at(hand, hand->n_ended);
        uint64_t progress = progress_of(trip);
        uint32_t item = (uint32_t)(progress >> 1);
        settle_to(trip, item);
        bool runs = progress & 1, meant = hand->killed == trip && hand->killed_item == item;
        if (runs && item < trip->limit && (meant || !hand->killed)) {
            const tine__loss killed = {.timed_out = true};
            trip->n_seen++;
            trip->source->calls->lose(trip->source, trip, item, meant ? &killed : &loss);
        }
        end_trip(crew, trip);
    }
}

static void break_up(tine__crew *crew, const tine_error *why)
{
    crew->broken = true;
    crew->why_broken = *why;
    for (tine__source *s = crew->sources; s; s = s->next)
        s->calls->abandon(s, &crew->why_broken);
}

static bool all_have_failed(const tine__crew *crew)
{
    for (unsigned i = 0; i < crew->n_hands; i++)
        if (crew->hands[i].n_failures < MOST_FAILURES)
            return false;
    return true;
}

tine_status tine__desk_error(const tine__desk *desk, tine_error *error)
{
    if (atomic_load_explicit(&desk->ready, memory_order_acquire) == 2)
        return tine__error_copy(error, &desk->start_error);
    if (atomic_load_explicit(&desk->over, memory_order_acquire) == 2)
        return tine__error_system(error, desk->code, "cannot fork a worker");
    return tine__loss_error(error, &(tine__loss){.signal = desk->signal, .code = desk->code}, -1);
}

/* The worker is not there any more. */
static void see_off(tine__crew *crew, tine__hand *hand, int64_t now_ns)
{
    crew->moved = true;
    bury(crew, hand);
    if (hand->state == TINE__HAND_COMES) {
        tine_error error;
        hand->n_failures++;
        hand->due_ns = now_ns + tine__back_off_ns(hand->n_failures);
        (void)tine__desk_error(hand->desk, &error);
        if (all_have_failed(crew))
            break_up(crew, &error);
    } else {
        hand->due_ns = now_ns;
    }
    hand->state = TINE__HAND_GONE;
}

static void attend_to(tine__crew *crew, tine__hand *hand, int64_t now_ns)
{
    if (hand->state == TINE__HAND_GONE)
        return;
    bool over = atomic_load_explicit(&hand->desk->over, memory_order_acquire);
    uint32_t ready = atomic_load_explicit(&hand->desk->ready, memory_order_acquire);
    if (hand->state == TINE__HAND_COMES && ready == 1) {
        hand->state = TINE__HAND_WORKS;
        hand->n_failures = 0;
        crew->moved = true;
    }
    collect(crew, hand, now_ns);
    if (over)
        see_off(crew, hand, now_ns);
    else
        enforce(crew, hand, now_ns);
}

/* Only while somebody is waited for: the server's end is noticed by looking. */
static void look_for_server(tine__crew *crew)
{
    tine_error error;
    if (crew->broken || crew->dismissed || !tine__fork_server_is_gone(&crew->server))
        return;
    for (unsigned i = 0; i < crew->n_hands; i++) {
        tine__hand *hand = &crew->hands[i];
        if (hand->state != TINE__HAND_GONE) {
            collect(crew, hand, tine__now_ns());
            hand->desk->signal = 9;
            bury(crew, hand);
        }
        hand->state = TINE__HAND_GONE;
    }
    tine__error_set(&error, TINE_EWORKER,
                    "the process that forks the pool's workers is gone, and they with it: close "
                    "the pool and open another");
    break_up(crew, &error);
}

/* ---- giving */

static void post(tine__hand *hand)
{
    tine__desk *desk = hand->desk;
    tine__trip *trip = trip_at(hand, hand->n_begun);
    desk->inbox[hand->n_begun % TINE__INBOX] = trip->parcel;
    hand->n_begun++;
    hand->n_items += trip->limit;
    atomic_store_explicit(&desk->n_posted, hand->n_begun, memory_order_seq_cst);
    if (atomic_load_explicit(&desk->asleep, memory_order_seq_cst) &&
        atomic_exchange_explicit(&desk->asleep, 0, memory_order_seq_cst))
        tine__shared_wake(&desk->asleep);
}

void tine__hand_send_home(tine__hand *hand)
{
    hand->state = TINE__HAND_LEAVES;
    atomic_store_explicit(&hand->desk->leaves, 1, memory_order_seq_cst);
    atomic_store_explicit(&hand->desk->asleep, 0, memory_order_seq_cst);
    tine__shared_wake(&hand->desk->asleep);
}

/* How many items the worker may still be given; 0: it has to go. */
static uint32_t allowance(const tine__crew *crew, const tine__hand *hand)
{
    return crew->max_tasks ? crew->max_tasks - hand->n_items : UINT32_MAX;
}

/* The first source that has something, and is last in the list afterwards. */
static bool load(tine__crew *crew, tine__hand *hand, int64_t now_ns)
{
    tine__trip *trip = trip_at(hand, hand->n_begun);
    for (tine__source **link = &crew->sources, *s; (s = *link); link = &s->next) {
        trip->source = s;
        trip->n_seen = 0;
        trip->moved = 0;
        if (!s->calls->load(s, trip, allowance(crew, hand)))
            continue;
        if (s->next) {
            *link = s->next;
            while (*link)
                link = &(*link)->next;
            *link = s;
            s->next = NULL;
        }
        trip->moved_ns = trip->looked_ns = now_ns;
        return true;
    }
    return false;
}

/* The worker with the fewest parcels, if it has room for one. */
static tine__hand *find_taker(tine__crew *crew)
{
    tine__hand *best = NULL;
    for (unsigned i = 0; i < crew->n_hands; i++) {
        tine__hand *hand = &crew->hands[i];
        uint32_t n = hand->n_begun - hand->n_ended;
        if (hand->state == TINE__HAND_WORKS && n < TINE__INBOX && !hand->killed &&
            (!best || n < best->n_begun - best->n_ended))
            best = hand;
    }
    return best;
}

/* An idle worker's work, from one that does not come to it. */
static bool take_back_from_slow(tine__crew *crew, int64_t now_ns)
{
    bool any = false;
    for (unsigned i = 0; i < crew->n_hands; i++) {
        tine__hand *hand = &crew->hands[i];
        if (hand->n_begun == hand->n_ended)
            continue;
        int64_t slow_ns = trip_at(hand, hand->n_ended)->moved_ns + TAKE_BACK_NS;
        uint32_t n = 0;
        for (uint32_t t = hand->n_ended; t != hand->n_begun; t++) {
            tine__trip *trip = trip_at(hand, t);
            uint32_t next =
                (uint32_t)atomic_load_explicit(&trip->parcel->claim, memory_order_relaxed);
            n += next < trip->limit ? trip->limit - next : 0;
            if (slow_ns <= now_ns)
                take_back(trip);
        }
        if (n && slow_ns > now_ns)
            look_at(crew, slow_ns);
        any |= n && slow_ns <= now_ns;
    }
    return any;
}

static void dispatch(tine__crew *crew, int64_t now_ns)
{
    bool taken_back = false;
    for (tine__hand *hand; (hand = find_taker(crew));) {
        if (!allowance(crew, hand)) {
            tine__hand_send_home(hand);
        } else if (load(crew, hand, now_ns)) {
            post(hand);
            taken_back = false;
            if (!allowance(crew, hand))
                tine__hand_send_home(hand);
        } else if (hand->n_begun != hand->n_ended || taken_back ||
                   !(taken_back = take_back_from_slow(crew, now_ns))) {
            return;
        }
    }
}

/* Those who submit look at `hungry` after they have made their job public. */
static void feed(tine__crew *crew, int64_t now_ns)
{
    if (crew->broken)
        return;
    dispatch(crew, now_ns);
    bool hungry = find_taker(crew) != NULL;
    if (hungry == atomic_load_explicit(&crew->hungry, memory_order_relaxed))
        return;
    atomic_store_explicit(&crew->hungry, hungry, memory_order_seq_cst);
    if (!hungry)
        return;
    tine__heavy_barrier();
    dispatch(crew, now_ns);
}

static void refill(tine__crew *crew, int64_t now_ns)
{
    for (unsigned i = 0; i < crew->n_hands && !crew->broken && !crew->dismissed; i++) {
        tine__hand *hand = &crew->hands[i];
        if (hand->state != TINE__HAND_GONE)
            continue;
        if (hand->due_ns <= now_ns)
            ask_for(crew, hand);
        else
            look_at(crew, hand->due_ns);
    }
}

/* ---- */

static bool is_waited_for(const tine__crew *crew)
{
    for (unsigned i = 0; i < crew->n_hands; i++)
        if (crew->hands[i].n_begun != crew->hands[i].n_ended ||
            crew->hands[i].state == TINE__HAND_COMES)
            return true;
    return false;
}

/* How often the server is looked for meanwhile. */
#define SERVER_NS 100000000

void tine__crew_pump(tine__crew *crew)
{
    int64_t now_ns = tine__now_ns();
    tine__mutex_lock(&crew->mutex);
    bool late = now_ns >= crew->look_ns;
    crew->look_ns = INT64_MAX;
    for (unsigned i = 0; i < crew->n_hands; i++)
        attend_to(crew, &crew->hands[i], now_ns);
    if (late && is_waited_for(crew))
        look_for_server(crew);
    refill(crew, now_ns);
    feed(crew, now_ns);
    if (crew->broken)
        for (tine__source *s = crew->sources; s; s = s->next)
            s->calls->abandon(s, &crew->why_broken);
    for (tine__source *s = crew->sources; s; s = s->next)
        look_at(crew, s->due_ns);
    if (is_waited_for(crew))
        look_at(crew, now_ns + SERVER_NS);
    bool sooner = crew->minder_sleeps && crew->look_ns < crew->wakes_ns;
    tine__mutex_unlock(&crew->mutex);
    if (sooner)
        tine__crew_ring(crew);
    crew->conclude(crew);
}

/* Ends nothing: the caller may have the lock of a future. */
void tine__crew_announce(tine__crew *crew)
{
    tine__light_barrier();
    if (!atomic_load_explicit(&crew->hungry, memory_order_seq_cst))
        return;
    int64_t now_ns = tine__now_ns();
    tine__mutex_lock(&crew->mutex);
    int64_t look_ns = crew->look_ns;
    feed(crew, now_ns);
    if (is_waited_for(crew))
        look_at(crew, now_ns + SERVER_NS);
    for (unsigned i = 0; i < crew->n_hands; i++)
        if (crew->hands[i].n_begun != crew->hands[i].n_ended)
            enforce(crew, &crew->hands[i], now_ns);
    bool ring = crew->broken ||
                (crew->minder_sleeps && crew->look_ns < look_ns && crew->look_ns < crew->wakes_ns);
    tine__mutex_unlock(&crew->mutex);
    if (ring)
        tine__crew_ring(crew);
}

void tine__crew_interrupt(tine__crew *crew)
{
    tine__mutex_lock(&crew->mutex);
    for (unsigned i = 0; i < crew->n_hands; i++) {
        tine__hand *hand = &crew->hands[i];
        for (uint32_t t = hand->n_ended; t != hand->n_begun; t++) {
            tine__trip *trip = trip_at(hand, t);
            if (trip->source->calls->stop(trip->source, trip))
                take_back(trip);
        }
    }
    tine__mutex_unlock(&crew->mutex);
    tine__crew_pump(crew);
}

tine_status tine__loss_error(tine_error *error, const tine__loss *loss, int64_t index)
{
    tine_error own, *e = error ? error : &own;
    if (loss->timed_out)
        tine__error_set(e, TINE_ETIMEDOUT, "the task's time was over, and its worker was killed");
    else if (loss->signal)
        tine__error_set(e, TINE_EWORKER, "the worker process died of signal %d (%s)", loss->signal,
                        tine__signal_name(loss->signal));
    else
        tine__error_set(e, TINE_EWORKER,
                        "the worker process ended itself with exit code %d: a task returns",
                        loss->code);
    e->sys_errno = loss->signal;
    e->index = index;
    return e->status;
}
