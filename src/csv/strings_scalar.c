/* The contents of fields in portable C. */
#include "csv/values.h"

#include <string.h>

size_t tine__unescape(int mark, const char *raw, size_t n, char *out)
{
    const char *end = raw + n, *found;
    char *to = out;
    while (raw < end && (found = memchr(raw, mark, (size_t)(end - raw))) && found + 1 < end) {
        size_t run = (size_t)(found - raw);
        memcpy(to, raw, run);
        to[run] = found[1];
        to += run + 1;
        raw = found + 2;
    }
    if (raw < end)
        memcpy(to, raw, (size_t)(end - raw));
    return (size_t)(to - out) + (size_t)(end - raw);
}

void tine__strings_scalar(const tine__fields *fields, int quote, char *to, int32_t *offsets)
{
    size_t size = (size_t)offsets[0];
    for (unsigned i = 0; i < fields->n; i++) {
        const char *from = fields->text + fields->begin[i];
        size_t n = fields->end[i] - fields->begin[i];
        if (n && (unsigned char)*from == quote)
            size += tine__unescape(quote, from + 1, n - 2, to + size);
        else if (n) {
            memcpy(to + size, from, n);
            size += n;
        }
        offsets[i + 1] = (int32_t)size;
    }
}
