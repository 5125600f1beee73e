#include "reduce/text.h"
#include "base/alloc.h"

#include <string.h>

tine_status tine__text_set(tine__text *text, tine_string value, const tine_allocator *allocator)
{
    if (!tine__grow(allocator, &text->data, &text->capacity, 0, value.size, 1, 1))
        return TINE_ENOMEM;
    if (value.size)
        memcpy(text->data, value.data, value.size);
    text->size = value.size;
    return TINE_OK;
}

void tine__text_destroy(tine__text *text, const tine_allocator *allocator)
{
    tine__free(allocator, text->data, text->capacity, 1);
    *text = (tine__text){.size = 0};
}
