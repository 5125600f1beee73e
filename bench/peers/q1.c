#include "q1.h"
#include "task.h"

enum { LAST_DAY = 10471 }; /* 1998-09-02 */

const char *const q1_columns[Q1_COLUMNS] = {
    "returnflag", "linestatus", "shipdate", "quantity", "extendedprice", "discount", "tax",
};

static int64_t hundredths(double x)
{
    return (int64_t)(x * 100 + 0.5);
}

static char letter(const tine_column *column, size_t row)
{
    return column->data[column->offsets[row]];
}

/* Without a branch: the flags are random. */
static size_t group_of(char flag, char status)
{
    return (size_t)(3 * (status == 'O') + (flag == 'N') + 2 * (flag == 'R'));
}

tine_status q1_fold(void *state, const tine_batch *batch, void *ctx)
{
    q1_group *groups = ((q1_state *)state)->groups;
    tine_column c[Q1_COLUMNS];
    (void)ctx;
    for (size_t i = 0; i < Q1_COLUMNS; i++) {
        if (tine_batch_column(batch, i, &c[i]) != TINE_OK || c[i].null_count > 0)
            return tine_fail(TINE_EFORMAT, -1, "no column %s without nulls", q1_columns[i]);
    }
    const int32_t *days = c[2].values;
    const int64_t *quantity = c[3].values;
    const double *price = c[4].values, *discount = c[5].values, *tax = c[6].values;
    for (size_t row = 0; row < tine_batch_rows(batch); row++) {
        if (days[row] > LAST_DAY)
            continue;
        q1_group *group = &groups[group_of(letter(&c[0], row), letter(&c[1], row))];
        const int64_t cents = hundredths(price[row]), off = hundredths(discount[row]);
        const int64_t discounted = cents * (100 - off);
        group->count++;
        group->quantity += quantity[row];
        group->price += cents;
        group->discount += off;
        group->discounted += discounted;
        group->charged += discounted * (100 + hundredths(tax[row]));
    }
    return TINE_OK;
}

static tine_status merge(void *state, void *right, void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < Q1_GROUPS; i++) {
        q1_group *a = &((q1_state *)state)->groups[i];
        const q1_group *b = &((const q1_state *)right)->groups[i];
        a->count += b->count;
        a->quantity += b->quantity;
        a->price += b->price;
        a->discount += b->discount;
        a->discounted += b->discounted;
        a->charged += b->charged;
    }
    return TINE_OK;
}

const tine_reducer q1_reducer = {
    .struct_size = sizeof q1_reducer, .size = sizeof(q1_state), .merge = merge};

void q1_answer(const q1_state *state)
{
    for (int i = 0; i < Q1_GROUPS; i++) {
        const q1_group *g = &state->groups[i];
        const char flag = "ANR"[i % 3], status = "FO"[i / 3];
        const double n = (double)g->count;
        if (g->count == 0)
            continue;
        task_answer_count((uint64_t)g->count, "%c|%c|count", flag, status);
        task_answer((double)g->quantity, "%c|%c|sum_qty", flag, status);
        task_answer((double)g->price / 1e2, "%c|%c|sum_price", flag, status);
        task_answer((double)g->discounted / 1e4, "%c|%c|sum_disc", flag, status);
        task_answer((double)g->charged / 1e6, "%c|%c|sum_charge", flag, status);
        task_answer((double)g->quantity / n, "%c|%c|avg_qty", flag, status);
        task_answer((double)g->price / 1e2 / n, "%c|%c|avg_price", flag, status);
        task_answer((double)g->discount / 1e2 / n, "%c|%c|avg_disc", flag, status);
    }
}
