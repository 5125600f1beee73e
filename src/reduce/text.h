/* A copy of a string that a state keeps: the room is used again for the next one. */
#ifndef TINE_REDUCE_TEXT_H
#define TINE_REDUCE_TEXT_H
#include <tine.h>

typedef struct tine__text { /* all zero: empty */
    void *data;             /* owned */
    size_t size, capacity;
} tine__text;

/* TINE_ENOMEM; it is then as before. */
TINE_MUST_USE tine_status tine__text_set(tine__text *text, tine_string value,
                                         const tine_allocator *allocator);
void tine__text_destroy(tine__text *text, const tine_allocator *allocator);

static inline tine_string tine__text_get(const tine__text *text)
{
    return (tine_string){text->data, text->size};
}

#endif
