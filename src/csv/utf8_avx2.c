/* UTF-8 by AVX2: of each byte and the one before it three halves are looked up in tables of what
 * may be wrong, and what all three say is wrong; a third and a fourth byte are known by the byte
 * two and three before (Keiser and Lemire, Validating UTF-8 in less than one instruction per byte,
 * 2021). */
#include "csv/values.h"
#include "os/vectors_x86.h"

#include <string.h>

enum {                       /* what is wrong with two bytes: */
       TOO_SHORT = 1 << 0,   /* a first byte, and no continuation */
       TOO_LONG = 1 << 1,    /* ASCII, and a continuation */
       OVERLONG_3 = 1 << 2,  /* three bytes where two would do */
       TOO_LARGE = 1 << 3,   /* beyond U+10FFFF: F4 and 90 or more, F5 and more */
       SURROGATE = 1 << 4,   /* ED and A0 or more */
       OVERLONG_2 = 1 << 5,  /* two bytes where one would do */
       BEYOND_OR_4 = 1 << 6, /* F5 or more and 80 to 8F; or four bytes where three would do */
       TWO_CONTS = 1 << 7,   /* two continuations: right if the byte before asks for them */
       ANY_LOW = TOO_SHORT | TOO_LONG | TWO_CONTS /* whatever the lower half of the first byte is */
};

static TINE__INLINE __m256i look_up(__m256i halves, char t0, char t1, char t2, char t3, char t4,
                                    char t5, char t6, char t7, char t8, char t9, char ta, char tb,
                                    char tc, char td, char te, char tf)
{
    __m256i table =
        _mm256_setr_epi8(t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ta, tb, tc, td, te, tf, t0, t1, t2,
                         t3, t4, t5, t6, t7, t8, t9, ta, tb, tc, td, te, tf);
    return _mm256_shuffle_epi8(table, halves);
}

static TINE__INLINE __m256i upper_half(__m256i x)
{
    return _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(0x0f));
}

static TINE__INLINE __m256i wrong_pairs(__m256i text, __m256i before)
{
    const char ascii = TOO_LONG, conts = (char)TWO_CONTS, low = (char)ANY_LOW;
    const char large = (char)(ANY_LOW | TOO_LARGE | BEYOND_OR_4), lead = TOO_SHORT;
    const char cont = (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS);
    __m256i upper_1 =
        look_up(upper_half(before), ascii, ascii, ascii, ascii, ascii, ascii, ascii, ascii, conts,
                conts, conts, conts, TOO_SHORT | OVERLONG_2, TOO_SHORT,
                TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | BEYOND_OR_4);
    __m256i lower_1 =
        look_up(_mm256_and_si256(before, _mm256_set1_epi8(0x0f)),
                (char)(ANY_LOW | OVERLONG_3 | OVERLONG_2 | BEYOND_OR_4),
                (char)(ANY_LOW | OVERLONG_2), low, low, (char)(ANY_LOW | TOO_LARGE), large, large,
                large, large, large, large, large, large, (char)(large | SURROGATE), large, large);
    __m256i upper_2 =
        look_up(upper_half(text), lead, lead, lead, lead, lead, lead, lead, lead,
                (char)(cont | OVERLONG_3 | BEYOND_OR_4), (char)(cont | OVERLONG_3 | TOO_LARGE),
                (char)(cont | SURROGATE | TOO_LARGE), (char)(cont | SURROGATE | TOO_LARGE), lead,
                lead, lead, lead);
    return _mm256_and_si256(_mm256_and_si256(upper_1, lower_1), upper_2);
}

/* Of the n bytes before each byte of text, the first. */
#define BEFORE(text, last, n)                                                                      \
    _mm256_alignr_epi8(text, _mm256_permute2x128_si256(last, text, 0x21), 16 - (n))

/* Anything but zeros: something is wrong in text, of which `last` are the 32 bytes before. */
static TINE__INLINE __m256i wrong_in(__m256i text, __m256i last)
{
    __m256i third = _mm256_subs_epu8(BEFORE(text, last, 2), _mm256_set1_epi8((char)(0xe0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(BEFORE(text, last, 3), _mm256_set1_epi8((char)(0xf0 - 0x80)));
    __m256i continues =
        _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(continues, wrong_pairs(text, BEFORE(text, last, 1)));
}

bool tine__utf8_avx2(const char *text, size_t n)
{
    char rest[32] = {0}; /* behind the text, so that no character may go on there */
    __m256i last = _mm256_setzero_si256(), wrong = last;
    size_t at = 0;
    for (; n - at >= 32; at += 32) {
        __m256i now = _mm256_loadu_si256((const void *)(text + at));
        if (_mm256_movemask_epi8(_mm256_or_si256(now, last)))
            wrong = _mm256_or_si256(wrong, wrong_in(now, last));
        last = now;
    }
    if (at < n)
        memcpy(rest, text + at, n - at);
    __m256i end = _mm256_loadu_si256((const void *)rest);
    wrong = _mm256_or_si256(wrong, wrong_in(end, last));
    return _mm256_testz_si256(wrong, wrong);
}
