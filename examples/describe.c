/* tine-describe: what is in a CSV? One line a column: type, rows, nulls, min, max, mean, standard
 * deviation and the approximate number of distinct values.
 *
 * Everything but the command line, the progress bar and the printing is the library's. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <tine.h>

enum { EXIT_DATA = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: tine-describe [OPTION]... FILE...\n"
    "Describes every column of the CSV files, read in parallel as one table (all with the same\n"
    "columns). FILE - is the standard input.\n"
    "\n"
    "  --workers N      bodies that run at once (default: the CPUs there are)\n"
    "  --delimiter C    one byte, or \"tab\" (default: found out among , ; tab |)\n"
    "  --no-header      the first line is data\n"
    "  --json           print JSON\n"
    "  --stats          print rows, bytes, seconds and GB/s to the standard error\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0; 1 if the input cannot be read or is malformed; 2 for a wrong command line.\n";

typedef struct settings {
    unsigned n_workers;
    const char *delimiter;
    bool no_header, json, stats;
    char **paths;
    size_t n_paths;
} settings;

/* ---- command line ---- */

static int complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("tine-describe: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry 'tine-describe --help'.\n", stderr);
    va_end(args);
    return EXIT_USAGE;
}

static bool parse_workers(const char *text, unsigned *n)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *n = (unsigned)value;
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno && value >= 1 && value <= 4096;
}

static const char *parse_delimiter(const char *text)
{
    if (!strcmp(text, "tab") || !strcmp(text, "\\t"))
        return "\t";
    return strlen(text) == 1 ? text : NULL;
}

/* Fills *s; -1: go on, else the exit status. */
static int parse_arguments(int argc, char **argv, settings *s)
{
    enum { WORKERS = 1, DELIMITER, NO_HEADER, JSON, STATS, HELP, VERSION };
    static const struct option options[] = {
        {"workers", required_argument, NULL, WORKERS},
        {"delimiter", required_argument, NULL, DELIMITER},
        {"no-header", no_argument, NULL, NO_HEADER},
        {"json", no_argument, NULL, JSON},
        {"stats", no_argument, NULL, STATS},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {NULL, 0, NULL, 0},
    };
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case WORKERS:
            if (!parse_workers(optarg, &s->n_workers))
                return complain("--workers takes a number from 1 to 4096, not '%s'", optarg);
            break;
        case DELIMITER:
            s->delimiter = parse_delimiter(optarg);
            if (!s->delimiter)
                return complain("--delimiter takes one byte or 'tab', not '%s'", optarg);
            break;
        case NO_HEADER:
            s->no_header = true;
            break;
        case JSON:
            s->json = true;
            break;
        case STATS:
            s->stats = true;
            break;
        case HELP:
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case VERSION:
            printf("tine-describe %s\n", tine_version());
            return EXIT_SUCCESS;
        default:
            return complain("unknown option, or one without its argument: '%s'", argv[optind - 1]);
        }
    }
    s->paths = argv + optind;
    s->n_paths = (size_t)(argc - optind);
    int n_inputs = 0;
    for (size_t i = 0; i < s->n_paths; i++)
        n_inputs += !strcmp(s->paths[i], "-");
    if (n_inputs > 1)
        return complain("the standard input can be read once, but - is given %d times", n_inputs);
    return s->n_paths ? -1 : complain("no FILE given");
}

/* ---- progress ---- */

static void show_progress(const tine_progress *p)
{
    enum { WIDTH = 30 };
    double rate = p->seconds > 0 ? (double)p->n_done / p->seconds / 1e9 : 0;
    if (!p->n_total) {
        fprintf(stderr, "\r\033[K%.1f MB  %.2f GB/s", (double)p->n_done / 1e6, rate);
        return;
    }
    double part = (double)p->n_done / (double)p->n_total;
    int filled = (int)(part * WIDTH);
    fprintf(stderr, "\r\033[K%3d%% [%.*s%*s] %.2f GB/s", (int)(100 * part), filled,
            "##############################", WIDTH - filled, "", rate);
    if (p->seconds_left >= 0)
        fprintf(stderr, ", %.0f s left", p->seconds_left);
}

static void clear_progress(void)
{
    fputs("\r\033[K", stderr);
}

/* ---- text for people and for programs ---- */

/* Reads one character of UTF-8 that is known to be valid; 0 at a byte that is not. */
static size_t character_size(const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return size <= n ? size : 1;
}

static uint32_t code_point(const char *s, size_t size)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)s[0] & lead[size];
    for (size_t i = 1; i < size; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3f);
    return c;
}

/* Columns of a terminal: 2 for East Asian characters and emoji, 0 for marks that combine, else 1.
 * wcwidth would depend on the locale; these are the large blocks. */
