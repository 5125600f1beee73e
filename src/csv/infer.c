/* What type a value could have by itself, and what type a column has by all of its values. */
#include "csv/value.h"
#include "csv/text.h"
#include "base/bits.h"

/* Whether a double equals it: its bits, from the highest 1 to the lowest, are 53 or fewer. */
static bool is_exactly_a_double(int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return magnitude == 0 || magnitude >> tine__ctz64(magnitude) < UINT64_C(1) << 53;
}

/* Of the canonical doubles, only the words have no digit. */
static bool has_digit(tine__text t)
{
    while (!tine__text_is_empty(&t) && !tine__is_digit(*t.at))
        t.at++;
    return !tine__text_is_empty(&t);
}

tine__evidence tine__classify(const char *text, size_t n)
{
    tine__text t = tine__text_strip(text, n);
    size_t length = (size_t)(t.end - t.at);
    bool truth;
    int64_t number;
    int32_t days;
    double real;
    if (length == 0)
        return 0;
    if (tine__parse_bool(t.at, length, true, &truth))
        return TINE__SEEN_BOOL;
    if (tine__parse_int64(t.at, length, true, &number))
        return is_exactly_a_double(number) ? TINE__SEEN_INT : TINE__SEEN_INT_INEXACT;
    if (tine__parse_date(t.at, length, &days))
        return TINE__SEEN_DATE;
    if (tine__parse_timestamp(t.at, length, &number))
        return TINE__SEEN_TIMESTAMP;
    if (tine__parse_double(t.at, length, true, &real))
        return has_digit(t) ? TINE__SEEN_DOUBLE : TINE__SEEN_NAN_WORD;
    return TINE__SEEN_STRING;
}

bool tine__evidence_is_text(tine__evidence evidence)
{
    return evidence != TINE__SEEN_NAN_WORD && tine__evidence_type(evidence) == TINE_STRING;
}

tine_type tine__evidence_type(tine__evidence evidence)
{
    /* The types from narrow to wide: the first that admits everything seen. */
    static const struct {
        tine__evidence admits;
        tine_type type;
    } rules[] = {
        {0, TINE_AUTO},
        {TINE__SEEN_BOOL, TINE_BOOL},
        {TINE__SEEN_INT | TINE__SEEN_INT_INEXACT, TINE_INT64},
        {TINE__SEEN_NAN_WORD, TINE_STRING}, /* alone it is text, a name perhaps */
        {TINE__SEEN_INT | TINE__SEEN_DOUBLE | TINE__SEEN_NAN_WORD, TINE_DOUBLE},
        {TINE__SEEN_DATE, TINE_DATE},
        {TINE__SEEN_DATE | TINE__SEEN_TIMESTAMP, TINE_TIMESTAMP},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if ((evidence & ~rules[i].admits) == 0)
            return rules[i].type;
    return TINE_STRING;
}
