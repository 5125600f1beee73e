/* The library's answers, through the public header alone. Its sources are handed over by callbacks,
 * so that each has a name by which its errors can be told apart, and pipes come in odd pieces. */
#include "reference/job.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

typedef struct feed {
    ref_bytes in;
    size_t at;     /* of a pipe: what has been handed out */
    uint32_t seed; /* of a pipe: for the size of the next piece */
} feed;

static tine_status feed_size(void *ctx, uint64_t *size_out)
{
    *size_out = ((feed *)ctx)->in.size;
    return TINE_OK;
}

static tine_status feed_read_at(void *ctx, uint64_t offset, void *dst, size_t n, size_t *n_read_out)
{
    const feed *f = ctx;
    size_t left = f->in.size - (size_t)offset;
    *n_read_out = n < left ? n : left;
    if (*n_read_out)
        memcpy(dst, f->in.data + offset, *n_read_out);
    return TINE_OK;
}

/* Pieces of 1 to 7 bytes, or up to 4 KiB where there is much left. */
static size_t next_piece(feed *f, size_t left)
{
    f->seed = f->seed * 1664525 + 1013904223;
    size_t most = left > 4096 ? 4096 : 7;
    size_t piece = 1 + (f->seed >> 16) % most;
    return piece < left ? piece : left;
}

static tine_status feed_read(void *ctx, void *dst, size_t n, size_t *n_read_out)
{
    feed *f = ctx;
    size_t left = f->in.size - f->at;
    size_t piece = left ? next_piece(f, left) : 0;
    *n_read_out = piece < n ? piece : n;
    if (*n_read_out)
        memcpy(dst, f->in.data + f->at, *n_read_out);
    f->at += *n_read_out;
    return TINE_OK;
}

static tine_status open_source(feed *f, size_t index, ref_kind kind, tine_source **out,
                               tine_error *error)
{
    if (kind == REF_MEMORY)
        return tine_source_memory(f->in.data, f->in.size, NULL, NULL, out, error);
    char name[32];
    snprintf(name, sizeof name, "source %zu", index);
    tine_source_vtable vtable = {.struct_size = sizeof vtable};
    if (kind == REF_PIPE) {
        vtable.read = feed_read;
    } else {
        vtable.size = feed_size;
        vtable.read_at = feed_read_at;
    }
    return tine_source_custom(&vtable, f, name, out, error);
}

/* ---- a question, while it is being answered ---- */

typedef struct asking {
    const ref_job *job;
    feed feeds[REF_MAX_SOURCES];
    tine_source *sources[REF_MAX_SOURCES];
    tine_dataset *dataset;
    tine_error error;
    ref_text text;
    size_t n_rows;
} asking;

static tine_status open_sources(asking *a)
{
    size_t n = a->job->n_sources;
    ref_kind kind = a->job->kind == REF_MEMORY && n > 1 ? REF_SEEKABLE : a->job->kind;
    for (size_t i = 0; i < n; i++) {
        a->feeds[i] = (feed){a->job->sources[i], 0, (uint32_t)a->job->sources[i].size};
        tine_status status = open_source(&a->feeds[i], i, kind, &a->sources[i], &a->error);
        if (status)
            return status;
    }
    return TINE_OK;
}

/* Replaces the dataset by one of the columns that are used. */
static tine_status select_used(asking *a)
{
    size_t n = tine_dataset_columns(a->dataset), n_used = 0;
    const char **names = calloc(n ? n : 1, sizeof *names);
    if (!names)
        abort();
    for (size_t i = 0; i < n; i++) {
        tine_field field;
        if (!a->job->used[i])
            continue;
        if (tine_dataset_column(a->dataset, i, &field))
            abort();
        names[n_used++] = field.name;
    }
    tine_dataset *selected = NULL;
    tine_status status = tine_dataset_select(a->dataset, names, n_used, &selected, &a->error);
    free(names);
    tine_dataset_release(a->dataset);
    a->dataset = selected;
    return status;
}

