/* Memory for the test code: blocks that are freed together, and text that grows. Out of memory ends
 * the process: nothing here is under test. */
#ifndef TINE_TESTS_REFERENCE_MEMORY_H
#define TINE_TESTS_REFERENCE_MEMORY_H
#include <stddef.h>

typedef struct ref_block ref_block;
typedef struct ref_arena {
    ref_block *blocks;
} ref_arena;

void *ref_new(ref_arena *arena, size_t size); /* zeroed; size 0 is allowed */
void ref_arena_free(ref_arena *arena);

/* Room for one more element behind n of them: `items` itself or a larger copy. Grows at powers of
 * two, so the array must only ever grow through this. */
void *ref_one_more(ref_arena *arena, void *items, size_t n, size_t item_size);

typedef struct ref_text {
    char *data; /* terminated; NULL while empty */
    size_t size, room;
} ref_text;

void ref_text_add(ref_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ref_text_add_bytes(ref_text *text, const void *bytes, size_t n);
/* In double quotes, what is not printable ASCII as \n, \r, \t, \\, \" or \xNN. */
void ref_text_add_quoted(ref_text *text, const void *bytes, size_t n);
void ref_text_free(ref_text *text);

#endif
