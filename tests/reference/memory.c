/* Blocks are a list; text doubles. */
#include "reference/memory.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ref_block {
    ref_block *next;
    _Alignas(16) unsigned char bytes[];
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

void *ref_new(ref_arena *arena, size_t size)
{
    ref_block *block = must(calloc(1, sizeof *block + size));
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

void ref_arena_free(ref_arena *arena)
{
    while (arena->blocks) {
        ref_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

void *ref_one_more(ref_arena *arena, void *items, size_t n, size_t item_size)
{
    if (n & (n - 1))
        return items;
    void *larger = ref_new(arena, (n ? 2 * n : 1) * item_size);
    if (n)
        memcpy(larger, items, n * item_size);
    return larger;
}

static char *room_for(ref_text *text, size_t n)
{
    if (text->size + n + 1 > text->room) {
        text->room = 2 * (text->size + n + 1);
        text->data = must(realloc(text->data, text->room));
    }
    return text->data + text->size;
}

void ref_text_add_bytes(ref_text *text, const void *bytes, size_t n)
{
    char *to = room_for(text, n);
    if (n)
        memcpy(to, bytes, n);
    to[n] = 0;
    text->size += n;
}

void ref_text_add(ref_text *text, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof line)
        abort();
    ref_text_add_bytes(text, line, (size_t)n);
}

static void add_escaped(ref_text *text, unsigned char byte)
{
    static const char plain[] = "\n\r\t\\\"", letters[] = "nrt\\\"";
    const char *found = byte ? strchr(plain, byte) : NULL;
    if (found)
        ref_text_add(text, "\\%c", letters[found - plain]);
    else if (byte < 0x20 || byte > 0x7e)
        ref_text_add(text, "\\x%02x", byte);
    else
        ref_text_add_bytes(text, &byte, 1);
}

void ref_text_add_quoted(ref_text *text, const void *bytes, size_t n)
{
    ref_text_add_bytes(text, "\"", 1);
    for (size_t i = 0; i < n; i++)
        add_escaped(text, ((const unsigned char *)bytes)[i]);
    ref_text_add_bytes(text, "\"", 1);
}

void ref_text_free(ref_text *text)
{
    free(text->data);
    *text = (ref_text){0};
}
