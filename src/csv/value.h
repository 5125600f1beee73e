/* From the text of a field to a value, one function a type; and the lattice by which the type of a
 * column is inferred. Pure functions of bytes: no locale, no rounding mode, no errno.
 *
 * "text" is the content of a field: without quotes, with escapes undone. Nulls are decided before.
 * "inferred" asks for the canonical spellings only (SEMANTICS.md, types), by which a column may be
 * given a type that nobody asked for; a type given by the user accepts more. */
#ifndef TINE_CSV_VALUE_H
#define TINE_CSV_VALUE_H
#include <tine.h>

bool tine__parse_int64(const char *text, size_t n, bool inferred, int64_t *out);
bool tine__parse_double(const char *text, size_t n, bool inferred, double *out);
bool tine__parse_bool(const char *text, size_t n, bool inferred, bool *out);
bool tine__parse_date(const char *text, size_t n, int32_t *days_out);
bool tine__parse_timestamp(const char *text, size_t n, int64_t *micros_out);

/* The same by a format of % letters; tine__time_format_check tells a bad one before any row is
 * read. */
bool tine__time_format_check(const char *format, tine_type type);
bool tine__parse_date_format(const char *text, size_t n, const char *format, int32_t *days_out);
bool tine__parse_timestamp_format(const char *text, size_t n, const char *format,
                                  int64_t *micros_out);

/* The first byte of the text that is not valid UTF-8, or n. */
size_t tine__utf8_valid_prefix(const char *text, size_t n);

/* What has been seen in a column: a set, joined by |. The type of a column is a function of the set
 * over the whole file, so it depends on neither order nor partitions. */
typedef uint32_t tine__evidence;
enum {
    TINE__SEEN_BOOL = 1,
    TINE__SEEN_INT = 2,
    TINE__SEEN_INT_INEXACT = 4, /* an int64 that no double equals */
    TINE__SEEN_DOUBLE = 8,
    TINE__SEEN_NAN_WORD = 16,   /* nan, inf, infinity: a double beside numbers, else text */
    TINE__SEEN_DATE = 32,
    TINE__SEEN_TIMESTAMP = 64,
    TINE__SEEN_STRING = 128,
    TINE__SEEN_BITS = 8 /* how many of these there are */
};
tine__evidence tine__classify(const char *text, size_t n);
/* TINE_AUTO for the empty set: nothing but nulls so far. */
tine_type tine__evidence_type(tine__evidence evidence);
/* A string, whatever else may be seen. */
bool tine__evidence_is_text(tine__evidence evidence);

/* The shortest decimal text that reads back to the same bits, as %.17g would lay it out ("0.1",
 * "1e+300", "nan", "-inf"); locale-free. Returns its length; out has TINE__DOUBLE_TEXT bytes. */
#define TINE__DOUBLE_TEXT 32
size_t tine__format_double(double value, char *out);
/* ISO 8601: "2026-11-24"; "2026-11-24T14:00:00Z", with 6 decimals of a second if they are not 0. */
#define TINE__TIME_TEXT 40
size_t tine__format_date(int32_t days, char *out);
size_t tine__format_timestamp(int64_t micros, char *out);

#endif
