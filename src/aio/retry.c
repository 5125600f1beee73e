/* Attempt after attempt, until one succeeds. Each is a future of its own, of whatever kind: a
 * continuation of it pokes the operation, which looks what has become of it and sleeps before the
 * next. */
#include "aio/op.h"
#include "base/body.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/options.h"
#include "task/future.h"
#include "task/scope.h"

#define DEFAULT_ATTEMPTS 5
#define DEFAULT_FIRST_PAUSE_NS 100000000
#define DEFAULT_LONGEST_PAUSE_NS 30000000000

/* If there is no memory for the continuation, the attempt is asked so often whether it has ended.
 */
#define ASK_NS 10000000

typedef struct retry_op {
    tine__op op;
    tine_retry_options o;
    tine_attempt_fn start;
    void *ctx;
    unsigned n_attempts;  /* that were started */
    tine_future *attempt; /* the latest; NULL: it has ended, and a pause is on */
    bool follows;         /* the attempt will poke, and has not yet */
} retry_op;

/* ---- one attempt */

static tine_status attempt_ended(const tine_future *done, void *arg, void *value)
{
    (void)done;
    (void)value;
    tine__op_poke(arg);
    return TINE_OK;
}

/* Whether it will not touch the operation any more. */
static bool has_ended(retry_op *r)
{
    return r->follows ? r->op.poked : tine_future_done(r->attempt);
}

static tine_status await(retry_op *r)
{
    return r->follows ? TINE_END : tine__op_pause(&r->op, ASK_NS);
}

static void forget_attempt(retry_op *r)
{
    tine_future_release(r->attempt);
    r->attempt = NULL;
    r->follows = false;
}

/* Until it has ended, what it was lent is its. */
static tine_status follow(retry_op *r)
{
    r->op.poked = false;
    r->op.holds = true;
    r->follows =
        tine_future_then(r->attempt, NULL, attempt_ended, &r->op, NULL, NULL, NULL) == TINE_OK;
    return await(r);
}

static tine_status call_start(retry_op *r, tine_error *error)
{
    tine__callback callback;
    tine__callback_enter(&callback, error);
    tine_status status = r->start(r->n_attempts++, r->ctx, &r->attempt);
    status = tine__callback_leave(&callback, status, -1);
    if (status == TINE_OK && !r->attempt)
        status = tine__error_set(error, TINE_EINVAL, "the attempt was started, but gave no future");
    return status;
}

/* ---- between attempts */

/* First, twice as long, ...; each drawn from its upper half, so that those who failed together do
 * not come again together. */
static int64_t next_pause_ns(const retry_op *r)
{
    int64_t pause_ns = r->o.first_pause_ns;
    for (unsigned i = 1; i < r->n_attempts && pause_ns < r->o.longest_pause_ns / 2; i++)
        pause_ns *= 2;
    if (r->n_attempts > 1 && pause_ns >= r->o.longest_pause_ns / 2)
        pause_ns = r->o.longest_pause_ns;
    uint64_t seed = r->o.seed ? r->o.seed : (uint64_t)(uintptr_t)r;
    uint64_t half_ns = (uint64_t)pause_ns / 2;
    return pause_ns - (int64_t)(tine__hash_word(r->n_attempts, seed) % (half_ns + 1));
}

static bool is_worth_it(const retry_op *r, tine_status status, const tine_error *error)
{
    if (r->n_attempts >= r->o.n_attempts)
        return false;
    if (r->o.again)
        return r->o.again(status, error, r->ctx);
    return status != TINE_EINVAL && status != TINE_ENOMEM && status != TINE_ECANCELED;
}

static tine_status judge(retry_op *r, tine_status status, tine_error *error)
{
    if (!is_worth_it(r, status, error))
        return status;
    return tine__op_pause(&r->op, next_pause_ns(r));
}

/* ---- the operation */

static tine_status take_value(retry_op *r, tine_error *error)
{
    r->op.result = tine_future_value(r->attempt);
    if (r->op.result || !r->op.value_size)
        return TINE_OK;
    return tine__error_set(error, TINE_EINVAL,
                           "the retry has a value_size of %zu, but the attempt's future no value",
                           r->op.value_size);
}

/* The attempt has ended. */
static tine_status look(retry_op *r, tine_error *error)
{
    r->op.holds = false;
    tine_status status = tine__future_result(r->attempt, error);
    if (status == TINE_OK)
        return take_value(r, error);
    forget_attempt(r);
    return r->op.asked == TINE_OK ? judge(r, status, error) : tine__stop_error(error, r->op.asked);
}

static tine_status retry_step(tine__op *op, unsigned events, tine_error *error)
{
    retry_op *r = (retry_op *)op;
    (void)events;
    if (!r->attempt) {
        tine_status status = call_start(r, error);
        return status == TINE_OK ? follow(r) : judge(r, status, error);
    }
    if (has_ended(r))
        return look(r, error);
    if (op->asked != TINE_OK)
        tine_future_cancel(r->attempt);
    return await(r);
}

static tine_status retry_clean(tine__op *op)
{
    forget_attempt((retry_op *)op);
    return TINE_OK;
}

static const tine__op_kind retry_kind = {retry_step, retry_clean};

static tine_status read_options(tine_retry_options *out, const tine_retry_options *given,
                                tine_error *error)
{
    tine_status status = tine__options_read(out, sizeof *out, given, "tine_retry_options", error);
    if (status != TINE_OK)
        return status;
    if (out->first_pause_ns < 0 || out->longest_pause_ns < 0)
        return tine__error_set(error, TINE_EINVAL, "a pause is negative: 0 means the default");
    if (!out->n_attempts)
        out->n_attempts = DEFAULT_ATTEMPTS;
    if (!out->first_pause_ns)
        out->first_pause_ns = DEFAULT_FIRST_PAUSE_NS;
    if (!out->longest_pause_ns)
        out->longest_pause_ns = DEFAULT_LONGEST_PAUSE_NS;
    return TINE_OK;
}

tine_status tine_loop_retry(tine_loop *loop, tine_attempt_fn start, void *ctx,
                            const tine_retry_options *retry, const tine_io_options *options,
                            tine_future **future_out, tine_error *error)
{
    retry_op r = {.start = start, .ctx = ctx};
    if (!start)
        return tine__error_set(error, TINE_EINVAL, "the function that starts an attempt is NULL");
    tine_status status = read_options(&r.o, retry, error);
    return status == TINE_OK ? tine__op_begin(loop, &retry_kind, &r.op, sizeof r, options,
                                              r.o.value_size, future_out, error)
                             : status;
}
