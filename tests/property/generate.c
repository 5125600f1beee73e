/* Three kinds of input: well-formed tables, the same with a few bytes changed, and soup out of the
 * bytes that mean something. Together they reach every state of a reader at every kind of cut. */
#include "generate.h"
#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea and Flood 2014) */
uint64_t random_next(random_state *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

size_t random_below(random_state *r, size_t n)
{
    return (size_t)(random_next(r) % n);
}

bool random_chance(random_state *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

#define PICK(r, array) ((array)[random_below((r), sizeof(array) / sizeof *(array))])

/* ---- the dialect ---- */

typedef struct writer {
    random_state *random;
    char delimiter;
    int quote, escape, comment; /* TINE_NONE: there is none */
    ref_text *to;
} writer;

static void choose_dialect(question *q, writer *w)
{
    static const char delimiters[] = {',', ',', ',', ';', '\t', '|'};
    static const int quotes[] = {0, 0, 0, 0, '\'', TINE_NONE};
    random_state *r = w->random;
    tine_csv_options *o = &q->job.options;
    w->delimiter = PICK(r, delimiters);
    q->delimiter[0] = random_chance(r, 10) ? ':' : w->delimiter;
    o->delimiter = random_chance(r, 70) ? q->delimiter : NULL;
    if (o->delimiter)
        w->delimiter = q->delimiter[0];
    o->quote = PICK(r, quotes);
    o->escape = random_chance(r, 20) ? '\\' : 0;
    o->comment = random_chance(r, 20) ? '#' : 0;
    w->quote = o->quote ? o->quote : '"';
    w->escape = o->escape ? o->escape : TINE_NONE;
    w->comment = o->comment ? o->comment : TINE_NONE;
}

static void choose_options(question *q, random_state *r)
{
    static const char *const nulls[] = {"NA", "-", "0"};
    static const tine_header headers[] = {TINE_HEADER_PRESENT, TINE_HEADER_PRESENT,
                                          TINE_HEADER_NONE, TINE_HEADER_SNIFF};
    tine_csv_options *o = &q->job.options;
    o->header = PICK(r, headers);
    if (random_chance(r, 30)) {
        o->nulls = nulls;
        o->n_nulls = 1 + random_below(r, 3);
    }
    if (random_chance(r, 15))
        o->max_row_size = 4 + random_below(r, 60);
}

/* ---- well-formed tables ---- */

static const char *const ints[] = {"0",
                                   "1",
                                   "-7",
                                   "42",
                                   "-0",
                                   "9007199254740993",
                                   "2024",
                                   "9223372036854775807",
                                   "-9223372036854775808"};
static const char *const doubles[] = {"0.5", "-1.25e3", "1e308", "4.9e-324",
                                      ".5",  "3.",      "-0.0",  "1e400",
                                      "0.1", "nan",     "-inf",  "123456789012345678901234567890"};
static const char *const bools[] = {"true", "false", "True", "FALSE"};
static const char *const dates[] = {"2024-02-29", "1970-01-01", "0001-01-01", "9999-12-31"};
static const char *const times[] = {"2024-02-29T12:34:56", "1970-01-01 00:00", "2000-01-01",
                                    "1999-12-31T23:59:59.999999+01:30"};
static const char *const oddities[] = {"007", "+1", "t",  "2023-02-29", "1e",  "NA",  "-",
                                       " 1 ", "\t", "  ", "0x1",        "yes", "1,5", "12:30"};
static const char *const words[] = {"x",
                                    "hello",
                                    "a b",
                                    "\xc3\xa4\xe2\x82\xac",
                                    "\xf0\x9f\x98\x80",
                                    "l\nl",
                                    "c\r\nc",
                                    "r\rr",
                                    "1,2",
                                    ";",
                                    "#no",
                                    "say \"hi\"",
                                    "it's",
                                    "back\\slash",
                                    "|",
                                    "\t"};

static void long_text(random_state *r, ref_text *text)
{
    static const char bytes[] = {'a', 'b', 'c',  'd', 'e',  'f', 'g',
                                 'h', ',', '\n', '"', '\'', 'x', '1'};
    for (size_t n = 10 + random_below(r, 150); n > 0; n--)
        ref_text_add_bytes(text, &PICK(r, bytes), 1);
}

static void value_text(random_state *r, size_t kind, ref_text *text)
{
    const char *s = "";
    switch (kind) {
    case 0:
        s = PICK(r, ints);
        break;
    case 1:
        s = random_chance(r, 50) ? PICK(r, doubles) : PICK(r, ints);
        break;
    case 2:
        s = PICK(r, bools);
        break;
    case 3:
        s = PICK(r, dates);
        break;
    case 4:
        s = PICK(r, times);
        break;
    case 5:
        s = PICK(r, oddities);
        break;
    default:
        s = PICK(r, words);
        break;
    }
    if (kind >= 6 && random_chance(r, 5))
        long_text(r, text);
    else if (!random_chance(r, 12))
        ref_text_add_bytes(text, s, strlen(s));
}

/* A byte that an unquoted field cannot hold as it is. */
static bool is_special(const writer *w, char byte)
{
    return byte == w->delimiter || byte == '\n' || byte == '\r' || byte == w->quote ||
           byte == w->escape || byte == w->comment;
}

static bool has_special(const writer *w, const ref_text *text)
{
    for (size_t i = 0; i < text->size; i++) {
        if (is_special(w, text->data[i]))
            return true;
    }
    return false;
}

static void put(writer *w, char byte)
{
    ref_text_add_bytes(w->to, &byte, 1);
}

static void write_quoted(writer *w, const ref_text *text)
{
    put(w, (char)w->quote);
    for (size_t i = 0; i < text->size; i++) {
        char byte = text->data[i];
        if (w->escape != TINE_NONE && (byte == w->quote || byte == w->escape))
            put(w, (char)w->escape);
        else if (byte == w->quote)
            put(w, byte);
        put(w, byte);
    }
    put(w, (char)w->quote);
}

/* What cannot be written is left out. */
static void write_unquoted(writer *w, const ref_text *text)
{
    for (size_t i = 0; i < text->size; i++) {
        char byte = text->data[i];
        if (is_special(w, byte) && w->escape == TINE_NONE)
            continue;
        if (is_special(w, byte))
            put(w, (char)w->escape);
        put(w, byte);
    }
}

static void write_field(writer *w, const ref_text *text)
{
    bool quoted = random_chance(w->random, has_special(w, text) ? 90 : 15);
    if (quoted && w->quote != TINE_NONE)
        write_quoted(w, text);
    else
        write_unquoted(w, text);
}

static void write_line_end(writer *w)
{
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r\n", "\r"};
    const char *end = PICK(w->random, ends);
    ref_text_add_bytes(w->to, end, strlen(end));
}

/* Comments and blank lines, now and then. */
static void write_between(writer *w)
{
    if (random_chance(w->random, 6))
        write_line_end(w);
    if (w->comment != TINE_NONE && random_chance(w->random, 20)) {
        ref_text_add(w->to, "%c not, \"data\\", w->comment);
        write_line_end(w);
    }
}

static void write_record(writer *w, size_t n_columns, const size_t *kinds)
{
    write_between(w);
    for (size_t i = 0; i < n_columns; i++) {
        ref_text text = {0};
        ref_text_add_bytes(&text, NULL, 0);
        value_text(w->random, random_chance(w->random, 3) ? random_below(w->random, 8) : kinds[i],
                   &text);
        if (i)
            put(w, w->delimiter);
        write_field(w, &text);
        ref_text_free(&text);
    }
}

static void write_header(writer *w, size_t n_columns, size_t variant)
{
    static const char *const names[] = {"id", "a", "b", "", "a", "long name"};
    for (size_t i = 0; i < n_columns; i++) {
        const char *name = names[(i + variant) % 6];
        if (i)
            put(w, w->delimiter);
        ref_text text = {0};
        ref_text_add_bytes(&text, name, strlen(name));
        write_field(w, &text);
        ref_text_free(&text);
    }
    write_line_end(w);
}

static void write_table(writer *w, size_t n_columns, const size_t *kinds, size_t variant)
{
    random_state *r = w->random;
    size_t n_rows = random_below(r, 100) < 90 ? random_below(r, 8) : random_below(r, 80);
    if (random_chance(r, 10))
        ref_text_add(w->to, "\xef\xbb\xbf");
    write_between(w);
    if (!random_chance(r, 15))
        write_header(w, n_columns, random_chance(r, 3) ? variant + 1 : variant);
    for (size_t i = 0; i < n_rows; i++) {
        write_record(w, n_columns, kinds);
        if (i + 1 < n_rows || random_chance(r, 70))
            write_line_end(w);
    }
}

/* ---- malformed input ---- */

static char meaningful_byte(writer *w)
{
    const char bytes[] = {w->delimiter, w->delimiter, '"', '"', '\'', '\n', '\n', '\r',  '\\',
                          '#',          'a',          '1', '.', ' ',  ',',  '\0', '\xff'};
    return PICK(w->random, bytes);
}

static void write_soup(writer *w)
{
    size_t n = random_below(w->random, 40);
    if (random_chance(w->random, 60))
        write_header(w, 1 + random_below(w->random, 3), 0);
    for (size_t i = 0; i < n; i++)
        put(w, meaningful_byte(w));
}

static void change_a_byte(writer *w)
{
    ref_text *t = w->to;
    if (t->size == 0)
        return;
    size_t at = random_below(w->random, t->size);
    switch (random_below(w->random, 4)) {
    case 0:
        t->data[at] = meaningful_byte(w);
        break;
    case 1:
        t->size = at;
        break;
    case 2:
        memmove(t->data + at, t->data + at + 1, t->size - at);
        t->size--;
        break;
    default:
        ref_text_add_bytes(t, "x", 1);
        memmove(t->data + at + 1, t->data + at, t->size - at - 1);
        t->data[at] = meaningful_byte(w);
        break;
    }
}

/* ---- all of it ---- */

static void choose_sources(question *q, writer *w)
{
    random_state *r = w->random;
    size_t kinds[4], n_columns = 1 + random_below(r, 4), variant = random_below(r, 6);
    bool soup = random_chance(r, 30), spoilt = random_chance(r, 40);
    for (size_t i = 0; i < 4; i++)
        kinds[i] = random_below(r, 8);
    q->job.n_sources = random_chance(r, 75) ? 1 : 1 + random_below(r, REF_MAX_SOURCES);
    for (size_t i = 0; i < q->job.n_sources; i++) {
        w->to = &q->texts[i];
        ref_text_add_bytes(w->to, NULL, 0);
        if (soup)
            write_soup(w);
        else
            write_table(w, n_columns, kinds, variant);
        for (size_t n = spoilt ? 1 + random_below(r, 2) : 0; n > 0; n--)
            change_a_byte(w);
        q->job.sources[i] = (ref_bytes){q->texts[i].data, q->texts[i].size};
    }
}

/* Gives some columns a type. Their names are known once the header has been read. */
static void choose_fields(question *q, random_state *r)
{
    static const tine_type types[] = {TINE_BOOL, TINE_INT64,     TINE_DOUBLE,
                                      TINE_DATE, TINE_TIMESTAMP, TINE_STRING};
    ref_table *table =
        ref_read(q->job.sources, q->job.n_sources, &q->job.options, REF_SETTLED, NULL);
    size_t n = 0;
    for (size_t i = 0; table->names && i < table->n_columns && n < 8; i++) {
        if (!random_chance(r, 30))
            continue;
        tine_type fitting = table->error.status ? TINE_STRING : table->types[i];
        q->names_of_fields[n] = strdup(table->names[i]);
        q->fields[n].name = q->names_of_fields[n];
        q->fields[n].type = random_chance(r, 60) ? fitting : PICK(r, types);
        n++;
    }
    ref_table_free(table);
    q->job.options.fields = q->fields;
    q->job.options.n_fields = n;
}

void question_make(question *q, uint64_t seed)
{
    random_state random = {seed};
    writer w = {.random = &random};
    *q = (question){.job.options.struct_size = sizeof(tine_csv_options)};
    choose_dialect(q, &w);
    choose_options(q, &random);
    choose_sources(q, &w);
    choose_fields(q, &random);
}

void question_free(question *q)
{
    for (size_t i = 0; i < REF_MAX_SOURCES; i++)
        ref_text_free(&q->texts[i]);
    for (size_t i = 0; i < q->job.options.n_fields; i++)
        free(q->names_of_fields[i]);
}
