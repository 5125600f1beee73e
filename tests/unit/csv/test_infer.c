/* Inference: what single values count as, and the types of all sets of evidence. */
#include "cmocka_all.h"
#include "csv/value.h"

#include <string.h>

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        tine__evidence evidence;
    } cases[] = {
        {"", 0},
        {" \t", 0},
        {"true", TINE__SEEN_BOOL},
        {" FALSE ", TINE__SEEN_BOOL},
        {"tRue", TINE__SEEN_STRING},
        {"yes", TINE__SEEN_STRING},
        {"t", TINE__SEEN_STRING},
        {"1", TINE__SEEN_INT},
        {"0", TINE__SEEN_INT},
        {"-0", TINE__SEEN_INT},
        {"\t-12 ", TINE__SEEN_INT},
        {"+1", TINE__SEEN_STRING},
        {"01", TINE__SEEN_STRING},
        {"9007199254740992", TINE__SEEN_INT},
        {"9007199254740993", TINE__SEEN_INT_INEXACT},
        {"-9007199254740993", TINE__SEEN_INT_INEXACT},
        {"9007199254740994", TINE__SEEN_INT},
        {"9223372036854775807", TINE__SEEN_INT_INEXACT},
        {"-9223372036854775808", TINE__SEEN_INT},
        {"9223372036854775808", TINE__SEEN_STRING},
        {"-123456789012345678901234567890", TINE__SEEN_STRING},
        {"9223372036854775808.0", TINE__SEEN_DOUBLE},
        {"1.0", TINE__SEEN_DOUBLE},
        {"1.", TINE__SEEN_DOUBLE},
        {".5", TINE__SEEN_DOUBLE},
        {"-1e5", TINE__SEEN_DOUBLE},
        {"1e999", TINE__SEEN_DOUBLE},
        {" 0.5 ", TINE__SEEN_DOUBLE},
        {"00.5", TINE__SEEN_STRING},
        {"+0.5", TINE__SEEN_STRING},
        {"0x1p3", TINE__SEEN_STRING},
        {"1,5", TINE__SEEN_STRING},
        {"nan", TINE__SEEN_NAN_WORD},
        {"NaN", TINE__SEEN_NAN_WORD},
        {" -inf ", TINE__SEEN_NAN_WORD},
        {"Infinity", TINE__SEEN_NAN_WORD},
        {"+inf", TINE__SEEN_STRING},
        {"nan()", TINE__SEEN_STRING},
        {"2026-11-24", TINE__SEEN_DATE},
        {" 2026-11-24 ", TINE__SEEN_DATE},
        {"2026-11-31", TINE__SEEN_STRING},
        {"2026-11-24T00:00", TINE__SEEN_TIMESTAMP},
        {"2026-11-24 12:34:56.789Z", TINE__SEEN_TIMESTAMP},
        {"2026-11-24 24:00", TINE__SEEN_STRING},
        {"e", TINE__SEEN_STRING},
        {"-", TINE__SEEN_STRING},
        {".", TINE__SEEN_STRING},
        {"1 2", TINE__SEEN_STRING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (tine__classify(cases[i].text, strlen(cases[i].text)) != cases[i].evidence)
            fail_msg("\"%s\"", cases[i].text);
}

/* The rule types_join, sentence by sentence. */
static tine_type join(tine__evidence seen)
{
    bool bools = seen & TINE__SEEN_BOOL, ints = seen & TINE__SEEN_INT;
    bool inexact = seen & TINE__SEEN_INT_INEXACT, doubles = seen & TINE__SEEN_DOUBLE;
    bool words = seen & TINE__SEEN_NAN_WORD, dates = seen & TINE__SEEN_DATE;
    bool timestamps = seen & TINE__SEEN_TIMESTAMP, strings = seen & TINE__SEEN_STRING;
    bool any_int = ints || inexact, any_number = any_int || doubles;
    bool any_time = dates || timestamps;
    if (seen == 0)
        return TINE_AUTO;
    if (strings)
        return TINE_STRING;
    if (bools)
        return any_number || words || any_time ? TINE_STRING : TINE_BOOL;
    if (any_time) {
        if (any_number || words)
            return TINE_STRING;
        return timestamps ? TINE_TIMESTAMP : TINE_DATE;
    }
    if (!any_number)
        return TINE_STRING;
    if (!doubles && !words)
        return TINE_INT64;
    return inexact ? TINE_STRING : TINE_DOUBLE;
}

static void test_all_sets(void **state)
{
    (void)state;
    for (tine__evidence seen = 0; seen < 256; seen++)
        if (tine__evidence_type(seen) != join(seen))
            fail_msg("%x", seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_all_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
