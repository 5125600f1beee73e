/* What every parser of a value begins with: the padding is taken off, words are compared, and runs
 * of digits are read eight at a time.
 *
 * Eight digits in one word: adding 0x46 to a byte sets its highest bit if the byte is above '9',
 * and subtracting 0x30 if it is below '0'; a multiplication adds neighbours, first digits to pairs,
 * then pairs to fours, then fours to eight (SIMD within a register, Lamport 1975). */
#ifndef TINE_CSV_TEXT_H
#define TINE_CSV_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of a text that is still to be read. */
typedef struct tine__text {
    const char *at, *end;
} tine__text;

static inline bool tine__is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool tine__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Without the spaces and tabs around it. */
static inline tine__text tine__text_strip(const char *text, size_t n)
{
    tine__text t = {text, text + n};
    while (t.at < t.end && tine__is_blank(*t.at))
        t.at++;
    while (t.at < t.end && tine__is_blank(t.end[-1]))
        t.end--;
    return t;
}

static inline bool tine__text_is_empty(const tine__text *t)
{
    return t->at == t->end;
}

static inline bool tine__text_skip(tine__text *t, char c)
{
    bool there = t->at < t->end && *t->at == c;
    t->at += there;
    return there;
}

/* Skips a sign; true: it was a minus. */
static inline bool tine__text_skip_sign(tine__text *t)
{
    bool minus = tine__text_skip(t, '-');
    if (!minus)
        tine__text_skip(t, '+');
    return minus;
}

/* Skips `word`, given in lower case, whatever its case in the text. */
static inline bool tine__text_skip_word(tine__text *t, const char *word)
{
    const char *p = t->at;
    for (; *word; word++, p++) {
        char lower = p < t->end && *p >= 'A' && *p <= 'Z' ? (char)(*p + ('a' - 'A')) : '\0';
        if (p == t->end || (*p != *word && lower != *word))
            return false;
    }
    t->at = p;
    return true;
}

/* The rest of the text is `word`, in any case. */
static inline bool tine__text_is_word(tine__text t, const char *word)
{
    return tine__text_skip_word(&t, word) && tine__text_is_empty(&t);
}

/* The next eight bytes, the first one lowest, on every machine. Compilers see a load in this. */
static inline uint64_t tine__text_load8(const char *p)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return x;
}

static inline bool tine__is_eight_digits(uint64_t x)
{
    const uint64_t above = UINT64_C(0x4646464646464646), zeros = UINT64_C(0x3030303030303030);
    return (((x + above) | (x - zeros)) & UINT64_C(0x8080808080808080)) == 0;
}

static inline uint32_t tine__eight_digits(uint64_t x)
{
    x -= UINT64_C(0x3030303030303030);
    x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(x * 10000 + (x >> 32));
}

/* The next eight bytes are digits: skips them and gives their number. */
static inline bool tine__text_eight_digits(tine__text *t, uint32_t *out)
{
    if (t->end - t->at < 8)
        return false;
    uint64_t x = tine__text_load8(t->at);
    if (!tine__is_eight_digits(x))
        return false;
    *out = tine__eight_digits(x);
    t->at += 8;
    return true;
}

/* The canonical spelling of a number (SEMANTICS.md, int64 and double): neither a plus in front nor
 * a zero before another digit. */
static inline bool tine__text_is_canonical_number(tine__text t)
{
    tine__text_skip(&t, '-');
    if (tine__text_is_empty(&t) || *t.at == '+')
        return false;
    return !(t.end - t.at > 1 && t.at[0] == '0' && tine__is_digit(t.at[1]));
}

#endif
