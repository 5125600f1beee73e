#include "dataset/runner.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "base/body.h"
#include "base/error.h"

#include <string.h>

/* ---- failures ---- */

static void lower(_Atomic uint64_t *least, uint64_t value)
{
    uint64_t seen = atomic_load_explicit(least, memory_order_relaxed);
    while (value < seen && !atomic_compare_exchange_weak_explicit(
                               least, &seen, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

/* Records r->error as the failure of the current partition. */
static tine_status fail(tine__runner *r)
{
    return tine__lane_fail(r->lane, &r->error);
}

static tine_status fail_no_memory(tine__runner *r)
{
    tine__error_no_memory(&r->error);
    return fail(r);
}

static tine_type slot_type(const tine__runner *r, size_t slot)
{
    return r->pass->call->types[r->pass->slot_column[slot]];
}

static tine_status fail_misfit(tine__runner *r)
{
    tine_type type = r->pass->call->types[r->misfit.column];
    tine__lane_misfit_error(r->lane, &r->misfit, type, &r->error);
    return fail(r);
}

/* ---- conversion ---- */

/* Nothing to do if it was converted for just these rows. */
static tine_status convert(tine__runner *r, size_t slot)
{
    tine__used_column *s = &r->slots[slot];
    size_t column = r->pass->slot_column[slot];
    if (s->stage == r->stage)
        return TINE_OK;
    bool inferred = tine__csv_column_at(r->pass->call->plan->csv, column)->inferred;
    s->misfit = (tine__misfit){.row = SIZE_MAX};
    tine__evidence before = s->evidence;
    tine_status status =
        tine__lane_convert(r->lane, column, slot_type(r, slot), r->selected ? r->selection : NULL,
                           r->n_left, &s->array, inferred ? &s->evidence : NULL, &s->misfit);
    tine__sightings_add(&s->seen, s->evidence & ~before, r->partition.ordinal);
    if (status == TINE_OK)
        s->stage = r->stage;
    return status;
}

static bool earlier(const tine__misfit *a, const tine__misfit *b)
{
    return a->row < b->row || (a->row == b->row && a->row != SIZE_MAX && a->column < b->column);
}

/* Leaves only the rows before `row`. */
static void cut(tine__runner *r, size_t row)
{
    size_t n = 0;
    if (!r->selected)
        n = row < r->n_left ? row : r->n_left;
    else
        while (n < r->n_left && r->selection[n] < row)
            n++;
    if (n == r->n_left)
        return;
    r->n_left = n;
    r->stage++;
}

/* Converts columns for the rows that are left. A row in which a value does not fit, and those
 * behind it, are no longer left: what is to be found out now is whether there is a failure before
 * it. */
static tine_status convert_all(tine__runner *r, const size_t *columns, size_t n)
{
    const size_t *slot = r->pass->column_slot;
    tine_status status = TINE_OK;
    for (size_t i = 0; status == TINE_OK && i < n; i++) {
        status = convert(r, slot[columns[i]]);
        if (status == TINE_OK && earlier(&r->slots[slot[columns[i]]].misfit, &r->misfit))
            r->misfit = r->slots[slot[columns[i]]].misfit;
    }
    if (r->misfit.row != SIZE_MAX)
        cut(r, r->misfit.row);
    for (size_t i = 0; status == TINE_OK && i < n; i++)
        status = convert(r, slot[columns[i]]);
    return status;
}

/* The columns as a batch of the rows that are left. */
static void show(tine__runner *r, const size_t *columns, size_t n, tine_batch *view)
{
    const tine__call *call = r->pass->call;
    for (size_t i = 0; i < n; i++) {
        const tine__used_column *slot = &r->slots[r->pass->column_slot[columns[i]]];
        tine__array_view(&slot->array, tine__plan_name(call->plan, columns[i]), &r->columns[i]);
    }
    tine__batch_view(view, call->keeper, r->columns, n, r->n_left);
}

/* ---- evidence ---- */

static bool in_doubt(const tine__runner *r)
{
    uint64_t at = atomic_load_explicit(&r->pass->wrong_at, memory_order_relaxed);
    return at <= r->partition.ordinal;
}

static void note_witness(tine__runner *r, tine__used_column *s, tine_type type)
{
    if (s->witness.ordinal != UINT64_MAX)
        return;
    tine_error where;
    tine__lane_misfit_error(r->lane, &s->misfit, type, &where);
    s->witness = (tine__witness){r->partition.ordinal, where.line};
}

/* Converts every unsettled column for all rows. A value that no inferred type admits is not text at
 * all, and an error in any case; any other that does not fit means that the type is wrong. */
static tine_status gather(tine__runner *r)
{
    tine__pass *pass = r->pass;
    for (size_t i = 0; i < pass->n_slots; i++) {
        tine__used_column *s = &r->slots[i];
        if (!tine__call_may_change(pass->call, pass->slot_column[i]))
            continue;
        tine_status status = convert(r, i);
        if (status != TINE_OK)
            return status;
        if (s->misfit.row != SIZE_MAX && slot_type(r, i) != TINE_STRING) {
            note_witness(r, s, slot_type(r, i));
            lower(&pass->wrong_at, r->partition.ordinal);
        }
    }
    return TINE_OK;
}

/* ---- filters ---- */

/* Keeps the rows whose bits are set. In place: a row never moves up. */
static void narrow(tine__runner *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_left; i++)
        if (tine__bit_get(r->keep, i))
            r->selection[n++] = r->selected ? r->selection[i] : (uint32_t)i;
    if (n < r->n_left)
        r->stage++;
    r->n_left = n;
    r->selected = true;
}

static bool make_room(tine__runner *r)
{
    const tine_allocator *a = r->pass->call->allocator;
    void *selection = r->selection, *keep = r->keep;
    bool grown =
        tine__grow(a, &selection, &r->selection_capacity, r->selected ? r->n_left : 0, r->n_left,
                   sizeof *r->selection, _Alignof(uint32_t)) &&
        tine__grow(a, &keep, &r->keep_capacity, 0, tine__bitmap_bytes(r->n_left), 1, TINE__ALIGN);
    r->selection = selection;
    r->keep = keep;
    return grown;
}

static tine_status apply(tine__runner *r, const tine__filter *filter)
{
    tine_status status = convert_all(r, filter->columns, filter->n_columns);
    if (status != TINE_OK || r->n_left == 0)
        return status;
    if (!make_room(r))
        return fail_no_memory(r);
    memset(r->keep, 0, tine__bitmap_bytes(r->n_left));
    tine_batch view;
    show(r, filter->columns, filter->n_columns, &view);
    tine__callback callback;
    tine__callback_enter(&callback, &r->error);
    status = filter->fn(&view, r->keep, filter->ctx);
    status = tine__callback_leave(&callback, status, (int64_t)r->partition.ordinal);
    if (status != TINE_OK)
        return fail(r);
    narrow(r);
    return TINE_OK;
}

/* ---- batches and partitions ---- */

static bool hands_on(const tine__pass *pass)
{
    return pass->kind == TINE__PASS_PLAIN || pass->kind == TINE__PASS_GATHER;
}

static tine_status hand_on(tine__runner *r)
{
    const tine__terminal *terminal = r->pass->terminal;
    tine_batch view;
    show(r, terminal->columns, terminal->n_columns, &view);
    tine__piece piece = {&view, &r->partition, r->lane, r->selected ? r->selection : NULL};
    tine_status status = terminal->batch(terminal->ctx, r->index, &piece, &r->error);
    return status == TINE_OK ? TINE_OK : fail(r);
}

static tine_status run_batch(tine__runner *r, size_t n_rows)
{
    const tine__pass *pass = r->pass;
    const tine_dataset *plan = pass->call->plan;
    r->n_left = n_rows;
    r->selected = false;
    r->stage++;
    r->misfit = (tine__misfit){.row = SIZE_MAX};
    bool gathers = pass->kind == TINE__PASS_GATHER || pass->kind == TINE__PASS_EVIDENCE;
    tine_status status = gathers ? gather(r) : TINE_OK;
    if (status != TINE_OK || pass->kind == TINE__PASS_EVIDENCE || in_doubt(r))
        return status;
    for (size_t i = 0; status == TINE_OK && i < plan->n_filters && r->n_left; i++)
        status = apply(r, plan->filters[i]);
    if (status == TINE_OK && r->n_left)
        status = convert_all(r, pass->terminal->columns, pass->terminal->n_columns);
    if (status != TINE_OK)
        return status;
    if (r->misfit.row != SIZE_MAX)
        return fail_misfit(r);
    return r->n_left && hands_on(pass) ? hand_on(r) : TINE_OK;
}

static tine_status run_partition(tine__runner *r)
{
    size_t n_rows;
    tine_status status;
    while ((status = tine__lane_rows(r->lane, &n_rows)) == TINE_OK) {
        status = run_batch(r, n_rows);
        if (status != TINE_OK)
            return status;
    }
    const tine__terminal *terminal = r->pass->terminal;
    if (status != TINE_END || !hands_on(r->pass) || !terminal->partition_end)
        return status == TINE_END ? TINE_OK : status;
    status = terminal->partition_end(terminal->ctx, r->index, &r->partition, &r->error);
    return status == TINE_OK ? TINE_OK : fail(r);
}

void tine__runner_run(tine__runner *runner)
{
    tine_status status;
    while ((status = tine__lane_claim(runner->lane, &runner->partition)) != TINE_END) {
        if (status == TINE_OK)
            status = run_partition(runner);
        if (status != TINE_OK)
            lower(&runner->pass->failed_at, runner->partition.ordinal);
        tine__progress_tick(&runner->pass->call->progress, runner->pass->scan);
    }
}

tine_status tine__runner_open(tine__runner *runner, tine__pass *pass, size_t index,
                              tine_error *error)
{
    const tine_allocator *a = pass->call->allocator;
    runner->pass = pass;
    runner->index = index;
    runner->slots = TINE__NEW_ARRAY(a, tine__used_column, pass->n_slots);
    for (size_t i = 0; runner->slots && i < pass->n_slots; i++) {
        runner->slots[i] = (tine__used_column){.witness.ordinal = UINT64_MAX};
        tine__sightings_init(&runner->slots[i].seen, 0);
        tine__array_init(&runner->slots[i].array, slot_type(runner, i));
    }
    runner->columns = TINE__NEW_ARRAY(a, tine_column, pass->max_view);
    if ((pass->n_slots && !runner->slots) || (pass->max_view && !runner->columns))
        return tine__error_no_memory(error);
    return tine__lane_open(pass->scan, &runner->lane, error);
}

/* Adds what the lane has seen to what the call knows. */
static void testify(const tine__runner *r)
{
    for (size_t i = 0; i < r->pass->n_slots; i++) {
        size_t column = r->pass->slot_column[i];
        tine__witness *first = &r->pass->call->witnesses[column];
        tine__sightings_join(&r->pass->call->seen[column], &r->slots[i].seen);
        if (r->slots[i].witness.ordinal < first->ordinal)
            *first = r->slots[i].witness;
    }
}

void tine__runner_close(tine__runner *runner)
{
    if (!runner->pass)
        return;
    const tine_allocator *a = runner->pass->call->allocator;
    tine__lane_close(&runner->lane);
    if (runner->slots)
        testify(runner);
    for (size_t i = 0; runner->slots && i < runner->pass->n_slots; i++)
        tine__array_free(&runner->slots[i].array, a);
    TINE__DELETE_ARRAY(a, runner->slots, runner->pass->n_slots);
    TINE__DELETE_ARRAY(a, runner->columns, runner->pass->max_view);
    TINE__DELETE_ARRAY(a, runner->selection, runner->selection_capacity);
    tine__free(a, runner->keep, runner->keep_capacity, TINE__ALIGN);
}