static tine_status open_csv(asking *a)
{
    const ref_job *job = a->job;
    if (job->path)
        return tine_csv_open_file(job->path, &job->options, &a->dataset, &a->error);
    tine_status status = open_sources(a);
    if (!status)
        status = tine_csv_open(a->sources, job->n_sources, &job->options, &a->dataset, &a->error);
    return status;
}

static tine_status open_dataset(asking *a)
{
    tine_status status = open_csv(a);
    if (!status && a->job->used)
        status = select_used(a);
    return status;
}

static void close_all(asking *a)
{
    tine_dataset_release(a->dataset);
    for (size_t i = 0; i < a->job->n_sources; i++)
        tine_source_release(a->sources[i]);
}

/* ---- what comes out ---- */

static ref_value value_at(const tine_column *column, size_t row)
{
    ref_value v = {.null = tine_is_null(column, row)};
    tine_string s;
    switch (column->type) {
    case TINE_BOOL:
        v.number = ((const uint8_t *)column->values)[row >> 3] >> (row & 7) & 1;
        break;
    case TINE_DOUBLE:
        v.real = ((const double *)column->values)[row];
        break;
    case TINE_DATE:
        v.number = ((const int32_t *)column->values)[row];
        break;
    case TINE_STRING:
        s = tine_string_at(column, row);
        v.bytes = (ref_bytes){s.data, s.size};
        break;
    default:
        v.number = ((const int64_t *)column->values)[row];
    }
    return v;
}

static void show_batch_row(ref_text *to, const tine_batch *batch, size_t row)
{
    size_t n = tine_batch_columns(batch);
    for (size_t i = 0; i < n; i++) {
        tine_column column;
        if (tine_batch_column(batch, i, &column))
            abort();
        ref_value value = value_at(&column, row);
        ref_text_add(to, i ? " | " : "");
        ref_show_value(to, column.type, &value);
    }
    ref_text_add(to, "\n");
}

/* Shows the batch's rows as far as the whole table shows any. */
static void show_batch(ref_text *to, const tine_batch *batch, size_t n_before, const ref_job *job)
{
    size_t n = tine_batch_rows(batch);
    for (size_t i = 0; i < n && (job->rows_shown == 0 || n_before + i < job->rows_shown); i++)
        show_batch_row(to, batch, i);
}

static void show_name(ref_text *to, size_t i, const char *name, tine_type type)
{
    ref_text_add(to, "%s%s:%s", i ? " " : "", name, ref_type_name(type));
}

static void show_batch_columns(ref_text *to, const tine_batch *batch)
{
    size_t n = tine_batch_columns(batch);
    for (size_t i = 0; i < n; i++) {
        tine_column column;
        if (tine_batch_column(batch, i, &column))
            abort();
        show_name(to, i, column.name, column.type);
    }
    ref_text_add(to, "\n");
}

static void show_dataset_columns(ref_text *to, const tine_dataset *dataset)
{
    size_t n = tine_dataset_columns(dataset);
    for (size_t i = 0; i < n; i++) {
        tine_field field;
        if (tine_dataset_column(dataset, i, &field))
            abort();
        show_name(to, i, field.name, field.type);
    }
    ref_text_add(to, "\n");
}

static void show_rest(asking *a)
{
    if (a->job->rows_shown && a->n_rows > a->job->rows_shown)
        ref_text_add(&a->text, "... %zu rows\n", a->n_rows);
}

/* ---- collect ---- */

static void show_batches(asking *a, const tine_table *table)
{
    size_t n = tine_table_batches(table), most = a->job->rows_shown;
    if (n)
        show_batch_columns(&a->text, tine_table_batch(table, 0));
    else
        show_dataset_columns(&a->text, a->dataset);
    for (size_t i = 0; i < n; i++) {
        const tine_batch *batch = tine_table_batch(table, i);
        if (i && (most == 0 || a->n_rows < most))
            ref_text_add(&a->text, "--\n");
        show_batch(&a->text, batch, a->n_rows, a->job);
        a->n_rows += tine_batch_rows(batch);
    }
    show_rest(a);
}

