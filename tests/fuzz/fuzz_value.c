/* Any bytes as a field: doubles against strtod, and the parsers, the formatters and the classes of
 * inference against each other. */
#include "csv/value.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

/* `text` ends in a NUL behind its n bytes. strtod takes more: hexadecimal, nan(…), white space. */
static void check_double(const char *text, size_t n)
{
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    char *end;
    double want = strtod(text, &end), got, again;
    bool whole = end > text && end >= text + n;
    if (!tine__parse_double(text, n, false, &got)) {
        bool wider = memchr(text, 'x', n) || memchr(text, 'X', n) || memchr(text, '(', n) ||
                     strpbrk(text, "\n\v\f\r");
        require(!whole || wider || memchr(text, '\0', n));
        return;
    }
    char back[TINE__DOUBLE_TEXT];
    require(whole && same_double(got, want));
    require(tine__parse_double(back, tine__format_double(got, back), true, &again));
    require(same_double(got, again));
}

/* What is accepted for an inferred type is so for the given one, with the same value. */
static void check_inferred_is_given(const char *text, size_t n)
{
    int64_t i, j;
    double x, y;
    bool a, b;
    if (tine__parse_int64(text, n, true, &i))
        require(tine__parse_int64(text, n, false, &j) && i == j);
    if (tine__parse_double(text, n, true, &x))
        require(tine__parse_double(text, n, false, &y) && same_double(x, y));
    if (tine__parse_bool(text, n, true, &a))
        require(tine__parse_bool(text, n, false, &b) && a == b);
}

static void check_class(const char *text, size_t n)
{
    const tine__evidence ints = TINE__SEEN_INT | TINE__SEEN_INT_INEXACT;
    const tine__evidence doubles = TINE__SEEN_DOUBLE | TINE__SEEN_NAN_WORD;
    const tine__evidence times = TINE__SEEN_DATE | TINE__SEEN_TIMESTAMP;
    tine__evidence seen = tine__classify(text, n);
    int64_t number, micros;
    int32_t days;
    double real;
    bool truth;
    require((seen & (seen - 1)) == 0);
    require(!(seen & TINE__SEEN_BOOL) == !tine__parse_bool(text, n, true, &truth));
    require(!(seen & ints) == !tine__parse_int64(text, n, true, &number));
    require(!(seen & (ints | doubles)) == !tine__parse_double(text, n, true, &real));
    require(!(seen & TINE__SEEN_DATE) == !tine__parse_date(text, n, &days));
    require(!(seen & times) == !tine__parse_timestamp(text, n, &micros));
    if (seen & ints) /* beyond 2^63 the double cannot be converted back */
        require(real >= 0x1p63 || !(seen & TINE__SEEN_INT) == ((int64_t)real != number));
}

/* A zone may lead out of the years that can be read. */
static void check_timestamp(const char *text, size_t n)
{
    int64_t micros, again;
    char back[TINE__TIME_TEXT];
    const int64_t first = INT64_C(-62135596800000000), end = INT64_C(253402300800000000);
    if (!tine__parse_timestamp(text, n, &micros))
        return;
    size_t length = tine__format_timestamp(micros, back);
    require(length <= TINE__TIME_TEXT);
    if (micros >= first && micros < end)
        require(tine__parse_timestamp(back, length, &again) && again == micros);
}

static void check_format(const char *text, size_t n)
{
    const char *formats[] = {"%Y-%m-%d", "%d %b %y %H:%M:%S.%f%z"};
    int64_t micros;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        tine__parse_timestamp_format(text, n, formats[i], &micros);
    if (tine__time_format_check(text, TINE_TIMESTAMP)) /* the input as a format */
        tine__parse_timestamp_format(text, n, text, &micros);
}

static void check_utf8(const char *text, size_t n)
{
    size_t valid = tine__utf8_valid_prefix(text, n);
    require(valid <= n);
    require(tine__utf8_valid_prefix(text, valid) == valid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    require(text != NULL);
    if (n > 0)
        memcpy(text, data, n);
    text[n] = '\0';
    check_double(text, n);
    check_inferred_is_given(text, n);
    check_class(text, n);
    check_timestamp(text, n);
    check_format(text, n);
    check_utf8(text, n);
    free(text);
    return 0;
}
