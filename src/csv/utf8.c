/* UTF-8 as the Unicode Standard defines it (table 3-7, well-formed byte sequences): the first byte
 * fixes the length and the range of the second, which is where overlong forms, surrogates and what
 * is beyond U+10FFFF fall out. */
#include "csv/value.h"
#include "csv/values.h"
#include "base/bits.h"

typedef struct lead {
    unsigned char length, second_least, second_most;
} lead;

/* length 0: no character begins with this byte. */
static lead lead_of(unsigned char byte)
{
    if (byte < 0x80)
        return (lead){1, 0, 0};
    if (byte < 0xc2)
        return (lead){0, 0, 0};
    if (byte < 0xe0)
        return (lead){2, 0x80, 0xbf};
    if (byte < 0xf0)
        return (lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    if (byte < 0xf5)
        return (lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
    return (lead){0, 0, 0};
}

/* The length of the character at p, of which n bytes are left; 0 if there is none. */
static size_t character(const unsigned char *p, size_t n)
{
    lead l = lead_of(*p);
    if (l.length > n)
        return 0;
    if (l.length > 1 && (p[1] < l.second_least || p[1] > l.second_most))
        return 0;
    for (size_t i = 2; i < l.length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return l.length;
}

size_t tine__utf8_valid_prefix(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0;
    while (i < n) {
        if (n - i >= 8 && (tine__load64(p + i) & UINT64_C(0x8080808080808080)) == 0) {
            i += 8;
            continue;
        }
        size_t length = character(p + i, n - i);
        if (length == 0)
            return i;
        i += length;
    }
    return n;
}

bool tine__utf8_scalar(const char *text, size_t n)
{
    return tine__utf8_valid_prefix(text, n) == n;
}
