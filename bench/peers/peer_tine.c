/* Tine among its peers: does one task once, and says what it took and what it found.
 *
 *     peer-tine FILE WORKERS DELIMITER NAME:TYPE,... TASK [ARGUMENT]...
 */
#include "q1.h"
#include "table.h"
#include <math.h>
#include <string.h>

typedef struct context {
    task t;
    tine_run run;
    tine_dataset *data; /* opened by the task: that is timed too */
} context;

static void check(tine_status status, const tine_error *error)
{
    if (status != TINE_OK)
        bench_fail("%s: %s", tine_status_name(status), error->message);
}

static tine_type type_of(const char *name)
{
    static const struct {
        const char *name;
        tine_type type;
    } types[] = {{"int", TINE_INT64}, {"int?", TINE_INT64},     {"double", TINE_DOUBLE},
                 {"date", TINE_DATE}, {"time", TINE_TIMESTAMP}, {"string", TINE_STRING},
                 {"id", TINE_STRING}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    }
    bench_fail("no type %s", name);
}

static tine_dataset *open_source(const task *t, tine_source *source)
{
    tine_field fields[TASK_MAX_COLUMNS] = {{0}};
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    tine_dataset *data;
    tine_error error;
    for (size_t i = 0; i < t->n_columns; i++)
        fields[i] = (tine_field){.name = t->columns[i].name, .type = type_of(t->columns[i].type)};
    options.delimiter = t->delimiter;
    options.fields = fields;
    options.n_fields = t->n_columns;
    check(tine_csv_open(&source, 1, &options, &data, &error), &error);
    tine_source_release(source);
    return data;
}

static void open_file(context *c)
{
    tine_source *source;
    tine_error error;
    check(tine_source_file(c->t.path, &source, &error), &error);
    c->data = open_source(&c->t, source);
}

/* Keeps the named columns alone; none: all. */
static void select_columns(context *c, const char *const *names, size_t n)
{
    tine_dataset *selected;
    tine_error error;
    if (n == 0)
        return;
    check(tine_dataset_select(c->data, names, n, &selected, &error), &error);
    tine_dataset_release(c->data);
    c->data = selected;
}

static void select_arguments(context *c)
{
    select_columns(c, (const char *const *)c->t.arguments, (size_t)c->t.n_arguments);
}

/* ---- aggregates ---- */

static tine_table *aggregate(context *c, const tine_agg *aggs, size_t n)
{
    tine_table *table;
    tine_error error;
    check(tine_dataset_aggregate(c->data, &c->run, aggs, n, &table, &error), &error);
    return table;
}

static void answer_row(const tine_table *table)
{
    const tine_batch *batch = tine_table_batch(table, 0);
    for (size_t i = 0; i < tine_batch_columns(batch); i++) {
        tine_column column;
        check(tine_batch_column(batch, i, &column), NULL);
        task_answer(table_number(&column, false, 0), "%s", column.name);
    }
}

static void do_aggregate(context *c, const tine_agg *aggs, size_t n)
{
    task_begin();
    open_file(c);
    tine_table *table = aggregate(c, aggs, n);
    task_end();
    answer_row(table);
    tine_table_release(table);
}

static void do_rows(context *c)
{
    do_aggregate(c, &(tine_agg){.op = TINE_COUNT, .name = "rows"}, 1);
}

/* sum COLUMN... */
static void do_sum(context *c)
{
    tine_agg aggs[TASK_MAX_COLUMNS];
    for (int i = 0; i < c->t.n_arguments; i++)
        aggs[i] =
            (tine_agg){.op = TINE_SUM, .column = c->t.arguments[i], .name = c->t.arguments[i]};
    do_aggregate(c, aggs, (size_t)c->t.n_arguments);
}

/* stats COLUMN... */
static void do_stats(context *c)
{
    static const tine_op ops[] = {TINE_SUM, TINE_MEAN, TINE_MIN, TINE_MAX, TINE_STD};
    enum { N_OPS = sizeof ops / sizeof ops[0] };
    tine_agg aggs[N_OPS * TASK_MAX_COLUMNS];
    size_t n = 0;
    for (int i = 0; i < c->t.n_arguments; i++)
        for (size_t k = 0; k < N_OPS; k++)
            aggs[n++] = (tine_agg){.op = ops[k], .column = c->t.arguments[i]};
    do_aggregate(c, aggs, n);
}

/* ---- groups ---- */

/* OPERATION:COLUMN; is named OPERATION_COLUMN. */
static tine_agg parse_agg(char *text)
{
    static const struct {
        const char *name;
        tine_op op;
    } ops[] = {{"sum", TINE_SUM}, {"mean", TINE_MEAN}, {"min", TINE_MIN}, {"max", TINE_MAX}};
    char *column = strchr(text, ':') + 1;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (strncmp(text, ops[i].name, strlen(ops[i].name)) == 0) {
            column[-1] = '_';
            return (tine_agg){.op = ops[i].op, .column = column, .name = text};
        }
    }
    bench_fail("no operation %s", text);
}

