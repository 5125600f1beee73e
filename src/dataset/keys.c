#include "dataset/keys.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "reduce/ieee.h"

#include <string.h>

/* Bytes of a short key that values can have. */
#define ROOM 15u
/* Integers leave so much of it to strings. */
#define TEXT_ROOM 9u
/* Microseconds of more than a thousand years to either side of 1970. */
#define TIMESTAMP_WIDTH 7u

#define LENGTH_SHIFT 56
#define PRESENT_SHIFT 60

tine__seed tine__seed_of(uint64_t number)
{
    return (tine__seed){
        {tine__hash_word(number, TINE__HASH_B), tine__hash_word(number, TINE__HASH_C)}};
}

/* ---- layout ---- */

/* Of all but int64, which takes what is left. */
static unsigned width_of(tine_type type)
{
    switch (type) {
    case TINE_BOOL:
        return 1;
    case TINE_DATE:
        return sizeof(int32_t);
    case TINE_TIMESTAMP:
        return TIMESTAMP_WIDTH;
    case TINE_DOUBLE:
    case TINE_DECIMAL:
        return sizeof(uint64_t);
    default:
        return 0;
    }
}

/* Of int64 columns; 0: there is no room for them. */
static unsigned int_width(const tine_type *types, size_t n)
{
    unsigned taken = 0, n_ints = 0, text = 0;
    for (size_t i = 0; i < n; i++) {
        taken += width_of(types[i]);
        n_ints += types[i] == TINE_INT64;
        text = types[i] == TINE_STRING ? TEXT_ROOM : text;
    }
    taken += n_ints ? text : 0;
    if (taken > ROOM)
        return 0;
    const unsigned most = sizeof(int64_t);
    return n_ints ? (unsigned)tine__min((ROOM - taken) / n_ints, most) : most;
}

void tine__key_layout_init(tine__key_layout *layout, const tine_type *types, size_t n_columns)
{
    *layout = (tine__key_layout){.n_columns = n_columns, .last_text = SIZE_MAX};
    unsigned ints = n_columns <= TINE__KEY_COLUMNS ? int_width(types, n_columns) : 0;
    layout->always_long = ints == 0;
    for (size_t i = 0; ints && i < n_columns; i++) {
        layout->types[i] = types[i];
        layout->width[i] = types[i] == TINE_INT64 ? ints : width_of(types[i]);
        layout->at[i] = layout->text_at;
        layout->text_at += layout->width[i];
        if (types[i] == TINE_STRING)
            layout->last_text = i;
    }
}

/* ---- short keys ---- */

static inline void or_at(tine__key *key, uint64_t value, unsigned word, unsigned shift)
{
    key->word[word] |= value << shift;
    if (word == 0)
        key->word[1] |= value >> 1 >> (63 - shift);
}

/* The loop over a column of fixed size: `value` is that of a row i, in as many low bits as the
 * column is wide, and makes the key long where it says so. Nulls are zeros. */
#define PUT_FIXED(name, type_name, value_of, misfit_of)                                            \
    static void put_##name(tine__key *keys, const tine_column *column, size_t n, unsigned width,   \
                           unsigned at)                                                            \
    {                                                                                              \
        const type_name *values = column->values;                                                  \
        const unsigned word = at / 8, shift = at % 8 * 8;                                          \
        (void)width;                                                                               \
        for (size_t i = 0; i < n; i++) {                                                           \
            or_at(&keys[i], value_of, word, shift);                                                \
            keys[i].word[1] |= misfit_of;                                                          \
        }                                                                                          \
    }

/* The bits that a number does not have in `width` bytes. */
static inline uint64_t low_bytes(uint64_t value, unsigned width)
{
    return value & UINT64_MAX >> (64 - 8 * width);
}

static inline uint64_t misfit(int64_t value, unsigned width)
{
    int64_t rest = value >> (8 * width - 1); /* 0 or -1 if it fits */
    return (uint64_t)rest + 1 > 1 ? TINE__KEY_LONG : 0;
}

PUT_FIXED(bit, uint8_t, tine__bit_get(values, i), 0)
PUT_FIXED(int32, int32_t, (uint32_t)values[i], 0)
PUT_FIXED(int64, int64_t, low_bytes((uint64_t)values[i], width), misfit(values[i], width))
PUT_FIXED(double, double, tine__key_bits(values[i]), 0)

