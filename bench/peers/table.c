#include "table.h"
#include <math.h>
#include <string.h>

enum { MAX_ANSWERED_ROWS = 1000, MAX_KEY = 256 };

/* The digits behind the first two letters. */
static double id_number(tine_string s)
{
    double number = 0;
    for (size_t i = 2; i < s.size; i++)
        number = 10 * number + (s.data[i] - '0');
    return number;
}

double table_number(const tine_column *column, bool is_id, size_t row)
{
    if (tine_is_null(column, row))
        return 0;
    switch (column->type) {
    case TINE_INT64:
        return (double)((const int64_t *)column->values)[row];
    case TINE_DOUBLE:
        return ((const double *)column->values)[row];
    case TINE_DATE:
        return ((const int32_t *)column->values)[row];
    case TINE_TIMESTAMP:
        return (double)((const int64_t *)column->values)[row] / 1e6;
    case TINE_STRING: {
        const tine_string s = tine_string_at(column, row);
        return is_id ? id_number(s) : (double)s.size;
    }
    default:
        bench_fail("column %s has type %d", column->name, (int)column->type);
    }
}

typedef struct digest {
    const char *name;
    bool is_string, is_id;
    uint64_t nulls;
    double least, greatest;
    long double sum, dot; /* so that it is the peers whose sums are off */
} digest;

static void get_column(const tine_batch *batch, size_t i, tine_column *column)
{
    if (tine_batch_column(batch, i, column) != TINE_OK)
        bench_fail("no column %zu", i);
}

static void digest_batch(digest *d, const tine_batch *batch, size_t i)
{
    tine_column column, before;
    get_column(batch, i, &column);
    get_column(batch, i > 0 ? i - 1 : 0, &before);
    const bool before_is_id = i > 0 && d[-1].is_id;
    d->nulls += column.null_count;
    for (size_t row = 0; row < column.length; row++) {
        const double x = table_number(&column, d->is_id, row);
        d->sum += x;
        if (i > 0)
            d->dot += (long double)x * table_number(&before, before_is_id, row);
        if (!tine_is_null(&column, row)) {
            d->least = fmin(d->least, x);
            d->greatest = fmax(d->greatest, x);
        }
    }
}

static void answer_digest(const digest *d, bool is_first)
{
    task_answer((double)d->sum, "%s.sum", d->name);
    if (!is_first)
        task_answer((double)d->dot, "%s.dot", d->name);
    if (d->is_string)
        return;
    task_answer_count(d->nulls, "%s.nulls", d->name);
    task_answer(d->least, "%s.least", d->name);
    task_answer(d->greatest, "%s.greatest", d->name);
}

void table_answer_digest(const task *t, const tine_table *table)
{
    digest digests[TASK_MAX_COLUMNS] = {{0}};
    const size_t n_columns = tine_batch_columns(tine_table_batch(table, 0));
    for (size_t i = 0; i < n_columns; i++) {
        digest *d = &digests[i];
        tine_column column;
        get_column(tine_table_batch(table, 0), i, &column);
        d->name = column.name;
        d->is_id = task_type(t, column.name, "id");
        d->is_string = column.type == TINE_STRING && !d->is_id;
        d->least = INFINITY;
        d->greatest = -INFINITY;
        for (size_t k = 0; k < tine_table_batches(table); k++)
            digest_batch(d, tine_table_batch(table, k), i);
        answer_digest(d, i == 0);
    }
}

/* The keys of a row, with a bar between them. */
static void join_keys(char *out, const tine_batch *batch, size_t n_keys, size_t row)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n_keys && n < MAX_KEY; i++) {
        tine_column column;
        get_column(batch, i, &column);
        const char *bar = i > 0 ? "|" : "";
        int added;
        if (column.type == TINE_STRING) {
            const tine_string s = tine_string_at(&column, row);
            added = snprintf(out + n, MAX_KEY - n, "%s%.*s", bar, (int)s.size, s.data);
        } else
            added =
                snprintf(out + n, MAX_KEY - n, "%s%.17g", bar, table_number(&column, false, row));
        n += (size_t)added;
    }
}

void table_answer_groups(const task *t, const tine_table *table, size_t n_keys)
{
    char key[MAX_KEY];
    const size_t n_rows = tine_table_rows(table);
    task_answer_count(n_rows, "groups");
    if (n_rows > MAX_ANSWERED_ROWS) {
        table_answer_digest(t, table);
        return;
    }
    const tine_batch *batch = tine_table_batch(table, 0);
    for (size_t i = n_keys; i < tine_batch_columns(batch); i++) {
        tine_column column;
        get_column(batch, i, &column);
        for (size_t row = 0; row < n_rows; row++) {
            join_keys(key, batch, n_keys, row);
            task_answer(table_number(&column, false, row), "%s|%s", key, column.name);
        }
    }
}
