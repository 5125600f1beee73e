/* Doubles against strtod, whose glibc edition is exact: decimals at and beside half-way points, at
 * the ends of the range, of every length; random ones (the argument says how many); and all of it
 * under rounding modes, flush-to-zero and a locale with a decimal comma that must not matter. */
#define _GNU_SOURCE
#include "cmocka_all.h"
#include "random.h"
#include "csv/value.h"
#include "support/hostile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long n_random = 300000;

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t parse(const char *text, size_t n)
{
    double value = 0;
    if (!tine__parse_double(text, n, false, &value))
        fail_msg("\"%.100s\" is refused", text);
    return bits_of(value);
}

static void check(const char *text)
{
    char *end;
    uint64_t want = bits_of(strtod(text, &end)), got = parse(text, strlen(text));
    assert_int_equal(*end, '\0');
    if (got != want)
        fail_msg("\"%.100s\": %016llx, not %016llx", text, (unsigned long long)got,
                 (unsigned long long)want);
}

static const char *const hard[] = {
    "0",
    "-0",
    "0.0",
    "-0.0e5",
    "0e999999999999999999999",
    "0e-999999999999999999999",
    "1.",
    ".5",
    "1e0",
    "1E5",
    "1e+05",
    "1e-05",
    "000001",
    "0.000000000000000000000000000000000001e36",
    "100000000000000000000000000000000000000000e-41",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "9007199254740993.00000000000000000000000000000000000000000000000000000000000000000001",
    "9007199254740992.99999999999999999999999999999999999999999999999999999999999999999999",
    "9007199254740994",
    "9007199254740995",
    "9007199254740995e0",
    "90071992547409930e-1",
    "900719925474099300e-2",
    "9007199254740993000e-3",
    "90071992547409930000000e-7",
    "18014398509481986",
    "18014398509481982",
    "36028797018963972",
    "9223372036854775807",
    "9223372036854775808",
    "9223372036854776832",
    "9223372036854776833",
    "18446744073709551615",
    "18446744073709551616",
    "18446744073709553664",
    "9999999999999999999",
    "99999999999999999999",
    "9999999999999999999e-19",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "1.8e308",
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797"
    "75872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548"
    "45817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711"
    "559699508093042880",
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797"
    "75872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548"
    "45817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711"
    "559699508093042879.99999",
    "1e309",
    "1e310",
    "1e308",
    "1e400",
    "-1e400",
    "1e99999999999999999999",
    "1e-99999999999999999999",
    "1e9223372036854775807",
    "1e-9223372036854775808",
    "1e18446744073709551616",
    "2.2250738585072014e-308",
    "2.2250738585072011e-308",
    "2.2250738585072012e-308",
    "2.225073858507201136057409796709131975934819546351645648023426109724822222021076945516529523"
    "90813508791414915891303962110687008643869459464552765720740782062174337998814106326732925355"
    "22868813721490129811224514518898490572223072852551331557550159143974763979834118019993239625"
    "48289017107081850690630666655994938275772572015763062690663332647565300009245888316433037779"
    "791869612049497390377829704905051080609940730262937128958950003583799967207254304360284078"
    "8957717961509455167482434710307026091446215722898802581825451803257070188608721131280795122"
    "33426288368622321503775666622503982534335974568884423900265498198385487948292206894721689831"
    "099698365846814022854243330660339850886445804001034933970427567186443383770486037861622771"
    "73854562306587467901408672332763671875e-308",
    "4.9406564584124654e-324",
    "5e-324",
    "3e-324",
    "2.5e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "2.4e-324",
    "7.4109846876186981e-324",
    "1e-323",
    "1e-324",
    "1e-342",
    "1e-343",
    "18446744073709551615e-343",
    "9999999999999999999e-342",
    "9999999999999999999e-343",
    "99999999999999999999999e-347",
    "1e-400",
    "-1e-400",
    "1e23",
    "8.5e22",
    "9.5e22",
    "1e22",
    "1e55",
    "1e56",
    "6929495644600919.5",
    "3.7455744005952583e15",
    "8.41e21",
    "9.109e-31",
    "6.02214076e23",
    "7.2057594037927933e16",
    "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126",
    "0.1e1",
    "10e-1",
    "1000000000000000000000e-21",
    "123456789012345678901234567890",
};

static void test_hard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        check(hard[i]);
}

/* Takes away the last unit of a decimal "d.ddd" and puts nines behind it. */
static void decrement(char *digits)
{
    size_t i = strlen(digits);
    while (digits[i - 1] == '0')
        i--;
    digits[i - 1]--;
    memset(digits + i, '9', strlen(digits + i));
}

/* The middle of a double and the next one, exact in a long double and in its 780 digits; one side
 * of it, and the other. */