static void put_fixed(tine__key *keys, const tine_column *column, size_t n, unsigned width,
                      unsigned at)
{
    switch (column->type) {
    case TINE_BOOL:
        put_bit(keys, column, n, width, at);
        break;
    case TINE_DATE:
        put_int32(keys, column, n, width, at);
        break;
    case TINE_DOUBLE:
        put_double(keys, column, n, width, at);
        break;
    default:
        put_int64(keys, column, n, width, at);
    }
}

/* A string of up to 15 bytes from `begin` on, zeros behind it; not more than `readable` bytes of
 * text are touched. The mask is a window on ones before zeros. */
static inline tine__key load_text(const char *data, size_t begin, size_t n, size_t readable)
{
    static const uint64_t edge[4] = {UINT64_MAX, UINT64_MAX, 0, 0};
    tine__key text = {{0, 0}}, mask;
    if (begin + sizeof text <= readable)
        memcpy(&text, data + begin, sizeof text);
    else if (n)
        memcpy(&text, data + begin, n);
    memcpy(&mask, (const char *)edge + sizeof mask - n, sizeof mask);
    return (tine__key){{text.word[0] & mask.word[0], text.word[1] & mask.word[1]}};
}

/* Moved up by `at` bytes. */
static inline tine__key move_text(tine__key text, unsigned at)
{
    unsigned shift = at % 8 * 8;
    uint64_t low = text.word[0] << shift;
    uint64_t high = text.word[1] << shift | text.word[0] >> 1 >> (63 - shift);
    return at < 8 ? (tine__key){{low, high}} : (tine__key){{0, low}};
}

/* Bytes of a column's text that may be read: rows behind the column's last are there too. */
static size_t readable_text(const tine_column *column, size_t n)
{
    return ((size_t)column->offsets[n] + TINE__ALIGN - 1) & ~(size_t)(TINE__ALIGN - 1);
}

/* The last string; the others end at at[i], or all at 0 if `at` is NULL. */
static inline void put_last(tine__key *keys, const tine_column *column, size_t n, const uint8_t *at)
{
    const size_t readable = readable_text(column, n);
    for (size_t i = 0; i < n; i++) {
        size_t begin = (size_t)column->offsets[i], size = (size_t)column->offsets[i + 1] - begin;
        size_t used = tine__min(size, ROOM);
        tine__key text = load_text(column->data, begin, used, readable);
        if (at)
            text = move_text(text, at[i]);
        uint64_t is_long = size + (at ? at[i] : 0) > ROOM ? TINE__KEY_LONG : 0;
        keys[i].word[0] |= text.word[0];
        keys[i].word[1] |= text.word[1] | (uint64_t)used << LENGTH_SHIFT | is_long;
    }
}

static void put_lone_text(tine__key *keys, const tine_column *column, size_t n)
{
    put_last(keys, column, n, NULL);
}

static void put_last_text(tine__key *keys, const tine_column *column, size_t n, const uint8_t *at)
{
    put_last(keys, column, n, at);
}

/* A string before others; moves at[i] behind it, or to the end of the room. */
static void put_text(tine__key *keys, const tine_column *column, size_t n, uint8_t *at)
{
    const size_t readable = readable_text(column, n);
    for (size_t i = 0; i < n; i++) {
        size_t begin = (size_t)column->offsets[i], size = (size_t)column->offsets[i + 1] - begin;
        size_t used = tine__min(size, ROOM - 1);
        tine__key text = move_text(load_text(column->data, begin, used, readable), 1);
        text.word[0] |= used;
        text = move_text(text, at[i]);
        keys[i].word[0] |= text.word[0];
        keys[i].word[1] |= text.word[1] | (size + at[i] + 1 > ROOM ? TINE__KEY_LONG : 0);
        at[i] = (uint8_t)tine__min(at[i] + used + 1, ROOM);
    }
}

static void put_nulls(tine__key *keys, const tine_column *column, size_t n, unsigned bit)
{
    for (size_t i = 0; i < n; i++)
        keys[i].word[1] ^= (uint64_t)tine_is_null(column, i) << bit;
}

/* As if all values were there. */
static void put_presence(tine__key *keys, size_t n_columns, size_t n)
{
    const tine__key start = {{0, ((UINT64_C(1) << n_columns) - 1) << PRESENT_SHIFT}};
    for (size_t i = 0; i < n; i++)
        keys[i] = start;
}

