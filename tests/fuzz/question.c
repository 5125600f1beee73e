#include "question.h"
#include <string.h>

enum { PREFIX = 3, SOURCE_END = 0x1e, MAX_SIZE = 4096 };

static void choose_dialect(tine_csv_options *options, uint8_t byte)
{
    static const char *const delimiters[] = {NULL, ",", ";", "\t"};
    static const int quotes[] = {0, '\'', TINE_NONE, 0};
    options->struct_size = sizeof *options;
    options->delimiter = delimiters[byte & 3];
    options->quote = quotes[byte >> 2 & 3];
    options->escape = byte & 16 ? '\\' : 0;
    options->comment = byte & 32 ? '#' : 0;
    options->header = (tine_header)((byte >> 6) % 3);
}

static void choose_terminal(ref_job *job, uint8_t byte)
{
    static const char *const nulls[] = {"NA"};
    job->terminal = (ref_terminal)(byte % 3);
    job->kind = (ref_kind)(byte / 3 % 3);
    job->options.n_nulls = byte & 64 ? 1 : 0;
    job->options.nulls = nulls;
    job->options.max_row_size = byte & 128 ? 16 : 0;
}

static void take_sources(ref_job *job, const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, SOURCE_END, size);
    size_t n = end ? (size_t)(end - data) : size;
    job->n_sources = end ? 2 : 1;
    job->sources[0] = (ref_bytes){(const char *)data, n};
    if (end)
        job->sources[1] = (ref_bytes){(const char *)end + 1, size - n - 1};
}

bool question_of(const uint8_t *data, size_t size, ref_job *job_out)
{
    if (size < PREFIX || size > MAX_SIZE)
        return false;
    *job_out = (ref_job){0};
    choose_dialect(&job_out->options, data[0]);
    choose_terminal(job_out, data[1]);
    job_out->options.partition_size = data[2];
    take_sources(job_out, data + PREFIX, size - PREFIX);
    return true;
}
