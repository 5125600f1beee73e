/* Runs a fuzz target over stored inputs, where libFuzzer does not: every file that is named, and
 * every file in every folder that is. Fails if there is none, or one cannot be read. */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The number of inputs run, or -1. Exactly as large as the input, so that a sanitizer sees a read
 * behind its end. */
static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    fseek(file, 0, SEEK_END);
    long n = ftell(file);
    rewind(file);
    uint8_t *data = n >= 0 ? malloc(n > 0 ? (size_t)n : 1) : NULL;
    int done = -1;
    if (data && fread(data, 1, (size_t)n, file) == (size_t)n) {
        LLVMFuzzerTestOneInput(data, (size_t)n);
        done = 1;
    }
    free(data);
    fclose(file);
    return done;
}

static int run_folder(DIR *folder, const char *path)
{
    int done = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char name[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (length >= (int)sizeof name || run_file(name) < 0)
            return -1;
        done++;
    }
    return done;
}

static int run(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return run_file(path);
    int done = run_folder(folder, path);
    closedir(folder);
    return done;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int done = run(argv[i]);
        if (done < 0) {
            fprintf(stderr, "cannot read %s\n", argv[i]);
            return EXIT_FAILURE;
        }
        total += done;
    }
    printf("%d inputs\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
