/* Numbers by AVX2: a field is loaded with its last byte at the end of a register, two of up to 16
 * bytes in one, and what does not belong to it becomes 0; then neighbours are multiplied and added,
 * digits to pairs, pairs to fours, fours to eights (the idea: Mula 2014, SIMD-ized number parsing).
 * A point is taken out by moving what stands before it one byte up.
 *
 * Nothing branches on what the bytes are, signs least of all: they could not be guessed. */
#include "csv/values.h"
#include "csv/decimal.h"
#include "csv/times_template.h"
#include "base/bits.h"
#include "os/vectors_x86.h"

#include <math.h>

enum { NARROW = 16, WIDE = 32 }; /* bytes of a field */

#define EXACT (INT64_C(1) << 53)

/* Bytes of digits to the numbers of fours of them, 32 bits each. */
static TINE__INLINE __m256i fours(__m256i digits)
{
    const __m256i tens = _mm256_set1_epi16(10 | 1 << 8),
                  hundreds = _mm256_set1_epi32(100 | 1 << 16);
    return _mm256_madd_epi16(_mm256_maddubs_epi16(digits, tens), hundreds);
}

/* Fours to sixteens, 64 bits each: those of a and b alternate. */
static TINE__INLINE __m256i sixteens(__m256i a, __m256i b)
{
    const __m256i pairs = _mm256_set1_epi32(10000 | 1 << 16);
    __m256i eights = _mm256_madd_epi16(_mm256_packus_epi32(a, b), pairs);
    return _mm256_add_epi64(_mm256_mul_epu32(eights, _mm256_set1_epi64x(100000000)),
                            _mm256_srli_epi64(eights, 32));
}

/* Ones in the bytes that are digits. */
static TINE__INLINE __m256i are_digits(__m256i digits)
{
    const __m256i nine = _mm256_set1_epi8(9);
    return _mm256_cmpeq_epi8(_mm256_max_epu8(digits, nine), nine);
}

static TINE__INLINE __m256i no_digits(__m256i digits)
{
    return _mm256_xor_si256(are_digits(digits), _mm256_set1_epi8(-1));
}

static TINE__INLINE __m256i to_digits(__m256i text)
{
    return _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
}

/* ---- four fields of up to 16 bytes: 0 and 2 in one register, 1 and 3 in another ---- */

typedef struct four { /* fields */
    const char *text;
    const uint32_t *ends;
    uint32_t behind; /* bytes that each has more behind its end */
    __m128i sizes;   /* 32 bits each */
} four;

typedef struct pair { /* of them, each in a half of 16 bytes */
    __m256i text;
    __m256i minus;  /* ones in the byte of the sign, if it is one */
    __m256i digits; /* numbers 0 to 9; more: not a digit; 0 outside of the field */
    __m256i body;   /* ones in the bytes of the field behind the sign */
} pair;

/* The places of the bytes of a half, from 1. */
static TINE__INLINE __m256i places(void)
{
    return _mm256_set_epi8(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13,
                           12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
}

static TINE__INLINE four four_of(const tine__fields *fields, unsigned i)
{
    const uint32_t *begins = fields->begin + i, *ends = fields->end + i;
    return (four){.text = fields->text,
                  .ends = ends,
                  .sizes = _mm_sub_epi32(_mm_loadu_si128((const void *)ends),
                                         _mm_loadu_si128((const void *)begins))};
}

/* The last 16 bytes of fields k and k + 2. */
static TINE__INLINE __m256i load_two(four f, unsigned k)
{
    const char *low = f.text + (f.ends[k] - f.behind - NARROW);
    const char *high = f.text + (f.ends[k + 2] - f.behind - NARROW);
    __m256i x = _mm256_castsi128_si256(_mm_loadu_si128((const void *)low));
    return _mm256_inserti128_si256(x, _mm_loadu_si128((const void *)high), 1);
}

/* All of the fields have least ... most bytes. */
static TINE__INLINE bool sizes_between(four f, int least, int most)
{
    __m128i wrong = _mm_or_si128(_mm_cmpgt_epi32(_mm_set1_epi32(least), f.sizes),
                                 _mm_cmpgt_epi32(f.sizes, _mm_set1_epi32(most)));
    return _mm_movemask_epi8(wrong) == 0;
}

/* Fields k and k + 2. */
static TINE__INLINE pair load_pair(four f, unsigned k)
{
    const __m256i which = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_set1_epi8((char)(4 * k))), _mm_set1_epi8((char)(4 * k + 8)), 1);
    __m256i text = load_two(f, k);
    __m256i sizes = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(f.sizes), which);
    __m256i field = _mm256_cmpgt_epi8(places(), _mm256_sub_epi8(_mm256_set1_epi8(NARROW), sizes));
    __m256i first = _mm256_andnot_si256(_mm256_slli_si256(field, 1), field);
    __m256i minus = _mm256_and_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('-')), first);
    __m256i body = _mm256_xor_si256(field, minus);
    return (pair){text, minus, _mm256_and_si256(to_digits(text), body), body};
}

