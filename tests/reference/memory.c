/* Objects are cut from large zeroed blocks, which are a list; text doubles. */
#include "reference/memory.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 << 10, ALIGN = 16, FIRST_ROOM = 8 };

struct ref_block {
    ref_block *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char bytes[];
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static void add_block(ref_arena *arena, size_t least)
{
    size_t size = least > BLOCK_BYTES ? least : BLOCK_BYTES;
    ref_block *block = must(calloc(1, sizeof *block + size));
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
}

void *ref_new(ref_arena *arena, size_t size)
{
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!arena->blocks || arena->blocks->size - arena->blocks->used < size)
        add_block(arena, size);
    void *p = arena->blocks->bytes + arena->blocks->used;
    arena->blocks->used += size;
    return p;
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
    if (n > 0 && (n < FIRST_ROOM || (n & (n - 1))))
        return items;
    void *larger = ref_new(arena, (n ? 2 * n : FIRST_ROOM) * item_size);
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
