#include "csv/dialect.h"
#include "csv/machine.h"
#include "base/error.h"

#include <string.h>

static int byte_or(int option, int otherwise)
{
    return option ? option : otherwise;
}

static bool alike(const tine__dialect *dialect)
{
    const int bytes[] = {dialect->delimiter, dialect->quote, dialect->escape, dialect->comment};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            if (bytes[i] != TINE_NONE && bytes[i] == bytes[j])
                return true;
    return false;
}

static bool may_mean_something(int byte)
{
    return byte == TINE_NONE || (byte >= 0 && byte < 0x80 && byte != '\r' && byte != '\n');
}

static tine_status check(const tine__dialect *dialect, tine_error *error)
{
    if (!may_mean_something(dialect->delimiter) || !may_mean_something(dialect->quote) ||
        !may_mean_something(dialect->escape) || !may_mean_something(dialect->comment))
        return tine__error_set(error, TINE_EINVAL,
                               "delimiter, quote, escape and comment are ASCII bytes other than CR "
                               "and LF, or TINE_NONE");
    if (alike(dialect))
        return tine__error_set(error, TINE_EINVAL,
                               "delimiter, quote, escape and comment must all be different");
    return TINE_OK;
}

tine_status tine__dialect_set(tine__dialect *dialect, const tine_csv_options *options,
                              tine_error *error)
{
    if (options->delimiter && strlen(options->delimiter) != 1)
        return tine__error_set(error, TINE_EINVAL, "the delimiter is one byte, not \"%s\"",
                               options->delimiter);
    *dialect = (tine__dialect){
        .delimiter = options->delimiter ? (unsigned char)options->delimiter[0] : TINE_NONE,
        .quote = byte_or(options->quote, '"'),
        .escape = byte_or(options->escape, TINE_NONE),
        .comment = byte_or(options->comment, TINE_NONE),
    };
    return check(dialect, error);
}

/* How well a candidate does. */
typedef struct score {
    bool all;       /* every record has the width of the first, which is two or more */
    size_t n_alike; /* else: how many have */
    size_t width;
} score;

static bool better(const score *a, const score *b)
{
    if (a->all != b->all)
        return a->all;
    if (!a->all && a->n_alike != b->n_alike)
        return a->n_alike > b->n_alike;
    return a->width > b->width;
}

static void count_record(score *s, const tine__record *record, bool first)
{
    if (first)
        s->width = record->n_fields;
    if (record->n_fields == s->width)
        s->n_alike++;
    else
        s->all = false;
}

static score try_delimiter(const tine__dialect *dialect, const char *text, size_t n, bool at_end,
                           size_t max_row_size)
{
    tine__machine machine;
    tine__machine_init(&machine, dialect, false);
    tine__cursor cursor = {text, n, at_end, 0, TINE__RECORD_START};
    tine__record record;
    score s = {.all = true};
    tine__found found;
    while ((found = tine__record_next(&machine, &cursor, n, &record, NULL, 0)) ==
               TINE__FOUND_RECORD &&
           record.end - record.start <= max_row_size)
        count_record(&s, &record, s.n_alike == 0);
    if (found == TINE__FOUND_CUT && s.n_alike == 0) {
        record.n_fields++;
        count_record(&s, &record, true);
    }
    s.all &= found == TINE__FOUND_NONE || found == TINE__FOUND_CUT;
    return s.width < 2 ? (score){0} : s;
}

void tine__dialect_sniff(tine__dialect *dialect, const char *text, size_t n, bool at_end,
                         size_t max_row_size)
{
    tine__dialect best = *dialect;
    best.delimiter = ',';
    score best_score = {0};
    for (const char *candidate = ",;\t|"; *candidate; candidate++) {
        tine__dialect tried = *dialect;
        tried.delimiter = *candidate;
        if (alike(&tried))
            continue;
        score s = try_delimiter(&tried, text, n, at_end, max_row_size);
        if (better(&s, &best_score)) {
            best = tried;
            best_score = s;
        }
    }
    *dialect = best;
}
