/* A growing column. Rows and text have a capacity each. Bits of rows to come are 0 in every bitmap,
 * so that appending a null is a step without a write there, and a run of bits is appended by or-ing
 * it in. Every buffer is allocated in whole cache lines: that is what makes reading to the next
 * multiple of 64 bytes legal. */
#include "table/array.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"
#include "base/size.h"
#include "os/pages.h"

#include <string.h>

/* Rows come in multiples of this: then every buffer's size is a multiple of its row's. */
#define ROW_UNIT 64

/* Stands in for the buffers of an array that has none: a view never shows NULL. */
static const _Alignas(TINE__ALIGN) unsigned char nothing[TINE__ALIGN];

static size_t validity_size(size_t rows)
{
    return (tine__bitmap_bytes(rows) + TINE__ALIGN - 1) & ~(size_t)(TINE__ALIGN - 1);
}

static bool has_offsets(tine_type type)
{
    return type == TINE_STRING;
}

/* Bytes of `values`, or of `offsets`, for that many rows; false on overflow. */
static bool cells_size(tine_type type, size_t rows, size_t *out)
{
    size_t bits = has_offsets(type) ? 32 : tine__type_bits(type);
    if (has_offsets(type) && !tine__size_add(rows, 1, &rows))
        return false;
    if (!tine__size_mul(rows, bits, out))
        return false;
    return tine__size_round_up(tine__bitmap_bytes(*out), TINE__ALIGN, out);
}

static void *cells(const tine__array *array)
{
    return has_offsets(array->type) ? (void *)array->offsets : array->values;
}

static void set_cells(tine__array *array, void *p)
{
    if (has_offsets(array->type))
        array->offsets = p;
    else
        array->values = p;
}

void tine__array_init(tine__array *array, tine_type type)
{
    *array = (tine__array){.type = type};
}

static void free_rows(tine__array *array, const tine_allocator *a)
{
    size_t size;
    if (array->capacity == 0 || !cells_size(array->type, array->capacity, &size))
        return;
    tine__free(a, array->validity, validity_size(array->capacity), TINE__ALIGN);
    tine__pages_free(a, cells(array), size);
}

void tine__array_free(tine__array *array, const tine_allocator *allocator)
{
    free_rows(array, allocator);
    tine__pages_free(allocator, array->data, array->data_capacity);
    tine__array_init(array, array->type);
}

static bool same_shape(tine_type a, tine_type b)
{
    return has_offsets(a) == has_offsets(b) && tine__type_bits(a) == tine__type_bits(b);
}

void tine__array_reset(tine__array *array, tine_type type, const tine_allocator *allocator)
{
    if (!same_shape(array->type, type))
        tine__array_free(array, allocator);
    size_t used = tine__bitmap_bytes(array->length);
    if (used)
        memset(array->validity, 0, used);
    if (used && type == TINE_BOOL)
        memset(array->values, 0, used);
    array->type = type;
    array->precision = array->scale = 0;
    array->length = array->null_count = 0;
}

/* Copies what is in use; the fresh buffers hold more rows than the old ones. */
static void move_rows(const tine__array *from, uint8_t *validity, void *fresh_cells)
{
    size_t used = tine__bitmap_bytes(from->length);
    if (used)
        memcpy(validity, from->validity, used);
    if (has_offsets(from->type))
        used = from->offsets ? (from->length + 1) * sizeof *from->offsets : 0;
    else
        used = tine__bitmap_bytes(from->length * tine__type_bits(from->type));
    if (used)
        memcpy(fresh_cells, cells(from), used);
}

static tine_status grow_rows(tine__array *array, const tine_allocator *a, size_t rows,
                             tine_error *error)
{
    size_t size;
    rows = tine__max(rows, array->capacity + array->capacity / 2);
    if (!tine__size_round_up(rows, ROW_UNIT, &rows) || !cells_size(array->type, rows, &size))
        return tine__error_no_memory(error);
    uint8_t *validity = tine__alloc_zeroed(a, validity_size(rows), TINE__ALIGN);
    void *fresh = tine__pages_alloc(a, size);
    if (!validity || !fresh) {
        tine__free(a, validity, validity_size(rows), TINE__ALIGN);
        tine__pages_free(a, fresh, size);
        return tine__error_no_memory(error);
    }
    if (array->type == TINE_BOOL)
        memset(fresh, 0, size);
    else if (has_offsets(array->type))
        *(int32_t *)fresh = 0;
    move_rows(array, validity, fresh);
    free_rows(array, a);
    array->validity = validity;
    set_cells(array, fresh);
    array->capacity = rows;
    return TINE_OK;
}