static tine_status collect(asking *a, const tine_run *run)
{
    tine_table *table = NULL;
    tine_status status = tine_dataset_collect(a->dataset, run, &table, &a->error);
    if (!status)
        show_batches(a, table);
    tine_table_release(table);
    return status;
}

/* ---- for_each ---- */

/* The batches come in any order from any thread: kept, and shown in order at the end. */
typedef struct kept {
    tine_batch *batch;
    size_t partition, arrival;
} kept;

typedef struct keeper {
    pthread_mutex_t lock; /* guards the rest */
    kept *items;
    size_t n, room;
} keeper;

static tine_status keep(const tine_batch *batch, size_t partition, void *ctx)
{
    keeper *k = ctx;
    tine_batch *copy;
    tine_status status = tine_batch_retain(batch, &copy, NULL);
    if (status)
        return status;
    pthread_mutex_lock(&k->lock);
    if (k->n == k->room) {
        k->room = 2 * k->room + 16;
        k->items = realloc(k->items, k->room * sizeof *k->items);
        if (!k->items)
            abort();
    }
    k->items[k->n] = (kept){copy, partition, k->n};
    k->n++;
    pthread_mutex_unlock(&k->lock);
    return TINE_OK;
}

static int by_partition(const void *a, const void *b)
{
    const kept *l = a, *r = b;
    if (l->partition != r->partition)
        return l->partition < r->partition ? -1 : 1;
    return (l->arrival > r->arrival) - (l->arrival < r->arrival);
}

static void show_kept(asking *a, keeper *k)
{
    if (k->n) {
        qsort(k->items, k->n, sizeof *k->items, by_partition);
        show_batch_columns(&a->text, k->items[0].batch);
    } else {
        show_dataset_columns(&a->text, a->dataset);
    }
    for (size_t i = 0; i < k->n; i++) {
        if (a->job->rows_shown == 0 || a->n_rows < a->job->rows_shown)
            ref_text_add(&a->text, "@%zu\n", k->items[i].partition);
        show_batch(&a->text, k->items[i].batch, a->n_rows, a->job);
        a->n_rows += tine_batch_rows(k->items[i].batch);
    }
    show_rest(a);
}

static tine_status for_each(asking *a, const tine_run *run)
{
    keeper k = {.lock = PTHREAD_MUTEX_INITIALIZER};
    tine_status status = tine_dataset_for_each(a->dataset, run, keep, &k, &a->error);
    if (!status)
        show_kept(a, &k);
    for (size_t i = 0; i < k.n; i++)
        tine_batch_release(k.items[i].batch);
    free(k.items);
    return status;
}

/* ---- count ---- */

static tine_status count(asking *a, const tine_run *run)
{
    tine_agg rows = {.op = TINE_COUNT};
    tine_table *table = NULL;
    tine_status status = tine_dataset_aggregate(a->dataset, run, &rows, 1, &table, &a->error);
    tine_column column;
    if (!status)
        status = tine_batch_column(tine_table_batch(table, 0), 0, &column);
    if (!status)
        ref_text_add(&a->text, "rows %zu", (size_t)((const int64_t *)column.values)[0]);
    tine_table_release(table);
    return status;
}

/* ---- the answer ---- */

static void show_failure(asking *a)
{
    size_t source = 0;
    sscanf(a->error.source, "source %zu", &source);
    ref_error e = {a->error.status, source,          a->error.byte_offset,
                   a->error.line,   a->error.record, a->error.column};
    ref_text_free(&a->text);
    ref_show_error(&a->text, &e);
}

ref_text ref_library_answer(const ref_job *job)
{
    asking a = {.job = job};
    tine_status status = open_dataset(&a);
    tine_run run = TINE_RUN_INIT;
    run.pool = job->pool;
    if (!status) {
        status = job->terminal == REF_COLLECT    ? collect(&a, &run)
                 : job->terminal == REF_FOR_EACH ? for_each(&a, &run)
                                                 : count(&a, &run);
    }
    if (status)
        show_failure(&a);
    close_all(&a);
    return a.text;
}
