/* The reference's answers, and the text that both answers are made of. */
#include "reference/job.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PARTITION_BYTES = 1 << 20, BATCH_BYTES = 64 << 10 };

const char *ref_type_name(tine_type type)
{
    static const char *const names[] = {"auto",    "bool", "int64",     "double",
                                        "decimal", "date", "timestamp", "string"};
    return names[type];
}

static void show_double(ref_text *to, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value)
        ref_text_add(to, "nan:%016" PRIx64, bits);
    else
        ref_text_add(to, "%.17g", value);
}

void ref_show_value(ref_text *to, tine_type type, const ref_value *value)
{
    if (value->null)
        ref_text_add(to, "~");
    else if (type == TINE_STRING)
        ref_text_add_quoted(to, value->bytes.data, value->bytes.size);
    else if (type == TINE_DOUBLE)
        show_double(to, value->real);
    else if (type == TINE_BOOL)
        ref_text_add(to, value->number ? "true" : "false");
    else
        ref_text_add(to, "%" PRId64, value->number);
}

static const char *status_name(tine_status status)
{
    switch (status) {
    case TINE_EINVAL:
        return "EINVAL";
    case TINE_EFORMAT:
        return "EFORMAT";
    case TINE_ETYPE:
        return "ETYPE";
    case TINE_ELIMIT:
        return "ELIMIT";
    default:
        return NULL;
    }
}

void ref_show_error(ref_text *to, const ref_error *e)
{
    const char *name = status_name(e->status);
    if (name)
        ref_text_add(to, "%s", name);
    else
        ref_text_add(to, "status %d", e->status);
    if (e->status != TINE_EINVAL)
        ref_text_add(
            to, " source %zu byte %" PRIu64 " line %" PRIu64 " record %" PRIu64 " column %" PRIu64,
            e->source, e->byte_offset, e->line, e->record, e->column);
}

/* ---- the reference's table ---- */

static bool is_used(const ref_job *job, size_t column)
{
    return !job->used || job->used[column];
}

static void show_columns(ref_text *to, const ref_table *table, const ref_job *job)
{
    const char *between = "";
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!is_used(job, i))
            continue;
        ref_text_add(to, "%s%s:%s", between, table->names[i], ref_type_name(table->types[i]));
        between = " ";
    }
    ref_text_add(to, "\n");
}

static void show_row(ref_text *to, const ref_table *table, const ref_job *job, const ref_row *row)
{
    const char *between = "";
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!is_used(job, i))
            continue;
        ref_text_add(to, "%s", between);
        ref_show_value(to, table->types[i], &row->values[i]);
        between = " | ";
    }
    ref_text_add(to, "\n");
}

/* Where a row is among partitions and batches. */
typedef struct cut {
    uint64_t partition, window;
} cut;

static cut cut_of(const ref_job *job, const ref_row *row)
{
    uint64_t size = job->options.partition_size ? job->options.partition_size : PARTITION_BYTES;
    cut c = {row->at / size, row->at % size / BATCH_BYTES};
    for (size_t i = 0; i < row->source; i++)
        c.partition += (job->sources[i].size + size - 1) / size;
    return c;
}

static void show_cut(ref_text *to, const ref_job *job, const ref_row *before, const ref_row *row)
{
    cut now = cut_of(job, row), then = before ? cut_of(job, before) : (cut){0, 0};
    bool new_partition = !before || now.partition != then.partition;
    if (job->terminal == REF_FOR_EACH && (new_partition || now.window != then.window))
        ref_text_add(to, "@%" PRIu64 "\n", now.partition);
    if (job->terminal == REF_COLLECT && before && new_partition)
        ref_text_add(to, "--\n");
}

static void show_table(ref_text *to, const ref_table *table, const ref_job *job)
{
    show_columns(to, table, job);
    size_t n = table->n_rows;
    if (job->rows_shown && job->rows_shown < n)
        n = job->rows_shown;
    for (size_t i = 0; i < n; i++) {
        show_cut(to, job, i ? &table->rows[i - 1] : NULL, &table->rows[i]);
        show_row(to, table, job, &table->rows[i]);
    }
    if (n < table->n_rows)
        ref_text_add(to, "... %zu rows\n", table->n_rows);
}

ref_text ref_answer(const ref_job *job)
{
    static const bool none[1 << 17];
    ref_text text = {0};
    bool by_sample = job->kind == REF_PIPE || job->terminal == REF_FOR_EACH;
    ref_table *table = ref_read(job->sources, job->n_sources, &job->options,
                                by_sample ? REF_BY_SAMPLE : REF_SETTLED,
                                job->terminal == REF_COUNT ? none : job->used);
    if (table->error.status)
        ref_show_error(&text, &table->error);
    else if (job->terminal == REF_COUNT)
        ref_text_add(&text, "rows %zu", table->n_rows);
    else
        show_table(&text, table, job);
    ref_table_free(table);
    return text;
}
