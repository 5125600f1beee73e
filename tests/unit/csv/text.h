/* Random text for the tests of splitting: short, and of the bytes that matter. */
#ifndef TESTS_UNIT_CSV_TEXT_H
#define TESTS_UNIT_CSV_TEXT_H
#include <stddef.h>
#include <stdint.h>

/* xorshift64*: Vigna 2016. Seeded with anything but 0. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static inline size_t random_below(uint64_t *state, size_t n)
{
    return (size_t)((next_random(state) >> 32) % n);
}

/* n bytes of the alphabet. */
static inline void random_text(uint64_t *state, const char *alphabet, size_t n_alphabet, char *out,
                               size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[random_below(state, n_alphabet)];
}

/* Well-formed rows of `width` fields, at most n bytes; returns how many. Some fields are quoted,
 * with delimiters, line ends and doubled quotes in them. */
static inline size_t random_rows(uint64_t *state, size_t width, char *out, size_t n)
{
    static const char *const fields[] = {"a",        "bc",         "\"\"",     "\"x,y\"",
                                         "\"p\nq\"", "\"r\"\"s\"", "\"\r\n\"", "longer text",
                                         "\"\"\"\"", "7"};
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    size_t used = 0;
    for (;;) {
        char row[256];
        size_t size = 0;
        for (size_t i = 0; i < width; i++) {
            for (const char *p = fields[random_below(state, 10)]; *p; p++)
                row[size++] = *p;
            if (i + 1 < width)
                row[size++] = ',';
        }
        for (const char *p = ends[random_below(state, 3)]; *p; p++)
            row[size++] = *p;
        if (used + size > n)
            return used;
        for (size_t i = 0; i < size; i++)
            out[used++] = row[i];
    }
}

#endif