static int character_width(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        int width;
    } blocks[] = {{0x300, 0x36f, 0},     {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},
                  {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
                  {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},
                  {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
                  {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return blocks[i].width;
    return 1;
}

/* What a terminal is sent: control characters escaped, so that data cannot drive it, and at most
 * `limit` columns. Returns the width in columns; prints if `print`. */
static int put_text(tine_string s, int limit, bool print)
{
    int width = 0;
    for (size_t i = 0; i < s.size;) {
        size_t size = character_size(s.data + i, s.size - i);
        unsigned char c = (unsigned char)s.data[i];
        bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s.data[i + 1] < 0xa0);
        int shown = character_width(code_point(s.data + i, size));
        int step = !control ? shown : c == '\n' || c == '\r' || c == '\t' ? 2 : 4;
        if (width + step > limit - 1 && i + size < s.size) {
            if (print)
                fputs("…", stdout);
            return width + 1;
        }
        if (print && !control)
            fwrite(s.data + i, 1, size, stdout);
        else if (print && c < 0x20 && step == 2)
            printf("\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (print)
            printf("\\x%02x", (unsigned char)s.data[i + size - 1]);
        width += step;
        i += size;
    }
    return width;
}

static void put_json_string(tine_string s)
{
    putchar('"');
    for (size_t i = 0; i < s.size; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static tine_string string_of(const char *text)
{
    tine_string s = {text, strlen(text)};
    return s;
}

/* The fewest digits that read back to the same double. */
static const char *shortest(double x, char *out, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, x);
        if (strtod(out, NULL) == x)
            break;
    }
    return out;
}

/* ---- the table ---- */

typedef struct description { /* of all columns: the table that tine_dataset_describe gives */
    tine_column column, type, count, nulls, min, max, mean, std, distinct;
} description;

static tine_status open_description(const tine_table *table, description *d)
{
    struct {
        const char *name;
        tine_column *column;
    } parts[] = {{"column", &d->column}, {"type", &d->type}, {"count", &d->count},
                 {"nulls", &d->nulls},   {"min", &d->min},   {"max", &d->max},
                 {"mean", &d->mean},     {"std", &d->std},   {"distinct", &d->distinct}};
    tine_status status = TINE_OK;
    for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
        status = tine_batch_find(tine_table_batch(table, 0), parts[i].name, parts[i].column);
    return status;
}

static int64_t int_at(const tine_column *c, size_t i)
{
    return ((const int64_t *)c->values)[i];
}

static double double_at(const tine_column *c, size_t i)
{
    return ((const double *)c->values)[i];
}

static int64_t rows_of(const description *d, size_t i)
{
    return int_at(&d->count, i) + int_at(&d->nulls, i);
}

enum { N_CELLS = 9, CELL_LIMIT = 28, NUMBER_SIZE = 48 };

/* Cell j of column i; numbers are written into `room`. */
static tine_string cell(const description *d, size_t i, int j, char *room)
{
    const tine_column *text[] = {&d->column, &d->type, NULL, NULL, &d->min, &d->max};
    if (j < 6 && text[j])
        return tine_is_null(text[j], i) ? string_of("") : tine_string_at(text[j], i);
    const tine_column *real = j == 6 ? &d->mean : j == 7 ? &d->std : NULL;
    if (real && tine_is_null(real, i))
        return string_of("");
    if (real)
        snprintf(room, NUMBER_SIZE, "%.6g", double_at(real, i));
    else
        snprintf(room, NUMBER_SIZE, "%lld",
                 (long long)(j == 2   ? rows_of(d, i)
                             : j == 3 ? int_at(&d->nulls, i)
                                      : int_at(&d->distinct, i)));
    return string_of(room);
}

static void put_cell(tine_string s, int width, bool right)
{
    int pad = width - put_text(s, CELL_LIMIT, false);
    printf("%*s", right ? pad : 0, "");
    put_text(s, CELL_LIMIT, true);
    printf("%*s", right ? 0 : pad, "");
}

static void print_table(const description *d)
{
    static const char *const titles[N_CELLS] = {"column", "type", "rows", "nulls",    "min",
                                                "max",    "mean", "std",  "distinct≈"};
    char room[NUMBER_SIZE];
    int width[N_CELLS];
    for (int j = 0; j < N_CELLS; j++) {
        width[j] = put_text(string_of(titles[j]), CELL_LIMIT, false);
        for (size_t i = 0; i < d->column.length; i++) {
            int w = put_text(cell(d, i, j, room), CELL_LIMIT, false);
            width[j] = w > width[j] ? w : width[j];
        }
    }
    for (size_t i = 0; i <= d->column.length; i++)
        for (int j = 0; j < N_CELLS; j++) {
            put_cell(i ? cell(d, i - 1, j, room) : string_of(titles[j]), width[j], j >= 2);
            fputs(j + 1 < N_CELLS ? "  " : "\n", stdout);
        }
}

/* ---- JSON ---- */

static void put_json_double(const char *name, const tine_column *c, size_t i)
{
    char room[NUMBER_SIZE];
    bool number = !tine_is_null(c, i) && isfinite(double_at(c, i));
    printf(", \"%s\": %s", name, number ? shortest(double_at(c, i), room, sizeof room) : "null");
}

/* Numbers as numbers, everything else as a string. */
static void put_json_bound(const char *name, const tine_column *c, size_t i, tine_string type)
{
    printf(", \"%s\": ", name);
    if (tine_is_null(c, i)) {
        fputs("null", stdout);
        return;
    }
    tine_string s = tine_string_at(c, i);
    bool numeric = (type.size == 5 && !memcmp(type.data, "int64", 5)) ||
                   (type.size == 6 && !memcmp(type.data, "double", 6));
    bool finite = s.size && (s.data[s.size - 1] >= '0' && s.data[s.size - 1] <= '9');
    if (numeric && finite)
        fwrite(s.data, 1, s.size, stdout);
    else
        put_json_string(s);
}

static void print_json(const description *d)
{
    printf("{\"rows\": %lld, \"columns\": [", (long long)rows_of(d, 0));
    for (size_t i = 0; i < d->column.length; i++) {
        tine_string type = tine_string_at(&d->type, i);
        fputs(i ? ",\n  {\"name\": " : "\n  {\"name\": ", stdout);
        put_json_string(tine_string_at(&d->column, i));
        fputs(", \"type\": ", stdout);
        put_json_string(type);
        printf(", \"rows\": %lld, \"nulls\": %lld", (long long)rows_of(d, i),
               (long long)int_at(&d->nulls, i));
        put_json_bound("min", &d->min, i, type);
        put_json_bound("max", &d->max, i, type);
        put_json_double("mean", &d->mean, i);
        put_json_double("std", &d->std, i);
        printf(", \"distinct_approx\": %lld}", (long long)int_at(&d->distinct, i));
    }
    fputs("\n]}\n", stdout);
}

/* ---- the job ---- */

static tine_status open_dataset(const settings *s, tine_dataset **data, tine_error *error)
{
    tine_csv_options options = TINE_CSV_OPTIONS_INIT;
    options.delimiter = s->delimiter;
    options.header = s->no_header ? TINE_HEADER_NONE : TINE_HEADER_PRESENT;
    tine_source **sources = calloc(s->n_paths, sizeof *sources);
    tine_status status = sources ? TINE_OK : TINE_ENOMEM;
    for (size_t i = 0; !status && i < s->n_paths; i++)
        status = !strcmp(s->paths[i], "-") ? tine_source_fd(STDIN_FILENO, &sources[i], error)
                                           : tine_source_file(s->paths[i], &sources[i], error);
    if (!status)
        status = tine_csv_open(sources, s->n_paths, &options, data, error);
    for (size_t i = 0; sources && i < s->n_paths; i++)
        tine_source_release(sources[i]);
    free(sources);
    return status;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void count_bytes(const tine_progress *p, void *ctx)
{
    *(uint64_t *)ctx = p->n_done;
    if (isatty(STDERR_FILENO))
        show_progress(p);
}

static void print(const settings *s, const description *d)
{
    if (s->json)
        print_json(d);
    else
        print_table(d);
}

static tine_status describe(const settings *s, tine_error *error)
{
    tine_pool_options pool_options = TINE_POOL_OPTIONS_INIT;
    pool_options.n_workers = s->n_workers;
    tine_pool *pool = NULL;
    tine_dataset *data = NULL;
    tine_table *table = NULL;
    uint64_t bytes = 0;
    tine_run run = TINE_RUN_INIT;
    run.progress = count_bytes;
    run.progress_ctx = &bytes;
    double begin = now();
    tine_status status = tine_pool_open(&pool_options, &pool, error);
    run.pool = pool;
    if (!status)
        status = open_dataset(s, &data, error);
    if (!status)
        status = tine_dataset_describe(data, &run, &table, error);
    double seconds = now() - begin;
    if (isatty(STDERR_FILENO))
        clear_progress();
    description d;
    if (!status)
        status = open_description(table, &d);
    if (!status)
        print(s, &d);
    if (!status && s->stats)
        fprintf(stderr, "%lld rows, %llu bytes, %.3f s, %.3f GB/s\n", (long long)rows_of(&d, 0),
                (unsigned long long)bytes, seconds, (double)bytes / seconds / 1e9);
    tine_table_release(table);
    tine_dataset_release(data);
    tine_pool_close(&pool);
    return status;
}

int main(int argc, char **argv)
{
    settings s = {0};
    int exit_status = parse_arguments(argc, argv, &s);
    if (exit_status > EXIT_SUCCESS)
        return exit_status;
    tine_error error = {0};
    tine_status status = exit_status < 0 ? describe(&s, &error) : TINE_OK;
    if (status) {
        fprintf(stderr, "tine-describe: %s\n",
                error.message[0] ? error.message : tine_status_name(status));
        return EXIT_DATA;
    }
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "tine-describe: cannot write the result: %s\n", strerror(errno));
        return EXIT_DATA;
    }
    return EXIT_SUCCESS;
}
