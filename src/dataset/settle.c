/* The type of an inferred column is that of the whole file, which is known when the file has been
 * read. So a terminal starts with the sample's types, in the hope that they hold, and gathers
 * evidence on the way:
 *
 *   the terminal cannot start with these types    -> evidence pass -> start again
 *   the pass succeeds, and the types hold         -> done
 *   the pass succeeds, but the types were wrong   -> start again with the right ones
 *   it fails before it met a value that does not
 *   fit, or at no partition in particular         -> that is the failure
 *   it fails behind such a value                  -> the failure may be a child of the wrong types,
 * and the evidence is incomplete: evidence pass -> start again
 *
 * A failure of an evidence pass has first_failure look whether a value before it fails.
 *
 * "Before" and "behind" go by partitions, so the way taken depends on the input alone. The second
 * start cannot meet a value that does not fit: every row has been seen. */
#include "dataset/settle.h"

#include "base/error.h"

static tine_status begin(tine__call *call, const tine__terminal *terminal, tine_error *error)
{
    return terminal->begin ? terminal->begin(terminal->ctx, call, error) : TINE_OK;
}

tine_status tine__run_streaming(tine__call *call, const tine__terminal *terminal, tine_error *error)
{
    call->final = true;
    tine__outcome outcome;
    tine_status status = begin(call, terminal, error);
    if (status != TINE_OK)
        return status;
    return tine__pass_run(call, terminal, TINE__PASS_PLAIN, &outcome, error);
}

/* An evidence pass looks at no value, so behind its failure may be an earlier one. The types that
 * the rows before the failure speak for find it: whatever types there are to come, the values that
 * fit none, and those of given types, are the same. */
static tine_status first_failure(tine__call *call, const tine__terminal *terminal,
                                 const tine__outcome *outcome, const tine_error *failed,
                                 tine_error *error)
{
    tine__outcome again;
    tine_status status = TINE_OK;
    tine__call_settle(call, outcome->failed_at);
    if (outcome->failed_at != UINT64_MAX)
        status = tine__pass_run(call, terminal, TINE__PASS_CHECK, &again, error);
    return status == TINE_OK ? tine__error_copy(error, failed) : status;
}

tine_status tine__run_evidence(tine__call *call, const tine__terminal *terminal, tine_error *error)
{
    tine__outcome outcome;
    tine_error failed = {0};
    tine_status status = tine__pass_run(call, terminal, TINE__PASS_EVIDENCE, &outcome, &failed);
    if (status == TINE_OK) {
        tine__call_settle(call, UINT64_MAX);
        return TINE_OK;
    }
    return first_failure(call, terminal, &outcome, &failed, error);
}

static bool any_may_change(const tine__call *call, const tine__terminal *terminal)
{
    for (size_t i = 0; i < terminal->n_columns; i++)
        if (tine__call_may_change(call, terminal->columns[i]))
            return true;
    for (size_t f = 0; f < call->plan->n_filters; f++)
        for (size_t i = 0; i < call->plan->filters[f]->n_columns; i++)
            if (tine__call_may_change(call, call->plan->filters[f]->columns[i]))
                return true;
    return false;
}

/* The first start. *again: its types were wrong; *complete: and the evidence for the right ones is
 * there. */
static tine_status first_start(tine__call *call, const tine__terminal *terminal, bool *again,
                               bool *complete, tine_error *error)
{
    *again = *complete = false;
    tine__outcome outcome;
    tine_status status = begin(call, terminal, error);
    if (status != TINE_OK) {
        *again = status == TINE_END;
        return status;
    }
    status = tine__pass_run(call, terminal, TINE__PASS_GATHER, &outcome, error);
    *complete = status == TINE_OK;
    *again = *complete ? tine__call_settle(call, UINT64_MAX)
                       : outcome.wrong_at <= outcome.failed_at && outcome.failed_at != UINT64_MAX;
    return status;
}

tine_status tine__run_settled(tine__call *call, const tine__terminal *terminal, tine_error *error)
{
    if (!any_may_change(call, terminal))
        return tine__run_streaming(call, terminal, error);
    bool again, complete;
    tine_error first = {0};
    tine_status status = first_start(call, terminal, &again, &complete, &first);
    if (!again)
        return status == TINE_OK ? TINE_OK : tine__error_copy(error, &first);
    if (!complete)
        status = tine__run_evidence(call, terminal, error);
    return status == TINE_OK ? tine__run_streaming(call, terminal, error) : status;
}