/* group KEY,... OPERATION:COLUMN... */
static void do_group(context *c)
{
    const char *keys[TASK_MAX_COLUMNS];
    tine_agg aggs[TASK_MAX_COLUMNS];
    size_t n_keys = 0;
    tine_table *table;
    tine_error error;
    for (char *key = strtok(c->t.arguments[0], ","); key; key = strtok(NULL, ","))
        keys[n_keys++] = key;
    const size_t n_aggs = (size_t)c->t.n_arguments - 1;
    for (size_t i = 0; i < n_aggs; i++)
        aggs[i] = parse_agg(c->t.arguments[i + 1]);
    task_begin();
    open_file(c);
    check(tine_dataset_group_by(c->data, &c->run, keys, n_keys, aggs, n_aggs, &table, &error),
          &error);
    task_end();
    table_answer_groups(&c->t, table, n_keys);
    tine_table_release(table);
}

/* ---- batches ---- */

/* What a batch's columns add up to. */
typedef struct totals {
    uint64_t n_rows;
    double sums[TASK_MAX_COLUMNS]; /* of a string: its bytes */
} totals;

static double sum_column(const tine_column *column)
{
    double sum = 0;
    int64_t integers = 0;
    switch (column->type) {
    case TINE_STRING:
        return column->offsets[column->length] - column->offsets[0];
    case TINE_DOUBLE:
        for (size_t i = 0; i < column->length; i++)
            sum += ((const double *)column->values)[i];
        return sum;
    case TINE_DATE:
        for (size_t i = 0; i < column->length; i++)
            integers += ((const int32_t *)column->values)[i];
        return (double)integers;
    case TINE_TIMESTAMP:
        for (size_t i = 0; i < column->length; i++)
            sum += (double)((const int64_t *)column->values)[i] / 1e6;
        return sum;
    default:
        for (size_t i = 0; i < column->length; i++)
            integers += ((const int64_t *)column->values)[i];
        return (double)integers;
    }
}

static tine_status fold_totals(void *state, const tine_batch *batch, void *ctx)
{
    totals *sums = state;
    (void)ctx;
    sums->n_rows += tine_batch_rows(batch);
    for (size_t i = 0; i < tine_batch_columns(batch); i++) {
        tine_column column;
        check(tine_batch_column(batch, i, &column), NULL);
        sums->sums[i] += sum_column(&column);
    }
    return TINE_OK;
}

static tine_status fold_rows(void *state, const tine_batch *batch, void *ctx)
{
    (void)ctx;
    ((totals *)state)->n_rows += tine_batch_rows(batch);
    return TINE_OK;
}

static tine_status merge_totals(void *state, void *right, void *ctx)
{
    totals *sums = state;
    const totals *others = right;
    (void)ctx;
    sums->n_rows += others->n_rows;
    for (size_t i = 0; i < TASK_MAX_COLUMNS; i++)
        sums->sums[i] += others->sums[i];
    return TINE_OK;
}

static totals fold(context *c, tine_batch_fold_fn fn)
{
    const tine_reducer reducer = {
        .struct_size = sizeof reducer, .size = sizeof(totals), .merge = merge_totals};
    totals sums;
    tine_error error;
    check(tine_dataset_fold(c->data, &c->run, fn, &reducer, &sums, &error), &error);
    return sums;
}

/* stream [COLUMN]...: every value is looked at. */
static void do_stream(context *c)
{
    task_begin();
    open_file(c);
    select_arguments(c);
    const totals sums = fold(c, fold_totals);
    task_end();
    for (size_t i = 0; i < tine_dataset_columns(c->data); i++) {
        tine_field field;
        check(tine_dataset_column(c->data, i, &field), NULL);
        task_answer(sums.sums[i], "%s.sum", field.name);
    }
}

/* read [COLUMN]...: no value is looked at. */
static void do_read(context *c)
{
    task_begin();
    open_file(c);
    select_arguments(c);
    const totals sums = fold(c, fold_rows);
    task_end();
    task_answer_count(sums.n_rows, "rows");
}

/* length COLUMN */
static void do_length(context *c)
{
    task_begin();
    open_file(c);
    select_arguments(c);
    const totals sums = fold(c, fold_totals);
    task_end();
    task_answer(sums.sums[0], "bytes");
}

static void do_collect(context *c)
{
    tine_table *table;
    tine_error error;
    task_begin();
    open_file(c);
    check(tine_dataset_collect(c->data, &c->run, &table, &error), &error);
    task_end();
    task_answer_count(tine_table_rows(table), "rows");
    table_answer_digest(&c->t, table);
    tine_table_release(table);
}

static void do_q1(context *c)
{
    q1_state state;
    tine_error error;
    task_begin();
    open_file(c);
    select_columns(c, q1_columns, Q1_COLUMNS);
    check(tine_dataset_fold(c->data, &c->run, q1_fold, &q1_reducer, &state, &error), &error);
    task_end();
    q1_answer(&state);
}

