/* int64: the magnitude as an unsigned number, every step checked, and the sign at the end. */
#include "csv/value.h"
#include "csv/text.h"

static bool append(uint64_t *x, uint64_t power, uint64_t digits)
{
    return !__builtin_mul_overflow(*x, power, x) && !__builtin_add_overflow(*x, digits, x);
}

static bool parse_magnitude(tine__text t, uint64_t *out)
{
    *out = 0;
    for (uint32_t eight; tine__text_eight_digits(&t, &eight);)
        if (!append(out, 100000000, eight))
            return false;
    for (; !tine__text_is_empty(&t); t.at++)
        if (!tine__is_digit(*t.at) || !append(out, 10, (uint64_t)(*t.at - '0')))
            return false;
    return true;
}

bool tine__parse_int64(const char *text, size_t n, bool inferred, int64_t *out)
{
    tine__text t = tine__text_strip(text, n);
    if (inferred && !tine__text_is_canonical_number(t))
        return false;
    bool negative = tine__text_skip_sign(&t);
    uint64_t magnitude;
    if (tine__text_is_empty(&t) || !parse_magnitude(t, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    /* -1 - (m - 1) instead of -m: -2^63 has no positive counterpart. */
    *out = negative && magnitude ? -1 - (int64_t)(magnitude - 1) : (int64_t)magnitude;
    return true;
}