static void put_columns(tine__keys *keys, const tine_column *columns, size_t n)
{
    const tine__key_layout *layout = &keys->layout;
    uint8_t at[TINE__KEYS_BLOCK];
    memset(at, (int)layout->text_at, n);
    put_presence(keys->key, layout->n_columns, n);
    for (size_t c = 0; c < layout->n_columns; c++) {
        if (layout->width[c])
            put_fixed(keys->key, &columns[c], n, layout->width[c], layout->at[c]);
        else if (layout->n_columns == 1)
            put_lone_text(keys->key, &columns[c], n);
        else if (c == layout->last_text)
            put_last_text(keys->key, &columns[c], n, at);
        else
            put_text(keys->key, &columns[c], n, at);
        if (columns[c].validity)
            put_nulls(keys->key, &columns[c], n, PRESENT_SHIFT + (unsigned)c);
    }
}

/* ---- long keys ----
 *
 * For each column one byte says whether there is a value, and the value follows: 1, 4 or 8 bytes,
 * or the length of a string in 4 and its text. */

/* Bytes of a value that is there. */
static size_t value_size(const tine_column *column, size_t row)
{
    switch (column->type) {
    case TINE_BOOL:
        return 1;
    case TINE_DATE:
        return sizeof(int32_t);
    case TINE_STRING:
        return sizeof(uint32_t) + tine_string_at(column, row).size;
    default:
        return sizeof(uint64_t);
    }
}

static size_t row_size(const tine_column *columns, size_t n_columns, size_t row)
{
    size_t size = n_columns;
    for (size_t c = 0; c < n_columns; c++)
        size += tine_is_null(&columns[c], row) ? 0 : value_size(&columns[c], row);
    return size;
}

static void put_string(unsigned char *to, tine_string s)
{
    uint32_t size = (uint32_t)s.size;
    memcpy(to, &size, sizeof size);
    if (size)
        memcpy(to + sizeof size, s.data, s.size);
}

static void put_value(unsigned char *to, const tine_column *column, size_t row)
{
    switch (column->type) {
    case TINE_BOOL:
        *to = tine__bit_get(column->values, row);
        break;
    case TINE_DATE:
        memcpy(to, (const int32_t *)column->values + row, sizeof(int32_t));
        break;
    case TINE_STRING:
        put_string(to, tine_string_at(column, row));
        break;
    case TINE_DOUBLE: {
        uint64_t bits = tine__key_bits(((const double *)column->values)[row]);
        memcpy(to, &bits, sizeof bits);
        break;
    }
    default:
        memcpy(to, (const int64_t *)column->values + row, sizeof(int64_t));
    }
}

static void put_row(unsigned char *to, const tine_column *columns, size_t n_columns, size_t row)
{
    for (size_t c = 0; c < n_columns; c++) {
        bool null = tine_is_null(&columns[c], row);
        *to++ = !null;
        if (null)
            continue;
        put_value(to, &columns[c], row);
        to += value_size(&columns[c], row);
    }
}

static void find_longs(tine__keys *keys, size_t n)
{
    keys->n_longs = 0;
    for (size_t i = 0; i < n; i++) {
        keys->longs[keys->n_longs] = (uint16_t)i;
        keys->n_longs += keys->layout.always_long || tine__key_is_long(keys->key[i]);
    }
}

static bool make_room(tine__keys *keys, size_t n_bytes)
{
    void *bytes = keys->bytes; /* what was in them is not wanted any more */
    bool grown = tine__grow(keys->allocator, &bytes, &keys->bytes_capacity, 0, n_bytes, 1, 1);
    keys->bytes = bytes;
    return grown;
}

static tine_status encode_longs(tine__keys *keys, const tine_column *columns, tine_error *error)
{
    size_t n_columns = keys->layout.n_columns, end = 0;
    for (size_t j = 0; j < keys->n_longs; j++)
        keys->ends[j] = end += row_size(columns, n_columns, keys->longs[j]);
    if (!make_room(keys, end))
        return tine__error_no_memory(error);
    for (size_t j = 0, begin = 0; j < keys->n_longs; begin = keys->ends[j++]) {
        unsigned char *bytes = keys->bytes + begin;
        size_t row = keys->longs[j], size = keys->ends[j] - begin;
        put_row(bytes, columns, n_columns, row);
        keys->key[row] =
            (tine__key){{tine__hash64(bytes, size, keys->seed.word[0]), TINE__KEY_LONG | size}};
    }
    return TINE_OK;
}

/* ---- blocks ---- */

void tine__keys_init(tine__keys *keys, const tine_allocator *allocator, const tine_type *types,
                     size_t n_columns, tine__seed seed)
{
    keys->allocator = allocator;
    keys->seed = seed;
    keys->bytes = NULL;
    keys->bytes_capacity = 0;
    tine__key_layout_init(&keys->layout, types, n_columns);
}

