/* Any bytes through the kernels of every instruction set: what is in them, and what their fields
 * are, must be the same for all; and what is converted must be what the parsers of single fields
 * make of it. Byte 0 chooses the marks, byte 1 where the index begins; the rest is the text, in a
 * block of its size, so that a sanitizer sees who reads outside. */
#include "csv/kernels.h"
#include "csv/value.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX = 2, MAX_SIZE = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* ---- structure ---- */

typedef struct found { /* in a text, by one set */
    tine__halves halves;
    bool regular;
    tine__index index;
    uint32_t ends[MAX_SIZE + TINE__INDEX_SLACK];
} found;

static void look(const tine__kernels *kernels, const tine__marks *marks, const char *text, size_t n,
                 size_t begin, found *out)
{
    memset(out, 0, sizeof *out);
    out->index.may_open = 1;
    out->index.ends = out->ends;
    kernels->summarize(marks, text, n, &out->halves);
    out->regular = kernels->index(marks, text, begin, n, &out->index);
}

static void require_same(const found *a, const found *b)
{
    require(a->halves.odd == b->halves.odd && a->halves.lines == b->halves.lines);
    for (size_t i = 0; i < 2; i++)
        require(a->halves.records[i] == b->halves.records[i] &&
                a->halves.first[i] == b->halves.first[i]);
    require(a->regular == b->regular);
    if (!a->regular)
        return;
    require(a->index.n_ends == b->index.n_ends && a->index.n_lines == b->index.n_lines);
    require(a->index.inside == b->index.inside && a->index.may_open == b->index.may_open);
    require(a->index.closed == b->index.closed && a->index.after_cr == b->index.after_cr);
    require(memcmp(a->ends, b->ends, a->index.n_ends * sizeof *a->ends) == 0);
}

/* ---- values ---- */

/* What stands between bytes that end a field, as far as there is room. Those behind are empty, and
 * no nearer to the text's begin. */
static void split(const char *text, size_t n, char delimiter, tine__fields *out)
{
    size_t begin = 0;
    memset(out, 0, sizeof *out);
    out->text = text;
    for (size_t i = 0; i <= n && out->n < TINE__FIELDS; i++) {
        if (i < n && text[i] != delimiter && text[i] != '\n')
            continue;
        out->begin[out->n] = (uint32_t)begin;
        out->end[out->n++] = (uint32_t)i;
        begin = i + 1;
    }
    for (unsigned i = out->n; i < TINE__FIELDS; i++)
        out->begin[i] = out->end[i] = out->end[out->n - 1];
}

typedef struct values { /* of fields, by one set */
    uint64_t done[2][2], points[2], dates_done, times_done;
    int64_t integers[2][TINE__FIELDS], times[TINE__FIELDS];
    double reals[2][TINE__FIELDS];
    int32_t dates[TINE__FIELDS];
} values;

static void convert(const tine__kernels *kernels, const tine__fields *fields, values *out)
{
    memset(out, 0, sizeof *out);
    for (size_t canonical = 0; canonical < 2; canonical++) {
        out->done[canonical][0] = kernels->int64s(fields, canonical != 0, out->integers[canonical]);
        out->done[canonical][1] = kernels->doubles(fields, canonical != 0, out->reals[canonical],
                                                   &out->points[canonical]);
    }
    out->dates_done = kernels->dates(fields, out->dates);
    out->times_done = kernels->timestamps(fields, out->times);
}

static void require_parsed(const tine__fields *fields, unsigned i, const values *v)
{
    const char *text = fields->text + fields->begin[i];
    const size_t n = fields->end[i] - fields->begin[i];
    int64_t integer;
    int32_t days;
    double real;
    for (size_t canonical = 0; canonical < 2; canonical++) {
        if (v->done[canonical][0] >> i & 1)
            require(tine__parse_int64(text, n, canonical != 0, &integer) &&
                    integer == v->integers[canonical][i]);
        if (v->done[canonical][1] >> i & 1)
            require(tine__parse_double(text, n, canonical != 0, &real) &&
                    memcmp(&real, &v->reals[canonical][i], sizeof real) == 0);
    }
    if (v->dates_done >> i & 1)
        require(tine__parse_date(text, n, &days) && days == v->dates[i]);
    if (v->times_done >> i & 1)
        require(tine__parse_timestamp(text, n, &integer) && integer == v->times[i]);
}

/* ---- */

static void check_text(const char *text, size_t n, uint8_t marks_byte, uint8_t begin_byte)
{
    static found first, other;
    static values first_values, other_values;
    const tine__marks marks = {.delimiter = (unsigned char)",;\t|"[marks_byte & 3],
                               .has_quote = (marks_byte & 4) == 0,
                               .quote = '"',
                               .blank_is_record = (marks_byte & 8) != 0};
    const size_t begin = n > 0 ? begin_byte % n : 0;
    const bool is_utf8 = tine__utf8_valid_prefix(text, n) == n;
    tine__fields fields;
    split(text, n, (char)marks.delimiter, &fields);
    look(&tine__kernels_scalar, &marks, text, n, begin, &first);
    convert(&tine__kernels_scalar, &fields, &first_values);
    for (unsigned i = 0; i < fields.n; i++)
        require_parsed(&fields, i, &first_values);
    const tine__kernels *kernels;
    for (size_t i = 0; (kernels = tine__kernels_at(i)) != NULL; i++) {
        look(kernels, &marks, text, n, begin, &other);
        require_same(&first, &other);
        convert(kernels, &fields, &other_values);
        require(memcmp(&first_values, &other_values, sizeof first_values) == 0);
        require(kernels->utf8(text, n) == is_utf8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= PREFIX || size - PREFIX > MAX_SIZE)
        return 0;
    const size_t n = size - PREFIX;
    char *text = malloc(n);
    require(text != NULL);
    memcpy(text, data + PREFIX, n);
    check_text(text, n, data[0], data[1]);
    free(text);
    return 0;
}