static void do_describe(context *c)
{
    tine_table *table;
    tine_error error;
    task_begin();
    open_file(c);
    check(tine_dataset_describe(c->data, &c->run, &table, &error), &error);
    task_end();
    task_answer_count(tine_table_rows(table), "columns");
    tine_table_release(table);
}

/* ---- more than memory: some of the file again and again, its header once, from a callback ---- */

enum { LOOP_TEXT = 8 << 20 };

typedef struct loop {
    char *text;
    size_t n_head, n_text; /* the header; it and the rows that are repeated */
    uint64_t n_times;
} loop;

static uint64_t loop_bytes(const loop *l)
{
    return l->n_head + l->n_times * (l->n_text - l->n_head);
}

/* Takes whole lines of the file, which has none in quotes. */
static void load(loop *l, const char *path, uint64_t n_bytes)
{
    FILE *file = fopen(path, "rb");
    l->text = malloc(LOOP_TEXT);
    if (!file || !l->text)
        bench_fail("cannot read %s", path);
    l->n_text = fread(l->text, 1, LOOP_TEXT, file);
    fclose(file);
    while (l->n_text > 0 && l->text[l->n_text - 1] != '\n')
        l->n_text--;
    const char *end = memchr(l->text, '\n', l->n_text);
    if (!end || end + 1 == l->text + l->n_text)
        bench_fail("%s has no rows", path);
    l->n_head = (size_t)(end - l->text) + 1;
    l->n_times = n_bytes / (l->n_text - l->n_head) + 1;
}

static tine_status loop_size(void *ctx, uint64_t *size_out)
{
    *size_out = loop_bytes(ctx);
    return TINE_OK;
}

static tine_status loop_read_at(void *ctx, uint64_t offset, void *dst, size_t n, size_t *n_read_out)
{
    const loop *l = ctx;
    const uint64_t body = l->n_text - l->n_head;
    if (n > loop_bytes(l) - offset)
        n = (size_t)(loop_bytes(l) - offset);
    for (size_t done = 0; done < n;) {
        const uint64_t at = offset + done;
        const size_t from = (size_t)(at < l->n_text ? at : l->n_head + (at - l->n_head) % body);
        const size_t part = n - done < l->n_text - from ? n - done : l->n_text - from;
        memcpy((char *)dst + done, l->text + from, part);
        done += part;
    }
    *n_read_out = n;
    return TINE_OK;
}

static double loop_sum(context *c, loop *l, const char *column)
{
    static const tine_source_vtable vtable = {
        .struct_size = sizeof vtable, .size = loop_size, .read_at = loop_read_at};
    tine_source *source;
    tine_error error;
    check(tine_source_custom(&vtable, l, "endless", &source, &error), &error);
    tine_dataset_release(c->data);
    c->data = open_source(&c->t, source);
    tine_table *table = aggregate(c, &(tine_agg){.op = TINE_SUM, .column = column}, 1);
    tine_column sum;
    check(tine_batch_column(tine_table_batch(table, 0), 0, &sum), NULL);
    const double value = table_number(&sum, false, 0);
    tine_table_release(table);
    return value;
}

/* endless GIGABYTES COLUMN */
static void do_endless(context *c)
{
    loop l, once;
    const char *column = c->t.arguments[1];
    load(&l, c->t.path, strtoull(c->t.arguments[0], NULL, 10) * 1000000000);
    once = l;
    once.n_times = 1;
    task_begin();
    const double sum = loop_sum(c, &l, column);
    task_end();
    const double expected = (double)l.n_times * loop_sum(c, &once, column);
    if (fabs(sum - expected) > 1e-12 * fabs(expected))
        bench_fail("the sum is %.17g, not %.17g", sum, expected);
    task_answer(sum, "sum");
    task_answer_count(loop_bytes(&l), "bytes read");
    free(l.text);
}

/* ---- */

static const struct {
    const char *name;
    void (*run)(context *c);
} tasks[] = {
    {"rows", do_rows},       {"sum", do_sum},         {"stats", do_stats},
    {"group", do_group},     {"stream", do_stream},   {"read", do_read},
    {"length", do_length},   {"collect", do_collect}, {"describe", do_describe},
    {"endless", do_endless}, {"q1", do_q1},
};

static void run_task(context *c)
{
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        if (strcmp(tasks[i].name, c->t.name) == 0) {
            tasks[i].run(c);
            return;
        }
    }
    bench_fail("no task %s", c->t.name);
}

int main(int argc, char **argv)
{
    context c = {.run = TINE_RUN_INIT};
    tine_pool_options options = TINE_POOL_OPTIONS_INIT;
    tine_error error;
    task_parse(&c.t, argc, argv);
    options.n_workers = c.t.n_threads;
    check(tine_pool_open(&options, &c.run.pool, &error), &error);
    run_task(&c);
    task_finish();
    tine_dataset_release(c.data);
    tine_pool_close(&c.run.pool);
    return 0;
}
