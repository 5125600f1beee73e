#include "task.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

static struct {
    double began, cpu_began;
    double seconds, cpu; /* of the shortest pass; seconds 0: there was none */
    size_t n_values;     /* answered so far */
} state;

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* The most memory that was resident. Not by getrusage: that counts what ran before exec too. */
static uint64_t peak_bytes(void)
{
    char line[128];
    uint64_t kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file) &&
           sscanf(line, "VmHWM: %" SCNu64, &kilobytes) != 1)
        continue;
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

/* NAME:TYPE,NAME:TYPE… */
static void parse_columns(task *t, char *text)
{
    for (char *item = strtok(text, ","); item; item = strtok(NULL, ",")) {
        if (t->n_columns == TASK_MAX_COLUMNS)
            bench_fail("more than %d columns", TASK_MAX_COLUMNS);
        task_column *column = &t->columns[t->n_columns++];
        if (sscanf(item, "%31[^:]:%11s", column->name, column->type) != 2)
            bench_fail("no NAME:TYPE: %s", item);
    }
}

void task_parse(task *t, int argc, char **argv)
{
    if (argc < 6)
        bench_fail("usage: %s FILE THREADS DELIMITER NAME:TYPE,... TASK [ARGUMENT]...", argv[0]);
    *t = (task){.path = argv[1],
                .n_threads = (unsigned)strtoul(argv[2], NULL, 10),
                .delimiter = argv[3],
                .name = argv[5],
                .arguments = argv + 6,
                .n_arguments = argc - 6};
    parse_columns(t, argv[4]);
}

bool task_type(const task *t, const char *name, const char *type)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i].name, name) == 0)
            return strcmp(t->columns[i].type, type) == 0;
    }
    return false;
}

void task_begin(void)
{
    state.cpu_began = cpu_seconds();
    state.began = bench_now();
}

void task_end(void)
{
    const double seconds = bench_now() - state.began;
    if (state.seconds > 0 && seconds >= state.seconds)
        return;
    state.seconds = seconds;
    state.cpu = cpu_seconds() - state.cpu_began;
}

static void put_measures(void)
{
    printf("{\"seconds\": %.9g, \"cpu\": %.9g, \"peak\": %" PRIu64 ", \"answer\": {", state.seconds,
           state.cpu, peak_bytes());
}

static void put_name(const char *format, va_list args)
{
    if (state.n_values == 0)
        put_measures();
    printf(state.n_values++ ? ", \"" : "\"");
    vprintf(format, args);
    printf("\": ");
}

void task_answer(double value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_name(format, args);
    va_end(args);
    if (isfinite(value))
        printf("%.17g", value);
    else
        printf("null");
}

void task_answer_count(uint64_t n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_name(format, args);
    va_end(args);
    printf("%" PRIu64, n);
}

void task_finish(void)
{
    puts("}}");
}