/* Ones in the first byte of the body if it is a 0 and a digit follows. */
static TINE__INLINE __m256i leading_zero(pair p)
{
    __m256i first = _mm256_andnot_si256(_mm256_slli_si256(p.body, 1), p.body);
    __m256i digit = _mm256_and_si256(are_digits(p.digits), p.body);
    __m256i zero = _mm256_cmpeq_epi8(p.text, _mm256_set1_epi8('0'));
    return _mm256_and_si256(_mm256_and_si256(first, zero), _mm256_srli_si256(digit, 1));
}

/* Bytes that are wrong, as such, or because a 0 leads. */
static TINE__INLINE __m256i wrong_bytes(pair p, __m256i digits, bool canonical)
{
    __m256i wrong = no_digits(digits);
    return canonical ? _mm256_or_si256(wrong, leading_zero(p)) : wrong;
}

/* What is in both halves of each half, joined, in the order of the fields: even holds fields 0 and
 * 2, odd 1 and 3. */
static TINE__INLINE __m256i join_halves(__m256i even, __m256i odd)
{
    return _mm256_or_si256(_mm256_unpacklo_epi64(even, odd), _mm256_unpackhi_epi64(even, odd));
}

static TINE__INLINE __m256i is_zero(__m256i x)
{
    return _mm256_cmpeq_epi64(x, _mm256_setzero_si256());
}

static TINE__INLINE unsigned bits_of(__m256i mask)
{
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(mask));
}

static TINE__INLINE __m256i not_longer(four f)
{
    return _mm256_cvtepi32_epi64(_mm_cmpgt_epi32(_mm_set1_epi32(NARROW + 1), f.sizes));
}

/* ---- int64 ---- */

static TINE__INLINE unsigned four_int64s(four f, bool canonical, int64_t *out)
{
    pair even = load_pair(f, 0), odd = load_pair(f, 1);
    __m256i values = sixteens(fours(even.digits), fours(odd.digits));
    __m256i wrong = join_halves(wrong_bytes(even, even.digits, canonical),
                                wrong_bytes(odd, odd.digits, canonical));
    __m256i plus = is_zero(join_halves(even.minus, odd.minus));
    __m256i empty = is_zero(join_halves(even.body, odd.body));
    __m256i large = _mm256_cmpgt_epi64(values, _mm256_set1_epi64x(EXACT));
    __m256i fits = _mm256_andnot_si256(_mm256_or_si256(empty, large),
                                       _mm256_and_si256(is_zero(wrong), not_longer(f)));
    __m256i minus = _mm256_xor_si256(plus, _mm256_set1_epi8(-1));
    values = _mm256_sub_epi64(_mm256_xor_si256(values, minus), minus);
    _mm256_storeu_si256((void *)out, _mm256_and_si256(values, fits));
    return bits_of(fits);
}

uint64_t tine__int64s_avx2(const tine__fields *fields, bool canonical, int64_t *out)
{
    uint64_t fits = 0;
    if (fields->end[0] < TINE__FIELD_LEAD)
        return tine__int64s_scalar(fields, canonical, out);
    for (unsigned i = 0; i < fields->n; i += 4) {
        four f = four_of(fields, i);
        unsigned done = canonical ? four_int64s(f, true, out + i) : four_int64s(f, false, out + i);
        fits |= (uint64_t)done << i;
    }
    return fits;
}

/* ---- double ---- */

typedef struct done { /* of four fields, a bit each */
    unsigned fits, points;
} done;

/* The powers of ten by the place of the point in a half, 0: there is none. */
static const double scales[32] = {1,   1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8,
                                  1e7, 1e6,  1e5,  1e4,  1e3,  1e2,  1e1,  1};