static tine_status grow_data(tine__array *array, const tine_allocator *a, size_t bytes,
                             tine_error *error)
{
    size_t size = tine__max(bytes, array->data_capacity + array->data_capacity / 2);
    if (!tine__size_round_up(size, TINE__ALIGN, &size))
        return tine__error_no_memory(error);
    char *fresh = tine__pages_alloc(a, size);
    if (!fresh)
        return tine__error_no_memory(error);
    if (array->data)
        memcpy(fresh, array->data, (size_t)array->offsets[array->length]);
    tine__pages_free(a, array->data, array->data_capacity);
    array->data = fresh;
    array->data_capacity = size;
    return TINE_OK;
}

tine_status tine__array_reserve(tine__array *array, const tine_allocator *allocator, size_t rows,
                                size_t data_bytes, tine_error *error)
{
    if (data_bytes > INT32_MAX)
        return tine__error_set(error, TINE_ELIMIT,
                               "a batch would hold %zu bytes of text in one column, more than %d; "
                               "use a smaller partition_size, or more and smaller batches",
                               data_bytes, INT32_MAX);
    tine_status status = TINE_OK;
    if (rows > array->capacity)
        status = grow_rows(array, allocator, rows, error);
    if (status == TINE_OK && has_offsets(array->type) && data_bytes > array->data_capacity)
        status = grow_data(array, allocator, data_bytes, error);
    return status;
}

static size_t push_valid(tine__array *array)
{
    tine__bit_set(array->validity, array->length);
    return array->length++;
}

void tine__array_push_null(tine__array *array)
{
    size_t row = array->length++;
    array->null_count++;
    if (has_offsets(array->type)) {
        array->offsets[row + 1] = array->offsets[row];
        return;
    }
    size_t bytes = tine__type_bits(array->type) / 8; /* BOOL: 0, its bit is 0 already */
    if (bytes)
        memset((char *)array->values + row * bytes, 0, bytes);
}

void tine__array_push_bool(tine__array *array, bool value)
{
    size_t row = push_valid(array);
    if (value)
        tine__bit_set(array->values, row);
}

void tine__array_push_int32(tine__array *array, int32_t value)
{
    size_t row = push_valid(array);
    ((int32_t *)array->values)[row] = value;
}

void tine__array_push_int64(tine__array *array, int64_t value)
{
    size_t row = push_valid(array);
    ((int64_t *)array->values)[row] = value;
}

void tine__array_push_double(tine__array *array, double value)
{
    size_t row = push_valid(array);
    ((double *)array->values)[row] = value;
}

void tine__array_push_string(tine__array *array, const char *data, size_t size)
{
    size_t row = push_valid(array);
    int32_t begin = array->offsets[row];
    if (size)
        memcpy(array->data + begin, data, size);
    array->offsets[row + 1] = begin + (int32_t)size;
}

void tine__array_push_cells(tine__array *array, uint64_t valid, size_t n)
{
    uint8_t *to = array->validity + array->length / 8;
    valid &= ~UINT64_C(0) >> (64 - n);
    for (unsigned i = 0; i < 8; i++)
        to[i] = (uint8_t)(valid >> (8 * i));
    array->length += n;
    array->null_count += n - tine__popcount64(valid);
}

