/* UTF-8 against a decoder that decodes first and judges the code point afterwards. */
#include "cmocka_all.h"
#include "random.h"
#include "csv/value.h"

#include <string.h>

/* The length of the character at p, or 0. */
static size_t slow_character(const unsigned char *p, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = 1;
    uint32_t point = *p;
    if (*p >= 0x80) {
        while (length < 8 && (*p << length & 0x80))
            length++;
        if (length < 2 || length > 4 || length > n)
            return 0;
        point = *p & (0x7fu >> length);
    }
    for (size_t i = 1; i < length; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        point = point << 6 | (p[i] & 0x3f);
    }
    bool bad = point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff);
    return bad ? 0 : length;
}

static size_t slow_prefix(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n) {
        size_t length = slow_character((const unsigned char *)text + i, n - i);
        if (length == 0)
            return i;
        i += length;
    }
    return n;
}

static void check(const char *text, size_t n)
{
    if (tine__utf8_valid_prefix(text, n) != slow_prefix(text, n))
        fail_msg("%02x %02x %02x %02x", (unsigned char)text[0], (unsigned char)text[1],
                 (unsigned char)text[2], (unsigned char)text[3]);
}

static void test_all_of_three_bytes(void **state)
{
    (void)state;
    for (uint32_t x = 0; x < 1u << 24; x++) {
        char text[4] = {(char)(x >> 16), (char)(x >> 8), (char)x, 0};
        check(text, 3);
        if ((x & 0xff) == 0)
            check(text, 2);
        if ((x & 0xffff) == 0)
            check(text, 1);
    }
}

static void test_random(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 1000000; i++) {
        uint64_t x = random_next(&seed);
        char text[4];
        memcpy(text, &x, sizeof text);
        if (i & 1) { /* a first byte of four, and mostly good ones behind it */
            text[0] = (char)(0xf0 | (x >> 32 & 7));
            for (int j = 1; j < 4; j++)
                text[j] = x >> (40 + j) & 1 ? text[j] : (char)(0x80 | (text[j] & 0x3f));
        }
        check(text, sizeof text);
    }
}

static void test_among_ascii(void **state)
{
    (void)state;
    for (size_t at = 0; at < 24; at++) {
        char text[24];
        memset(text, 'a', sizeof text);
        assert_int_equal(tine__utf8_valid_prefix(text, sizeof text), sizeof text);
        text[at] = (char)0xff;
        assert_int_equal(tine__utf8_valid_prefix(text, sizeof text), at);
    }
    assert_int_equal(tine__utf8_valid_prefix("", 0), 0);
    assert_int_equal(tine__utf8_valid_prefix("aaaaaaa\xc3\xa4\0b", 11), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_three_bytes),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_among_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