void tine__keys_free(tine__keys *keys)
{
    TINE__DELETE_ARRAY(keys->allocator, keys->bytes, keys->bytes_capacity);
    keys->bytes = NULL;
    keys->bytes_capacity = 0;
}

tine_status tine__keys_encode(tine__keys *keys, const tine_column *columns, size_t n,
                              tine_error *error)
{
    if (!keys->layout.always_long)
        put_columns(keys, columns, n);
    find_longs(keys, n);
    tine_status status = TINE_OK;
    if (keys->n_longs)
        status = encode_longs(keys, columns, error);
    for (size_t i = 0; i < n; i++)
        keys->hash[i] = tine__key_hash(keys->key[i], keys->seed);
    return status;
}

/* ---- and back ---- */

static tine_status make_row(tine__array *array, size_t text_size, const tine_allocator *allocator,
                            tine_error *error)
{
    size_t text = array->offsets ? (size_t)array->offsets[array->length] : 0;
    return tine__array_reserve(array, allocator, array->length + 1, text + text_size, error);
}

/* Room has been reserved. */
static void push_fixed(tine__array *array, uint64_t value)
{
    if (array->type == TINE_BOOL)
        tine__array_push_bool(array, value != 0);
    else if (array->type == TINE_DATE)
        tine__array_push_int32(array, (int32_t)value);
    else
        tine__array_push_int64(array, (int64_t)value);
}

/* A short key is read from a copy with some zeros behind it. */
static uint64_t fixed_at(const unsigned char *bytes, unsigned at, unsigned width, tine_type type)
{
    uint64_t value = low_bytes(tine__load64(bytes + at), width);
    bool is_signed = type == TINE_INT64 || type == TINE_TIMESTAMP;
    uint64_t sign = (uint64_t)is_signed << (8 * width - 1);
    return (value ^ sign) - sign;
}

static tine_status decode_short(const tine__key_layout *layout, tine__key key, tine__array *arrays,
                                const tine_allocator *allocator, tine_error *error)
{
    unsigned char bytes[sizeof key + sizeof(uint64_t)] = {0};
    memcpy(bytes, &key, sizeof key);
    const unsigned char *text = bytes + layout->text_at;
    for (size_t c = 0; c < layout->n_columns; c++) {
        tine__array *array = &arrays[c];
        size_t size = 0;
        if (c == layout->last_text)
            size = key.word[1] >> LENGTH_SHIFT & ROOM;
        else if (!layout->width[c])
            size = *text++;
        tine_status status = make_row(array, size, allocator, error);
        if (status != TINE_OK)
            return status;
        if (!(key.word[1] >> (PRESENT_SHIFT + c) & 1))
            tine__array_push_null(array);
        else if (layout->width[c])
            push_fixed(array, fixed_at(bytes, layout->at[c], layout->width[c], layout->types[c]));
        else
            tine__array_push_string(array, (const char *)text, size);
        text += size;
    }
    return TINE_OK;
}

/* Appends a value; returns the bytes it took. Room has been reserved. */
static size_t push_value(tine__array *array, const unsigned char *from, uint32_t text_size)
{
    int32_t days;
    switch (array->type) {
    case TINE_BOOL:
        push_fixed(array, *from);
        return 1;
    case TINE_DATE:
        memcpy(&days, from, sizeof days);
        tine__array_push_int32(array, days);
        return sizeof days;
    case TINE_STRING:
        tine__array_push_string(array, (const char *)from + sizeof text_size, text_size);
        return sizeof text_size + text_size;
    default:
        tine__array_push_int64(array, (int64_t)tine__load64(from));
        return sizeof(int64_t);
    }
}

static tine_status decode_long(size_t n_columns, const unsigned char *from, tine__array *arrays,
                               const tine_allocator *allocator, tine_error *error)
{
    for (size_t c = 0; c < n_columns; c++) {
        bool present = *from++;
        uint32_t text_size = 0;
        if (present && arrays[c].type == TINE_STRING)
            memcpy(&text_size, from, sizeof text_size);
        tine_status status = make_row(&arrays[c], text_size, allocator, error);
        if (status != TINE_OK)
            return status;
        if (present)
            from += push_value(&arrays[c], from, text_size);
        else
            tine__array_push_null(&arrays[c]);
    }
    return TINE_OK;
}

tine_status tine__key_decode(const tine__key_layout *layout, tine__key key,
                             const unsigned char *bytes, tine__array *arrays,
                             const tine_allocator *allocator, tine_error *error)
{
    if (tine__key_is_long(key))
        return decode_long(layout->n_columns, bytes, arrays, allocator, error);
    return decode_short(layout, key, arrays, allocator, error);
}