static TINE__INLINE __m256d scales_at(__m256i place)
{
    const __m256i most = _mm256_set1_epi64x(31); /* a field with two points is wrong anyway */
    uint64_t at[4];
    _mm256_storeu_si256((void *)at, _mm256_and_si256(place, most));
    return _mm256_set_pd(scales[at[3]], scales[at[2]], scales[at[1]], scales[at[0]]);
}

/* Takes the point out of the digits, leaving what is wrong with a field of two. */
static TINE__INLINE __m256i without_point(pair p, __m256i points, __m256i *place_out)
{
    __m256i sums = _mm256_sad_epu8(_mm256_and_si256(points, places()), _mm256_setzero_si256());
    *place_out = _mm256_add_epi64(sums, _mm256_shuffle_epi32(sums, 0x4e));
    __m256i everywhere = _mm256_shuffle_epi8(*place_out, _mm256_setzero_si256());
    __m256i behind = _mm256_cmpgt_epi8(places(), everywhere);
    return _mm256_blendv_epi8(_mm256_slli_si256(p.digits, 1), p.digits, behind);
}

static TINE__INLINE __m256i points_in(pair p)
{
    return _mm256_and_si256(_mm256_cmpeq_epi8(p.text, _mm256_set1_epi8('.')), p.body);
}

/* Numbers up to 2^53 to doubles: the halves are put into the mantissas of doubles whose lowest bits
 * mean 1 and 2^32, and what these are beside them is taken off. */
static TINE__INLINE __m256d to_doubles(__m256i x)
{
    const __m256i low_one = _mm256_set1_epi64x(0x4330000000000000);
    const __m256i high_one = _mm256_set1_epi64x(0x4530000000000000);
    const __m256d both = _mm256_set1_pd(0x1p84 + 0x1p52);
    __m256i low = _mm256_blend_epi32(x, low_one, 0xaa);
    __m256i high = _mm256_or_si256(_mm256_srli_epi64(x, 32), high_one);
    return _mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(high), both), _mm256_castsi256_pd(low));
}

/* digits / 10^fraction, where digits is no double or the power is none. */
static TINE__INLINE bool divide_large(uint64_t digits, unsigned fraction, bool negative,
                                      double *out)
{
    uint64_t bits = 0;
    if (fraction == 0 || (digits && !tine__round_fraction(digits, fraction, &bits)))
        return false;
    bits |= (uint64_t)negative << 63;
    memcpy(out, &bits, sizeof bits);
    return true;
}

/* The fields of `large`, each on its own; returns those that cannot be done. */
static __attribute__((noinline)) unsigned redo_large(unsigned large, __m256i values,
                                                     __m256i places_of, double *out)
{
    uint64_t digits[4], place[4];
    unsigned left = 0;
    _mm256_storeu_si256((void *)digits, values);
    _mm256_storeu_si256((void *)place, places_of);
    for (unsigned k = 0; k < 4; k++)
        if (large >> k & 1) {
            unsigned fraction = place[k] ? NARROW - (unsigned)place[k] : 0;
            if (divide_large(digits[k], fraction, signbit(out[k]), out + k))
                continue;
            out[k] = 0;
            left |= 1u << k;
        }
    return left;
}

/* One division of two doubles rounds correctly (Clinger 1990). */
static TINE__INLINE done four_narrow(four f, bool canonical, double *out)
{
    pair even = load_pair(f, 0), odd = load_pair(f, 1);
    __m256i even_points = points_in(even), odd_points = points_in(odd), even_place, odd_place;
    __m256i even_digits = without_point(even, even_points, &even_place);
    __m256i odd_digits = without_point(odd, odd_points, &odd_place);
    __m256i values = sixteens(fours(even_digits), fours(odd_digits));
    __m256i wrong = join_halves(wrong_bytes(even, even_digits, canonical),
                                wrong_bytes(odd, odd_digits, canonical));
    __m256i plus = is_zero(join_halves(even.minus, odd.minus));
    __m256i empty = is_zero(join_halves(_mm256_xor_si256(even.body, even_points),
                                        _mm256_xor_si256(odd.body, odd_points)));
    __m256i place = _mm256_unpacklo_epi64(even_place, odd_place);
    __m256i fits = _mm256_andnot_si256(empty, is_zero(wrong));
    __m256d scale = scales_at(place);
    __m256i sign = _mm256_slli_epi64(_mm256_xor_si256(plus, _mm256_set1_epi8(-1)), 63);
    __m256d quotient = _mm256_div_pd(to_doubles(values), scale);
    quotient = _mm256_xor_pd(quotient, _mm256_castsi256_pd(sign));
    _mm256_storeu_pd(out, _mm256_and_pd(quotient, _mm256_castsi256_pd(fits)));
    unsigned large =
        bits_of(_mm256_and_si256(fits, _mm256_cmpgt_epi64(values, _mm256_set1_epi64x(EXACT))));
    unsigned left = large ? redo_large(large, values, place, out) : 0;
    return (done){bits_of(fits) & ~left, bits_of(is_zero(place)) ^ 15};
}

