/* Plain values of a column, up to 64 fields at once: what nearly all fields look like is converted
 * here, and what does not look like that is left to csv/value.h. The functions of all instruction
 * sets give the same results, and those of csv/value.h. */
#ifndef TINE_CSV_VALUES_H
#define TINE_CSV_VALUES_H
#include <tine.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the kernels everything is one function: constants stay in registers. */
#define TINE__INLINE inline __attribute__((always_inline))

enum {
    TINE__FIELDS = 64,
    /* A field that begins so near to the text's first byte is left: the bytes in front of a field's
     * end are read, whatever they are. */
    TINE__FIELD_LEAD = 33
};

typedef struct tine__fields { /* field i is text[begin[i] ... end[i] - 1]; those behind n are empty
                               */
    const char *text;
    unsigned n;
    uint32_t begin[TINE__FIELDS], end[TINE__FIELDS];
} tine__fields;

/* 64 answers of 0 or 1 as bits: eight of them by a product. */
static inline uint64_t tine__bits_of(const uint8_t *answers)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < TINE__FIELDS; i += 8) {
        uint64_t eight = 0;
        for (unsigned k = 0; k < 8; k++)
            eight |= (uint64_t)answers[i + k] << (8 * k);
        bits |= ((eight * UINT64_C(0x0102040810204080)) >> 56) << i;
    }
    return bits;
}

/* Each returns which fields were converted, bit i for field i. The others have 0 in `out`, which
 * has room for TINE__FIELDS. `canonical`: a zero in front of another digit is left. */

/* -, digits: up to 16 bytes, up to 2^53, so that a double equals it. */
typedef uint64_t tine__int64s_fn(const tine__fields *fields, bool canonical, int64_t *out);

/* -, digits, a point among them or none: up to 32 bytes, 19 digits behind leading zeros; without
 * digits behind the point, up to 2^53. *points_out: which of those converted have a point. */
typedef uint64_t tine__doubles_fn(const tine__fields *fields, bool canonical, double *out,
                                  uint64_t *points_out);

/* YYYY-MM-DD. */
typedef uint64_t tine__dates_fn(const tine__fields *fields, int32_t *out);
/* YYYY-MM-DD, T or a space, HH:MM:SS, and Z or nothing. */
typedef uint64_t tine__timestamps_fn(const tine__fields *fields, int64_t *out);

/* All of the text is valid UTF-8. */
typedef bool tine__utf8_fn(const char *text, size_t n);

/* The contents of the fields one behind the other: without the quotes around them, and one quote
 * for each two inside. offsets[0] is where the first begins in `to`, offsets[i + 1] where that of
 * field i ends. A field that begins with the quote (TINE_NONE: there is none) is a well-formed one,
 * and any other has no quote. Of `to` as many bytes may be written as the fields have, and
 * TINE__STRINGS_SLACK more; tine__strings_scalar leaves those alone. */
typedef void tine__strings_fn(const tine__fields *fields, int quote, char *to, int32_t *offsets);
enum { TINE__STRINGS_SLACK = 64 };

/* The content of a field between its quotes, if it has any: each `mark` (the escape byte, or the
 * quote of a doubled one) is dropped and the byte behind it kept. out has room for n bytes; returns
 * the size of the content. */
size_t tine__unescape(int mark, const char *raw, size_t n, char *out);

tine__int64s_fn tine__int64s_scalar, tine__int64s_avx2;
tine__doubles_fn tine__doubles_scalar, tine__doubles_avx2;
tine__dates_fn tine__dates_scalar, tine__dates_avx2;
tine__timestamps_fn tine__timestamps_scalar, tine__timestamps_avx2;
tine__utf8_fn tine__utf8_scalar, tine__utf8_avx2;
tine__strings_fn tine__strings_scalar, tine__strings_avx2;

#endif
