/* bool: a word of a short list. */
#include "csv/value.h"
#include "csv/text.h"

#include <string.h>

static const char *const words[2][5] = {
    {"false", "f", "no", "n", "0"},
    {"true", "t", "yes", "y", "1"},
};

static bool is_exactly(tine__text t, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(t.end - t.at) == n && memcmp(t.at, word, n) == 0;
}

static bool parse_canonical(tine__text t, bool *out)
{
    *out = is_exactly(t, "true") || is_exactly(t, "True") || is_exactly(t, "TRUE");
    return *out || is_exactly(t, "false") || is_exactly(t, "False") || is_exactly(t, "FALSE");
}

bool tine__parse_bool(const char *text, size_t n, bool inferred, bool *out)
{
    tine__text t = tine__text_strip(text, n);
    if (inferred)
        return parse_canonical(t, out);
    for (int value = 0; value < 2; value++)
        for (size_t i = 0; i < sizeof words[value] / sizeof *words[value]; i++)
            if (tine__text_is_word(t, words[value][i])) {
                *out = value;
                return true;
            }
    return false;
}