static void check_half_way(uint64_t bits)
{
    long double low = of_bits(bits), high = of_bits(bits + 1);
    char middle[900], text[1000], exponent[16];
    snprintf(middle, sizeof middle, "%.780Le", low + (high - low) / 2);
    char *e = strchr(middle, 'e');
    snprintf(exponent, sizeof exponent, "%s", e);
    *e = '\0';
    snprintf(text, sizeof text, "%s%s", middle, exponent);
    check(text);
    snprintf(text, sizeof text, "%s000000000000000000000000000000000000000001%s", middle, exponent);
    check(text);
    decrement(middle);
    snprintf(text, sizeof text, "%s%s", middle, exponent);
    check(text);
}

static void test_half_way(void **state)
{
    (void)state;
    uint64_t seed = 3, largest = bits_of(1.7976931348623157e308), normal = UINT64_C(1) << 52;
    for (uint64_t i = 0; i < 20; i++) {
        check_half_way(i);
        check_half_way(normal - 10 + i);
        check_half_way(largest - 1 - i);
    }
    for (int i = 0; i < 500; i++) {
        check_half_way(random_next(&seed) % (largest - 1));
        check_half_way((random_next(&seed) % 2046) << 52);
        check_half_way(random_next(&seed) % normal);
    }
}

/* (2^53 + an odd number) * 2^k / 2 lies half-way between doubles; in 16 … 20 digits, and decimal
 * exponents that leave it what it is or move it anywhere. */
static void test_short_half_way(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 20000; i++) {
        uint64_t odd = (UINT64_C(1) << 53) + random_next(&seed) % (UINT64_C(1) << 53);
        uint64_t middle = (odd | 1) << random_below(&seed, 11);
        for (int delta = -1; delta <= 1; delta++) {
            char text[64];
            unsigned long long x = middle + (uint64_t)(int64_t)delta;
            snprintf(text, sizeof text, "%llu", x);
            check(text);
            snprintf(text, sizeof text, "%llu0000e-4", x);
            check(text);
            snprintf(text, sizeof text, "%llu.00000000000%d", x, delta & 1);
            check(text);
            snprintf(text, sizeof text, "%llue%d", x, (int)random_below(&seed, 700) - 370);
            check(text);
        }
    }
}

static void test_every_length(void **state)
{
    (void)state;
    uint64_t seed = 5;
    char text[1000];
    for (int n = 1; n <= 800; n++)
        for (int i = 0; i < 4; i++) {
            int point = (int)random_below(&seed, (unsigned)n + 1), length = 0;
            for (int j = 0; j < n; j++) {
                if (j == point)
                    text[length++] = '.';
                unsigned zeros = i == 3 && random_below(&seed, 8);
                text[length++] = zeros ? '0' : (char)('0' + random_below(&seed, 10));
            }
            text[length] = '\0';
            check(text);
            sprintf(text + length, "e%d", (int)random_below(&seed, 800) - 400 - point);
            check(text);
        }
}

/* Millions of digits, and exponents that bring them back. */
static void test_millions_of_digits(void **state)
{
    (void)state;
    const size_t n = 3000000;
    char *text = malloc(n + 100);
    assert_non_null(text);
    memset(text, '0', n + 100);
    text[0] = '1';
    size_t length = n + 1 + (size_t)sprintf(text + n + 1, "e-%zu", n);
    assert_true(parse(text, length) == bits_of(1.0));
    memcpy(text, "0.", 2);
    length = n + (size_t)sprintf(text + n, "25e%zu", n - 2);
    assert_true(parse(text, length) == bits_of(0.25));
    memset(text, '0', n + 100); /* a little above half-way, by the very last digit */
    memcpy(text, "9007199254740993.", 17);
    assert_true(parse(text, n) == bits_of(9007199254740992.0));
    text[n - 1] = '1';
    assert_true(parse(text, n) == bits_of(9007199254740994.0));
    memset(text, '9', n);
    assert_true(parse(text, n) == bits_of(INFINITY));
    free(text);
}

/* Fewer than 64 bytes. */
static void random_text(uint64_t *seed, char *text)
{
    double value = of_bits(random_next(seed));
    switch (random_below(seed, 5)) {
    case 0:
        sprintf(text, "%.17g", isfinite(value) ? value : 1.0);
        break;
    case 1:
        sprintf(text, "%.*e", (int)random_below(seed, 25), isfinite(value) ? value : 1.0);
        break;
    case 2:
        sprintf(text, "%llue%d", (unsigned long long)random_next(seed) >> random_below(seed, 60),
                (int)random_below(seed, 680) - 360);
        break;
    case 3:
        sprintf(text, "%u.%u", random_below(seed, 100000), random_below(seed, 1000000));
        break;
    default:
        sprintf(text, "%llu.%llue%d",
                (unsigned long long)random_next(seed) >> random_below(seed, 64),
                (unsigned long long)random_next(seed), (int)random_below(seed, 60) - 40);
    }
}

static void test_random(void **state)
{
    (void)state;
    uint64_t seed = 6;
    char text[64];
    for (long i = 0; i < n_random; i++) {
        random_text(&seed, text);
        check(text);
    }
}

enum { N_KEPT = 20000 };