/* Appends n bits behind the `at` there are; bits NULL: ones. */
static void append_bits(uint8_t *bitmap, size_t at, const uint8_t *bits, size_t n)
{
    unsigned shift = at & 7;
    for (size_t i = 0; i < n; i += 8) {
        unsigned byte = bits ? bits[i >> 3] : 0xff;
        if (n - i < 8)
            byte &= (1u << (n - i)) - 1;
        byte <<= shift;
        bitmap[(at + i) >> 3] |= (uint8_t)byte;
        if (byte >> 8)
            bitmap[((at + i) >> 3) + 1] |= (uint8_t)(byte >> 8);
    }
}

static void append_text(tine__array *array, const tine_column *column)
{
    int32_t *to = array->offsets + array->length;
    int32_t first = column->offsets[0];
    size_t size = (size_t)(column->offsets[column->length] - first);
    if (size)
        memcpy(array->data + to[0], column->data + first, size);
    for (size_t i = 0; i < column->length; i++)
        to[i + 1] = to[0] + (column->offsets[i + 1] - first);
}

static void append_cells(tine__array *array, const tine_column *column)
{
    size_t bytes = tine__type_bits(array->type) / 8;
    if (has_offsets(array->type))
        append_text(array, column);
    else if (bytes)
        memcpy((char *)array->values + array->length * bytes, column->values,
               column->length * bytes);
    else
        append_bits(array->values, array->length, column->values, column->length);
}

static size_t text_size(const tine__array *array)
{
    return array->offsets ? (size_t)array->offsets[array->length] : 0;
}

tine_status tine__array_append(tine__array *array, const tine_allocator *allocator,
                               const tine_column *column, tine_error *error)
{
    size_t n = column->length, text = 0;
    if (n == 0)
        return TINE_OK;
    if (has_offsets(array->type))
        text = text_size(array) + (size_t)(column->offsets[n] - column->offsets[0]);
    tine_status status = tine__array_reserve(array, allocator, array->length + n, text, error);
    if (status != TINE_OK)
        return status;
    append_cells(array, column);
    append_bits(array->validity, array->length, column->validity, n);
    array->length += n;
    array->null_count += column->null_count;
    return TINE_OK;
}

tine_status tine__array_append_row(tine__array *array, const tine_allocator *allocator,
                                   const tine_column *column, size_t row, tine_error *error)
{
    bool null = tine_is_null(column, row);
    tine_string text = {NULL, 0};
    if (has_offsets(array->type) && !null)
        text = tine_string_at(column, row);
    tine_status status = tine__array_reserve(array, allocator, array->length + 1,
                                             text_size(array) + text.size, error);
    if (status != TINE_OK)
        return status;
    if (null)
        tine__array_push_null(array);
    else if (has_offsets(array->type))
        tine__array_push_string(array, text.data, text.size);
    else if (array->type == TINE_BOOL)
        tine__array_push_bool(array, tine__bit_get(column->values, row));
    else if (array->type == TINE_DATE)
        tine__array_push_int32(array, ((const int32_t *)column->values)[row]);
    else /* 64 bits, moved as they are: a double's NaN too */
        tine__array_push_int64(array,
                               (int64_t)tine__load64((const char *)column->values + 8 * row));
    return TINE_OK;
}

void tine__array_window(const tine__array *array, size_t begin, size_t n, tine__array *window_out)
{
    *window_out = *array;
    window_out->length = window_out->null_count = 0;
    window_out->capacity = n;
    window_out->validity += begin / 8;
    window_out->values = (char *)array->values + begin / 8 * tine__type_bits(array->type);
}

void tine__array_take_window(tine__array *array, const tine__array *window)
{
    array->length += window->length;
    array->null_count += window->null_count;
}

void tine__array_view(const tine__array *array, const char *name, tine_column *column_out)
{
    bool text = has_offsets(array->type);
    *column_out = (tine_column){
        .type = array->type,
        .precision = array->precision,
        .scale = array->scale,
        .name = name,
        .length = array->length,
        .null_count = array->null_count,
        .validity = array->null_count ? array->validity : NULL,
        .values = text            ? NULL
                  : array->values ? array->values
                                  : nothing,
        .offsets = !text            ? NULL
                   : array->offsets ? array->offsets
                                    : (const int32_t *)(const void *)nothing,
        .data = !text         ? NULL
                : array->data ? array->data
                              : (const char *)nothing,
    };
}
