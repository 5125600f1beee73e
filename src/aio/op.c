/* What happens to operations, whatever they are: letters, their making, their steps and ends. */
#include "aio/loop.h"
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"
#include "base/size.h"
#include "os/clock.h"
#include "task/future.h"
#include "task/scope.h"

#include <string.h>

/* ---- letters */

/* With the mutex held, to the end of the call: once the thread has the letter, the loop may be gone
 * as soon as the mutex is free. */
static void post(tine__op *op, unsigned letter)
{
    tine_loop *loop = op->loop;
    if (!op->letter) {
        op->next_letter = NULL;
        *loop->last_letter = op;
        loop->last_letter = &op->next_letter;
    }
    op->letter |= letter;
    if (loop->sleeps)
        tine__poller_wake(&loop->poller);
    loop->sleeps = false;
}

tine__op *tine__letter_read(tine_loop *loop, unsigned *letter_out)
{
    tine__mutex_lock(&loop->mutex);
    tine__op *op = loop->letters;
    if (op) {
        *letter_out = op->letter;
        op->letter = 0;
        loop->letters = op->next_letter;
        if (!loop->letters)
            loop->last_letter = &loop->letters;
    }
    tine__mutex_unlock(&loop->mutex);
    return op;
}

static void send(tine__op *op, unsigned letter)
{
    tine_loop *loop = op->loop;
    tine__mutex_lock(&loop->mutex);
    post(op, letter);
    tine__mutex_unlock(&loop->mutex);
}

void tine__op_poke(tine__op *op)
{
    send(op, TINE__POKED);
}

/* The promise is locked, hence not done: the operation is the loop's still. */
static void cancel_asked(void *arg)
{
    send(arg, TINE__ASKED);
}

static bool has_letter(tine__op *op)
{
    tine_loop *loop = op->loop;
    tine__mutex_lock(&loop->mutex);
    bool has = op->letter != 0;
    tine__mutex_unlock(&loop->mutex);
    return has;
}

/* ---- making operations */

/* The promise's task: what has become of the operation is its end. */
static tine_status hand_over(void *arg, void *value)
{
    tine__op *op = arg;
    if (op->status == TINE_OK) {
        if (value)
            memcpy(value, op->result, op->value_size);
        return TINE_OK;
    }
    return tine__body_fail(&op->loop->record);
}

/* The future of an operation has ended, or there is none after all. */
static void future_ended(void *arg)
{
    tine__op *op = arg;
    tine_loop *loop = op->loop;
    if (op->settled)
        return;
    tine__mutex_lock(&loop->mutex);
    op->dropped = true;
    if (op->queued)
        post(op, TINE__DROPPED);
    tine__mutex_unlock(&loop->mutex);
}

tine_status tine__op_options_read(tine__op_options *out, const tine_io_options *given,
                                  size_t value_size, tine_error *error)
{
    tine_io_options o;
    tine_status status = tine__options_read(&o, sizeof o, given, "tine_io_options", error);
    if (status != TINE_OK)
        return status;
    if (o.timeout_ns < 0)
        return tine__error_set(error, TINE_EINVAL, "timeout_ns is negative: 0 means no limit");
    *out = (tine__op_options){o.scope, o.timeout_ns, value_size};
    return TINE_OK;
}

tine_status tine__check_descriptor(int fd, tine_error *error)
{
    return fd >= 0 ? TINE_OK : tine__error_set(error, TINE_EINVAL, "%d is no open descriptor", fd);
}

/* Counts an operation that is going to be made. */
static tine_status admit(tine_loop *loop, tine_error *error)
{
    tine__mutex_lock(&loop->mutex);
    bool closing = loop->closing;
    loop->n_begun += !closing;
    tine__mutex_unlock(&loop->mutex);
    return closing ? tine__error_set(error, TINE_ECANCELED, "the loop is being closed") : TINE_OK;
}

static void uncount(tine_loop *loop)
{
    tine__mutex_lock(&loop->mutex);
    loop->n_begun--;
    if (loop->closing)
        tine__poller_wake(&loop->poller);
    tine__mutex_unlock(&loop->mutex);
}

tine_status tine__op_make(tine_loop *loop, const tine__op_kind *kind, tine__op *op, size_t size,
                          const tine__op_options *options, tine_future **future_out,
                          tine__op **op_out, tine_error *error)
{
    tine_task_options o = TINE_TASK_OPTIONS_INIT;
    tine_future *future;
    if (!loop || !future_out)
        return tine__error_set(error, TINE_EINVAL, "loop or future_out is NULL");
    *future_out = NULL;
    tine_status status = admit(loop, error);
    if (status != TINE_OK)
        return status;
    op->kind = kind;
    op->loop = loop;
    op->value_size = options->value_size;
    op->status = TINE_END;
    op->pause_ns = INT64_MAX;
    op->deadline_ns = tine__deadline_after(options->timeout_ns ? options->timeout_ns : INT64_MAX);
    o.scope = options->scope;
    o.arg_size = size;
    o.value_size = options->value_size;
    o.arg_free = future_ended;
    status = tine__promise_make(loop->life, hand_over, cancel_asked, op, &o, &future, error);
    if (status != TINE_OK) {
        uncount(loop);
        return status;
    }
    *op_out = future->arg;
    (*op_out)->future = future;
    *future_out = future;
    return TINE_OK;
}