/* ---- one field of up to 32 bytes ---- */

#define ONES_8 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define ONES_32 ONES_8, ONES_8, ONES_8, ONES_8

/* What is loaded from here + k has ones in its last k bytes, or in all. */
static const uint8_t tails[96] = {[32] = ONES_8, ONES_8, ONES_8, ONES_8, ONES_32};

static TINE__INLINE __m256i load_32(const void *p)
{
    return _mm256_loadu_si256(p);
}

/* Here the bytes before the point come from a second load, one byte further to the front. */
static bool wide_double(const char *begin, const char *end, bool canonical, bool *point_out,
                        double *out)
{
    const uint64_t pow10_16 = UINT64_C(10000000000000000);
    unsigned size = (unsigned)(end - begin), negative = *begin == '-';
    __m256i text = load_32(end - WIDE), before = load_32(end - WIDE - 1);
    __m256i points = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('.'));
    uint64_t in_field = (UINT64_C(1) << WIDE) - (UINT64_C(1) << (WIDE - size));
    uint64_t point_bits = (unsigned)_mm256_movemask_epi8(points) & in_field;
    unsigned place = tine__ctz64(point_bits | UINT64_C(1) << WIDE); /* WIDE: there is none */
    unsigned none = place / WIDE, n_digits = size - negative - 1 + none;
    unsigned fraction = WIDE - 1 - place + none;
    __m256i behind = load_32(tails + ((WIDE - 1 - place) & 63));
    __m256i digits = _mm256_and_si256(to_digits(_mm256_blendv_epi8(before, text, behind)),
                                      load_32(tails + n_digits));
    __m256i values = sixteens(fours(digits), _mm256_setzero_si256());
    uint64_t high = (uint64_t)_mm256_extract_epi64(values, 0);
    uint64_t value = high * pow10_16 + (uint64_t)_mm256_extract_epi64(values, 2);
    /* Of a lone sign nothing is behind. */
    char first = begin[negative & (size > 1)];
    bool leads = canonical & (n_digits - fraction > 1) & (first == '0');
    bool good =
        !leads & (n_digits > 0) & (high < 1000) & (_mm256_movemask_epi8(are_digits(digits)) == -1);
    *point_out = !none;
    if (fraction == 0 && value <= EXACT) {
        *out = negative ? -(double)(int64_t)value : (double)(int64_t)value;
        return good;
    }
    return good && divide_large(value, fraction, negative, out);
}

/* ---- four fields of 17 to 32 bytes: their last 16 bytes, and what is before ---- */

static TINE__INLINE four heads_of(four f)
{
    f.behind = NARROW;
    f.sizes = _mm_sub_epi32(f.sizes, _mm_set1_epi32(NARROW));
    return f;
}

/* head * 10^16 + tail, head < 1000. */
static TINE__INLINE __m256i append_sixteen(__m256i head, __m256i tail)
{
    const uint64_t pow10_16 = UINT64_C(10000000000000000);
    __m256i low = _mm256_mul_epu32(head, _mm256_set1_epi64x((int64_t)(pow10_16 & UINT32_MAX)));
    __m256i high = _mm256_mul_epu32(head, _mm256_set1_epi64x((int64_t)(pow10_16 >> 32)));
    return _mm256_add_epi64(_mm256_add_epi64(low, tail), _mm256_slli_epi64(high, 32));
}

