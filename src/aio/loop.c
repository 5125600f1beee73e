/* The loop's thread and its rounds. */
#include "aio/loop.h"
#include "base/alloc.h"
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"
#include "os/clock.h"
#include "os/fp.h"
#include "task/future.h"

#define DEFAULT_STACK_SIZE ((size_t)1 << 20)

/* A round reads so many letters and events before it looks at the clock again. */
#define MOST_LETTERS 1024
#define MOST_EVENTS 128

/* How often the scopes of what is under way are asked: a deadline, or the end of a scope further
 * up, is not announced to their members. */
#define SCOPES_NS 50000000

/* ---- a round */

static void answer_letters(tine_loop *loop)
{
    tine__op *op;
    unsigned letter;
    for (unsigned n = 0; n < MOST_LETTERS && (op = tine__letter_read(loop, &letter)); n++)
        tine__letter_answer(op, letter);
}

static void ring_timers(tine_loop *loop)
{
    int64_t now_ns = tine__now_ns();
    for (tine__timer *timer; (timer = loop->timers.first) && timer->at_ns <= now_ns;)
        tine__op_fall_due((void *)((unsigned char *)timer - offsetof(tine__op, timer)), now_ns);
}

static void end_one(tine__op *op)
{
    tine__op_give_up(op, TINE_ECANCELED);
}

static void for_each_live(tine_loop *loop, void (*call)(tine__op *op))
{
    for (tine__op *op = loop->live, *next; op; op = next) {
        next = op->next_live;
        call(op);
    }
}

static void ask_scopes(tine_loop *loop)
{
    if (!loop->n_scoped || tine__now_ns() < loop->scopes_asked_ns + SCOPES_NS)
        return;
    for_each_live(loop, tine__op_ask_scope);
    loop->scopes_asked_ns = tine__now_ns();
}

/* Until when the thread may sleep. From here on whoever posts a letter wakes it. */
static int64_t lie_down(tine_loop *loop)
{
    int64_t until_ns = loop->timers.first ? loop->timers.first->at_ns : INT64_MAX;
    if (loop->n_scoped)
        until_ns = tine__min(until_ns, loop->scopes_asked_ns + SCOPES_NS);
    tine__mutex_lock(&loop->mutex);
    if (loop->letters)
        until_ns = 0;
    loop->sleeps = until_ns != 0;
    tine__mutex_unlock(&loop->mutex);
    return until_ns;
}

static void await_events(tine_loop *loop)
{
    tine__poll_event events[MOST_EVENTS];
    size_t n = tine__poller_wait(&loop->poller, lie_down(loop), events, MOST_EVENTS);
    tine__mutex_lock(&loop->mutex);
    loop->sleeps = false;
    tine__mutex_unlock(&loop->mutex);
    for (size_t i = 0; i < n; i++)
        tine__loop_dispatch(loop, &events[i]);
}

/* Once the loop is being closed: ends what is under way. True: there is nothing left. */
static bool end_all(tine_loop *loop)
{
    tine__mutex_lock(&loop->mutex);
    bool closing = loop->closing;
    tine__mutex_unlock(&loop->mutex);
    if (!closing)
        return false;
    for_each_live(loop, end_one);
    tine__mutex_lock(&loop->mutex);
    bool finished = loop->n_ended == loop->n_begun;
    tine__mutex_unlock(&loop->mutex);
    return finished;
}

/* Its life is the task that the thread is in the middle of. */
static void run(void *arg)
{
    tine_loop *loop = arg;
    tine__fp fp;
    tine__body body = {.deadline_ns = INT64_MAX, .task = loop->life};
    tine__fp_enter(&fp);
    tine__body_enter(&body);
    for (;;) {
        answer_letters(loop);
        ring_timers(loop);
        ask_scopes(loop);
        if (end_all(loop))
            break;
        await_events(loop);
    }
    tine__body_leave(&body);
    tine__fp_leave(&fp);
}

/* ---- life */

static tine_status live(void *arg, void *value)
{
    (void)arg;
    (void)value;
    return TINE_OK;
}

/* In no scope, whatever the body that opens the loop is in. */
static tine_status make_life(tine_loop *loop, tine_error *error)
{
    tine__body nobody = {.deadline_ns = INT64_MAX};
    tine__body_enter(&nobody);
    tine_status status = tine__promise_make(NULL, live, NULL, NULL, NULL, &loop->life, error);
    tine__body_leave(&nobody);
    return status;
}

/* One whose thread has ended, or was never started. */
static void destroy(tine_loop *loop)
{
    const tine_allocator allocator = loop->allocator;
    if (loop->life && tine__promise_take(loop->life))
        tine__future_conclude(loop->life, NULL, TINE_OK);
    tine_future_release(loop->life);
    TINE__DELETE_ARRAY(&allocator, loop->watched, loop->n_watched);
    tine__poller_close(&loop->poller);
    tine__mutex_destroy(&loop->mutex);
    TINE__DELETE(&allocator, loop);
}

/* A loop that can be destroyed. */
static tine_status create(const tine_loop_options *options, tine_loop **loop_out, tine_error *error)
{
    const tine_allocator *allocator = tine__allocator_or_heap(options->allocator);
    tine_loop *loop = TINE__NEW(allocator, tine_loop);
    if (!loop)
        return tine__error_no_memory(error);
    loop->allocator = *allocator;
    loop->last_letter = &loop->letters;
    loop->dispatched = -1;
    tine_status status = tine__mutex_init(&loop->mutex, error);
    if (status != TINE_OK) {
        TINE__DELETE(allocator, loop);
        return status;
    }
    status = tine__poller_open(&loop->poller, &loop->allocator, error);
    if (status != TINE_OK) {
        tine__mutex_destroy(&loop->mutex);
        TINE__DELETE(allocator, loop);
        return status;
    }
    *loop_out = loop;
    return TINE_OK;
}

tine_status tine_loop_open(const tine_loop_options *options, tine_loop **loop_out,
                           tine_error *error)
{
    tine_loop_options o;
    tine_loop *loop = NULL;
    if (!loop_out)
        return tine__error_set(error, TINE_EINVAL, "loop_out is NULL: the loop needs an owner");
    *loop_out = NULL;
    tine_status status = tine__options_read(&o, sizeof o, options, "tine_loop_options", error);
    if (status == TINE_OK)
        status = create(&o, &loop, error);
    if (status != TINE_OK)
        return status;
    status = make_life(loop, error);
    if (status == TINE_OK)
        status = tine__thread_start(&loop->thread, run, loop,
                                    o.stack_size ? o.stack_size : DEFAULT_STACK_SIZE,
                                    o.name ? o.name : "tine-loop", error);
    if (status != TINE_OK) {
        destroy(loop);
        return status;
    }
    *loop_out = loop;
    return TINE_OK;
}

tine_status tine_loop_close(tine_loop **loop)
{
    if (!loop || !*loop)
        return TINE_OK;
    tine_loop *l = *loop;
    if (tine__future_is_own(l->life))
        return TINE_EINVAL;
    tine__mutex_lock(&l->mutex);
    l->closing = true;
    tine__poller_wake(&l->poller);
    tine__mutex_unlock(&l->mutex);
    tine__thread_join(&l->thread);
    destroy(l);
    *loop = NULL;
    return TINE_OK;
}
