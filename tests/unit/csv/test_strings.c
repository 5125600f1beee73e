/* The contents of fields, by every set that this CPU runs: random contents are written as fields,
 * and must come back. The fields end, and the room for their contents ends, where a page that
 * cannot be touched begins. */
#define _GNU_SOURCE
#include "cmocka_all.h"
#include "csv/kernels.h"
#include "text.h"

#include <string.h>
#include <sys/mman.h>

enum { ROOM = 1 << 16, MAX_CONTENT = 300 };

static char *in_end, *out_end;       /* where untouchable pages begin */
static const tine__kernels *kernels; /* the set under test */

static char *guarded(void)
{
    char *pages =
        mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED || mprotect(pages + ROOM, 4096, PROT_NONE) ? NULL : pages + ROOM;
}

static int set_up(void **state)
{
    (void)state;
    in_end = guarded();
    out_end = guarded();
    return !in_end || !out_end;
}

static int tear_down(void **state)
{
    (void)state;
    return munmap(in_end - ROOM, ROOM + 4096) || munmap(out_end - ROOM, ROOM + 4096);
}

typedef struct texts {
    char fields[ROOM], contents[ROOM];
    size_t n_fields, n_contents;
    int32_t offsets[TINE__FIELDS + 1];
} texts;

static void add_quoted(texts *t, const char *content, size_t n)
{
    t->fields[t->n_fields++] = '"';
    for (size_t i = 0; i < n; i++) {
        if (content[i] == '"')
            t->fields[t->n_fields++] = '"';
        t->fields[t->n_fields++] = content[i];
    }
    t->fields[t->n_fields++] = '"';
}

static void add_content(texts *t, const char *content, size_t n, bool quoted)
{
    memcpy(t->contents + t->n_contents, content, n);
    t->n_contents += n;
    if (quoted || memchr(content, '"', n)) {
        add_quoted(t, content, n);
        return;
    }
    memcpy(t->fields + t->n_fields, content, n);
    t->n_fields += n;
}

static void write_fields(uint64_t *random, unsigned n, tine__fields *fields, texts *t)
{
    size_t longest = 1 + random_below(random, MAX_CONTENT);
    unsigned n_letters = 1 + (unsigned)random_below(random, 8);
    t->n_fields = t->n_contents = random_below(random, 20);
    memset(t->fields, '"', t->n_fields);
    memset(t->contents, '\0', t->n_contents);
    for (unsigned i = 0; i < TINE__FIELDS; i++) {
        char content[MAX_CONTENT];
        size_t size = i < n ? random_below(random, longest) : 0;
        random_text(random, "\"a,\nb\xc3\xff.", n_letters, content, size);
        fields->begin[i] = (uint32_t)t->n_fields;
        t->offsets[i] = (int32_t)t->n_contents;
        add_content(t, content, size, i < n && random_below(random, 2));
        fields->end[i] = (uint32_t)t->n_fields;
        if (i + 1 < n)
            t->fields[t->n_fields++] = ",\""[random_below(random, 2)];
    }
    t->offsets[TINE__FIELDS] = (int32_t)t->n_contents;
    memcpy(in_end - t->n_fields, t->fields, t->n_fields);
    fields->text = in_end - t->n_fields;
    fields->n = n;
}

static void contents_come_back(void **state)
{
    (void)state;
    static texts t;
    uint64_t random = 11;
    for (unsigned round = 0; round < 3000; round++) {
        tine__fields fields;
        int32_t offsets[TINE__FIELDS + 1];
        unsigned n = 1 + (unsigned)random_below(&random, TINE__FIELDS);
        write_fields(&random, n, &fields, &t);
        size_t raw = (size_t)t.offsets[0];
        for (unsigned i = 0; i < n; i++)
            raw += fields.end[i] - fields.begin[i];
        char *to = out_end - raw - TINE__STRINGS_SLACK;
        memcpy(to, t.contents, (size_t)t.offsets[0]);
        offsets[0] = t.offsets[0];
        kernels->strings(&fields, '"', to, offsets);
        assert_memory_equal(offsets, t.offsets, (n + 1) * sizeof *offsets);
        assert_memory_equal(to, t.contents, (size_t)t.offsets[n]);
    }
}

/* In a dialect without quotes, the byte that stands for none is a byte like any other. */
static void without_quotes(void **state)
{
    (void)state;
    static const char text[] = "\"a\"\",\xff\xff\xff,\"\"";
    tine__fields fields = {.text = text, .n = 3, .begin = {0, 5, 9}, .end = {4, 8, 11}};
    int32_t offsets[4] = {0}, expected[4] = {0, 4, 7, 9};
    char to[sizeof text + TINE__STRINGS_SLACK];
    kernels->strings(&fields, TINE_NONE, to, offsets);
    assert_memory_equal(offsets, expected, sizeof offsets);
    assert_memory_equal(to, "\"a\"\"\xff\xff\xff\"\"", 9);
}

int main(void)
{
    int n_failed = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_come_back),
        cmocka_unit_test(without_quotes),
    };
    for (size_t i = 0; (kernels = tine__kernels_at(i)) != NULL; i++)
        n_failed += cmocka_run_group_tests_name(kernels->name, tests, set_up, tear_down);
    return n_failed;
}