/* The decimals whose point is in the head, as digits and sign; returns which they are. */
static TINE__INLINE unsigned wide_digits(four f, bool canonical, uint64_t *digits,
                                         uint64_t *places_out, uint64_t *signs)
{
    four heads = heads_of(f);
    pair even = load_pair(heads, 0), odd = load_pair(heads, 1);
    __m256i even_tail = to_digits(load_two(f, 0)), odd_tail = to_digits(load_two(f, 1)), even_place,
            odd_place;
    __m256i even_digits = without_point(even, points_in(even), &even_place);
    __m256i odd_digits = without_point(odd, points_in(odd), &odd_place);
    __m256i head = sixteens(fours(even_digits), fours(odd_digits));
    __m256i value = append_sixteen(head, sixteens(fours(even_tail), fours(odd_tail)));
    __m256i even_wrong = wrong_bytes(even, even_digits, canonical);
    __m256i odd_wrong = wrong_bytes(odd, odd_digits, canonical);
    __m256i wrong = join_halves(_mm256_or_si256(even_wrong, no_digits(even_tail)),
                                _mm256_or_si256(odd_wrong, no_digits(odd_tail)));
    __m256i place = _mm256_unpacklo_epi64(even_place, odd_place);
    __m256i unfit = _mm256_or_si256(_mm256_cmpgt_epi64(head, _mm256_set1_epi64x(999)),
                                    _mm256_or_si256(is_zero(place), is_zero(value)));
    __m256i fits = _mm256_andnot_si256(unfit, is_zero(wrong));
    _mm256_storeu_si256((void *)digits, value);
    _mm256_storeu_si256((void *)places_out, place);
    _mm256_storeu_si256((void *)signs, join_halves(even.minus, odd.minus));
    return bits_of(fits);
}

static TINE__INLINE done four_wide(four f, bool canonical, double *out)
{
    uint64_t digits[4], place[4], minus[4];
    unsigned good = wide_digits(f, canonical, digits, place, minus), fits = 0;
    for (unsigned k = 0; k < 4; k++)
        if (good >> k & 1) {
            unsigned fraction = WIDE - (unsigned)place[k];
            fits |= (unsigned)divide_large(digits[k], fraction, minus[k] != 0, out + k) << k;
        }
    return (done){fits, fits};
}

/* Those of four fields that are not in `all` yet, each on its own. */
static __attribute__((noinline)) done each_double(const tine__fields *fields, unsigned i,
                                                  bool canonical, done all, double *out)
{
    for (unsigned k = 0; k < 4; k++) {
        const char *begin = fields->text + fields->begin[i + k];
        const char *end = fields->text + fields->end[i + k];
        bool point;
        if (all.fits >> k & 1)
            continue;
        if ((size_t)(end - begin) - 1 < WIDE &&
            wide_double(begin, end, canonical, &point, out + k)) {
            all.fits |= 1u << k;
            all.points |= (unsigned)point << k;
        } else {
            out[k] = 0;
        }
    }
    return all;
}

static TINE__INLINE done four_doubles(const tine__fields *fields, unsigned i, bool canonical,
                                      double *out)
{
    four f = four_of(fields, i);
    if (sizes_between(f, 0, NARROW))
        return four_narrow(f, canonical, out);
    done all = {0};
    if (sizes_between(f, NARROW + 1, WIDE))
        all = four_wide(f, canonical, out);
    return all.fits == 15 ? all : each_double(fields, i, canonical, all, out);
}

uint64_t tine__doubles_avx2(const tine__fields *fields, bool canonical, double *out,
                            uint64_t *points_out)
{
    uint64_t fits = 0, points = 0;
    if (fields->end[0] < TINE__FIELD_LEAD)
        return tine__doubles_scalar(fields, canonical, out, points_out);
    for (unsigned i = 0; i < fields->n; i += 4) {
        done d = canonical ? four_doubles(fields, i, true, out + i)
                           : four_doubles(fields, i, false, out + i);
        fits |= (uint64_t)d.fits << i;
        points |= (uint64_t)d.points << i;
    }
    *points_out = points & fits;
    return fits;
}

/* ---- date and timestamp ---- */

uint64_t tine__dates_avx2(const tine__fields *fields, int32_t *out)
{
    return convert_dates(fields, out);
}

uint64_t tine__timestamps_avx2(const tine__fields *fields, int64_t *out)
{
    return convert_timestamps(fields, out);
}
