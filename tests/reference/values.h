/* Texts to values, by the "Fields to values" rules of SEMANTICS.md. The texts are trimmed already
 * where `padding` says so. */
#ifndef TINE_TESTS_REFERENCE_VALUES_H
#define TINE_TESTS_REFERENCE_VALUES_H
#include "reference/split.h"

bool ref_int64(ref_bytes text, bool inferred, int64_t *out);
bool ref_double(ref_bytes text, bool inferred, double *out);
bool ref_bool(ref_bytes text, bool inferred, int64_t *out);
bool ref_date(ref_bytes text, int64_t *days);
bool ref_timestamp(ref_bytes text, int64_t *micros);

bool ref_format_known(const char *format);
bool ref_date_by_format(ref_bytes text, const char *format, int64_t *days);
bool ref_timestamp_by_format(ref_bytes text, const char *format, int64_t *micros);

/* The first byte at which the text is not UTF-8, or its size. */
size_t ref_utf8_bad(ref_bytes text);

/* What inference has seen: a set. */
enum {
    REF_SEEN_BOOL = 1,
    REF_SEEN_INT = 2,
    REF_SEEN_INT_NO_DOUBLE = 4, /* an int that no double equals */
    REF_SEEN_DOUBLE = 8,
    REF_SEEN_WORD = 16, /* nan, inf, infinity */
    REF_SEEN_DATE = 32,
    REF_SEEN_TIMESTAMP = 64,
    REF_SEEN_STRING = 128
};
unsigned ref_classify(ref_bytes text);
tine_type ref_join(unsigned seen);

ref_bytes ref_trimmed(ref_bytes text);

#endif