void tine__op_queue(tine__op *op)
{
    tine_loop *loop = op->loop;
    tine__mutex_lock(&loop->mutex);
    op->queued = true;
    post(op, op->dropped ? TINE__ARRIVED | TINE__DROPPED : TINE__ARRIVED);
    tine__mutex_unlock(&loop->mutex);
}

tine_status tine__op_begin(tine_loop *loop, const tine__op_kind *kind, tine__op *op, size_t size,
                           const tine_io_options *options, size_t value_size,
                           tine_future **future_out, tine_error *error)
{
    tine__op_options o;
    tine__op *made;
    tine_status status = tine__op_options_read(&o, options, value_size, error);
    if (status == TINE_OK)
        status = tine__op_make(loop, kind, op, size, &o, future_out, &made, error);
    if (status == TINE_OK)
        tine__op_queue(made);
    return status;
}

/* ---- the ends of operations */

static void set_timer(tine__op *op)
{
    int64_t at_ns = tine__min(op->deadline_ns, op->pause_ns);
    if (op->timed)
        tine__timers_remove(&op->loop->timers, &op->timer);
    op->timed = at_ns != INT64_MAX;
    if (op->timed)
        tine__timers_add(&op->loop->timers, &op->timer, at_ns);
}

tine_status tine__op_pause(tine__op *op, int64_t pause_ns)
{
    op->pause_ns = tine__deadline_after(pause_ns);
    set_timer(op);
    return TINE_END;
}

/* It waits for nothing any more. */
static void rest(tine__op *op)
{
    op->over = true;
    op->deadline_ns = op->pause_ns = INT64_MAX;
    set_timer(op);
    tine__op_unwatch(op);
}

/* Lets go of one that is over, if there is nothing left of it, not even a letter. */
static void clean(tine__op *op)
{
    tine_loop *loop = op->loop;
    if ((op->kind->clean && op->kind->clean(op) == TINE_END) || has_letter(op))
        return;
    *op->live_link = op->next_live;
    if (op->next_live)
        op->next_live->live_link = op->live_link;
    loop->n_scoped -= op->scoped;
    loop->n_ended++;
    tine_future_release(op->future);
}

void tine__op_settle(tine__op *op, tine_status status)
{
    rest(op);
    op->status = status;
    op->settled = true;
    tine_future_retain(op->future); /* for the cleaning */
    tine__future_conclude(op->future, NULL, TINE_OK);
    clean(op);
}

/* One whose promise is taken, for a reason that is not its own. */
static void stop(tine__op *op, tine_status status)
{
    tine__stop_error(&op->loop->record, status);
    tine__op_settle(op, status);
}

static void put_back(tine__op *op)
{
    if (!tine__promise_put_back(op->future))
        stop(op, TINE_ECANCELED);
}

void tine__op_advance(tine__op *op, unsigned events)
{
    tine__op_unwatch(op);
    if (op->over) {
        clean(op);
        return;
    }
    if (!op->holds && !tine__promise_take(op->future))
        return;
    tine_status status = op->kind->step(op, events, &op->loop->record);
    if (status != TINE_END)
        tine__op_settle(op, status);
    else if (!op->holds)
        put_back(op);
}

void tine__op_give_up(tine__op *op, tine_status status)
{
    if (op->over)
        return;
    if (op->holds) {
        op->asked = op->asked == TINE_OK ? status : op->asked;
        tine__op_advance(op, 0);
    } else if (tine__promise_take(op->future)) {
        stop(op, status);
    }
}

/* ---- what the rounds do with them */

static void arrive(tine__op *op)
{
    tine_loop *loop = op->loop;
    op->scoped = tine__future_details(op->future)->scope != NULL;
    op->next_live = loop->live;
    op->live_link = &loop->live;
    if (loop->live)
        loop->live->live_link = &op->next_live;
    loop->live = op;
    loop->n_scoped += op->scoped;
    set_timer(op);
}

static void drop(tine__op *op)
{
    rest(op);
    clean(op);
}

void tine__letter_answer(tine__op *op, unsigned letter)
{
    if (letter & TINE__ARRIVED)
        arrive(op);
    if (letter & TINE__POKED)
        op->poked = true;
    if (letter & TINE__DROPPED)
        drop(op);
    else if (letter & TINE__ASKED && op->holds && !op->over)
        tine__op_give_up(op, TINE_ECANCELED);
    else
        tine__op_advance(op, 0);
}

void tine__op_fall_due(tine__op *op, int64_t now_ns)
{
    bool paused = op->pause_ns <= now_ns;
    if (paused)
        op->pause_ns = INT64_MAX;
    else
        op->deadline_ns = INT64_MAX;
    set_timer(op);
    if (paused)
        tine__op_advance(op, 0);
    else
        tine__op_give_up(op, TINE_ETIMEDOUT);
}

/* A scope stays as long as it has a member whose promise is taken. */
void tine__op_ask_scope(tine__op *op)
{
    if (!op->scoped || op->over || (!op->holds && !tine__promise_take(op->future)))
        return;
    tine_status status = tine__scope_status(tine__future_details(op->future)->scope);
    if (!op->holds && status == TINE_OK)
        put_back(op);
    else if (!op->holds)
        stop(op, status);
    else if (status != TINE_OK)
        tine__op_give_up(op, status);
}