/* What strtod says in peace, compared later. */
static void keep(char (*texts)[64], uint64_t *want)
{
    uint64_t seed = 7;
    for (int i = 0; i < N_KEPT; i++) {
        random_text(&seed, texts[i]);
        if (i < (int)(sizeof hard / sizeof *hard) && strlen(hard[i]) < sizeof texts[i])
            strcpy(texts[i], hard[i]);
        if (i % 5 == 4) /* subnormal */
            snprintf(texts[i], sizeof texts[i], "%.16ge-310", (double)(i % 100) + 0.3);
        want[i] = bits_of(strtod(texts[i], NULL));
    }
}

static int first_wrong(char (*texts)[64], const uint64_t *want)
{
    for (int i = 0; i < N_KEPT; i++) {
        double got = 0;
        char back[TINE__DOUBLE_TEXT];
        if (!tine__parse_double(texts[i], strlen(texts[i]), false, &got) || bits_of(got) != want[i])
            return i;
        size_t n = tine__format_double(got, back);
        if (!tine__parse_double(back, n, false, &got) || bits_of(got) != want[i])
            return i;
    }
    return -1;
}

static char kept_texts[N_KEPT][64];
static uint64_t kept_bits[N_KEPT];

static void test_hostile_environments(void **state)
{
    (void)state;
    keep(kept_texts, kept_bits);
    for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
        double value;
        hostile_enter((hostile_kind)kind);
        int wrong = first_wrong(kept_texts, kept_bits);
        bool comma_accepted = tine__parse_double("1,5", 3, false, &value);
        assert_true(hostile_leave((hostile_kind)kind));
        assert_false(comma_accepted);
        if (wrong >= 0)
            fail_msg("environment %d: %s", kind, kept_texts[wrong]);
    }
}

enum { NEVER, GIVEN, ALWAYS };

static void test_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int accepted;
        uint64_t bits;
    } cases[] = {
        {"1", ALWAYS, UINT64_C(0x3ff0000000000000)},
        {"\t 1 ", ALWAYS, UINT64_C(0x3ff0000000000000)},
        {"-1.e0", ALWAYS, UINT64_C(0xbff0000000000000)},
        {".5", ALWAYS, UINT64_C(0x3fe0000000000000)},
        {"0.5E+00", ALWAYS, UINT64_C(0x3fe0000000000000)},
        {"-0", ALWAYS, UINT64_C(0x8000000000000000)},
        {"-1e-999", ALWAYS, UINT64_C(0x8000000000000000)},
        {"+1", GIVEN, UINT64_C(0x3ff0000000000000)},
        {"01", GIVEN, UINT64_C(0x3ff0000000000000)},
        {"-00.5", GIVEN, UINT64_C(0xbfe0000000000000)},
        {"nan", ALWAYS, UINT64_C(0x7ff8000000000000)},
        {"-NaN", ALWAYS, UINT64_C(0x7ff8000000000000)},
        {"+nan", GIVEN, UINT64_C(0x7ff8000000000000)},
        {"inf", ALWAYS, UINT64_C(0x7ff0000000000000)},
        {" -INF\t", ALWAYS, UINT64_C(0xfff0000000000000)},
        {"+Infinity", GIVEN, UINT64_C(0x7ff0000000000000)},
        {"-infinity", ALWAYS, UINT64_C(0xfff0000000000000)},
        {"", NEVER, 0},
        {" ", NEVER, 0},
        {"-", NEVER, 0},
        {".", NEVER, 0},
        {"-.", NEVER, 0},
        {"e5", NEVER, 0},
        {".e5", NEVER, 0},
        {"1e", NEVER, 0},
        {"1e+", NEVER, 0},
        {"1e5.", NEVER, 0},
        {"1e5.5", NEVER, 0},
        {"1.2.3", NEVER, 0},
        {"1,5", NEVER, 0},
        {"1 000", NEVER, 0},
        {"1e 5", NEVER, 0},
        {"--1", NEVER, 0},
        {"-+1", NEVER, 0},
        {"- 1", NEVER, 0},
        {"0x1p3", NEVER, 0},
        {"1f", NEVER, 0},
        {"1d5", NEVER, 0},
        {"in", NEVER, 0},
        {"infi", NEVER, 0},
        {"infinit", NEVER, 0},
        {"infinityy", NEVER, 0},
        {"nan(1)", NEVER, 0},
        {"nane5", NEVER, 0},
        {"1\n", NEVER, 0},
        {"\v1", NEVER, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int inferred = 0; inferred < 2; inferred++) {
            double value = 99;
            bool ok = tine__parse_double(cases[i].text, strlen(cases[i].text), inferred, &value);
            if (ok != (cases[i].accepted > inferred) || (ok && bits_of(value) != cases[i].bits))
                fail_msg("\"%s\", inferred %d", cases[i].text, inferred);
        }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),     cmocka_unit_test(test_hard),
        cmocka_unit_test(test_half_way),      cmocka_unit_test(test_short_half_way),
        cmocka_unit_test(test_every_length),  cmocka_unit_test(test_millions_of_digits),
        cmocka_unit_test(test_random),        cmocka_unit_test(test_hostile_environments),
    };
    if (argc > 1)
        n_random = strtol(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
